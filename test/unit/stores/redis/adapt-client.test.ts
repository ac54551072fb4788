import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel, RESP_TYPES } from 'redis'
import { createClient as createClient4 } from 'redis4'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { redisStore } from '../../../../src/stores/redis/redis-store.ts'
import { createContractRecord } from '../../../../src/testing/store-contract/contract-case.ts'
import { redisClientKinds } from '../../../support/redis-clients.ts'
import { errorOf, FakeRedisClient } from '../../../support/redis-fake-client.ts'

const record = createContractRecord('k', 'access-secret')
// Nothing listens there, and nothing is sent there.
const url = 'redis://127.0.0.1:1'

describe('a client that redisStore takes', () => {
  it.each(redisClientKinds)('%s, not connected → is taken, and everything fails at once', async (_, create) => {
    const { client, close } = create({ server: 1, sentinel: 1 })
    onTestFinished(() => void close())
    const store = redisStore(client)
    for (const operation of [store.get('k'), store.set('k', record), store.delete('k'), store.lock!('k', vi.fn(), { waitMs: 5_000 })]) {
      const late = new Promise((resolve) => setImmediate(resolve, 'late'))
      expect(await Promise.race([errorOf(operation), late])).toMatchObject({
        name: 'TokenStoreError',
        code: 'store_failed',
        message: expect.stringMatching(/not connected: (call connect\(\)|wait for its 'ready' event)/),
      })
    }
  })

  it('with the options that change its type → compiles, and is taken', () => {
    const [one, cluster] = [new Redis({ lazyConnect: true }), new Cluster([], { lazyConnect: true })]
    onTestFinished(() => {
      for (const client of [one, cluster]) client.disconnect()
    })
    const stores = [
      redisStore(createClient({ RESP: 2 })),
      redisStore(createClient({ RESP: 3, scripts: {} }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })),
      redisStore(createClientPool()),
      redisStore(createCluster({ rootNodes: [] })),
      redisStore(createSentinel({ name: 'x', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] })),
      redisStore(one),
      redisStore(cluster),
    ]
    expect(stores).toHaveLength(7)
  })

  it('is told by its shape → nothing is sent, and nothing is called', () => {
    const called: PropertyKey[] = []
    const client = new Proxy(new FakeRedisClient(), {
      get: (target, name) => {
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? () => called.push(name) : value
      },
    })
    redisStore(client)
    expect(called).toEqual([])
  })
})

describe('anything else', () => {
  class UpstashRedis {
    get = async () => null
    set = async () => 'OK'
    eval = async () => null
  }
  const version3 = { connected: true, ready: true, get: vi.fn(), eval: vi.fn(), duplicate: vi.fn(), on: vi.fn(), off: vi.fn() }

  it.each<[string, () => unknown, RegExp]>([
    ['nothing', () => undefined, /must be a client of the package redis \(4 to 6\) or ioredis \(5 or later\)$/],
    ['null', () => null, /must be a client/],
    ['an empty object', () => ({}), /must be a client/],
    ['options', () => ({ url }), /must be a client/],
    ['a URL', () => url, /createClient\(\{ url \}\)/],
    ['a URL object', () => new URL(url), /createClient\(\{ url \}\)/],
    ['a number', () => 6379, /must be a client/],
    ['a promise of a client', () => Promise.resolve(createClient({ url })), /await the promise first/],
    ['the function that makes one', () => createClient, /not the function/],
    ['the class', () => Redis, /not the function/],
    ['a client that talks HTTP (Upstash)', () => new UpstashRedis(), /HTTP/],
    ['a map', () => new Map(), /must be a client/],
    ['memcached', () => ({ get: vi.fn(), set: vi.fn(), on: vi.fn(), off: vi.fn() }), /must be a client/],
    ['redis 3', () => version3, /redis \(4 to 6\)/],
    ['redis 4 in its legacy mode', () => createClient4({ url, legacyMode: true }), /legacyMode/],
    ['redis 6 in its legacy form', () => createClient({ url }).legacy(), /must be a client/],
    ['a pipeline of ioredis', () => unconnected().pipeline(), /must be a client/],
    ['a transaction of redis', () => createClient({ url }).multi(), /must be a client/],
  ])('%s → ConfigurationError that says what to hand over', (_, make, message) => {
    expect(() => redisStore(make() as never)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'client', message: expect.stringMatching(message) }),
    )
  })

  function unconnected() {
    const client = new Redis(url, { lazyConnect: true })
    onTestFinished(() => client.disconnect())
    return client
  }
})
