import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { InvalidTokenResponseError, SignInRequiredError, TokenEndpointError, TokenNetworkError } from '../../../src/base/errors.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { createRecord } from '../../../src/token/record.ts'
import type { TokenStore } from '../../../src/token/token-store.ts'
import { createKeeper } from '../../support/keeper.ts'
import { createToken } from '../../support/scripted-source.ts'

const key = 'tokenwell:2:test'
const hour = 3_600_000

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
const wrongPassword = () => new TokenEndpointError('refused', 'no', { status: 401 })
const invalidGrant = () => new TokenEndpointError('refused', 'no', { error: 'invalid_grant', status: 400 })

describe('a wrong password', () => {
  it('and a page that asks each second for an hour → is sent eight times, and less and less', async () => {
    const { keeper, source } = createKeeper()
    source.answer = wrongPassword
    const sentAt: number[] = []
    const start = Date.now()
    for (let second = 0; second < 3_600; second++) {
      const before = source.asked.length
      await expect(keeper.get()).rejects.toMatchObject({ code: 'refused', retryAt: expect.any(Number) })
      if (source.asked.length > before) sentAt.push((Date.now() - start) / 1_000)
      pass(1_000)
    }
    expect(sentAt).toEqual([0, 30, 90, 210, 450, 930, 1_830, 2_730])
  })

  it('and a new process each minute over one store → is sent as rarely', async () => {
    const store = memoryStore()
    let asked = 0
    for (let minute = 0; minute < 60; minute++) {
      const { keeper, source } = createKeeper({ store })
      source.answer = wrongPassword
      await expect(keeper.get()).rejects.toMatchObject({ code: 'refused', status: 401 })
      asked += source.asked.length
      pass(60_000)
    }
    expect(asked).toBe(8)
  })

  it('corrected in a new process → is asked with at once, and so is the wrong one again when its time is over', async () => {
    const store = memoryStore()
    const wrong = createKeeper({ store, credentialMark: 1 })
    wrong.source.answer = wrongPassword
    await expect(wrong.keeper.get()).rejects.toMatchObject({ code: 'refused' })
    const right = createKeeper({ store, credentialMark: 2 })
    await right.keeper.get()
    expect(right.source.asked).toHaveLength(1)
  })

  it('of one machine that was left behind → never holds up those that have the right one', async () => {
    const store = memoryStore()
    const stale = createKeeper({ store, credentialMark: 1 })
    stale.source.answer = wrongPassword
    for (let minute = 0; minute < 240; minute++) {
      await stale.keeper.get().catch(() => {})
      const healthy = createKeeper({ store, credentialMark: 2 })
      healthy.source.answer = () => createToken(Date.now(), { lifetimeMs: 90_000 })
      await healthy.keeper.get()
      pass(60_000)
    }
  })

  it('that a function gives → is held up in all processes, since nobody can tell it from another one', async () => {
    const store = memoryStore()
    const wrong = createKeeper({ store, credentialMark: 1 })
    wrong.source.answer = wrongPassword
    await expect(wrong.keeper.get()).rejects.toMatchObject({ code: 'refused' })
    const { keeper, source } = createKeeper({ store, credentialMark: undefined })
    await expect(keeper.get()).rejects.toMatchObject({ code: 'refused', retryAt: expect.any(Number) })
    expect(source.asked).toHaveLength(0)
  })

  it('corrected, and cleared → is asked with at once; the note is gone', async () => {
    const store = memoryStore()
    const { keeper, source } = createKeeper({ store })
    source.answer = wrongPassword
    await expect(keeper.get()).rejects.toThrow()
    source.answer = () => createToken(Date.now())
    await keeper.clear()
    await keeper.get()
    expect((await store.get(key))?.refusal).toBeUndefined()
  })

  it('beside a token that another context has got since → that is used', async () => {
    const store = memoryStore()
    const { keeper, source } = createKeeper({ store })
    source.answer = wrongPassword
    await expect(keeper.get()).rejects.toThrow()
    await store.set(key, createRecord(key, '', createToken(Date.now(), { accessToken: 'right' })))
    expect((await keeper.get()).token.accessToken).toBe('right')
  })
})

it.each([
  ['a reply without a token', () => new InvalidTokenResponseError('invalid_token_response', 'odd', { status: 200 }), 30_000],
  ['a log-in that is throttled', () => new TokenEndpointError('unavailable', 'slow', { status: 429 }), 30_000],
  [
    'a log-in that is throttled for two minutes',
    () => new TokenEndpointError('unavailable', 'slow', { status: 429, retryAt: Date.UTC(2026, 0, 1) + 120_000 }),
    120_000,
  ],
  ['something that is no token endpoint', () => new TokenEndpointError('not_a_token_endpoint', 'no', { status: 404 }), 500],
])('%s → is remembered for as long as it fits', async (_, create, forMs) => {
  const { keeper, source } = createKeeper()
  source.answer = create
  await expect(keeper.get()).rejects.toMatchObject({ retryAt: Date.now() + forMs })
  pass(forMs - 1)
  await expect(keeper.get()).rejects.toThrow()
  expect(source.asked).toHaveLength(1)
  pass(1)
  await expect(keeper.get()).rejects.toThrow()
  expect(source.asked).toHaveLength(2)
})

describe('a person who has to sign in', () => {
  const signedOut = () => {
    const created = createKeeper({ grant: 'absent' })
    created.source.answer = invalidGrant
    return created
  }

  it('and calls that go on → one event, each call the error', async () => {
    const { keeper, heard } = signedOut()
    for (let call = 0; call < 5; call++) {
      await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
      pass(1_000)
    }
    expect(heard.filter((name) => name === 'signInRequired')).toHaveLength(1)
  })

  it('and calls that go on, while the store holds what it held → the lock is taken once', async () => {
    const store = memoryStore()
    const lock = vi.spyOn(store as Required<TokenStore>, 'lock')
    const { keeper, source } = createKeeper({ grant: 'absent', store })
    source.answer = invalidGrant
    await store.set(key, createRecord(key, '', createToken(Date.now() - 2 * hour, { refreshToken: 'r' })))
    for (let call = 0; call < 5; call++) await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
    expect(lock).toHaveBeenCalledTimes(1)
    await store.set(key, createRecord(key, '', createToken(Date.now() - 2 * hour)))
    await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
    expect(lock).toHaveBeenCalledTimes(2)
  })

  it('signs in elsewhere, and has to again → another event', async () => {
    const { keeper, heard, store } = signedOut()
    await expect(keeper.get()).rejects.toThrow()
    await store.set(key, createRecord(key, '', createToken(Date.now())))
    await keeper.get()
    await store.delete(key)
    pass(hour)
    await expect(keeper.get()).rejects.toThrow()
    expect(heard.filter((name) => name === 'signInRequired')).toHaveLength(2)
  })

  it('a refusal in the background, and a call after it → the error says why', async () => {
    const { keeper, store } = signedOut()
    await store.set(key, createRecord(key, '', createToken(Date.now(), { refreshToken: 'r' })))
    await keeper.get()
    pass(58 * 60_000)
    keeper.current()
    await vi.advanceTimersByTimeAsync(50)
    pass(hour)
    await expect(keeper.get()).rejects.toMatchObject({ code: 'sign_in_required', cause: { error: 'invalid_grant' } })
  })

  it('and the store, which has changed since, holds nothing that can be presented either → the error still says why', async () => {
    for (const change of ['replaced', 'deleted'] as const) {
      const { keeper, source, store } = signedOut()
      await store.set(key, createRecord(key, '', createToken(Date.now() - 2 * hour, { refreshToken: 'r' })))
      await expect(keeper.get()).rejects.toMatchObject({ cause: { error: 'invalid_grant' } })
      await (change === 'deleted' ? store.delete(key) : store.set(key, createRecord(key, '', createToken(Date.now() - 2 * hour))))
      pass(hour)
      await expect(keeper.get()).rejects.toMatchObject({ code: 'sign_in_required', cause: { error: 'invalid_grant' } })
      expect(source.asked).toEqual(['refresh r'])
    }
  })

  it('a refusal without a word → the refresh token is presented again when it is no longer remembered', async () => {
    const { keeper, source, store } = signedOut()
    await store.set(key, createRecord(key, '', createToken(Date.now() - 2 * hour, { refreshToken: 'r' })))
    source.answer = wrongPassword
    const rejected = { code: 'sign_in_required', retryable: true, retryAt: Date.now() + 30_000 }
    await expect(keeper.get()).rejects.toMatchObject(rejected)
    pass(29_999)
    await expect(keeper.get()).rejects.toMatchObject(rejected)
    expect(source.asked).toHaveLength(1)
    pass(1)
    source.answer = () => createToken(Date.now())
    await keeper.get()
    expect(source.asked).toEqual(['refresh r', 'refresh r'])
  })

  it('a manager for each request, and a refusal without a word → the refresh token is presented once', async () => {
    const store = memoryStore()
    await store.set(key, createRecord(key, '', createToken(Date.now() - 2 * hour, { refreshToken: 'r' })))
    let asked = 0
    for (let request = 0; request < 5; request++) {
      const { keeper, source } = createKeeper({ store, grant: 'absent' })
      source.answer = wrongPassword
      await expect(keeper.get()).rejects.toMatchObject({ retryAt: expect.any(Number) })
      asked += source.asked.length
    }
    expect(asked).toBe(1)
  })

  it.each<[string, 'absent' | 'refresh-token', string]>([
    ['the one that the caller gave, as invalid', 'refresh-token', 'invalid_grant'],
    ['the one that the caller gave, since the client may not refresh', 'refresh-token', 'unauthorized_client'],
    ['a stored one, since the client may not refresh', 'absent', 'unauthorized_client'],
    ['a stored one, by a gateway’s word', 'absent', 'invalid_request'],
  ])('a manager for each request, and a server that refuses %s → each has to sign in, and one asks', async (_, grant, word) => {
    const store = memoryStore()
    if (grant === 'absent') await store.set(key, createRecord(key, '', createToken(Date.now() - 2 * hour, { refreshToken: 'r' })))
    let asked = 0
    for (let request = 0; request < 20; request++) {
      const { keeper, source, heard } = createKeeper({ store, grant, credentialMark: 7 })
      source.answer = () => new TokenEndpointError('refused', 'no', { error: word, status: 400 })
      await expect(keeper.get()).rejects.toMatchObject({ code: 'sign_in_required' })
      expect(heard).toContain('signInRequired')
      asked += source.asked.length
    }
    expect(asked).toBe(1)
    const other = createKeeper({ store, grant: 'refresh-token', credentialMark: 8 })
    await other.keeper.get()
  })

  it('a manager for each request, and a refresh token that is invalid → it is presented once', async () => {
    const store = memoryStore()
    await store.set(key, createRecord(key, '', createToken(Date.now() - 2 * hour, { refreshToken: 'r' })))
    let asked = 0
    for (let request = 0; request < 5; request++) {
      const { keeper, source } = createKeeper({ store, grant: 'absent' })
      source.answer = invalidGrant
      await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
      asked += source.asked.length
    }
    expect(asked).toBe(1)
  })

  it('a store that does not answer once → nobody is sent to the sign-in page, and the next call is served', async () => {
    const inner = memoryStore()
    await inner.set(key, createRecord(key, '', createToken(Date.now())))
    let failures = 2
    const store: TokenStore = {
      get: async (name) => {
        if (failures-- > 0) throw new Error('reconnecting')
        return inner.get(name)
      },
      set: (name, record) => inner.set(name, record),
      delete: (name) => inner.delete(name),
    }
    const { keeper, heard } = createKeeper({ store, grant: 'absent' })
    await expect(keeper.get()).rejects.toMatchObject({ code: 'store_failed', retryable: true })
    expect(heard).not.toContain('signInRequired')
    pass(500)
    await keeper.get()
  })
})

it('a key that has to be asked for, and a vault that is down → 200 calls ask it once, and again when the memory ends', async () => {
  const vault = vi.fn(async (): Promise<string> => {
    throw new TokenNetworkError('function_failed', 'clientId: its function failed (Error, ECONNREFUSED).')
  })
  const { keeper } = createKeeper({ key: vault })
  for (let call = 0; call < 200; call++) await expect(keeper.get()).rejects.toMatchObject({ code: 'function_failed' })
  expect(vault).toHaveBeenCalledTimes(1)
  pass(500)
  await expect(keeper.get()).rejects.toThrow()
  expect(vault).toHaveBeenCalledTimes(2)
})

describe('a browser whose network is back', () => {
  const listeners = new Map<string, Set<() => void>>()
  beforeEach(() => {
    listeners.clear()
    vi.stubGlobal('addEventListener', (type: string, listener: () => void) => {
      listeners.set(type, (listeners.get(type) ?? new Set()).add(listener))
    })
    vi.stubGlobal('removeEventListener', (type: string, listener: () => void) => listeners.get(type)?.delete(listener))
  })
  const online = () => {
    for (const listener of listeners.get('online') ?? []) listener()
  }

  it('a browser whose network is back → a network failure is forgotten, and the next call served; a refusal is not', async () => {
    for (const [error, asked] of [
      [new TokenNetworkError('network_failed', 'away'), 2],
      [wrongPassword(), 1],
    ] as const) {
      const { keeper, source } = createKeeper()
      source.answer = () => error
      await expect(keeper.get()).rejects.toThrow()
      source.answer = () => createToken(Date.now())
      online()
      await keeper.get().catch(() => {})
      expect(source.asked).toHaveLength(asked)
    }
  })

  it('a browser whose network is back → nobody listens when a token is there, when it was cleared, nor after dispose()', async () => {
    for (const end of ['get', 'clear', 'dispose'] as const) {
      const { keeper, source } = createKeeper()
      source.answer = () => new TokenNetworkError('network_failed', 'away')
      await expect(keeper.get()).rejects.toThrow()
      expect(listeners.get('online')?.size).toBe(1)
      source.answer = () => createToken(Date.now())
      pass(1_000)
      await keeper[end]()
      expect(listeners.get('online')?.size).toBe(0)
    }
  })
})
