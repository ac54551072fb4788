import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RedisClient, RedisListener } from '../../../../src/stores/redis/redis-store.ts'
import { redisStore } from '../../../../src/stores/redis/redis-store.ts'
import { acquireScript, beatScript, deleteScript, releaseScript, writeScript } from '../../../../src/stores/redis/scripts.ts'
import { createContractRecord } from '../../../../src/testing/store-contract/contract-case.ts'
import type { TokenRecord } from '../../../../src/token/token-store.ts'

const names = new Map([
  [acquireScript, 'acquire'],
  [beatScript, 'beat'],
  [releaseScript, 'release'],
  [writeScript, 'write'],
  [deleteScript, 'delete'],
])

interface Command {
  name: string
  keys: string[]
  arguments: string[]
}
type Answer = unknown | ((command: Command) => unknown)

/** A client whose answers are scripted by the name of the command; what is not scripted works. */
class FakeClient implements RedisClient {
  isReady = true
  readonly sent: Command[] = []
  readonly answers: Record<string, Answer[]> = {}
  readonly listeners: FakeListener[] = []
  readonly onEnd = new Set<() => void>()

  get = (key: string) => this.#answer({ name: 'get', keys: [key], arguments: [] }, () => null)
  eval = (script: string, { keys, arguments: values }: { keys: string[]; arguments: string[] }) => {
    const working: Record<string, unknown> = { acquire: values[0], write: 'stored' }
    const name = names.get(script) ?? 'unknown'
    return this.#answer({ name, keys, arguments: values }, () => working[name] ?? 1)
  }
  duplicate = () => {
    const listener = new FakeListener()
    this.listeners.push(listener)
    return listener
  }
  on = (_: 'end', listener: () => void) => this.onEnd.add(listener)
  off = (_: 'end', listener: () => void) => this.onEnd.delete(listener)

  script(name: string, ...answers: Answer[]) {
    this.answers[name] = [...(this.answers[name] ?? []), ...answers]
  }

  namesSent(): string[] {
    return this.sent.map(({ name }) => name)
  }

  async #answer(command: Command, otherwise: () => unknown): Promise<unknown> {
    this.sent.push(command)
    const scripted = this.answers[command.name]
    const answer = scripted?.length ? scripted.shift() : otherwise
    const found = await (typeof answer === 'function' ? answer(command) : answer)
    if (found instanceof Error) throw found
    return found
  }
}

class FakeListener implements RedisListener {
  isDestroyed = false
  isUnref = false
  connects = Promise.withResolvers<void>()
  readonly handlers: Record<string, () => void> = {}
  readonly channels = new Map<string, (message: string) => void>()
  connect = () => this.connects.promise
  subscribe = async (channel: string, listener: (message: string) => void) => void this.channels.set(channel, listener)
  unsubscribe = async (channel: string) => void this.channels.delete(channel)
  destroy = () => {
    this.isDestroyed = true
  }
  unref = () => {
    this.isUnref = true
  }
  on = (event: string, handler: () => void) => {
    this.handlers[event] = handler
  }
}

const never = () => new Promise(() => {})
const record = createContractRecord('k', 'access-secret')
const refreshable: TokenRecord = { ...record, token: { ...record.token!, refreshToken: 'refresh-secret' } }

function setUp(prefix?: string) {
  const client = new FakeClient()
  return { client, store: redisStore(client, prefix === undefined ? {} : { prefix }) }
}

/** The error of a promise; looked at from the start, so that nothing is unhandled. */
function errorOf(promise: Promise<unknown>) {
  return promise.then(
    () => undefined,
    (error) => error,
  )
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a record', () => {
  it('with a prefix → all its names begin with it, and the lock has a name of its own', async () => {
    const { client, store } = setUp('app:')
    await store.get('k')
    await store.set('k', record)
    await store.delete('k')
    await store.lock!('k', async () => {}, { waitMs: 100 })
    expect(client.sent.map(({ keys }) => keys)).toEqual([['app:k'], ['app:k', 'app:k:lock'], ['app:k'], ['app:k:lock'], ['app:k:lock']])
    expect(client.sent[1]!.arguments).toContain('app:k:changed')
  })

  it.each<[string, TokenRecord, number, string]>([
    ['with an end → lives until then', { ...record, expiresAt: 61_000.5 }, 1_000, '60001'],
    ['whose end is over → lives for the shortest time', { ...record, expiresAt: 500 }, 1_000, '1'],
    ['without an end → has none', { version: 1, key: 'k', id: 'i', epoch: 'e' }, 1_000, ''],
  ])('%s', async (_, given, now, livesMs) => {
    vi.setSystemTime(now)
    const { client, store } = setUp()
    await store.set('k', given)
    expect(client.sent[0]!.arguments.slice(0, 3)).toEqual([JSON.stringify(given), '1', livesMs])
  })

  it.each<[string, unknown]>([
    ['nothing', null],
    ['no JSON', 'refresh-secret {'],
    ['null', 'null'],
    ['a Buffer', new Uint8Array()],
    ['another type of Redis', new Error('WRONGTYPE Operation against a key holding the wrong kind of value')],
  ])('%s under its key → a miss', async (_, answer) => {
    const { client, store } = setUp()
    client.script('get', answer)
    expect(await store.get('k')).toBeUndefined()
  })

  it.each([
    ['newer', /later version/],
    ['lost', /lock was lost/],
  ])('that Redis answers with %s → TokenStoreError', async (answer, message) => {
    const { client, store } = setUp()
    client.script('write', answer)
    await expect(store.set('k', record)).rejects.toThrow(
      expect.objectContaining({ name: 'TokenStoreError', message: expect.stringMatching(message) }),
    )
  })
})

describe('trouble', () => {
  it('a client that is not ready → everything fails at once, and nothing is sent', async () => {
    const { client, store } = setUp()
    client.isReady = false
    const task = vi.fn()
    for (const operation of [store.get('k'), store.set('k', record), store.delete('k'), store.lock!('k', task, { waitMs: 5_000 })]) {
      await expect(operation).rejects.toThrow(
        expect.objectContaining({ code: 'store_failed', message: expect.stringMatching(/connect\(\)/) }),
      )
    }
    expect(client.sent).toEqual([])
    expect(task).not.toHaveBeenCalled()
  })

  it('no answer → fails after 90 ms; the next fail at once for a second; then Redis is asked again', async () => {
    const { client, store } = setUp()
    client.script('get', never)
    const first = errorOf(store.get('k'))
    await vi.advanceTimersByTimeAsync(89)
    expect(client.sent).toHaveLength(1)
    expect(await Promise.race([first, 'waiting'])).toBe('waiting')
    await vi.advanceTimersByTimeAsync(1)
    expect(await first).toMatchObject({ code: 'outcome_unknown' })
    await expect(store.set('k', record)).rejects.toThrow(/a moment ago/)
    await vi.advanceTimersByTimeAsync(990)
    await expect(store.lock!('k', async () => {}, { waitMs: 2_000 })).rejects.toThrow(/a moment ago/)
    await vi.advanceTimersByTimeAsync(10)
    expect(await store.get('k')).toBeUndefined()
  })

  it('no answer, and a lock that is waited for for 5 s (a refresh token) → patient: 400 ms each, also after silence', async () => {
    const { client, store } = setUp()
    client.script('get', never, never)
    await Promise.all([errorOf(store.get('k')), vi.advanceTimersByTimeAsync(90)])
    const startedAt = performance.now()
    const locked = store.lock!('k', () => errorOf(store.get('k')), { waitMs: 5_000 })
    await vi.advanceTimersByTimeAsync(400)
    expect(await locked).toMatchObject({ message: expect.stringMatching(/400 ms/) })
    expect(performance.now() - startedAt).toBe(400)
  })

  it('an answer that is an error, after the wait → nothing is left unhandled', async () => {
    const { client, store } = setUp()
    client.script('get', () => new Promise((_, reject) => setTimeout(reject, 200, new Error('closed'))))
    const error = errorOf(store.get('k'))
    await vi.advanceTimersByTimeAsync(300)
    expect(await error).toMatchObject({ code: 'outcome_unknown' })
  })

  it.each([
    ['READONLY', "READONLY You can't write against a read only replica.", /connect to the primary/],
    ['OOM', "OOM command not allowed when used memory > 'maxmemory'.", /memory is full/],
    ['NOAUTH', 'NOAUTH Authentication required.', /password/],
    ['text with the token', "ERR unknown command 'eval', with args beginning with: 'access-secret'", /not carried out/],
    ['a code that Redis does not have', 'constructor access-secret', /not carried out/],
  ])('%s → an error that says what to do, and repeats nothing of what was sent', async (_, text, message) => {
    const { client, store } = setUp()
    client.script('write', new Error(text))
    const error = await errorOf(store.set('k', record))
    expect(error).toMatchObject({ name: 'TokenStoreError', code: 'store_failed', message: expect.stringMatching(message) })
    expect(`${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.toContain('access-secret')
  })

  it('an error → the next operation is sent nevertheless: Redis answers', async () => {
    const { client, store } = setUp()
    client.script('write', new Error('OOM'))
    await errorOf(store.set('k', record))
    expect(await store.get('k')).toBeUndefined()
  })
})

describe('the lock', () => {
  const held = (text: string) => () => text

  it('that comes after its wait → is given back, and the task never runs', async () => {
    const { client, store } = setUp()
    client.script('acquire', ({ arguments: [text] }: Command) => new Promise((resolve) => setTimeout(resolve, 500, text)))
    const task = vi.fn()
    const error = errorOf(store.lock!('k', task, { waitMs: 2_000 }))
    await vi.advanceTimersByTimeAsync(499)
    expect(await error).toMatchObject({ code: 'outcome_unknown' })
    expect(client.namesSent()).toEqual(['acquire'])
    await vi.advanceTimersByTimeAsync(1)
    expect(client.namesSent()).toEqual(['acquire', 'release'])
    expect(client.sent[0]!.arguments[0]!.startsWith(client.sent[1]!.arguments[0]!)).toBe(true)
    expect(task).not.toHaveBeenCalled()
  })

  it('that comes after an abort → is given back, and rejects with the reason', async () => {
    const { client, store } = setUp()
    client.script('acquire', ({ arguments: [text] }: Command) => new Promise((resolve) => setTimeout(resolve, 50, text)))
    const controller = new AbortController()
    const task = vi.fn()
    const error = errorOf(store.lock!('k', task, { waitMs: 5_000, signal: controller.signal }))
    controller.abort('not wanted')
    await vi.advanceTimersByTimeAsync(50)
    expect(await error).toBe('not wanted')
    expect(client.namesSent()).toEqual(['acquire', 'release'])
    expect(task).not.toHaveBeenCalled()
  })

  it('of a holder that shows that it lives → is not taken over', async () => {
    const { client, store } = setUp()
    let looks = 0
    client.answers['acquire'] = Array.from({ length: 500 }, () => () => `other:${Math.floor(looks++ / 6)}`)
    const error = errorOf(store.lock!('k', async () => {}, { waitMs: 5_000 }))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await error).toMatchObject({ code: 'lock_not_acquired' })
    expect(client.sent.every(({ arguments: [, , deadText] }) => deadText === '')).toBe(true)
  })

  it.each([2_000, 5_000])('of a holder that died → is taken over within a wait of %i ms', async (waitMs) => {
    const { client, store } = setUp()
    client.answers['acquire'] = Array.from(
      { length: 500 },
      () =>
        ({ arguments: [text, , deadText] }: Command) =>
          deadText === 'dead:3' ? text : 'dead:3',
    )
    const result = store.lock!('k', async () => Math.round(performance.now()), { waitMs })
    const startedAt = performance.now()
    await vi.advanceTimersByTimeAsync(waitMs)
    const tookMs = (await result) - startedAt
    expect(tookMs).toBeGreaterThan(1_000)
    expect(tookMs).toBeLessThan(waitMs)
  })

  it('of a holder that died, in waits that Redis cuts short → is taken over all the same', async () => {
    const { client, store } = setUp()
    const answer = ({ arguments: [text, , deadText] }: Command) => (deadText === 'dead:3' ? text : 'dead:3')
    for (let fault = 0; fault < 40; fault++) client.script('acquire', ...Array.from({ length: 8 }, () => answer), new Error('READONLY'))
    let waits = 0
    const task = vi.fn(async () => {})
    for (; task.mock.calls.length === 0 && waits < 40; waits++) {
      const locked = errorOf(store.lock!('k', task, { waitMs: 5_000 }))
      await vi.advanceTimersByTimeAsync(2_000)
      await locked
    }
    expect(waits).toBeGreaterThan(2)
    expect(waits).toBeLessThan(12)
  })

  it('that comes late, and cannot be given back at once → is given back later', async () => {
    const { client, store } = setUp()
    client.script('acquire', ({ arguments: [text] }: Command) => new Promise((resolve) => setTimeout(resolve, 150, text)))
    client.script('release', new Error('READONLY'), new Error('READONLY'))
    const error = errorOf(store.lock!('k', async () => {}, { waitMs: 2_000 }))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await error).toBeDefined()
    expect(client.namesSent()).toEqual(['acquire', 'release', 'release', 'release'])
  })

  it('that is held for long → shows that its holder lives, and stops with the task', async () => {
    const { client, store } = setUp()
    const locked = store.lock!('k', () => new Promise((resolve) => setTimeout(resolve, 1_000)), { waitMs: 100 })
    await vi.advanceTimersByTimeAsync(10_000)
    await locked
    expect(client.namesSent()).toEqual(['acquire', 'beat', 'beat', 'beat', 'release'])
    const texts = client.sent.filter(({ name }) => name === 'beat').map(({ arguments: [, text] }) => text)
    expect(new Set(texts).size).toBe(3)
  })

  it('whose release fails → the task counts, and it is released when Redis is back', async () => {
    const { client, store } = setUp()
    client.script('release', new Error('closed'))
    expect(await store.lock!('k', async () => 7, { waitMs: 100 })).toBe(7)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(client.namesSent()).toEqual(['acquire', 'release', 'release'])
  })

  it('under which a refresh token could not be written → is kept until it is', async () => {
    const { client, store } = setUp()
    client.script('write', new Error('OOM'), new Error('OOM'))
    await store.lock!('k', () => errorOf(store.set('k', refreshable)), { waitMs: 100 })
    await vi.advanceTimersByTimeAsync(200)
    expect(client.namesSent()).toEqual(['acquire', 'write', 'write'])
    await vi.advanceTimersByTimeAsync(60)
    expect(client.namesSent()).toEqual(['acquire', 'write', 'write', 'write', 'release'])
    expect(client.sent[3]!.arguments[0]).toBe(JSON.stringify(refreshable))
  })

  it('and a later record comes in meanwhile → that one is written', async () => {
    const { client, store } = setUp()
    const later = { ...refreshable, id: 'later' }
    await store.lock!(
      'k',
      async () => {
        client.isReady = false
        await errorOf(store.set('k', refreshable))
      },
      { waitMs: 100 },
    )
    await errorOf(store.set('k', later))
    client.isReady = true
    await vi.advanceTimersByTimeAsync(500)
    expect(client.namesSent()).toEqual(['acquire', 'write', 'release'])
    expect(client.sent[1]!.arguments[0]).toBe(JSON.stringify(later))
  })

  it('under which an access token could not be written → is released: nothing was used up', async () => {
    const { client, store } = setUp()
    client.script('write', new Error('OOM'))
    await store.lock!('k', () => errorOf(store.set('k', record)), { waitMs: 100 })
    expect(client.namesSent()).toEqual(['acquire', 'write', 'release'])
  })

  it('before a Redis that hangs → neither beats nor attempts to release pile up', async () => {
    const { client, store } = setUp()
    client.script('beat', never)
    client.script('release', never)
    await Promise.all([
      store.lock!('k', () => new Promise((resolve) => setTimeout(resolve, 2_000)), { waitMs: 100 }),
      vi.advanceTimersByTimeAsync(60_000),
    ])
    expect(client.namesSent()).toEqual(['acquire', 'beat', 'release'])
  })

  it('that stays taken → lock_not_acquired', async () => {
    const { client, store } = setUp()
    client.script('acquire', held('other:0'), held('other:1'), held('other:2'), held('other:3'))
    const error = errorOf(store.lock!('k', async () => {}, { waitMs: 60 }))
    await vi.advanceTimersByTimeAsync(100)
    expect(await error).toMatchObject({ name: 'TokenStoreError', code: 'lock_not_acquired' })
  })
})

describe('notices', () => {
  it('the first listener → a connection of its own, closed with the last one', async () => {
    const { client, store } = setUp()
    expect(client.listeners).toEqual([])
    const stops = [store.subscribe!('k', vi.fn()), store.subscribe!('k', vi.fn()), store.subscribe!('other', vi.fn())]
    expect(client.listeners).toHaveLength(1)
    const [listener] = client.listeners
    expect([...listener!.channels.keys()]).toEqual(['k:changed', 'other:changed'])
    expect(listener).toMatchObject({ isUnref: true, isDestroyed: false })
    stops[0]!()
    stops[1]!()
    expect([...listener!.channels.keys()]).toEqual(['other:changed'])
    stops[2]!()
    stops[2]!()
    expect(listener!.isDestroyed).toBe(true)
    expect(client.onEnd.size).toBe(0)
    store.subscribe!('k', vi.fn())
    expect(client.listeners).toHaveLength(2)
  })

  it('messages of others → the listener is called; of this store → it is not', async () => {
    const { client, store } = setUp()
    const notice = vi.fn()
    store.subscribe!('k', notice)
    await store.set('k', record)
    const own = client.sent.find(({ name }) => name === 'write')!.arguments[6]!
    client.listeners[0]!.channels.get('k:changed')!(own)
    expect(notice).not.toHaveBeenCalled()
    client.listeners[0]!.channels.get('k:changed')!('another store')
    expect(notice).toHaveBeenCalledTimes(1)
  })

  it('a connection that was away → the listener is called if the record has changed', async () => {
    const { client, store } = setUp()
    const notice = vi.fn()
    client.script('get', '{"id":"a"}', '{"id":"a"}')
    store.subscribe!('k', notice)
    await vi.advanceTimersByTimeAsync(0)
    client.script('get', '{"id":"a"}')
    client.listeners[0]!.handlers['ready']!()
    await vi.advanceTimersByTimeAsync(0)
    expect(notice).not.toHaveBeenCalled()
    client.script('get', '{"id":"b"}')
    client.listeners[0]!.handlers['ready']!()
    await vi.advanceTimersByTimeAsync(0)
    expect(notice).toHaveBeenCalledTimes(1)
  })

  it('a connection that gives up, or fails → nothing is thrown, and the next listener makes another', async () => {
    const { client, store } = setUp()
    const notice = vi.fn()
    store.subscribe!('k', notice)
    const [listener] = client.listeners
    listener!.handlers['error']!()
    listener!.connects.reject(new Error('gave up'))
    await vi.advanceTimersByTimeAsync(0)
    expect(listener!.isDestroyed).toBe(true)
    store.subscribe!('k', vi.fn())
    client.listeners[1]!.channels.get('k:changed')!('another store')
    expect(notice).toHaveBeenCalledTimes(1)
  })

  it('a client that its owner closes → the connection is closed with it', () => {
    const { client, store } = setUp()
    const stop = store.subscribe!('k', vi.fn())
    for (const end of client.onEnd) end()
    expect(client.listeners[0]!.isDestroyed).toBe(true)
    expect(client.onEnd.size).toBe(0)
    stop()
  })
})
