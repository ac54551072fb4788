import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encryptedStore, memoryStore, type TokenStore, webStorageStore } from '../../dist/index.js'
import { fileStore } from '../../dist/node.js'
import { redisStore } from '../../dist/redis.js'
import { isRedisWanted, RedisServer } from '../../test/support/redis-server.ts'
import { FakeStorage } from '../../test/unit/stores/browser/fake-storage.ts'

export type StoreName = 'memory' | 'web' | 'encrypted' | 'file' | 'redis'

/** The stores that can be had here, in places of their own that are removed afterwards. Redis where it is installed. */
export async function withStores<T>(task: (stores: ReadonlyMap<StoreName, TokenStore>) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'tokenwell-bench-'))
  const server = isRedisWanted ? await RedisServer.start() : undefined
  try {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    const stores = new Map<StoreName, TokenStore>([
      ['memory', memoryStore()],
      ['web', webStorageStore(new FakeStorage())],
      ['encrypted', encryptedStore(memoryStore(), { key })],
      ['file', fileStore({ directory: join(directory, 'tokens') })],
    ])
    if (server) stores.set('redis', redisStore(await server.connect()))
    return await task(stores)
  } finally {
    await server?.close()
    await rm(directory, { recursive: true })
  }
}
