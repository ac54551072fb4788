import { afterEach, describe, expect, test, vi } from 'vitest'
import { TokenNetworkError } from '../../../src/base/errors.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { password } from '../../../src/grants/password.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { apiUrl, countEvents, createGate, createService, recordEvents, rejecting, rejectionOf, settle } from '../../support/service.ts'
import { testProvider } from '../../support/test-provider.ts'

const grant = clientCredentials({ clientId: 'client', clientSecret: 'client-secret' })

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('constructing', () => {
  test('→ does no I/O, starts no timer and draws no randomness', async () => {
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

  test('→ takes the options as they are then: later changes to them have no effect', async () => {
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

test('a provider that is changed after construction → has no effect: the URLs that were checked are asked', async () => {
  const { fetch, tokenRequests, clock } = createService()
  const provider = { ...testProvider() }
  const tokens = new TokenManager({ provider, grant, fetch, now: clock.now, renewal: { scheduled: false } })
  Object.assign(provider, { tokenUrl: 'http://evil.example/token', apiUrl: 'https://evil.example' })
  await tokens.getToken()
  expect(tokenRequests).toHaveLength(1)
})

describe('getToken', () => {
  test('→ a token that is plain, frozen, and with times', async () => {
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

  test('twice → the same token, from one request', async () => {
    const { tokens, tokenRequests } = createService()
    expect(await tokens.getToken()).toBe(await tokens.getToken())
    expect(tokenRequests).toHaveLength(1)
  })

  test('with forceRenewal → a newer one, and at once ones that join it', async () => {
    const { tokens, tokenRequests } = createService()
    await tokens.getToken()
    const all = await Promise.all(Array.from({ length: 5 }, () => tokens.getToken({ forceRenewal: true })))
    expect(all.map(({ accessToken }) => accessToken)).toEqual(Array(5).fill('token-2'))
    expect(tokenRequests).toHaveLength(2)
  })

  test('with forceRenewal, while none is held → a valid one of the store is adopted', async () => {
    const store = memoryStore()
    const { tokens, fetch, clock, tokenRequests } = createService({ manager: { store } })
    await tokens.getToken()
    const other = new TokenManager({ provider: testProvider(), grant, store, fetch, now: clock.now, renewal: { scheduled: false } })
    expect((await other.getToken({ forceRenewal: true })).accessToken).toBe('token-1')
    expect(tokenRequests).toHaveLength(1)
  })

  test('with forceRenewal, after a refusal → gets that at once, without a request', async () => {
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

test.each([
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
  test('→ tells the life of a token in order, with times and generations', async () => {
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

  test('of a failure → its code and whether somebody waited', async () => {
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

  test('of a store that fails → degraded, once, and callers are served', async () => {
    const store = { get: () => Promise.reject(new Error('down')), set: () => Promise.reject(new Error('down')), delete: async () => {} }
    const { tokens, events } = createService({ manager: { store } })
    expect((await tokens.getToken()).accessToken).toBe('token-1')
    expect(countEvents(events, 'degraded')).toBe(1)
  })

  test('→ returns the function that stops listening', async () => {
    const { tokens } = createService()
    const listener = vi.fn()
    tokens.on('acquired', listener)()
    await tokens.getToken()
    expect(listener).not.toHaveBeenCalled()
  })

  test('with a listener that throws → the call succeeds', async () => {
    const { tokens } = createService({ api: rejecting((token) => token === 'token-1') })
    for (const type of ['acquired', 'renewed', 'rejected', 'replayed'] as const) {
      tokens.on(type, () => {
        throw new Error('of the listener')
      })
    }
    expect((await tokens.fetch(apiUrl)).status).toBe(200)
  })

  test('with a listener that calls the manager → no dead end', async () => {
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

  test.each(secrets)('%s → a warning with the first token request: %#', async (_, held, times) => {
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

  test('on a server → no warning', async () => {
    const { tokens, events } = createService()
    await tokens.getToken()
    expect(countEvents(events, 'warning')).toBe(0)
  })
})

describe('clear', () => {
  test('→ the next call asks anew', async () => {
    const { tokens, tokenRequests } = createService()
    await tokens.getToken()
    await tokens.clear()
    expect(tokens.explain().state).toBe('absent')
    expect((await tokens.getToken()).accessToken).toBe('token-2')
    expect(tokenRequests).toHaveLength(2)
  })

  test('during a renewal → its result is dropped, and who waited gets a token that was asked for afterwards', async () => {
    const reply = createGate<Record<string, unknown>>()
    const { tokens, tokenRequests } = createService({ replies: [() => reply.promise] })
    const call = tokens.getToken()
    await settle()
    await tokens.clear()
    reply.open({ access_token: 'of-the-one-who-signed-out' })
    expect((await call).accessToken).toBe('token-1')
    expect(tokenRequests).toHaveLength(2)
  })

  test('→ also ends the memory of a failure', async () => {
    const { tokens } = createService({ replies: [Response.json({ error: 'invalid_client' }, { status: 401 })] })
    await rejectionOf(tokens.getToken())
    await tokens.clear()
    expect((await tokens.getToken()).accessToken).toBe('token-1')
  })
})

describe('scheduled renewal', () => {
  const otherwise = () => ({ access_token: `at-${Date.now()}`, expires_in: 100 })
  const fakeTimers = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })

  test('→ is on: a token in use is renewed with no call, one that is not used is left to lapse', async () => {
    fakeTimers()
    const { tokens, tokenRequests } = createService({ otherwise, manager: { now: Date.now, renewal: {} } })
    await tokens.getToken()
    await vi.advanceTimersByTimeAsync(90_000)
    expect(tokenRequests).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1_000_000)
    expect(tokenRequests).toHaveLength(2)
  })

  test.each([
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

  test.each([
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

describe('options that reach their parts', () => {
  test('timeoutMs → a token endpoint that is silent, with a fetch that ignores its signal, is given up', async () => {
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

  test.each([
    [0, 1],
    [1, 2],
    [3, 4],
  ])('retry.retries %i → %i token requests', async (retries, requests) => {
    const { tokens, tokenRequests } = createService({ otherwise: 'network', manager: { retry: { retries, minDelayMs: 0, maxDelayMs: 1 } } })
    await rejectionOf(tokens.getToken())
    expect(tokenRequests).toHaveLength(requests)
  })

  test.each([
    [4, [401, 1]],
    [5, [200, 2]],
  ])('maxReplayBytes %i → the body of a Request of 5 bytes: %o', async (maxReplayBytes, expected) => {
    const { tokens, apiCalls } = createService({ manager: { maxReplayBytes }, api: rejecting((token) => token === 'token-1') })
    await tokens.getToken()
    const response = await tokens.fetch(new Request(apiUrl, { method: 'POST', body: '12345' }))
    expect([response.status, apiCalls.length]).toEqual(expected)
  })

  test('renewal.aheadMs 0 → nothing is renewed before the token has expired', async () => {
    const { tokens, clock, tokenRequests } = createService({ manager: { renewal: { aheadMs: 0, scheduled: false } } })
    await tokens.getToken()
    clock.advance(3_589_000)
    await tokens.getToken()
    await settle()
    expect(tokenRequests).toHaveLength(1)
  })

  test('subject → tokens of two users in one store are kept apart', async () => {
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

  test('store → what one manager got, another adopts, and says so', async () => {
    const store = memoryStore()
    const { tokens, fetch, clock } = createService({ manager: { store } })
    await tokens.getToken()
    const other = new TokenManager({ provider: testProvider(), grant, store, fetch, now: clock.now, renewal: { scheduled: false } })
    const events = recordEvents(other)
    await other.getToken()
    expect(events).toMatchObject([{ type: 'adopted', generation: 1 }])
  })
})

test('a function that fetches a secret and fails → TokenNetworkError without its words', async () => {
  const { tokens } = createService({
    grant: clientCredentials({ clientId: 'c', clientSecret: () => Promise.reject(new Error('vault: canary')) }),
  })
  const error = await rejectionOf(tokens.getToken())
  expect(error).toBeInstanceOf(TokenNetworkError)
  expect(`${error}${(error as Error).stack}${JSON.stringify(error)}`).not.toContain('canary')
})
