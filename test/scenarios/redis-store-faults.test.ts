import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { clientCredentials, oauth2, TokenManager } from '../../src/index.ts'
import type { NodeRedisClient } from '../../src/stores/redis/client/node-redis.ts'
import { redisStore } from '../../src/stores/redis/redis-store.ts'
import { createSeededRandom } from '../../src/testing/seeded-random.ts'
import { isRedisWanted, RedisServer, type TestRedisClient } from '../support/redis-server.ts'
import { startRotatingServer } from '../support/redis-token-server.ts'

const answerMs = 20
const client = { clientId: 'machine', clientSecret: 'secret' }
/** By how much a Redis in trouble may delay a call, ms. */
const allowedMs = 500

describe.runIf(isRedisWanted)('client credentials over a Redis in trouble', () => {
  let redis: RedisServer
  let connected: TestRedisClient
  let admin: TestRedisClient
  let server: Awaited<ReturnType<typeof startRotatingServer>>
  beforeEach(async () => {
    redis = await RedisServer.start()
    ;[connected, admin] = [await redis.connect(), await redis.connect()]
    server = await startRotatingServer({ lifetimeS: 3600, answerMs })
  })
  afterEach(async () => {
    redis.resume()
    server.close()
    await redis.close()
  })

  function createManager(using: TestRedisClient = connected, now: () => number = Date.now) {
    const { tokenUrl, origin: apiUrl } = server
    return new TokenManager({ ...oauth2({ tokenUrl, apiUrl, ...client, grant: clientCredentials(client) }), store: redisStore(using), now })
  }

  async function addedMs(tokens: TokenManager): Promise<number> {
    const startedAt = performance.now()
    const { accessToken } = await tokens.getToken({ forceRenewal: true })
    expect(accessToken).toMatch(/^nobody\./)
    return Math.round(performance.now() - startedAt - answerMs)
  }

  const faults: [string, () => unknown][] = [
    ['away', () => redis.kill()],
    ['stopped', () => redis.pause()],
    ['paused for its clients', () => admin.sendCommand(['CLIENT', 'PAUSE', '5000'])],
    ['read-only', () => admin.sendCommand(['REPLICAOF', '127.0.0.1', '1'])],
    ['full', () => admin.configSet({ maxmemory: '1', 'maxmemory-policy': 'noeviction' })],
    ['flushed', () => admin.flushAll()],
    [
      'asking for a password',
      async () => {
        await admin.configSet('requirepass', 'secret')
        await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
      },
    ],
  ]

  it.each(faults)('%s before a call → it gets through, with at most 500 ms added', async (name, fault) => {
    const tokens = createManager()
    await tokens.getToken()
    await fault()
    const [first, second] = [await addedMs(tokens), await addedMs(createManager())]
    console.log(name, 'before:', { first, second })
    expect(Math.max(first, second)).toBeLessThanOrEqual(allowedMs)
    tokens.dispose()
  })

  it.each(faults)('%s while the token endpoint answers → the call gets through, with at most 500 ms added', async (name, fault) => {
    const tokens = createManager()
    server.onceBeforeAnswer(async () => {
      await fault()
    })
    const first = await addedMs(tokens)
    console.log(name, 'during:', { first })
    expect(first).toBeLessThanOrEqual(allowedMs)
    tokens.dispose()
  })

  it('slow in every answer, by somewhat less than is waited for → at most 500 ms added', async () => {
    const slow: NodeRedisClient = {
      get isReady() {
        return connected.isReady
      },
      eval: (script, options) => sleep(70).then(() => connected.eval(script, options)),
      duplicate: () => connected.duplicate(),
      on: (event, listener) => connected.on(event, listener),
      off: (event, listener) => connected.off(event, listener),
    }
    const store = redisStore(slow)
    const { tokenUrl, origin: apiUrl } = server
    const tokens = new TokenManager({ ...oauth2({ tokenUrl, apiUrl, ...client, grant: clientCredentials(client) }), store })
    const added = await addedMs(tokens)
    console.log('slow:', added)
    expect(added).toBeLessThanOrEqual(allowedMs)
    tokens.dispose()
  })

  it('a client that was never connected → the call gets through at once', async () => {
    const unconnected = createClient({ url: redis.url }) as unknown as TestRedisClient
    const tokens = createManager(unconnected)
    expect(await addedMs(tokens)).toBeLessThanOrEqual(100)
    tokens.dispose()
  })

  it('stopped while a token ages → it is used, nobody asks; then one asks for both; stopped for long → each asks in time', async () => {
    let skippedMs = 0
    const now = () => Date.now() + skippedMs
    const managers = [createManager(connected, now), createManager(await redis.connect(), now)]
    const useAll = async () => {
      // Nobody waits for Redis, nor for the token endpoint: not even until what is due now has been done.
      const soon = new Promise<undefined>((resolve) => setImmediate(resolve, undefined))
      const tokens = await Promise.all(managers.map((manager) => Promise.race([manager.getToken(), soon])))
      await sleep(allowedMs)
      return tokens.map((token) => token?.accessToken)
    }
    for (const manager of managers) await manager.getToken()
    expect(server.counts.issued).toBe(1)
    skippedMs += 56 * 60_000
    redis.pause()
    expect(await useAll()).toEqual(['nobody.1', 'nobody.1'])
    expect(server.counts.issued).toBe(1)

    redis.resume()
    await sleep(1_100)
    skippedMs += 31_000
    await useAll()
    expect(await useAll()).toEqual(['nobody.2', 'nobody.2'])
    expect(server.counts.issued).toBe(2)

    skippedMs += 58 * 60_000
    redis.pause()
    await useAll()
    expect((await useAll()).sort()).toEqual(['nobody.3', 'nobody.4'])
    for (const tokens of managers) tokens.dispose()
  })

  it('Redis back → the store is used again: the next context makes no request', async () => {
    const tokens = createManager()
    redis.pause()
    await tokens.getToken()
    redis.resume()
    await expect.poll(() => connected.ping().catch(() => '')).toBe('PONG')
    await sleep(1_100)
    await createManager().getToken()
    const { issued } = server.counts
    await createManager().getToken()
    expect(server.counts.issued).toBe(issued)
  })
})

describe.runIf(isRedisWanted)('one Redis that works', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis.close())

  it('a fresh start with a stored token → no token request', async () => {
    const server = await startRotatingServer({ lifetimeS: 3600 })
    const { tokenUrl, origin: apiUrl } = server
    for (let start = 0; start < 2; start++) {
      const store = redisStore(await redis.connect())
      const tokens = new TokenManager({ ...oauth2({ tokenUrl, apiUrl, ...client, grant: clientCredentials(client) }), store })
      expect((await tokens.getToken()).accessToken).toBe('nobody.1')
      tokens.dispose()
    }
    server.close()
    expect(server.counts.issued).toBe(1)
  })

  it('200 users × 50 calls over one store → no token of another user, one request each', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 32)
    console.log(`seed ${seed}`)
    const random = createSeededRandom(seed)
    const server = await startRotatingServer({ lifetimeS: 3600, answerMs: 5 })
    const stores = [redisStore(await redis.connect()), redisStore(await redis.connect())]
    const { tokenUrl, origin: apiUrl } = server
    const createManager = (user: string) =>
      new TokenManager({
        ...oauth2({ tokenUrl, apiUrl, ...client, grant: { grantType: 'password', parameters: { username: user }, ...client } }),
        subject: user,
        store: stores[Math.floor(random.next() * 2)]!,
      })
    const calls = Array.from({ length: 200 * 50 }, (_, index) => `user-${index % 200}`)
    for (let index = calls.length - 1; index > 0; index--) {
      const other = Math.floor(random.next() * (index + 1))
      ;[calls[index], calls[other]] = [calls[other]!, calls[index]!]
    }
    // A few managers a user, as one process after another would have them.
    const managers = new Map<string, TokenManager[]>()
    let crossed = 0
    for (let start = 0; start < calls.length; start += 250) {
      await Promise.all(
        calls.slice(start, start + 250).map(async (user) => {
          const own = managers.get(user) ?? []
          managers.set(user, own)
          const tokens = own.length === 0 || random.next() < 0.05 ? createManager(user) : own[0]!
          own.push(tokens)
          const { accessToken } = await tokens.getToken()
          if (!accessToken.startsWith(`${user}.`)) crossed++
        }),
      )
    }
    for (const tokens of new Set([...managers.values()].flat())) tokens.dispose()
    server.close()
    expect(crossed).toBe(0)
    expect(server.counts.byUser.size).toBe(200)
    expect(Math.max(...server.counts.byUser.values())).toBe(1)
  }, 60_000)
})

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
