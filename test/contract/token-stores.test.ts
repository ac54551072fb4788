import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, it, onTestFinished } from 'vitest'
import type { OriginStorage } from '../../src/stores/browser/origin-storage.ts'
import { OriginStore } from '../../src/stores/browser/origin-store.ts'
import { webStorageStore } from '../../src/stores/browser/web-storage.ts'
import { encryptedStore } from '../../src/stores/encrypted.ts'
import { fileStore } from '../../src/stores/file/file-store.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { redisStore } from '../../src/stores/redis/redis-store.ts'
import { type CreateStores, tokenStoreContract } from '../../src/testing.ts'
import { isRedisWanted, RedisServer } from '../support/redis-server.ts'
import { FakeStorage } from '../unit/stores/browser/fake-storage.ts'

// So that the contract can see whether listeners are let go.
beforeAll(() => {
  setFlagsFromString('--expose-gc')
  Object.assign(globalThis, { gc: runInNewContext('gc') })
})

let redis: RedisServer | undefined
afterAll(() => redis?.close())

// A new store costs one row: two contexts over one new place.
const stores: [string, CreateStores][] = [
  [
    'memoryStore',
    () => {
      const store = memoryStore()
      return [store, store]
    },
  ],
  // In browsers, and with IndexedDB: test/browser/stores.browser.test.ts.
  [
    'webStorageStore',
    () => {
      const storage = new FakeStorage()
      return [webStorageStore(storage), webStorageStore(storage)]
    },
  ],
  [
    'encryptedStore',
    async () => {
      const storage = new FakeStorage()
      const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
      return [encryptedStore(webStorageStore(storage), { key }), encryptedStore(webStorageStore(storage), { key })]
    },
  ],
  [
    'encryptedStore over memoryStore',
    async () => {
      const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
      const store = encryptedStore(memoryStore(), { key })
      return [store, store]
    },
  ],
  [
    'a storage of a browser that takes its time',
    () => {
      const storage = createSlowStorage()
      return [new OriginStore(storage), new OriginStore(storage)]
    },
  ],
  ...(isRedisWanted ? [['redisStore', createRedisStores] satisfies [string, CreateStores]] : []),
  [
    'fileStore',
    () => {
      const directory = mkdtempSync(join(tmpdir(), 'tokenwell-file-'))
      onTestFinished(() => rmSync(directory, { recursive: true }))
      return [fileStore({ directory }), fileStore({ directory })]
    },
  ],
]

describe.each(stores)('%s', (_, createStores) => {
  it.each(tokenStoreContract().map(({ name, run }) => ({ name, run })))('$name', ({ run }) => run(createStores))
})

/** Each operation takes longer than a notice does. */
function createSlowStorage(): OriginStorage {
  const items = new Map<string, unknown>()
  const pause = () => new Promise((resolve) => setTimeout(resolve, 20))
  return {
    name: crypto.randomUUID(),
    open: async () => {},
    async get(key) {
      const item = items.get(key)
      await pause()
      return structuredClone(item)
    },
    async set(key, record) {
      await pause()
      items.set(key, record)
    },
    async delete(key) {
      await pause()
      items.delete(key)
    },
    names: async () => [...items.keys()],
  }
}

async function createRedisStores() {
  redis ??= await RedisServer.start()
  const prefix = `${crypto.randomUUID()}:`
  const [one, other] = [await redis.connect(), await redis.connect()]
  return [redisStore(one, { prefix }), redisStore(other, { prefix })] as const
}
