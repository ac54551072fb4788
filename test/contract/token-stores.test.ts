import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, it, onTestFinished } from 'vitest'
import { webStorageStore } from '../../src/stores/browser/web-storage.ts'
import { encryptedStore } from '../../src/stores/encrypted.ts'
import { fileStore } from '../../src/stores/file/file-store.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { redisStore } from '../../src/stores/redis/redis-store.ts'
import { type CreateStores, tokenStoreContract } from '../../src/testing.ts'
import { isRedisWanted, RedisServer } from '../support/redis-server.ts'
import { FakeStorage } from '../unit/stores/browser/fake-storage.ts'

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

async function createRedisStores() {
  redis ??= await RedisServer.start()
  const prefix = `${crypto.randomUUID()}:`
  const [one, other] = [await redis.connect(), await redis.connect()]
  return [redisStore(one, { prefix }), redisStore(other, { prefix })] as const
}
