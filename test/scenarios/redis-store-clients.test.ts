import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { redisStore } from '../../src/stores/redis/redis-store.ts'
import { createContractRecord } from '../../src/testing/store-contract/contract-case.ts'
import { redisClientKinds } from '../support/redis-clients.ts'
import { errorOf } from '../support/redis-fake-client.ts'
import { isRedisWanted, RedisSentinel, RedisServer } from '../support/redis-server.ts'
import { startRotatingServer } from '../support/redis-token-server.ts'

const first = createContractRecord('k', 'first')
const second = createContractRecord('k', 'second')

describe.runIf(isRedisWanted)('every kind of client', () => {
  let redis: RedisServer
  let sentinel: RedisSentinel
  beforeAll(async () => {
    // A cluster of one node serves clients that know nothing of clusters as well.
    redis = await RedisServer.startCluster()
    sentinel = await RedisSentinel.start(redis)
  })
  afterAll(async () => {
    await sentinel.close()
    await redis.close()
  })

  const ports = () => ({ server: redis.port, sentinel: sentinel.port })

  /** A store over a client of each kind, with keys and a channel of its own. */
  async function createStores() {
    const stores = redisClientKinds.map(async ([kind, create]) => {
      const any = create(ports())
      onTestFinished(() => void any.close())
      await any.connect()
      return { kind, store: redisStore(any.client, { prefix: `${kind}:` }), notice: vi.fn() }
    })
    return Promise.all(stores)
  }

  async function listening(count: number) {
    const admin = await redis.connect()
    const channels = redisClientKinds.map(([kind]) => `${kind}:tokenwell:2:changed`)
    await vi.waitFor(async () => {
      const counts = await admin.pubSubNumSub(channels)
      expect(counts).toEqual(Object.fromEntries(channels.map((channel) => [channel, count])))
    }, 10_000)
    return admin
  }

  const noticed = (stores: Awaited<ReturnType<typeof createStores>>) =>
    vi.waitFor(() => expect(stores.filter(({ notice }) => !notice.mock.calls.length).map(({ kind }) => kind)).toEqual([]), 10_000)

  it('a hundred keys → one connection listens; it is cut → what was written meanwhile is noticed, and what comes after it', async () => {
    const [stores, others] = [await createStores(), await createStores()]
    const stops = stores.flatMap(({ store, notice }) => [
      store.subscribe!('k', notice),
      ...Array.from({ length: 99 }, (_, index) => store.subscribe!(`key-${index}`, vi.fn())),
    ])
    const admin = await listening(1)
    await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub'])
    for (const { store } of others) await store.set('k', first)
    await noticed(stores)
    await listening(1)
    // What is caught up on has been told by then.
    await sleep(500)
    for (const { notice } of stores) notice.mockClear()
    for (const { store } of others) await store.set('k', second)
    await noticed(stores)
    for (const stop of stops) stop()
    await listening(0)
  }, 30_000)

  it('a script that closes its client and disposes of nothing → ends, and its second run makes no token request', async () => {
    const server = await startRotatingServer({ lifetimeS: 3600 })
    onTestFinished(() => server.close())
    const script = fileURLToPath(new URL('../support/redis-exit.ts', import.meta.url))
    const run = async () => {
      const parameters = [script, JSON.stringify(ports()), server.origin]
      return JSON.parse((await promisify(execFile)(process.execPath, parameters, { timeout: 15_000 })).stdout)
    }
    const tokens = await run()
    expect(Object.keys(tokens)).toEqual(redisClientKinds.map(([kind]) => kind))
    expect(await run()).toEqual(tokens)
    expect(server.counts.issued).toBe(redisClientKinds.length)
  }, 40_000)

  it('Redis is killed → each operation fails soon; it is started again → each works again, and listens', async () => {
    const stores = await createStores()
    for (const { store, notice } of stores) onTestFinished(store.subscribe!('k', notice))
    await listening(1)
    await redis.kill()
    const tookMs: Record<string, number> = {}
    for (const { kind, store } of stores) {
      const startedAt = performance.now()
      // What a renewal asks for.
      for (const ask of [() => store.get('k'), () => store.lock!('k', vi.fn(), { waitMs: 2_000 }), () => store.set('k', first)]) {
        expect(await errorOf(ask())).toMatchObject({ name: 'TokenStoreError' })
      }
      tookMs[kind] = Math.round(performance.now() - startedAt)
    }
    console.log(tookMs)
    // Limits are spent in turns of the loop, which a busy machine draws out.
    expect(Math.max(...Object.values(tookMs))).toBeLessThan(1_000)

    await redis.start()
    const others = await createStores()
    for (const { store } of stores) await vi.waitFor(() => store.get('k'), 20_000)
    await listening(1)
    await sleep(500)
    for (const { notice } of stores) notice.mockClear()
    for (const { store } of others) await store.set('k', second)
    await noticed(stores)
  }, 60_000)
})

describe.runIf(isRedisWanted)('sentinels', () => {
  it('the primary is killed, and a replica takes its place → each client goes on there, and listens', async () => {
    const primary = await RedisServer.start()
    const replica = await RedisServer.start(['--replicaof', '127.0.0.1', String(primary.port)])
    const sentinel = await RedisSentinel.start(primary)
    onTestFinished(() => Promise.all([primary, replica, sentinel].map((server) => server.close())).then(() => {}))
    const admin = await replica.connect()
    await vi.waitFor(async () => expect(await admin.info('replication')).toContain('master_link_status:up'), 10_000)
    // Only then does the sentinel know of it.
    await sleep(1_500)

    const kinds = redisClientKinds.filter(([kind]) => kind.includes('sentinel'))
    const clients = kinds.map(([, create]) => create({ server: primary.port, sentinel: sentinel.port }))
    onTestFinished(() => Promise.all(clients.map(({ close }) => close())).then(() => {}))
    await Promise.all(clients.map(({ connect }) => connect()))
    const stores = clients.map(({ client }) => redisStore(client))
    const notices = stores.map((store) => {
      const notice = vi.fn()
      onTestFinished(store.subscribe!('k', notice))
      return notice
    })
    await stores[0]!.set('k', first)
    await vi.waitFor(async () => expect(await admin.get('k')).not.toBeNull(), 5_000)

    await primary.kill()
    for (const store of stores) await vi.waitFor(() => store.set('k', second), 30_000)
    await vi.waitFor(async () => expect(await admin.pubSubNumSub(['tokenwell:2:changed'])).toEqual({ 'tokenwell:2:changed': 3 }), 15_000)
    await sleep(500)
    for (const notice of notices) notice.mockClear()
    await redisStore(admin).set('k', first)
    await vi.waitFor(() => expect(notices.map(({ mock }) => mock.calls.length > 0)).toEqual([true, true, true]), 5_000)
    expect(await stores[1]!.get('k')).toEqual(first)
  }, 60_000)
})

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
