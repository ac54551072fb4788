import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError, TokenNetworkError } from '../../../src/base/errors.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { customGrant } from '../../../src/grants/custom-grant.ts'
import { password } from '../../../src/grants/password.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { TokenRecord, TokenStore } from '../../../src/token/token-store.ts'
import type { Exchange } from '../../../src/vocabulary/exchange.ts'
import { apiUrl, countEvents, createGate, createService, recordEvents, rejecting, rejectionOf, settle } from '../../support/service.ts'
import { testProvider } from '../../support/test-provider.ts'

const grant = clientCredentials({ clientId: 'client', clientSecret: 'client-secret' })

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('constructing', () => {
  it('constructing → does no I/O, starts no timer and draws no randomness', async () => {
    const spies = [
      vi.spyOn(globalThis, 'setTimeout'),
      vi.spyOn(globalThis, 'setInterval'),
      vi.spyOn(globalThis, 'fetch'),
      vi.spyOn(Math, 'random'),
      vi.spyOn(crypto, 'getRandomValues'),
      vi.spyOn(crypto.subtle, 'digest'),
    ]
    const store = { get: vi.fn(), set: vi.fn(), delete: vi.fn(), lock: vi.fn(), subscribe: vi.fn() }
    const secret = vi.fn(() => 'secret')
    new TokenManager({ provider: testProvider(), grant: clientCredentials({ clientId: 'c', clientSecret: secret }), store })
    await Promise.resolve()
    for (const spy of [...spies, ...Object.values(store), secret]) expect(spy).not.toHaveBeenCalled()
  })

  it('constructing → takes the options as they are then: later changes to them have no effect', async () => {
    const origins = ['https://files.example.com']
    const renewal = { aheadMs: 0, scheduled: false }
    const retry = { retries: 0 }
    const { tokens, apiCalls, tokenRequests } = createService({
      manager: { origins, renewal, retry },
      replies: ['network', 'network', 'network', 'network'],
    })
    origins.push('https://evil.example')
    Object.assign(renewal, { aheadMs: -1 })
    Object.assign(retry, { retries: 3, minDelayMs: 0 })
    await expect(tokens.fetch('https://evil.example/')).rejects.toThrow(expect.objectContaining({ code: 'origin_not_allowed' }))
    await expect(tokens.getToken()).rejects.toThrow(TokenNetworkError)
    expect([apiCalls.length, tokenRequests.length]).toEqual([0, 1])
  })
})

it('a provider that is changed after construction → has no effect: the URLs that were checked are asked', async () => {
  const { fetch, tokenRequests, clock } = createService()
  const provider = { ...testProvider() }
  const tokens = new TokenManager({ provider, grant, fetch, now: clock.now, renewal: { scheduled: false } })
  Object.assign(provider, { tokenUrl: 'http://evil.example/token', apiUrl: 'https://evil.example' })
  await tokens.getToken()
  expect(tokenRequests).toHaveLength(1)
})

describe('getToken', () => {
  it('getToken → a token that is plain, frozen, and with times', async () => {
    const { tokens, clock } = createService({ replies: [{ access_token: 'a', token_type: 'bearer', expires_in: 60, scope: 'x y' }] })
    const token = await tokens.getToken()
    expect(token).toEqual({
      accessToken: 'a',
      tokenType: 'bearer',
      issuedAt: clock.now(),
      expiresAt: clock.now() + 60_000,
      scope: ['x', 'y'],
    })
    expect(Object.isFrozen(token)).toBe(true)
    expect(JSON.parse(JSON.stringify(token))).toEqual(token)
  })

  it('twice → the same token, from one request', async () => {
    const { tokens, tokenRequests } = createService()
    expect(await tokens.getToken()).toBe(await tokens.getToken())
    expect(tokenRequests).toHaveLength(1)
  })

  it('with forceRenewal → a newer one, and at once ones that join it', async () => {
    const { tokens, tokenRequests } = createService()
    await tokens.getToken()
    const all = await Promise.all(Array.from({ length: 5 }, () => tokens.getToken({ forceRenewal: true })))
    expect(all.map(({ accessToken }) => accessToken)).toEqual(Array(5).fill('token-2'))
    expect(tokenRequests).toHaveLength(2)
  })

  it('with forceRenewal, while none is held → a valid one of the store is adopted', async () => {
    const store = memoryStore()
    const { tokens, fetch, clock, tokenRequests } = createService({ manager: { store } })
    await tokens.getToken()
    const other = new TokenManager({ provider: testProvider(), grant, store, fetch, now: clock.now, renewal: { scheduled: false } })
    expect((await other.getToken({ forceRenewal: true })).accessToken).toBe('token-1')
    expect(tokenRequests).toHaveLength(1)
  })

  it('with forceRenewal, after a refusal → gets that at once, without a request', async () => {
    const { tokens, tokenRequests } = createService({
      replies: [{ access_token: 'a' }, Response.json({ error: 'invalid_client' }, { status: 401 })],
    })
    await tokens.getToken()
    const first = await rejectionOf(tokens.getToken({ forceRenewal: true }))
    expect(first).toMatchObject({ code: 'refused', error: 'invalid_client' })
    expect(await rejectionOf(tokens.getToken({ forceRenewal: true }))).toMatchObject({ code: 'refused', error: 'invalid_client' })
    expect(tokenRequests).toHaveLength(2)
    // What is held still works.
    expect((await tokens.getToken()).accessToken).toBe('a')
  })
})

describe('getToken with a rejected token', () => {
  it('that is still held → a newer one', async () => {
    const { tokens, tokenRequests } = createService()
    const { accessToken } = await tokens.getToken()
    expect((await tokens.getToken({ rejected: accessToken })).accessToken).toBe('token-2')
    expect(tokenRequests).toHaveLength(2)
  })

  it.each(['an-older-one', 'token-2'])('that is not held (%s) → the one that is held, without a request', async (rejected) => {
    const { tokens, tokenRequests } = createService()
    await tokens.getToken()
    expect((await tokens.getToken({ rejected })).accessToken).toBe('token-1')
    expect(tokenRequests).toHaveLength(1)
  })

  it('that ten sockets report, at once and later → one renewal', async () => {
    const { tokens, tokenRequests } = createService()
    const { accessToken: rejected } = await tokens.getToken()
    const report = () => Promise.all(Array.from({ length: 10 }, async () => (await tokens.getToken({ rejected })).accessToken))
    expect(new Set([...(await report()), ...(await report())])).toEqual(new Set(['token-2']))
    expect(tokenRequests).toHaveLength(2)
  })

  it('while none is held → what the store has, unless it is that one', async () => {
    const store = memoryStore()
    const { tokens, fetch, clock, tokenRequests } = createService({ manager: { store } })
    await tokens.getToken()
    const other = () => new TokenManager({ provider: testProvider(), grant, store, fetch, now: clock.now, renewal: { scheduled: false } })
    expect((await other().getToken({ rejected: 'an-older-one' })).accessToken).toBe('token-1')
    expect(tokenRequests).toHaveLength(1)
    expect((await other().getToken({ rejected: 'token-1' })).accessToken).toBe('token-2')
    expect(tokenRequests).toHaveLength(2)
  })

  it('while the one that is held has expired → the next one, by one request', async () => {
    const { tokens, clock, tokenRequests } = createService()
    await tokens.getToken()
    clock.advance(3_600_000)
    expect((await tokens.getToken({ rejected: 'token-1' })).accessToken).toBe('token-2')
    expect(tokenRequests).toHaveLength(2)
  })

  it('that is not the one that is held, which has expired → the next one', async () => {
    const { tokens, clock } = createService()
    await tokens.getToken()
    clock.advance(3_600_000)
    expect((await tokens.getToken({ rejected: 'an-older-one' })).accessToken).toBe('token-2')
  })

  it('and a signal that aborts → rejects that caller', async () => {
    const { tokens } = createService()
    await tokens.getToken()
    expect(await rejectionOf(tokens.getToken({ rejected: 'token-1', signal: AbortSignal.abort('left') }))).toBe('left')
  })

  it('as getAuthorization → the newer value', async () => {
    const { tokens } = createService()
    await tokens.getToken()
    expect(await tokens.getAuthorization({ rejected: 'token-1' })).toBe('Bearer token-2')
  })
})

describe('forced renewals', () => {
  it('ten within a minute → the next one rejects until retryAt, without a request, and what is held still works', async () => {
    const { tokens, clock, tokenRequests, events } = createService()
    await tokens.getToken()
    for (let count = 0; count < 10; count++) {
      clock.advance(1_000)
      await tokens.getToken({ forceRenewal: true })
    }
    const retryAt = clock.now() + 60_000
    for (const options of [{ forceRenewal: true }, { rejected: 'token-11' }]) {
      expect(await rejectionOf(tokens.getToken(options))).toMatchObject({
        name: 'TokenEndpointError',
        code: 'forced_renewals_paused',
        retryable: true,
        retryAt,
      })
    }
    expect((await tokens.getToken()).accessToken).toBe('token-11')
    expect([tokenRequests.length, countEvents(events, 'warning')]).toEqual([11, 1])
    clock.advance(60_000)
    expect((await tokens.getToken({ forceRenewal: true })).accessToken).toBe('token-12')
  })

  it('of three tokens in a row that somebody rejects → the next one rejects, until the API accepts the token that is held', async () => {
    const { tokens } = createService()
    await tokens.getToken()
    for (let count = 1; count <= 3; count++) await tokens.getToken({ rejected: `token-${count}` })
    expect(await rejectionOf(tokens.getToken({ rejected: 'token-4' }))).toMatchObject({ code: 'forced_renewals_paused' })
    await tokens.fetch(apiUrl)
    expect((await tokens.getToken({ rejected: 'token-4' })).accessToken).toBe('token-5')
  })

  it('by calls and by getToken → count together', async () => {
    const revoked = new Set<string | undefined>()
    const { tokens, tokenRequests } = createService({ api: rejecting((token) => revoked.has(token)) })
    for (let count = 0; count < 5; count++) {
      await tokens.fetch(apiUrl)
      revoked.add((await tokens.getToken()).accessToken)
      await tokens.fetch(apiUrl)
      await tokens.getToken({ forceRenewal: true })
    }
    expect(await rejectionOf(tokens.getToken({ forceRenewal: true }))).toMatchObject({ code: 'forced_renewals_paused' })
    revoked.add((await tokens.getToken()).accessToken)
    expect((await tokens.fetch(apiUrl)).status).toBe(401)
    expect(tokenRequests).toHaveLength(11)
  })

  it('that join the last one before the pause → get its token', async () => {
    const { tokens } = createService()
    await tokens.getToken()
    for (let count = 0; count < 9; count++) await tokens.getToken({ forceRenewal: true })
    const all = await Promise.all(Array.from({ length: 5 }, () => tokens.getToken({ forceRenewal: true })))
    expect(all.map(({ accessToken }) => accessToken)).toEqual(all.map(() => 'token-11'))
  })
})

describe('options of getToken', () => {
  it.each([
    ['forceRenew', 'forceRenew: is unknown: did you mean forceRenewal?'],
    ['force', 'force: is unknown: did you mean forceRenewal?'],
    ['reject', 'reject: is unknown: did you mean rejected?'],
    ['abortSignal', 'abortSignal: is unknown: did you mean signal?'],
    ['scope', 'scope: is unknown; there are signal, forceRenewal, rejected'],
  ])('%s → ConfigurationError', async (name, message) => {
    const { tokens, tokenRequests } = createService()
    for (const get of [tokens.getToken, tokens.getAuthorization]) {
      const error = await rejectionOf(get({ [name]: true }))
      expect(error).toBeInstanceOf(ConfigurationError)
      expect(error).toMatchObject({ message, option: name })
    }
    expect(tokenRequests).toHaveLength(0)
  })

  it.each(['', 42, true, {}])('rejected: %o → ConfigurationError without it', async (rejected) => {
    expect(await rejectionOf(createService().tokens.getToken({ rejected: rejected as string }))).toMatchObject({ option: 'rejected' })
  })

  it.each([{}, 5, 'x', null, { aborted: true }])('signal: %o → ConfigurationError', async (signal) => {
    const { tokens, tokenRequests } = createService()
    const error = await rejectionOf(tokens.getToken({ signal: signal as never }))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).toMatchObject({ message: 'signal: must be an AbortSignal' })
    expect(tokenRequests).toHaveLength(0)
  })

  it('explicitly undefined → left out', async () => {
    const { tokens, tokenRequests } = createService()
    await tokens.getToken()
    await tokens.getToken({ signal: undefined, forceRenewal: undefined, rejected: undefined })
    expect(tokenRequests).toHaveLength(1)
  })

  it('that every object inherits → do not count', async () => {
    Object.assign(Object.prototype, { polluted: true })
    try {
      expect((await createService().tokens.getToken({})).accessToken).toBe('token-1')
    } finally {
      delete (Object.prototype as { polluted?: boolean }).polluted
    }
  })
})

describe('methods that are taken off the manager', () => {
  it('methods that are taken off the manager → work, and are the same each time', async () => {
    const { tokens } = createService()
    const { fetch, getToken, getAuthorization, on, explain, clear, dispose } = tokens
    const listener = vi.fn()
    on('acquired', listener)
    expect((await getToken()).accessToken).toBe('token-1')
    expect(await getAuthorization()).toBe('Bearer token-1')
    expect((await fetch(apiUrl)).status).toBe(200)
    expect(explain().state).toBe('fresh')
    await clear()
    expect(explain().state).toBe('absent')
    dispose()
    expect(listener).toHaveBeenCalledOnce()
    expect([tokens.getToken, tokens.on, tokens.explain, tokens.clear]).toEqual([getToken, on, explain, clear])
  })

  it('methods that are taken off the manager → belong to their own manager', async () => {
    const [one, other] = [createService(), createService()]
    const { getToken } = one.tokens
    await other.tokens.getToken()
    await getToken()
    expect([one.tokenRequests.length, other.tokenRequests.length]).toEqual([1, 1])
  })

  it('after Object.prototype was given one of their names → are their own', async () => {
    Object.assign(Object.prototype, { getToken: () => 'polluted' })
    try {
      expect((await createService().tokens.getToken()).accessToken).toBe('token-1')
    } finally {
      delete (Object.prototype as { getToken?: unknown }).getToken
    }
  })
})

it.each([
  [undefined, 'Bearer token-1'],
  [{ scheme: 'JWT' }, 'JWT token-1'],
  [{ header: 'X-Token' }, 'token-1'],
])('getAuthorization of a provider that says %o → %s', async (authorization, expected) => {
  const { tokens } = createService({ provider: authorization ? { authorization } : {} })
  expect(await tokens.getAuthorization()).toBe(expected)
  expect(await tokens.getAuthorization({ forceRenewal: true })).toBe(expected.replace('1', '2'))
  expect(await rejectionOf(tokens.getAuthorization({ signal: AbortSignal.abort('left') }))).toBe('left')
})

describe('on', () => {
  it('on → tells the life of a token in order, with times and generations', async () => {
    const { tokens, clock, events } = createService({ otherwise: { access_token: 'a', expires_in: 100 } })
    const start = clock.now()
    await tokens.getToken()
    clock.advance(100_000)
    await tokens.getToken()
    await tokens.clear()
    const held = { grant: 'client_credentials' }
    expect(events).toEqual([
      { type: 'acquired', at: start, generation: 1, ...held, issuedAt: start, expiresAt: start + 100_000 },
      { type: 'renewed', at: start + 100_000, generation: 2, ...held, issuedAt: start + 100_000, expiresAt: start + 200_000 },
      { type: 'cleared', at: start + 200_000 - 100_000 },
    ])
  })

  it('of a failure → its code and whether somebody waited', async () => {
    const { tokens, clock, events } = createService({
      replies: [
        { access_token: 'a', expires_in: 100 },
        new Response('', { status: 503 }),
        Response.json({ error: 'invalid_scope' }, { status: 400 }),
      ],
      manager: { retry: { retries: 0 } },
    })
    await tokens.getToken()
    clock.advance(80_000)
    await tokens.getToken()
    await settle()
    clock.advance(20_000)
    await rejectionOf(tokens.getToken())
    expect(events.filter(({ type }) => type === 'failed')).toMatchObject([
      { code: 'unavailable', waiting: false },
      { code: 'refused', error: 'invalid_scope', waiting: true, retryAt: clock.now() + 30_000 },
    ])
  })

  it('of a store that fails → degraded, once, and callers are served', async () => {
    const store = { get: () => Promise.reject(new Error('down')), set: () => Promise.reject(new Error('down')), delete: async () => {} }
    const { tokens, events } = createService({ manager: { store } })
    expect((await tokens.getToken()).accessToken).toBe('token-1')
    expect(countEvents(events, 'degraded')).toBe(1)
  })

  it.each([
    ['renew', 'event: is unknown: did you mean renewed?'],
    ['error', 'event: is unknown; there are acquired, renewed'],
    ['toString', 'event: is unknown; there are acquired, renewed'],
  ])('of an event that there is not (%s) → ConfigurationError', (name, message) => {
    expect(() => createService().tokens.on(name as 'renewed', () => {})).toThrow(message)
  })

  it('on → returns the function that stops listening', async () => {
    const { tokens } = createService()
    const listener = vi.fn()
    tokens.on('acquired', listener)()
    await tokens.getToken()
    expect(listener).not.toHaveBeenCalled()
  })

  it('with a listener that throws → the call succeeds', async () => {
    const { tokens } = createService({ api: rejecting((token) => token === 'token-1') })
    for (const type of ['acquired', 'renewed', 'rejected', 'replayed'] as const) {
      tokens.on(type, () => {
        throw new Error('of the listener')
      })
    }
    expect((await tokens.fetch(apiUrl)).status).toBe(200)
  })

  it('with a listener that calls the manager → no dead end', async () => {
    const { tokens } = createService()
    const seen: string[] = []
    tokens.on('acquired', async () => {
      seen.push((await tokens.getToken()).accessToken)
    })
    await tokens.getToken()
    await settle()
    expect(seen).toEqual(['token-1'])
  })
})

describe('a secret in a page', () => {
  const secrets = [
    ['a client secret', grant, 1],
    ['a password', password({ clientId: 'c', clientSecret: 's', username: 'u', password: 'p' }), 1],
    ['a refresh token of a public client', refreshToken({ clientId: 'c', refreshToken: 'r' }), 0],
  ] as const

  it.each(secrets)('%s → a warning with the first token request: %#', async (_, held, times) => {
    vi.stubGlobal('document', { baseURI: 'https://page.example/' })
    const { tokens, events, clock } = createService({ grant: held })
    expect(events).toHaveLength(0)
    for (let call = 0; call < 3; call++) {
      await tokens.getToken()
      clock.advance(3_600_000)
    }
    const warnings = events.filter(({ type }) => type === 'warning')
    expect(warnings).toHaveLength(times)
    if (times) expect(warnings[0]).toMatchObject({ code: 'secret_in_browser' })
  })

  it('on a server → no warning', async () => {
    const { tokens, events } = createService()
    await tokens.getToken()
    expect(countEvents(events, 'warning')).toBe(0)
  })
})

describe('a stored token that says where the API is', () => {
  /** A store whose records say that. */
  function storeSaying(told: string): TokenStore {
    const store = memoryStore()
    const poison = (record: TokenRecord): TokenRecord => (record.token ? { ...record, token: { ...record.token, apiUrl: told } } : record)
    return {
      get: (key) => store.get(key),
      set: (key, record) => store.set(key, poison(record)),
      delete: (key) => store.delete(key),
    }
  }
  const provider = { apiOrigins: ['https://*.api.example.com'], tokenResponse: { apiUrl: 'u' } }

  it.each<[string, string | undefined]>([
    ['https://evil.example', undefined],
    ['http://eu.api.example.com/v1', undefined],
    ['https://user:pw@eu.api.example.com/v1', undefined],
    ['https://eu.api.example.com.evil.example/v1', undefined],
    ['https://eu.api.example.com/v1', 'https://eu.api.example.com/v1'],
    ['https://eu.api.example.com', 'https://eu.api.example.com/v1'],
  ])('%s → callers get %j', async (told, expected) => {
    const manager = { store: storeSaying(told) }
    await createService({ provider, manager }).tokens.getToken()
    const { tokens, tokenRequests } = createService({ provider, manager })
    const token = await tokens.getToken()
    expect(tokenRequests).toHaveLength(0)
    expect([token.apiUrl, 'apiUrl' in token, Object.isFrozen(token)]).toEqual([expected, expected !== undefined, true])
    expect(token.accessToken).toBe('token-1')
  })

  it('and is renewed by an exchange → that sees no other than is allowed', async () => {
    const seen: unknown[] = []
    const exchange: Exchange = ({ previous }) => {
      seen.push(previous?.apiUrl)
      return { access_token: `a${seen.length}`, expires_in: 60 }
    }
    const own = customGrant({ grantType: 'own', exchange, clientId: 'id' })
    const manager = { store: storeSaying('https://evil.example'), subject: 'u' }
    await createService({ provider, manager, grant: own }).tokens.getToken()
    const { tokens } = createService({ provider, manager, grant: own })
    await tokens.getToken()
    expect(await tokens.getToken({ forceRenewal: true })).not.toHaveProperty('apiUrl')
    expect(seen).toEqual([undefined, undefined])
  })
})

describe('clear', () => {
  it('clear → the next call asks anew', async () => {
    const { tokens, tokenRequests } = createService()
    await tokens.getToken()
    await tokens.clear()
    expect(tokens.explain().state).toBe('absent')
    expect((await tokens.getToken()).accessToken).toBe('token-2')
    expect(tokenRequests).toHaveLength(2)
  })

  it('during a renewal → its result is dropped, and who waited gets a token that was asked for afterwards', async () => {
    const reply = createGate<Record<string, unknown>>()
    const { tokens, tokenRequests } = createService({ replies: [() => reply.promise] })
    const call = tokens.getToken()
    await settle()
    await tokens.clear()
    reply.open({ access_token: 'of-the-one-who-signed-out' })
    expect((await call).accessToken).toBe('token-1')
    expect(tokenRequests).toHaveLength(2)
  })

  it('clear → also ends the memory of a failure', async () => {
    const { tokens } = createService({ replies: [Response.json({ error: 'invalid_client' }, { status: 401 })] })
    await rejectionOf(tokens.getToken())
    await tokens.clear()
    expect((await tokens.getToken()).accessToken).toBe('token-1')
  })
})

describe('scheduled renewal', () => {
  const otherwise = () => ({ access_token: `at-${Date.now()}`, expires_in: 100 })
  const fakeTimers = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })

  it('scheduled renewal → is on: a token in use is renewed with no call, one that is not used is left to lapse', async () => {
    fakeTimers()
    const { tokens, tokenRequests } = createService({ otherwise, manager: { now: Date.now, renewal: {} } })
    await tokens.getToken()
    await vi.advanceTimersByTimeAsync(90_000)
    expect(tokenRequests).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1_000_000)
    expect(tokenRequests).toHaveLength(2)
  })

  it.each([
    ['scheduled: false', () => ({ renewal: { scheduled: false } })],
    [
      'a worker of Cloudflare, whose timers belong to a request',
      () => {
        vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
        return { renewal: {} }
      },
    ],
  ])('with %s → is off', async (_, options) => {
    fakeTimers()
    const { tokens, tokenRequests } = createService({ otherwise, manager: { now: Date.now, ...options() } })
    await tokens.getToken()
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(90_000)
    expect(tokenRequests).toHaveLength(1)
  })

  it.each([
    ['dispose()', (tokens: TokenManager) => tokens.dispose()],
    ['using', (tokens: TokenManager) => tokens[Symbol.dispose]()],
  ])('after %s → has ended, no timer is left, and calls still work, unscheduled', async (_, end) => {
    fakeTimers()
    const { tokens, tokenRequests } = createService({ otherwise, manager: { now: Date.now, renewal: {} } })
    await tokens.getToken()
    expect(vi.getTimerCount()).toBe(1)
    end(tokens)
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(100_000)
    expect(tokenRequests).toHaveLength(1)
    await tokens.getToken()
    expect([tokenRequests.length, vi.getTimerCount()]).toEqual([2, 0])
  })
})

describe('a renewal in the background that dispose() ends, and in the next microtasks', () => {
  const hour = 3_600_000

  /** A manager whose renewal in the background is under way. */
  async function renewing() {
    const reply = createGate<Record<string, unknown>>()
    const replies = [{ access_token: 'a', expires_in: 3_600 }, () => reply.promise]
    const api = rejecting((token) => token === 'a')
    const { tokens, clock, tokenRequests } = createService({ replies, api })
    await tokens.getToken()
    clock.advance(hour - 100_000)
    await tokens.getToken()
    await settle()
    expect(tokens.explain().isRenewing).toBe(true)
    return { tokens, clock, tokenRequests, land: () => reply.open({ access_token: 'b', expires_in: 3_600 }) }
  }

  it.each<[string, number, (tokens: TokenManager) => Promise<string>]>([
    ['getToken() of a token that has expired', hour, async (tokens) => (await tokens.getToken()).accessToken],
    ['getToken() with forceRenewal', 0, async (tokens) => (await tokens.getToken({ forceRenewal: true })).accessToken],
    ['a call whose token has expired', hour, async (tokens) => (await tokens.fetch(apiUrl)).text()],
    ['a call whose token is rejected', 0, async (tokens) => (await tokens.fetch(apiUrl)).text()],
  ])('%s → gets a token by a renewal of its own', async (_, passed, use) => {
    for (let count = 0; count <= 40; count++) {
      const { tokens, clock, tokenRequests } = await renewing()
      clock.advance(passed)
      tokens.dispose()
      for (let tick = 0; tick < count; tick++) await Promise.resolve()
      expect([count, await use(tokens).catch(String), tokenRequests.length]).toEqual([count, 'token-1', 3])
    }
  })

  it('a call that was sent before, and whose token is rejected → is sent again with another one', async () => {
    for (let count = 0; count <= 40; count++) {
      const { tokens, land } = await renewing()
      const call = tokens.fetch(apiUrl)
      for (let tick = 0; tick < count; tick++) await Promise.resolve()
      tokens.dispose()
      // Where the call waits for it already, it goes on.
      land()
      expect([count, (await call).status]).toEqual([count, 200])
    }
  })
})

describe('await using', () => {
  const disposeOf = (tokens: TokenManager) => tokens[Symbol.asyncDispose]()

  it('await using → waits for a renewal under way, so that a rotated refresh token is stored', async () => {
    const [reply, store] = [createGate<Record<string, unknown>>(), memoryStore()]
    const { tokens, clock } = createService({
      grant: refreshToken({ clientId: 'c', refreshToken: 'r1' }),
      replies: [{ access_token: 'a', refresh_token: 'r2', expires_in: 100 }, () => reply.promise],
      manager: { store },
    })
    await tokens.getToken()
    clock.advance(80_000)
    await tokens.getToken()
    let isDisposed = false
    const disposed = disposeOf(tokens).then(() => {
      isDisposed = true
    })
    await settle()
    expect([isDisposed, tokens.explain().isRenewing]).toEqual([false, true])
    reply.open({ access_token: 'b', refresh_token: 'r3', expires_in: 100 })
    await disposed
    expect(tokens.explain()).toMatchObject({ generation: 2, isRenewing: false })
  })

  it('await using → does not reject where that renewal fails', async () => {
    const { tokens, clock } = createService({
      replies: [{ access_token: 'a', expires_in: 100 }, 'network'],
      manager: { retry: { retries: 0 } },
    })
    await tokens.getToken()
    clock.advance(80_000)
    await tokens.getToken()
    await expect(disposeOf(tokens)).resolves.toBeUndefined()
    expect(tokens.explain().isRenewing).toBe(false)
  })

  it('with nothing under way → is done, and timers are stopped', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const { tokens } = createService({ manager: { now: Date.now, renewal: {} } })
    await tokens.getToken()
    await disposeOf(tokens)
    expect(vi.getTimerCount()).toBe(0)
    await disposeOf(createService().tokens)
  })
})

describe('options that reach their parts', () => {
  it('timeoutMs → a token endpoint that is silent, with a fetch that ignores its signal, is given up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const { tokens } = createService({
      manager: { fetch: (() => new Promise(() => {})) as never, timeoutMs: 700, retry: { retries: 0 }, now: Date.now },
    })
    const failed = rejectionOf(tokens.getToken())
    await vi.advanceTimersByTimeAsync(699)
    expect(tokens.explain().isRenewing).toBe(true)
    // What has arrived by then is read first.
    await vi.advanceTimersByTimeAsync(21)
    expect(await failed).toMatchObject({ code: 'timed_out', retryable: true })
  })

  it.each([
    [0, 1],
    [1, 2],
    [3, 4],
  ])('retry.retries %i → %i token requests', async (retries, requests) => {
    const { tokens, tokenRequests } = createService({ otherwise: 'network', manager: { retry: { retries, minDelayMs: 0, maxDelayMs: 1 } } })
    await rejectionOf(tokens.getToken())
    expect(tokenRequests).toHaveLength(requests)
  })

  it.each([
    [4, [401, 1]],
    [5, [200, 2]],
  ])('maxReplayBytes %i → the body of a Request of 5 bytes: %o', async (maxReplayBytes, expected) => {
    const { tokens, apiCalls } = createService({ manager: { maxReplayBytes }, api: rejecting((token) => token === 'token-1') })
    await tokens.getToken()
    const response = await tokens.fetch(new Request(apiUrl, { method: 'POST', body: '12345' }))
    expect([response.status, apiCalls.length]).toEqual(expected)
  })

  it('renewal.aheadMs 0 → nothing is renewed before the token has expired', async () => {
    const { tokens, clock, tokenRequests } = createService({ manager: { renewal: { aheadMs: 0, scheduled: false } } })
    await tokens.getToken()
    clock.advance(3_589_000)
    await tokens.getToken()
    await settle()
    expect(tokenRequests).toHaveLength(1)
  })

  it('subject → tokens of two users in one store are kept apart', async () => {
    const store = memoryStore()
    const { fetch, clock, tokenRequests } = createService()
    const of = (subject: string) =>
      new TokenManager({ provider: testProvider(), grant, store, subject, fetch, now: clock.now, renewal: { scheduled: false } })
    const [anna, boris, annaAgain] = [of('anna'), of('boris'), of('anna')]
    expect((await anna.getToken()).accessToken).toBe('token-1')
    expect((await boris.getToken()).accessToken).toBe('token-2')
    expect((await annaAgain.getToken()).accessToken).toBe('token-1')
    expect(tokenRequests).toHaveLength(2)
  })

  it('store → what one manager got, another adopts, and says so', async () => {
    const store = memoryStore()
    const { tokens, fetch, clock } = createService({ manager: { store } })
    await tokens.getToken()
    const other = new TokenManager({ provider: testProvider(), grant, store, fetch, now: clock.now, renewal: { scheduled: false } })
    const events = recordEvents(other)
    await other.getToken()
    expect(events).toMatchObject([{ type: 'adopted', generation: 1 }])
  })
})

it('a function that fetches a secret and fails → TokenNetworkError without its words', async () => {
  const { tokens } = createService({
    grant: clientCredentials({ clientId: 'c', clientSecret: () => Promise.reject(new Error('vault: canary')) }),
  })
  const error = await rejectionOf(tokens.getToken())
  expect(error).toBeInstanceOf(TokenNetworkError)
  expect(error).not.toBeInstanceOf(ConfigurationError)
  expect(`${error}${(error as Error).stack}${JSON.stringify(error)}`).not.toContain('canary')
})
