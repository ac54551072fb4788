import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TokenStoreError } from '../../../src/base/errors.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { GuardedStore } from '../../../src/token/guarded-store.ts'
import { createRecord } from '../../../src/token/record.ts'
import type { TokenRecord, TokenStore } from '../../../src/token/token-store.ts'
import { createToken } from '../../support/scripted-source.ts'

const key = 'tokenwell:2:test'
const record = createRecord(key, '', createToken(0))

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function guard(overrides: Partial<TokenStore> = {}) {
  const inner: TokenStore = {
    get: vi.fn(async () => record),
    set: vi.fn(async () => {}),
    delete: vi.fn(async () => {}),
    ...overrides,
  }
  const onDegraded = vi.fn()
  return { store: new GuardedStore(inner, key, { onDegraded }), inner, onDegraded }
}

const fails = async (): Promise<never> => {
  throw new Error('quota')
}

const busy = async (): Promise<never> => {
  throw new TokenStoreError('lock_not_acquired', 'Another context has written meanwhile.')
}

function attempt(run: () => unknown): void {
  try {
    run()
  } catch {
    // It was too late.
  }
}

/** What is rejected and handled by nobody while the task runs. */
async function unhandledIn(task: () => unknown): Promise<unknown[]> {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  await task()
  await vi.advanceTimersByTimeAsync(1_000)
  vi.useRealTimers()
  // Node tells of it after the microtasks.
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', note)
  return unhandled
}

describe('GuardedStore', () => {
  it('a store that works → its record, its write, no event', async () => {
    const { store, onDegraded } = guard()
    expect(await store.read()).toEqual({ is: 'live', record })
    expect(await store.write(record)).toBe('saved')
    expect(onDegraded).not.toHaveBeenCalled()
  })

  it('a store that throws, at once or later → answers that say so, and one event until it works again', async () => {
    const set = vi.fn<TokenStore['set']>(fails)
    const { store, onDegraded } = guard({
      get: () => {
        throw new Error('SecurityError')
      },
      set,
    })
    expect(await store.read()).toMatchObject({ is: 'unknown' })
    expect(await store.write(record)).toBe('refused')
    expect(await store.read()).toMatchObject({ is: 'unknown' })
    expect(onDegraded.mock.calls).toEqual([['get', undefined]])
  })

  it('reads that work between writes that fail → one event; each operation works again by itself', async () => {
    const set = vi.fn<TokenStore['set']>(fails)
    const { store, onDegraded } = guard({ set })
    for (let round = 0; round < 3; round++) {
      await store.read()
      await store.write(record)
    }
    expect(onDegraded.mock.calls).toEqual([['set', undefined]])
    set.mockResolvedValueOnce()
    expect(await store.write(record)).toBe('saved')
    expect(await store.write(record)).toBe('refused')
    expect(onDegraded).toHaveBeenCalledTimes(2)
  })

  describe('a store that refuses to write, since another context has written meanwhile', () => {
    it('each time → the token is not stored, and that is no failure of the store', async () => {
      const { store, onDegraded } = guard({ set: busy })
      for (let round = 0; round < 3; round++) expect(await store.write(record)).toBe('refused')
      expect(onDegraded).not.toHaveBeenCalled()
    })

    it.each<[string, (store: GuardedStore) => Promise<unknown>, string]>([
      ['write', (store) => store.write(record), 'set'],
      ['read', (store) => store.read(), 'get'],
      ['delete', (store) => store.remove(), 'delete'],
    ])('and then fails to %s → that is told', async (_, use, operation) => {
      const set = vi.fn<TokenStore['set']>(fails)
      const { store, onDegraded } = guard({ get: fails, set: set.mockImplementationOnce(busy), delete: fails })
      await store.write(record)
      await use(store)
      expect(onDegraded).toHaveBeenCalledExactlyOnceWith(operation, undefined)
    })
  })

  it('a store that never answers → has failed after 5 s', async () => {
    const never = () => new Promise<never>(() => {})
    const { store } = guard({ get: never, set: never })
    const read = store.read()
    const written = store.write(record)
    await vi.advanceTimersByTimeAsync(5_020)
    expect(await read).toMatchObject({ is: 'unknown' })
    expect(await written).toBe('unknown')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('a process that is itself busy, so that each of its timers fires late → does not take its store for silent', async () => {
    const due: (() => void)[] = []
    vi.stubGlobal('setTimeout', (task: () => void) => due.push(task))
    const late = Promise.withResolvers<TokenRecord>()
    const { store } = guard({ get: () => late.promise })
    const read = store.read()
    for (let turn = 0; turn < 15; turn++) due.shift()?.()
    late.resolve(record)
    vi.unstubAllGlobals()
    expect(await read).toEqual({ is: 'live', record })
  })

  it('a store that was silent once → a refresh token is written all the same, and nothing else is asked of it for 30 s', async () => {
    const get = vi.fn<TokenStore['get']>(() => new Promise(() => {}))
    const { store, inner } = guard({ get })
    const read = store.read()
    await vi.advanceTimersByTimeAsync(5_020)
    await read
    expect(await store.write(createRecord(key, '', createToken(0, { refreshToken: 'r' })))).toBe('saved')
    expect(await store.write(record)).toBe('refused')
    expect(await store.read()).toMatchObject({ is: 'unknown' })
    expect(inner.set).toHaveBeenCalledOnce()
    expect(get).toHaveBeenCalledOnce()
    vi.setSystemTime(Date.now() - 86_400_000)
    await vi.advanceTimersByTimeAsync(30_000)
    get.mockResolvedValue(undefined)
    expect(await store.read()).toMatchObject({ is: 'nothing' })
  })

  it.each([
    ['a refresh token, that settles', 'r', 8_000, 'saved'],
    ['a refresh token, that does not', 'r', 20_000, 'unknown'],
    ['an access token', undefined, 8_000, 'unknown'],
  ] as const)(
    'a slow write of %s → is waited for, where the lock must not be given back before it lands',
    async (_, refreshToken, ms, expected) => {
      const { store } = guard({ set: () => new Promise((resolve) => setTimeout(resolve, ms)) })
      const written = store.write(createRecord(key, '', createToken(0, { ...(refreshToken && { refreshToken }) })))
      await vi.advanceTimersByTimeAsync(10_020)
      expect(await written).toBe(expected)
    },
  )

  it('a store that cannot delete → says so, and that is a failure of its own', async () => {
    const { store, onDegraded } = guard({ delete: fails })
    expect(await store.remove()).toBe(false)
    expect(onDegraded).toHaveBeenCalledExactlyOnceWith('delete', undefined)
    expect(await guard().store.remove()).toBe(true)
  })

  it.each([undefined, null, 'x', {}, { ...record, key: 'other' }])(
    'a record that is not ours (%#) → a miss, and the store works',
    async (value) => {
      const { store, onDegraded } = guard({ get: async () => value as never })
      expect(await store.read()).toEqual({ is: 'nothing', record: undefined })
      expect(onDegraded).not.toHaveBeenCalled()
    },
  )

  it('a record of a later version → counts as a failure that names it, and is neither replaced nor deleted while it stands', async () => {
    const get = vi.fn<TokenStore['get']>(async () => ({ ...record, version: 2 }) as never)
    const { store, inner, onDegraded } = guard({ get })
    expect(await store.read()).toMatchObject({ is: 'unknown', error: { code: 'later_version', retryable: false } })
    expect(onDegraded).toHaveBeenCalledExactlyOnceWith('get', expect.stringContaining('version 2'))
    expect(await store.write(record)).toBe('refused')
    expect(await store.remove()).toBe(false)
    expect(inner.set).not.toHaveBeenCalled()
    expect(inner.delete).not.toHaveBeenCalled()
    get.mockResolvedValueOnce(undefined)
    await store.read()
    expect(await store.write(record)).toBe('saved')
  })

  describe('withLock', () => {
    it('a store without a lock → the task runs', async () => {
      const { store } = guard()
      expect(await store.withLock({ waitMs: 100 }, async () => 7)).toBe(7)
    })

    it('a lock → the task runs under it, and what it throws is thrown as it is', async () => {
      const store = new GuardedStore(memoryStore(), key, { onDegraded: vi.fn() })
      expect(await store.withLock({ waitMs: 100 }, async () => 7)).toBe(7)
      const error = new Error('mine')
      await expect(
        store.withLock({ waitMs: 100 }, async () => {
          throw error
        }),
      ).rejects.toBe(error)
    })

    it('a lock that is taken → says so, and that is no failure of the store', async () => {
      const taken = async () => {
        throw new TokenStoreError('lock_not_acquired', 'taken')
      }
      const { store, onDegraded } = guard({ lock: taken })
      const task = vi.fn(async () => 7)
      expect(await store.withLock({ waitMs: 100 }, task)).toBe('not-acquired')
      expect(task).not.toHaveBeenCalled()
      expect(onDegraded).not.toHaveBeenCalled()
    })

    it('a lock that breaks → says so, and that is one', async () => {
      const { store, onDegraded } = guard({ lock: fails })
      expect(await store.withLock({ waitMs: 100 }, async () => 7)).toBe('not-acquired')
      expect(onDegraded).toHaveBeenCalledExactlyOnceWith('lock', undefined)
    })

    it('a lock that resolves without the task → was not acquired', async () => {
      const { store, onDegraded } = guard({ lock: async () => undefined as never })
      expect(await store.withLock({ waitMs: 10 }, async () => 'done')).toBe('not-acquired')
      expect(onDegraded).toHaveBeenCalledOnce()
    })

    it('a lock that runs the task twice → the task runs once', async () => {
      const task = vi.fn(async () => 'done')
      const lock = async <T>(_: string, run: () => Promise<T>): Promise<T> => {
        await run()
        return run()
      }
      expect(await guard({ lock }).store.withLock({ waitMs: 10 }, task)).toBe('done')
      expect(task).toHaveBeenCalledOnce()
    })

    it.each([
      ['at once', 0],
      ['after a minute', 60_000],
    ])('a lock that is never given back after a task that ends %s → what the task gave counts, after a bound', async (_, taskMs) => {
      const lock = async <T>(_key: string, task: () => Promise<T>): Promise<T> => {
        await task()
        return new Promise(() => {})
      }
      const { store } = guard({ lock })
      const task = () => new Promise<number>((resolve) => setTimeout(resolve, taskMs, 7))
      const locked = store.withLock({ waitMs: 100 }, task)
      await vi.advanceTimersByTimeAsync(taskMs + 11_000)
      expect(await Promise.race([locked, 'hangs'])).toBe(7)
      expect(vi.getTimerCount()).toBe(0)
    })

    it.each([
      ['is taken, and runs the task in the next turn', busy, 0],
      ['is taken, and runs the task a while later', busy, 900],
      ['breaks, and runs the task a while later', fails, 900],
    ])('a lock that %s all the same → the task does not run: it would beside the way without the lock', async (_, reject, ms) => {
      const task = vi.fn(fails)
      const lock = (_key: string, run: () => Promise<unknown>): Promise<never> => {
        // As a client that has given up on a command which is carried out. It does not look at what the task gives.
        setTimeout(() => attempt(run), ms)
        return reject()
      }
      const { store } = guard({ lock })
      const unhandled = await unhandledIn(async () => {
        expect(await store.withLock({ waitMs: 100 }, task)).toBe('not-acquired')
      })
      expect(task).not.toHaveBeenCalled()
      expect(unhandled).toEqual([])
    })

    it('a lock that cannot be released → what the task gave counts', async () => {
      const lock = async <T>(_: string, task: () => Promise<T>): Promise<T> => {
        await task()
        throw new Error('connection lost')
      }
      const { store } = guard({ lock })
      expect(await store.withLock({ waitMs: 100 }, async () => 7)).toBe(7)
    })
  })

  it('subscribing to a store that gives no function, or one that throws → a function that does nothing', () => {
    const thrower = () => {
      throw new Error('gone')
    }
    for (const given of [undefined, 'no function', thrower]) {
      const { store } = guard({ subscribe: () => given as never })
      expect(() => store.subscribe(vi.fn())()).not.toThrow()
    }
  })

  const failsLater = async (): Promise<never> => {
    await new Promise((resolve) => setTimeout(resolve, 500))
    return fails()
  }
  it.each<[string, () => unknown]>([
    ['subscribing rejects', fails],
    ['subscribing rejects later', failsLater],
    ['unsubscribing rejects', () => fails],
    ['unsubscribing rejects later', () => failsLater],
  ])('%s → nothing is unhandled', async (_, subscribe) => {
    const { store } = guard({ subscribe: subscribe as TokenStore['subscribe'] & {} })
    expect(await unhandledIn(() => store.subscribe(vi.fn())())).toEqual([])
  })

  it('subscribing where it is not possible, or throws → a function that does nothing', () => {
    expect(guard().store.subscribe(vi.fn())()).toBeUndefined()
    const { store, onDegraded } = guard({
      subscribe: () => {
        throw new Error('no channel')
      },
    })
    expect(store.subscribe(vi.fn())()).toBeUndefined()
    expect(onDegraded).toHaveBeenCalledExactlyOnceWith('subscribe', undefined)
  })
})

it('subscribing that failed → does not hide that the store fails later', async () => {
  const { store, onDegraded } = guard({
    get: fails,
    subscribe: () => {
      throw new Error('no channel')
    },
  })
  store.subscribe(vi.fn())
  await store.read()
  expect(onDegraded.mock.calls.map(([operation]) => operation)).toEqual(['subscribe', 'get'])
})

it('a store that says what to do → that is told, and kept; what a platform says is not', async () => {
  const answers = [new TokenStoreError('store_failed', 'The directory belongs to another user.'), new Error('token eyJ in the message')]
  for (const error of answers) {
    const { store, onDegraded } = guard({ get: () => Promise.reject(error) })
    const stored = await store.read()
    const isOurs = error instanceof TokenStoreError
    expect(onDegraded).toHaveBeenCalledExactlyOnceWith('get', isOurs ? error.message : undefined)
    expect(stored).toEqual({ is: 'unknown', error: isOurs ? error : undefined })
  }
})
