import { describe, expect, it, vi } from 'vitest'
import { SignInRequiredError, TokenEndpointError, TokenNetworkError, TokenStoreError } from '../../../src/base/errors.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { createRecord } from '../../../src/token/record.ts'
import type { TokenRecord, TokenStore } from '../../../src/token/token-store.ts'
import { createKeeper } from '../../support/keeper.ts'
import { createScriptedSource, createToken, type ScriptedSourceOptions } from '../../support/scripted-source.ts'
import { useVirtualTime } from '../../support/virtual-time.ts'

const key = 'tokenwell:2:test'
const hour = 3_600_000

useVirtualTime()

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
const settle = (ms = 20) => vi.advanceTimersByTimeAsync(ms)
const refused = (error = 'invalid_grant') => new TokenEndpointError('refused', 'no', { error })
const outage = () => new TokenNetworkError('network_failed', 'away')

/** A server that rotates: each refresh token works once, and the family is revoked when one is used again. */
function createRotatingSource(options: Partial<ScriptedSourceOptions> = {}) {
  const source = createScriptedSource({ now: Date.now, ...options })
  let current = 'initial'
  let count = 0
  source.answer = (asked) => {
    if (asked !== 'grant' && asked !== `refresh ${current}`) return refused()
    current = `r${++count}`
    return createToken(Date.now(), { accessToken: `a${count}`, refreshToken: current })
  }
  return source
}

describe('renewing with a refresh token', () => {
  it('renewing with a refresh token → presents the last one each time, never the original grant', async () => {
    const source = createRotatingSource()
    const { keeper } = createKeeper({ source })
    for (let renewals = 0; renewals < 5; renewals++) {
      await keeper.get()
      pass(hour)
    }
    expect(source.asked).toEqual(['grant', 'refresh r1', 'refresh r2', 'refresh r3', 'refresh r4'])
  })

  it.each([true, false])(
    'refused by a word, and given again with the next grant → not presented again (with a store: %s)',
    async (isStored) => {
      const source = createScriptedSource({ now: Date.now })
      source.answer = (asked) => (asked === 'grant' ? createToken(Date.now(), { refreshToken: 'r' }) : refused())
      const { keeper } = createKeeper({ source, isStored })
      for (let renewals = 0; renewals < 4; renewals++) {
        await keeper.get()
        pass(hour)
      }
      expect(source.asked).toEqual(['grant', 'refresh r', 'grant', 'grant', 'grant'])
    },
  )

  it('without a store → the last one is presented each time, until it is cleared', async () => {
    const source = createRotatingSource()
    const { keeper } = createKeeper({ source, isStored: false })
    for (let renewals = 0; renewals < 4; renewals++) {
      if (renewals === 3) await keeper.clear()
      await keeper.get()
      pass(hour)
    }
    expect(source.asked).toEqual(['grant', 'refresh r1', 'refresh r2', 'grant'])
  })

  it.each(['one-time', 'refresh-token'] as const)(
    'without a store, a grant that is used up (%s) → is not asked with again',
    async (grant) => {
      const source = createScriptedSource({ now: Date.now, grant })
      const { keeper } = createKeeper({ source, isStored: false })
      await keeper.get()
      pass(hour)
      await expect(keeper.get()).rejects.toThrow(SignInRequiredError)
      expect(source.asked).toEqual(['grant'])
    },
  )

  it('a new refresh token → is in the store before any caller sees the new access token', async () => {
    const order: string[] = []
    const inner = memoryStore()
    const store: TokenStore = {
      get: (k) => inner.get(k),
      delete: (k) => inner.delete(k),
      set: async (k, record) => {
        await new Promise((resolve) => setTimeout(resolve, 100))
        await inner.set(k, record)
        order.push(`stored ${record.token?.refreshToken}`)
      },
    }
    const { keeper } = createKeeper({ source: createRotatingSource(), store })
    const waiting = keeper.get().then(({ token }) => order.push(`seen ${token.refreshToken}`))
    await settle(50)
    expect(keeper.current()).toBeUndefined()
    await settle(100)
    await waiting
    expect(order).toEqual(['stored r1', 'seen r1'])
  })

  it('refused → the original grant is asked at once, and the refused token never presented again', async () => {
    const { keeper, source } = createKeeper()
    source.answer = (asked) => (asked === 'grant' ? createToken(Date.now(), { refreshToken: 'r' }) : refused())
    await keeper.get()
    pass(hour)
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'refresh r', 'grant'])
  })

  it.each([
    ['an outage', outage],
    ['a client that is unknown', () => refused('invalid_client')],
  ])('%s → moves nothing on, and the refresh token is kept', async (_, create) => {
    const { keeper, source } = createKeeper()
    source.answer = (asked) => (asked === 'grant' ? createToken(Date.now(), { refreshToken: 'r' }) : create())
    await keeper.get()
    pass(hour)
    await expect(keeper.get()).rejects.toThrow()
    pass(60_000)
    source.answer = () => createToken(Date.now(), { refreshToken: 'r2' })
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'refresh r', 'refresh r'])
  })

  it('a client that may not refresh at all → the grant that works again is asked', async () => {
    const { keeper, source } = createKeeper()
    source.answer = (asked) => (asked === 'grant' ? createToken(Date.now(), { refreshToken: 'r' }) : refused('unsupported_grant_type'))
    await keeper.get()
    pass(hour)
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'refresh r', 'grant'])
  })

  it('one that is past its time → is not presented', async () => {
    const { keeper, source } = createKeeper()
    source.answer = () => createToken(Date.now(), { refreshToken: 'r', refreshableUntil: Date.now() + hour / 2 })
    await keeper.get()
    pass(hour)
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'grant'])
  })
})

describe('renewing with the access token itself', () => {
  const setup = () => {
    const created = createKeeper({ by: 'access_token' })
    let count = 0
    created.source.answer = () => createToken(Date.now(), { accessToken: `a${++count}`, refreshableUntil: Date.UTC(2026, 0, 2) })
    return created
  }

  it('renewing with the access token itself → presents it, also when it has expired, until the window closes', async () => {
    const { keeper, source } = setup()
    await keeper.get()
    pass(hour)
    await keeper.get()
    pass(20 * hour)
    await keeper.get()
    pass(5 * hour)
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'access a1', 'access a2', 'grant'])
  })

  it.each([
    ['a refusal', () => refused('invalid_request')],
    ['an outage', outage],
  ])('%s for an expired one → the grant is asked', async (_, create) => {
    const { keeper, source } = setup()
    await keeper.get()
    pass(hour)
    source.answer = (asked) => (asked === 'grant' ? createToken(Date.now()) : create())
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'access a1', 'grant'])
  })

  it('an outage while it lives → the grant is left alone', async () => {
    const { keeper, source } = setup()
    await keeper.get()
    source.answer = outage
    pass(56 * 60_000)
    keeper.current()
    await settle()
    expect(source.asked).toEqual(['grant', 'access a1'])
  })
})

describe('a grant that is a refresh token', () => {
  it('a grant that is a refresh token → is presented once; from then on its successors are', async () => {
    const source = createRotatingSource({ grant: 'refresh-token' })
    const { keeper } = createKeeper({ source })
    await keeper.get()
    pass(hour)
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'refresh r1'])
  })

  it('refused → a sign-in is required, then at once and without a request, until the store changes', async () => {
    const store = memoryStore()
    const { keeper, source } = createKeeper({ grant: 'refresh-token', store })
    source.answer = () => refused()
    for (let call = 0; call < 3; call++) await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
    expect(source.asked).toEqual(['grant'])
    await store.set(key, createRecord(key, '', createToken(Date.now(), { accessToken: 'from-elsewhere' })))
    expect((await keeper.get()).token.accessToken).toBe('from-elsewhere')
    expect(source.asked).toEqual(['grant'])
  })

  it('a store that holds a successor → the grant’s own is not presented, not even when that is refused', async () => {
    const store = memoryStore()
    await store.set(key, createRecord(key, '', createToken(Date.now() - 2 * hour, { refreshToken: 'successor' })))
    const { keeper, source } = createKeeper({ grant: 'refresh-token', store })
    source.answer = () => refused()
    await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
    await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
    expect(source.asked).toEqual(['refresh successor'])
  })

  it('an outage → the error itself, and the same token again', async () => {
    const { keeper, source } = createKeeper({ grant: 'refresh-token' })
    source.answer = outage
    await expect(keeper.get()).rejects.toBeInstanceOf(TokenNetworkError)
    pass(1_000)
    source.answer = () => createToken(Date.now())
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'grant'])
  })

  it('cleared → may be presented again', async () => {
    const { keeper, source } = createKeeper({ grant: 'refresh-token' })
    source.answer = () => refused()
    await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
    await keeper.clear()
    await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
    expect(source.asked).toEqual(['grant', 'grant'])
  })
})

describe('a grant that works once', () => {
  it('a grant that works once → is used for the first token only', async () => {
    const source = createRotatingSource({ grant: 'one-time' })
    const { keeper } = createKeeper({ source })
    await keeper.get()
    pass(hour)
    await keeper.get()
    await keeper.clear()
    await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
    expect(source.asked).toEqual(['grant', 'refresh r1'])
  })

  it('a new sign-in → comes before what an older one left in the store', async () => {
    const store = memoryStore()
    await store.set(key, createRecord(key, '', createToken(Date.now(), { accessToken: 'older', refreshToken: 'r' })))
    const { keeper, source } = createKeeper({ grant: 'one-time', store })
    expect((await keeper.get()).token.accessToken).toBe('token-1')
    expect(source.asked).toEqual(['grant'])
  })

  it('refused → a sign-in is required', async () => {
    const { keeper, source } = createKeeper({ grant: 'one-time' })
    source.answer = () => refused()
    await expect(keeper.get()).rejects.toMatchObject({ code: 'sign_in_required', cause: { error: 'invalid_grant' } })
    await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
    expect(source.asked).toEqual(['grant'])
  })

  it('none, and nothing in the store → a sign-in is required, without a request', async () => {
    const { keeper, source, heard } = createKeeper({ grant: 'absent' })
    await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
    expect(source.asked).toEqual([])
    expect(heard).toEqual(['failed', 'signInRequired'])
  })
})

describe('a refused grant that works again', () => {
  it.each(['invalid_client', 'unauthorized_client', 'invalid_grant', 'invalid_scope'])(
    '%s → the server’s word, no sign-in',
    async (error) => {
      const { keeper, source } = createKeeper()
      source.answer = () => refused(error)
      await expect(keeper.get()).rejects.toMatchObject({ code: 'refused', error })
      await expect(keeper.get()).rejects.toMatchObject({ code: 'refused', error })
      expect(source.asked).toHaveLength(1)
    },
  )
})

describe('a refusal of a refresh token that another context has rotated', () => {
  it('the store holds a valid token → it is adopted', async () => {
    const store = memoryStore()
    const { keeper, source, heard } = createKeeper({ grant: 'absent', store })
    await store.set(key, createRecord(key, '', createToken(Date.now() - 2 * hour, { refreshToken: 'old' })))
    source.answer = async () => {
      await store.set(key, createRecord(key, '', createToken(Date.now(), { accessToken: 'rotated', refreshToken: 'new' })))
      return refused()
    }
    expect((await keeper.get()).token.accessToken).toBe('rotated')
    expect(heard).toEqual(['adopted'])
  })

  it('the store holds a newer refresh token → it is presented', async () => {
    const store = memoryStore()
    const { keeper, source } = createKeeper({ grant: 'absent', store })
    await store.set(key, createRecord(key, '', createToken(Date.now() - 3 * hour, { refreshToken: 'old' })))
    source.answer = async (asked) => {
      if (asked === 'refresh new') return createToken(Date.now())
      await store.set(key, createRecord(key, '', createToken(Date.now() - 2 * hour, { refreshToken: 'new' })))
      return refused()
    }
    await keeper.get()
    expect(source.asked).toEqual(['refresh old', 'refresh new'])
  })
})

/** A store with switches: what is off fails. */
function createBrokenStore() {
  const inner = memoryStore()
  const broken = { get: false, set: false, lock: false }
  const or = <T>(operation: keyof typeof broken, answer: () => Promise<T>): Promise<T> =>
    broken[operation] ? Promise.reject(new Error(`${operation} is off`)) : answer()
  const store: TokenStore & { broken: typeof broken } = {
    broken,
    get: (k) => or('get', () => inner.get(k)),
    set: (k, record) => or('set', () => inner.set(k, record)),
    delete: (k) => inner.delete(k),
    lock: (k, task, options) => or('lock', () => inner.lock?.(k, task, options) as ReturnType<typeof task>),
  }
  return store
}

describe('a store that fails', () => {
  it('everything off, a grant that works again → callers are served from memory, with one event', async () => {
    const store = createBrokenStore()
    Object.assign(store.broken, { get: true, set: true, lock: true })
    const { keeper, source, heard } = createKeeper({ store })
    for (let renewals = 0; renewals < 3; renewals++) {
      await keeper.get()
      pass(hour)
    }
    expect(source.asked).toEqual(['grant', 'grant', 'grant'])
    expect(heard).toEqual(['degraded', 'acquired', 'renewed', 'renewed'])
  })

  it('everything off after a refresh token went into it → a grant that works again is asked instead of using that twice', async () => {
    const store = createBrokenStore()
    const source = createRotatingSource()
    const { keeper } = createKeeper({ store, source })
    await keeper.get()
    pass(hour)
    Object.assign(store.broken, { get: true, set: true, lock: true })
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'grant'])
  })

  it('everything off, and nothing but a refresh token that is shared → TokenStoreError, nothing is asked, and it goes on when it works again', async () => {
    const store = createBrokenStore()
    const source = createRotatingSource({ grant: 'one-time' })
    const { keeper } = createKeeper({ store, source })
    await keeper.get()
    pass(hour)
    Object.assign(store.broken, { get: true, set: true, lock: true })
    await expect(keeper.get()).rejects.toBeInstanceOf(TokenStoreError)
    expect(source.asked).toEqual(['grant'])
    Object.assign(store.broken, { get: false, set: false, lock: false })
    pass(1_000)
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'refresh r1'])
  })

  it('writes off → the refresh token in memory is used, and stored before the next renewal when that works again', async () => {
    const store = createBrokenStore()
    store.broken.set = true
    const source = createRotatingSource({ grant: 'one-time' })
    const { keeper, heard } = createKeeper({ store, source })
    await keeper.get()
    pass(hour)
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'refresh r1'])
    expect(heard).toEqual(['degraded', 'acquired', 'renewed'])
    store.broken.set = false
    pass(hour)
    const stored: (string | undefined)[] = []
    const set = store.set
    store.set = (k, record) => {
      stored.push(record.token?.refreshToken)
      return set(k, record)
    }
    await keeper.get()
    expect(stored).toEqual(['r2', 'r3'])
    expect(source.asked).toEqual(['grant', 'refresh r1', 'refresh r2'])
  })

  it('a record that was flushed → its refresh token is used no more', async () => {
    const store = memoryStore()
    const source = createRotatingSource()
    const { keeper } = createKeeper({ store, source })
    await keeper.get()
    await store.delete(key)
    pass(hour)
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'grant'])
  })

  it('a record of a later version → is neither used nor overwritten', async () => {
    const store = memoryStore()
    const newer = { version: 2, key, shape: 'unknown' } as unknown as TokenRecord
    await store.set(key, newer)
    const { keeper, source, heard } = createKeeper({ store })
    await keeper.get()
    expect(await store.get(key)).toEqual(newer)
    expect(source.asked).toEqual(['grant'])
    expect(heard).toEqual(['degraded', 'acquired'])
  })
})

describe('a lock that is taken', () => {
  const holdLock = (store: TokenStore, ms: number) =>
    void store.lock?.(key, () => new Promise((resolve) => setTimeout(resolve, ms)), { waitMs: 0 })

  it('a grant that uses up nothing → goes on without it after 2 s', async () => {
    const store = memoryStore()
    holdLock(store, 60_000)
    const { keeper, source, heard } = createKeeper({ store })
    const waiting = keeper.get()
    await settle(1_900)
    expect(source.asked).toEqual([])
    await settle(300)
    await waiting
    expect(source.asked).toEqual(['grant'])
    expect(heard).toEqual(['acquired'])
  })

  it('a refresh token → TokenStoreError after 5 s, and nothing is asked', async () => {
    const store = memoryStore()
    const source = createRotatingSource({ grant: 'one-time' })
    const { keeper } = createKeeper({ store, source })
    await keeper.get()
    pass(hour)
    holdLock(store, 60_000)
    const waiting = keeper.get().catch((error: unknown) => error)
    await settle(5_200)
    expect(await waiting).toMatchObject({ code: 'lock_not_acquired' })
    expect(source.asked).toEqual(['grant'])
  })

  it('by a context that has meanwhile written → its token is adopted, not asked for again', async () => {
    const store = memoryStore()
    const source = createRotatingSource({ grant: 'one-time' })
    const { keeper } = createKeeper({ store, source })
    await keeper.get()
    pass(hour)
    const write = async () => {
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      await store.set(key, createRecord(key, '', createToken(Date.now(), { accessToken: 'theirs', refreshToken: 'r9' })))
      await new Promise((resolve) => setTimeout(resolve, 60_000))
    }
    void store.lock?.(key, write, { waitMs: 0 })
    const waiting = keeper.get()
    await settle(5_200)
    expect((await waiting).token.accessToken).toBe('theirs')
    expect(source.asked).toEqual(['grant'])
  })
})

describe('the order of a rotation', () => {
  it('the order of a rotation → lock, re-read, ask, look, write, release; then callers', async () => {
    const steps: string[] = []
    const inner = memoryStore()
    const source = createRotatingSource()
    const answer = source.answer
    source.answer = (asked, count) => {
      steps.push(asked)
      return answer(asked, count)
    }
    const store: TokenStore = {
      get: (k) => {
        steps.push('read')
        return inner.get(k)
      },
      set: (k, record) => {
        steps.push(`write ${record.token?.refreshToken}`)
        return inner.set(k, record)
      },
      delete: (k) => inner.delete(k),
      lock: async (_, task) => {
        steps.push('lock')
        const result = await task()
        steps.push('release')
        return result
      },
    }
    const { keeper, events } = createKeeper({ source, store })
    events.on('acquired', () => {
      steps.push('published')
    })
    await keeper.get()
    steps.push('seen')
    expect(steps).toEqual(['read', 'lock', 'read', 'grant', 'read', 'write r1', 'release', 'published', 'seen'])
  })
})

describe('secrets that functions give', () => {
  it.each([
    ['ask', 'grant', 0],
    ['present', 'refresh r1', hour],
  ] as const)('for the next request (%s) → are resolved before the lock, and handed to it', async (way, asked, ageMs) => {
    const steps: string[] = []
    const source = createRotatingSource()
    const { ask, present } = source
    source.prepare = async (next) => {
      steps.push(`prepare ${next}`)
      return { way: next }
    }
    source.ask = (options) => {
      steps.push(`ask with those of ${options?.prepared?.way}`)
      return ask(options)
    }
    source.present = (token, options) => {
      steps.push(`present with those of ${options?.prepared?.way}`)
      return present(token, options)
    }
    const inner = memoryStore()
    const store: TokenStore = {
      get: (k) => inner.get(k),
      set: (k, record) => inner.set(k, record),
      delete: (k) => inner.delete(k),
      lock: async (_, task) => {
        steps.push('lock')
        return task()
      },
    }
    const { keeper } = createKeeper({ source, store })
    if (ageMs > 0) await keeper.get()
    steps.length = 0
    pass(ageMs)
    await keeper.get()
    expect(steps).toEqual([`prepare ${way}`, 'lock', `${way} with those of ${way}`])
    expect(source.asked.at(-1)).toBe(asked)
  })

  it('by one that never answers → keep nobody else from the lock', async () => {
    const store = memoryStore()
    const hanging = createKeeper({ store })
    hanging.source.prepare = () => new Promise(() => {})
    hanging.keeper.get().catch(() => {})
    await settle()
    const other = createKeeper({ store })
    const waiting = other.keeper.get()
    await settle()
    expect((await waiting).token.accessToken).toBe('token-1')
  })

  it('by one that fails → its error, remembered, and the lock is not taken', async () => {
    const locked = vi.fn()
    const lock: TokenStore['lock'] = async (_, task) => {
      locked()
      return task()
    }
    const { keeper, source } = createKeeper({ store: { get: async () => undefined, set: async () => {}, delete: async () => {}, lock } })
    const prepare = vi.fn(async () => {
      throw new TokenNetworkError('function_failed', 'the vault is down')
    })
    source.prepare = prepare
    for (let call = 0; call < 200; call++) await expect(keeper.get()).rejects.toMatchObject({ code: 'function_failed' })
    expect([prepare.mock.calls.length, locked.mock.calls.length]).toEqual([1, 0])
  })
})

describe('a store that works now and then', () => {
  it('a token that could not be written → is not given up for the older one that the store still holds', async () => {
    const store = createBrokenStore()
    const source = createRotatingSource({ grant: 'one-time' })
    const { keeper } = createKeeper({ store, source })
    await keeper.get()
    pass(56 * 60_000)
    store.broken.set = true
    await keeper.get({ newerThan: 1 })
    store.broken.set = false
    expect((await keeper.get({ newerThan: 2 })).token.accessToken).toBe('a3')
    expect(source.asked).toEqual(['grant', 'refresh r1', 'refresh r2'])
  })

  it('written nowhere, then read nowhere, then back → no refresh token is used twice', async () => {
    const store = createBrokenStore()
    const source = createRotatingSource({ grant: 'one-time' })
    const { keeper } = createKeeper({ store, source })
    await keeper.get()
    store.broken.set = true
    await keeper.get({ newerThan: 1 })
    store.broken.get = true
    await keeper.get({ newerThan: 2 })
    Object.assign(store.broken, { get: false, set: false })
    await keeper.get({ newerThan: 3 })
    expect(source.asked).toEqual(['grant', 'refresh r1', 'refresh r2', 'refresh r3'])
  })

  it('not to be read when a new sign-in comes after a sign-out → the sign-in counts', async () => {
    const store = createBrokenStore()
    await store.set(key, createRecord(key, 'signed-out'))
    const get = store.get
    let reads = 0
    store.get = (k) => (++reads <= 2 ? Promise.reject(new Error('still connecting')) : get(k))
    const { keeper, source } = createKeeper({ store, grant: 'one-time' })
    expect((await keeper.get()).token.accessToken).toBe('token-1')
    expect(source.asked).toEqual(['grant'])
  })

  it('an unsaved token here and a newer record of another context that holds the lock → that one’s refresh token is left alone', async () => {
    const store = createBrokenStore()
    store.broken.set = true
    const source = createRotatingSource({ grant: 'one-time' })
    const { keeper } = createKeeper({ store, source })
    await keeper.get()
    store.broken.set = false
    await store.set(key, createRecord(key, '', createToken(Date.now() - 2 * hour, { refreshToken: 'theirs' })))
    void store.lock?.(key, () => new Promise((resolve) => setTimeout(resolve, 60_000)), { waitMs: 0 })
    const waiting = keeper.get({ newerThan: 1 }).catch((error: unknown) => error)
    await settle(5_200)
    expect(await waiting).toMatchObject({ code: 'lock_not_acquired' })
    expect(source.asked).toEqual(['grant'])
  })

  it('a lock that never answers → is waited for no longer than a bound, and its late word starts nothing', async () => {
    const inner = memoryStore()
    const late: (() => Promise<unknown>)[] = []
    const store: TokenStore = {
      get: (k) => inner.get(k),
      set: (k, record) => inner.set(k, record),
      delete: (k) => inner.delete(k),
      lock: (_, task) => {
        late.push(task)
        return new Promise(() => {})
      },
    }
    const { keeper, source } = createKeeper({ store })
    const waiting = keeper.get()
    await settle(7_100)
    expect((await waiting).token.accessToken).toBe('token-1')
    await expect((async () => late[0]?.())()).rejects.toThrow('too late')
    expect(source.asked).toEqual(['grant'])
  })

  it('one that never answers → costs a renewal one wait, not one for each step', async () => {
    const never = () => new Promise<never>(() => {})
    const { keeper } = createKeeper({ store: { get: never, set: never, delete: never } })
    const waiting = keeper.get()
    await settle(5_100)
    expect((await waiting).generation).toBe(1)
  })

  it('an adopted token → is frozen like any other', async () => {
    const store = memoryStore()
    await store.set(key, JSON.parse(JSON.stringify(createRecord(key, '', createToken(Date.now(), { scope: ['a'] })))))
    const { keeper } = createKeeper({ store })
    const { token } = await keeper.get()
    expect([Object.isFrozen(token), Object.isFrozen(token.scope)]).toEqual([true, true])
  })

  it('a code that comes a second time → the sign-in it was for still stands', async () => {
    const store = memoryStore()
    await store.set(key, createRecord(key, '', createToken(Date.now(), { accessToken: 'standing' })))
    const { keeper, source } = createKeeper({ store, grant: 'one-time' })
    source.answer = () => refused()
    expect((await keeper.get()).token.accessToken).toBe('standing')
    expect(source.asked).toEqual(['grant'])
  })

  it('a token that could not be written, and whose place is empty now → is written before the next renewal', async () => {
    const store = createBrokenStore()
    const source = createRotatingSource({ grant: 'one-time' })
    const { keeper } = createKeeper({ store, source })
    await keeper.get()
    store.broken.set = true
    await keeper.get({ newerThan: 1 })
    await store.delete(key)
    store.broken.set = false
    const written: (string | undefined)[] = []
    const { set } = store
    store.set = (k, record) => {
      written.push(record.token?.refreshToken)
      return set(k, record)
    }
    await keeper.get({ newerThan: 2 })
    expect(written).toEqual(['r2', 'r3'])
  })

  it('a write that may have been carried out → the refresh token is not used without the lock, and not after a flush', async () => {
    const store = createBrokenStore()
    const source = createRotatingSource({ grant: 'one-time' })
    const { keeper } = createKeeper({ store, source })
    const { set } = store
    store.set = async (k, record) => {
      await set(k, record)
      throw new TokenStoreError('outcome_unknown', 'no answer')
    }
    await keeper.get()
    store.broken.lock = true
    await expect(keeper.get({ newerThan: 1 })).rejects.toBeInstanceOf(TokenStoreError)
    store.broken.lock = false
    pass(1_000)
    await store.delete(key)
    await expect(keeper.get({ newerThan: 1 })).rejects.toBeInstanceOf(SignInRequiredError)
    expect(source.asked).toEqual(['grant'])
  })

  it('a write that may have been carried out, and was not → the newer refresh token is used, under the lock', async () => {
    const store = createBrokenStore()
    const source = createRotatingSource({ grant: 'one-time' })
    const { keeper } = createKeeper({ store, source })
    await keeper.get()
    const { set } = store
    store.set = async () => {
      throw new TokenStoreError('outcome_unknown', 'no answer')
    }
    await keeper.get({ newerThan: 1 })
    store.set = set
    await keeper.get({ newerThan: 2 })
    expect(source.asked).toEqual(['grant', 'refresh r1', 'refresh r2'])
  })

  it('a notice that another context has renewed → ends the wait for the lock, with its token', async () => {
    const inner = memoryStore()
    let notify = () => {}
    const store: TokenStore = {
      get: (k) => inner.get(k),
      set: (k, record) => inner.set(k, record),
      delete: (k) => inner.delete(k),
      lock: (k, task, options) => inner.lock?.(k, task, options) as ReturnType<typeof task>,
      subscribe: (_, listener) => {
        notify = listener
        return () => {}
      },
    }
    void inner.lock?.(key, () => new Promise((resolve) => setTimeout(resolve, 60_000)), { waitMs: 0 })
    const { keeper, source, heard } = createKeeper({ store })
    const waiting = keeper.get()
    await settle(100)
    await inner.set(key, createRecord(key, '', createToken(Date.now(), { accessToken: 'theirs' })))
    notify()
    await settle(100)
    expect((await waiting).token.accessToken).toBe('theirs')
    expect(source.asked).toEqual([])
    expect(heard).toEqual(['adopted'])
  })
})

it('the caller’s refresh token, whose successor was found in the store and is gone under the lock → is not presented', async () => {
  const inner = memoryStore()
  await inner.set(key, createRecord(key, 'e', createToken(Date.now() - 2 * hour, { refreshToken: 'successor' })))
  const store: TokenStore = {
    get: (name) => inner.get(name),
    set: (name, record) => inner.set(name, record),
    delete: (name) => inner.delete(name),
    // Who held it before could not save what the successor was used for.
    lock: async (name, task) => {
      await inner.delete(name)
      return task()
    },
  }
  const { keeper, source } = createKeeper({ store, grant: 'refresh-token' })
  await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
  expect(source.asked).toEqual([])
})
