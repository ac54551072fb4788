import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createClient } from 'redis'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { clientCredentials, defineProvider, oauth2, password, TokenManager } from '../../src/index.ts'
import type { NodeRedisClient } from '../../src/stores/redis/client/node-redis.ts'
import { redisStore } from '../../src/stores/redis/redis-store.ts'
import { beatScript, writeScript } from '../../src/stores/redis/scripts.ts'
import { createContractRecord } from '../../src/testing/store-contract/contract-case.ts'
import type { TokenRecord } from '../../src/token/token-store.ts'
import { isRedisWanted, RedisServer, type TestRedisClient } from '../support/redis-server.ts'
import { startRotatingServer } from '../support/redis-token-server.ts'

const first = createContractRecord('k', 'first')
const second: TokenRecord = { ...createContractRecord('k', 'second'), token: { ...first.token!, accessToken: 'second', refreshToken: 'r' } }
const tombstone: TokenRecord = { version: 1, key: 'k', id: 'tombstone', epoch: 'e' }
const wait = { waitMs: 5_000 }
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe.runIf(isRedisWanted)('what Redis holds', () => {
  let redis: RedisServer
  let client: TestRedisClient
  let otherClient: TestRedisClient
  beforeAll(async () => {
    redis = await RedisServer.start()
    ;[client, otherClient] = [await redis.connect(), await redis.connect()]
  })
  beforeEach(() => client.flushAll())
  afterAll(() => redis.close())

  /** A client that loses what it is asked to, as a holder does that stalls: its lease gets old. */
  const withoutBeats = (): NodeRedisClient => ({
    get isReady() {
      return otherClient.isReady
    },
    eval: (script, options) => (script === beatScript ? Promise.resolve(1) : otherClient.eval(script, options)),
    duplicate: () => otherClient.duplicate(),
    on: (event, listener) => otherClient.on(event, listener),
    off: (event, listener) => otherClient.off(event, listener),
  })

  it('a record with an end → Redis drops it then; one without → is kept', async () => {
    const store = redisStore(client)
    await store.set('k', { ...first, expiresAt: Date.now() + 60_000 })
    expect(await client.pTTL('k')).toBeGreaterThan(59_000)
    expect(await client.pTTL('k')).toBeLessThanOrEqual(60_000)
    await store.set('k', tombstone)
    expect(await client.pTTL('k')).toBe(-1)
  })

  it('a record of a later version → is not overwritten', async () => {
    const later = JSON.stringify({ ...first, version: 2 })
    await client.set('k', later)
    await expect(redisStore(client).set('k', second)).rejects.toThrow(/later version/)
    expect(await client.get('k')).toBe(later)
  })

  it.each([
    ['text that is no JSON', () => client.set('k', '{"version": 2')],
    ['a list', () => client.lPush('k', 'x')],
    ['JSON of another kind', () => client.set('k', '[{"version": 2}]')],
  ])('%s under its key → a miss, with an end, and overwritten', async (_, foul) => {
    await foul()
    const store = redisStore(client)
    expect(await store.get('k')).toBeUndefined()
    await vi.waitFor(async () => expect(await client.pTTL('k')).toBeGreaterThan(86_300_000))
    await store.set('k', first)
    expect(await store.get('k')).toEqual(first)
  })

  it('a holder that stalls until another has taken over → its write is refused', async () => {
    const [stalled, next] = [redisStore(withoutBeats()), redisStore(client)]
    await next.set('k', first)
    await stalled.lock!(
      'k',
      async () => {
        await stalled.get('k')
        await next.lock!('k', () => next.set('k', second), wait)
        await vi.waitFor(async () => expect(await client.exists('{k}:lock')).toBe(0))
        await expect(stalled.set('k', first)).rejects.toThrow(/lock was lost/)
      },
      wait,
    )
    expect(await next.get('k')).toEqual(second)
  }, 10_000)

  it('a holder that stalls while another holds the lock → its write is refused, and its release does not free the other', async () => {
    const [stalled, next] = [redisStore(withoutBeats()), redisStore(client)]
    let finish = () => {}
    let taken: Promise<void> | undefined
    await stalled.lock!(
      'k',
      async () => {
        await new Promise<void>((resolve) => {
          taken = next.lock!(
            'k',
            () => {
              resolve()
              return new Promise<void>((done) => {
                finish = done
              })
            },
            wait,
          )
        })
        await expect(stalled.set('k', second)).rejects.toThrow(/lock was lost/)
      },
      wait,
    )
    await sleep(50)
    expect(await client.exists('{k}:lock')).toBe(1)
    finish()
    await taken
    await vi.waitFor(async () => expect(await client.exists('{k}:lock')).toBe(0))
  }, 10_000)

  it('a holder that stalls until another has taken over, and looks before it writes → its write and its deletion are refused', async () => {
    const [stalled, next] = [redisStore(withoutBeats()), redisStore(client)]
    await next.set('k', first)
    await stalled.lock!(
      'k',
      async () => {
        await stalled.get('k')
        await next.lock!('k', () => next.set('k', second), wait)
        await vi.waitFor(async () => expect(await client.exists('{k}:lock')).toBe(0))
        // As a renewal does before it saves: what it finds then is not its own to overwrite.
        expect(await stalled.get('k')).toEqual(second)
        await expect(stalled.set('k', { ...first, id: 'third' })).rejects.toThrow(/lock was lost/)
        await expect(stalled.delete('k')).rejects.toThrow(/lock was lost/)
      },
      wait,
    )
    expect(await next.get('k')).toEqual(second)
  }, 10_000)

  it('a process that is suspended until another one has taken over → what it writes then is refused', async () => {
    const script = fileURLToPath(new URL('../support/redis-suspended.ts', import.meta.url))
    const child = spawn(process.execPath, [script, redis.url, JSON.stringify(second)], { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    expect((await lines.next()).value).toBe('held')
    child.kill('SIGSTOP')
    const next = redisStore(client)
    await next.lock!('k', () => next.set('k', first), wait)
    await vi.waitFor(async () => expect(await client.exists('{k}:lock')).toBe(0))
    child.kill('SIGCONT')
    child.stdin.end('go')
    expect((await lines.next()).value).toMatch(/lock was lost/)
    await once(child, 'exit')
    expect(await next.get('k')).toEqual(first)
  }, 15_000)

  it('a record of a later version → is not deleted either', async () => {
    const later = JSON.stringify({ ...first, version: 2 })
    await client.set('k', later)
    await expect(redisStore(client).delete('k')).rejects.toThrow(expect.objectContaining({ code: 'later_version' }))
    expect(await client.get('k')).toBe(later)
  })

  it.each([
    ['something that is no lease', () => client.lPush('{k}:lock', 'x'), 1_000],
    ['a lease without an end, whose holder is gone', () => client.set('{k}:lock', 'gone:1'), 5_000],
  ])(
    '%s under the name of a lock → the lock is acquired, and has an end',
    async (_, foul, waitMs) => {
      await foul()
      const ttl = await redisStore(client).lock!('k', () => client.pTTL('{k}:lock'), { waitMs })
      expect(ttl).toBeGreaterThan(0)
    },
    10_000,
  )

  it('what is read → comes from the primary, and not from a cache of the client', async () => {
    const cached = createClient({ url: redis.url, RESP: 3, clientSideCache: { ttl: 60_000, maxEntries: 10, evictPolicy: 'LRU' } })
    cached.on('error', () => {})
    await cached.connect()
    onTestFinished(() => cached.destroy())
    const store = redisStore(cached)
    await store.set('k', first)
    await store.get('k')
    const commands = await client.info('commandstats')
    await store.get('k')
    const evals = (text: string) => Number(/cmdstat_eval:calls=(\d+)/.exec(text)?.[1])
    expect(evals(await client.info('commandstats'))).toBe(evals(commands) + 1)
  })

  it('a lease that was flushed, and nobody else came → the holder writes', async () => {
    const store = redisStore(client)
    await store.lock!(
      'k',
      async () => {
        await client.flushAll()
        await store.set('k', second)
      },
      wait,
    )
    expect(await store.get('k')).toEqual(second)
  })

  it('a lock → its lease has an end in Redis, and is gone after the task', async () => {
    const store = redisStore(client, { prefix: 'app:' })
    const ttl = await store.lock!('k', () => client.pTTL('{app:k}:lock'), wait)
    expect(ttl).toBeGreaterThan(0)
    await vi.waitFor(async () => expect(await client.keys('*')).toEqual([]))
  })

  it('the connection for notices is cut → what was written meanwhile is noticed, and what comes after it', async () => {
    const [store, other] = [redisStore(client), redisStore(otherClient)]
    const notice = vi.fn()
    const stop = store.subscribe!('k', notice)
    await vi.waitFor(async () => expect(Object.values(await client.pubSubNumSub('tokenwell:2:changed'))).toEqual([1]))
    await Promise.all([client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']), other.set('k', first)])
    await vi.waitFor(() => expect(notice).toHaveBeenCalled(), 3_000)
    notice.mockClear()
    await vi.waitFor(async () => expect(Object.values(await client.pubSubNumSub('tokenwell:2:changed'))).toEqual([1]), 3_000)
    await other.set('k', second)
    await vi.waitFor(() => expect(notice).toHaveBeenCalled(), 3_000)
    stop()
    await vi.waitFor(async () => expect(Object.values(await client.pubSubNumSub('tokenwell:2:changed'))).toEqual([0]), 3_000)
  })

  describe('what is written without the lock, where another context has written since the last look', () => {
    const listen = (using: TestRedisClient) => {
      const store = redisStore(using)
      onTestFinished(store.subscribe!('k', () => {}))
      return store
    }

    const fresh: TokenRecord = { ...first, id: 'of-another' }
    it.each<[string, TokenRecord, TokenRecord, TokenRecord]>([
      ['a token, and ours has no refresh token → theirs stays', fresh, first, fresh],
      ['a tombstone, and ours has no refresh token → the sign-out stays', tombstone, first, tombstone],
      ['a token, and ours has a refresh token that nobody else has → ours is written', fresh, second, second],
      ['a token, and we sign out → the tombstone is written', fresh, tombstone, tombstone],
    ])('%s', async (_, theirs, ours, left) => {
      const store = listen(client)
      expect(await store.get('k')).toBeUndefined()
      // Nothing says so: a notice is heard later.
      await otherClient.set('k', JSON.stringify(theirs))
      const written = await store.set('k', ours).catch((error) => error)
      if (left === theirs) expect(written).toMatchObject({ code: 'lock_not_acquired', message: expect.stringContaining('Another context') })
      expect(await redisStore(otherClient).get('k')).toEqual(left)
    })

    it('and who was told so writes again → it is written', async () => {
      const store = listen(client)
      expect(await store.get('k')).toBeUndefined()
      await otherClient.set('k', JSON.stringify(fresh))
      await store.set('k', first).catch(() => {})
      await store.set('k', first)
      expect(await redisStore(otherClient).get('k')).toEqual(first)
    })

    it('and it has seen that one → it is written', async () => {
      const ours = listen(client)
      await otherClient.set('k', JSON.stringify({ ...first, id: 'of-another' }))
      expect(await ours.get('k')).toMatchObject({ id: 'of-another' })
      await ours.set('k', first)
      expect(await redisStore(otherClient).get('k')).toEqual(first)
    })
  })

  describe('a sign-out between the look and the write of a renewal elsewhere, while a third one has the lock', () => {
    /** Two managers that hold a token; the write of the first one is held back from the next renewal on. */
    async function signOutBeforeWrite(reply: () => Response) {
      const write = Promise.withResolvers<void>()
      const reached = Promise.withResolvers<void>()
      let isHeldBack = false
      const slow: NodeRedisClient = {
        ...withoutBeats(),
        get isReady() {
          return otherClient.isReady
        },
        eval: async (script, options) => {
          if (isHeldBack && script === writeScript) {
            reached.resolve()
            await write.promise
          }
          return otherClient.eval(script, options)
        },
        // Notices are heard later.
        duplicate: () => {
          const listening = otherClient.duplicate()
          const { subscribe } = listening
          listening.subscribe = ((channel: string) => subscribe.call(listening, channel, () => {})) as never
          return listening
        },
      }
      const answers = [Response.json({ access_token: 'held', expires_in: 3_600 })]
      const urls = { name: 'test', apiUrl: 'https://api.example.com', tokenUrl: 'https://auth.example.com/token' }
      const create = (using: NodeRedisClient) =>
        new TokenManager({
          provider: defineProvider(urls),
          grant: password({ username: 'u', password: 'pass-word' }),
          store: redisStore(using),
          fetch: async () => answers.shift() ?? reply(),
          renewal: { scheduled: false },
        })
      const [elsewhere, here] = [create(slow), create(client)]
      onTestFinished(() => {
        elsewhere.dispose()
        here.dispose()
      })
      await here.getToken()
      await elsewhere.getToken()
      const [key = ''] = (await client.keys('tokenwell:2:{*')).filter((name) => !name.endsWith(':lock'))
      const third = Promise.withResolvers<void>()
      const stalled = redisStore(client).lock!(key, () => third.promise, wait)
      await sleep(50)
      isHeldBack = true
      const renewal = elsewhere.getToken({ forceRenewal: true }).catch((error: unknown) => error)
      await reached.promise
      await here.clear()
      const stored = async () => JSON.parse((await client.get(key)) ?? '{}') as TokenRecord
      const tombstone = await stored()
      expect(tombstone.token).toBeUndefined()
      write.resolve()
      const outcome = await renewal
      onTestFinished(async () => {
        third.resolve()
        await stalled
      })
      return { outcome, stored, tombstone }
    }

    it.each<[string, () => Response, object]>([
      ['a token', () => Response.json({ access_token: 'new', expires_in: 3_600 }), { accessToken: 'new' }],
      ['a refusal that is noted', () => Response.json({ error: 'invalid_grant' }, { status: 400 }), { code: 'refused' }],
    ])('%s → is not written over the tombstone', async (_, reply, expected) => {
      const { outcome, stored, tombstone } = await signOutBeforeWrite(reply)
      expect(outcome).toMatchObject(expected)
      expect(await stored()).toEqual(tombstone)
    })
  })

  /** The names of the records that a manager writes, which are then removed. */
  async function keysOf(manager: TokenManager): Promise<string[]> {
    await manager.getToken()
    manager.dispose()
    const keys = await client.keys('tokenwell:2:{*')
    await client.flushAll()
    return keys.filter((name) => !name.endsWith(':lock'))
  }

  it('machines that start while a stalled one has the lock, and ask beside one another → one token is stored and announced', async () => {
    const server = await startRotatingServer({ lifetimeS: 3600 })
    const announced: string[] = []
    await (await redis.connect()).subscribe('tokenwell:2:changed', (message) => announced.push(message))
    const machines = 9
    const allAsk = Promise.withResolvers<void>()
    let asked = 0
    const credentials = { clientId: 'machine', clientSecret: 'secret' }
    const grant = clientCredentials(credentials)
    const provider = oauth2({ tokenUrl: server.tokenUrl, apiUrl: server.origin, ...credentials, grant })
    const managers = Array.from(
      { length: machines },
      () =>
        new TokenManager({
          ...provider,
          store: redisStore(client),
          fetch: async (url, init) => {
            if (++asked === machines) allAsk.resolve()
            await allAsk.promise
            return fetch(url, init)
          },
        }),
    )
    onTestFinished(() => {
      for (const manager of managers) manager.dispose()
      server.close()
    })
    // As one that lives, and does not end: its lease changes as often as others look.
    const [key = ''] = await keysOf(new TokenManager({ ...provider, store: redisStore(client) }))
    announced.length = 0
    const stalled = redisStore(otherClient).lock!(key, () => sleep(4_000), wait)
    await sleep(50)

    // Each asks; who hears of the stored token before its own has come takes that one.
    await Promise.all(managers.map((manager) => manager.getToken()))
    expect(asked).toBe(machines)
    await expect.poll(() => announced).toHaveLength(1)
    await stalled
    expect(announced).toHaveLength(1)
  }, 20_000)
})
