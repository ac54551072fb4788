import { afterEach, describe, expect, it, vi } from 'vitest'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import { refreshToken } from '../../src/grants/refresh-token.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { startApi } from '../support/loopback-api.ts'
import { startServer } from '../support/loopback-server.ts'
import { runScript } from '../support/run-script.ts'
import { apiUrl, countEvents, createGate, createService, rejecting, rejectionOf, settle } from '../support/service.ts'

// Each of these cases fails in at least one well-known library for tokens. The numbers only tell them apart.

const grant = clientCredentials({ clientId: 'client', clientSecret: 'client-secret' })
const day = 86_400_000

afterEach(() => void vi.useRealTimers())

describe('1. a token of 30 days', () => {
  it('in two seconds of use → exactly one token request, though its timer would be longer than a timer can be', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    // The fake timers overflow as the platform's do: else this test could not fail.
    const overflowing = vi.fn()
    setTimeout(overflowing, 2 ** 31)
    const { tokens, tokenRequests } = createService({
      replies: [{ access_token: 'long', expires_in: 30 * 86_400 }],
      manager: { now: Date.now, renewal: {} },
    })
    for (let call = 0; call < 20; call++) {
      expect(await (await tokens.fetch(apiUrl)).text()).toBe('long')
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(overflowing).toHaveBeenCalledOnce()
    expect(tokenRequests).toHaveLength(1)
  })

  it('after 30 days of use → exactly two token requests, the second before the first token has expired', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const { tokens, tokenRequests } = createService({
      otherwise: () => ({ access_token: `long-${Date.now()}`, expires_in: 30 * 86_400 }),
      manager: { now: Date.now, renewal: {} },
    })
    await tokens.getToken()
    await vi.advanceTimersByTimeAsync(30 * day - 10_000)
    expect(tokenRequests).toHaveLength(2)
  })
})

it('2. three requests, of which one is rejected late → exactly one renewal, and all three succeed', async () => {
  const late = createGate()
  const api = await startApi({ answer: ({ headers }) => ({ json: headers.authorization }) })
  const server = await startServer(async ({ target, headers }) => {
    if (headers.authorization !== 'Bearer token-1') return { json: headers.authorization }
    if (target === '/late') await late.promise
    return { status: 401 }
  })
  const tokens = new TokenManager({ provider: { ...api.provider, apiUrl: server.origin }, grant })
  await tokens.getToken()
  const lateCall = tokens.fetch(`${server.origin}/late`)
  const early = await Promise.all(['/a', '/b'].map((path) => tokens.fetch(server.origin + path)))
  expect(api.tokenRequests).toHaveLength(2)
  late.open()
  const responses = [...early, await lateCall]
  expect(await Promise.all(responses.map((response) => response.json()))).toEqual(Array(3).fill('Bearer token-2'))
  expect(api.tokenRequests).toHaveLength(2)
  expect(server.received).toHaveLength(6)
})

it('3. ten parallel calls with no token held → one token request', async () => {
  const api = await startApi()
  const tokens = new TokenManager({ provider: api.provider, grant })
  const responses = await Promise.all(Array.from({ length: 10 }, () => tokens.fetch(api.apiUrl)))
  expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200))
  expect(api.tokenRequests).toHaveLength(1)
})

it.each([2, 60, 200, 240])('4. a token of %i s, five calls → one token request', async (expiresIn) => {
  const api = await startApi({ expiresIn })
  const tokens = new TokenManager({ provider: api.provider, grant })
  for (let call = 0; call < 5; call++) expect((await tokens.fetch(api.apiUrl)).status).toBe(200)
  expect(api.tokenRequests).toHaveLength(1)
  tokens.dispose()
})

it('5. of two callers that wait for one token, the first aborts → it alone is rejected, with its own reason, and the second succeeds', async () => {
  const reply = createGate()
  const api = await startApi({ token: () => reply.promise.then(() => undefined) })
  const tokens = new TokenManager({ provider: api.provider, grant })
  const controller = new AbortController()
  const reason = { why: 'the page was left' }
  const first = tokens.fetch(api.apiUrl, { signal: controller.signal })
  const second = tokens.fetch(api.apiUrl)
  await vi.waitFor(() => expect(api.tokenRequests).toHaveLength(1))
  controller.abort(reason)
  expect(await rejectionOf(first)).toBe(reason)
  reply.open()
  expect((await second).status).toBe(200)
  expect(api.tokenRequests).toHaveLength(1)
  expect(api.apiRequests).toHaveLength(1)
})

it('6. two tenants in parallel, in one store → each gets its own token', async () => {
  const api = await startApi({
    token: ({ headers }) => ({ json: { access_token: `of-${atob(headers.authorization?.slice(6) ?? '').split(':')[0]}`, expires_in: 60 } }),
  })
  const store = memoryStore()
  const managers = ['anna', 'boris'].map(
    (clientId) => new TokenManager({ provider: api.provider, grant: clientCredentials({ clientId, clientSecret: 'same' }), store }),
  )
  const subjects = ['u1', 'u2'].map((subject) => new TokenManager({ provider: api.provider, grant, store, subject }))
  const all = await Promise.all([...managers, ...subjects, ...managers].map((tokens) => tokens.getToken()))
  expect(all.map(({ accessToken }) => accessToken)).toEqual(['of-anna', 'of-boris', 'of-client', 'of-client', 'of-anna', 'of-boris'])
  expect(api.tokenRequests).toHaveLength(4)
})

describe('7. an outage while the token is aging', () => {
  it('callers → get the old token until it expires, none of them waits or throws, and renewal goes on once the outage is over', async () => {
    const { tokens, tokenRequests, events, clock, server } = createService({
      replies: [{ access_token: 'old', expires_in: 100 }],
      otherwise: new Response('down', { status: 503 }),
      manager: { retry: { retries: 0 } },
    })
    await tokens.getToken()
    for (let second = 76; second < 95; second++) {
      clock.advance(second === 76 ? 76_000 : 1_000)
      expect(await (await tokens.fetch(apiUrl)).text()).toBe('old')
      await settle()
    }
    expect(countEvents(events, 'failed')).toBeGreaterThan(1)
    expect(tokenRequests.length).toBeLessThan(10)
    server.enqueue({ access_token: 'new', expires_in: 100 })
    clock.advance(30_000)
    expect(await (await tokens.fetch(apiUrl)).text()).toBe('new')
  })

  it('in a process of its own → the old token is served, nothing is unhandled, and the process exits', async () => {
    const api = await startApi({ expiresIn: 2, token: (_, count) => (count > 1 ? { status: 503, body: 'down' } : undefined) })
    const { exitCode, stderr, reports, exitedAfterMs } = await runScript(
      `const tokens = new TokenManager({ provider, grant, retry: { retries: 0 } })
       let hasFailed = false
       tokens.on('failed', () => { hasFailed = true })
       await tokens.getToken()
       while (!hasFailed) await new Promise((resolve) => setTimeout(resolve, 20))
       const token = await tokens.getToken()
       report({ accessToken: token.accessToken, state: tokens.explain().state })`,
      { ORIGIN: api.origin },
    )
    expect({ exitCode, stderr, reports }).toEqual({ exitCode: 0, stderr: '', reports: [{ accessToken: 'token-1', state: 'aging' }] })
    expect(exitedAfterMs).toBeLessThan(2_500)
  })
})

describe('8. a refresh reply', () => {
  const refreshTokensSent = (requests: readonly { parameters: Readonly<Record<string, string>> }[]) =>
    requests.map(({ parameters }) => parameters['refresh_token'])

  it('without a refresh token → the old one is kept and used again', async () => {
    const { tokens, tokenRequests, clock } = createService({
      grant: refreshToken({ clientId: 'client', refreshToken: 'first' }),
      otherwise: { access_token: 'a', expires_in: 60 },
    })
    for (let renewal = 0; renewal < 3; renewal++) {
      expect((await tokens.getToken()).refreshToken).toBe('first')
      clock.advance(60_000)
    }
    expect(refreshTokensSent(tokenRequests)).toEqual(['first', 'first', 'first'])
  })

  it('with a refresh token → the next refresh uses that one', async () => {
    let count = 0
    const { tokens, tokenRequests, clock } = createService({
      grant: refreshToken({ clientId: 'client', refreshToken: 'r0' }),
      otherwise: () => ({ access_token: 'a', expires_in: 60, refresh_token: `r${++count}` }),
    })
    for (let renewal = 0; renewal < 3; renewal++) {
      await tokens.getToken()
      clock.advance(60_000)
    }
    expect(refreshTokensSent(tokenRequests)).toEqual(['r0', 'r1', 'r2'])
  })
})

describe('9. a POST that is answered 401', () => {
  it('with the body of a Request → is replayed with the same bytes', async () => {
    const api = await startApi()
    const tokens = new TokenManager({ provider: api.provider, grant })
    await tokens.getToken()
    api.revoke()
    const response = await tokens.fetch(new Request(api.apiUrl, { method: 'POST', body: 'the whole body' }))
    expect(await response.json()).toMatchObject({ token: 'token-2', body: 'the whole body' })
    expect(api.apiRequests.map(({ body }) => body.toString())).toEqual(['the whole body', 'the whole body'])
  })

  it('with a stream → returns the untouched 401, and the next call uses a new token', async () => {
    const { tokens, apiCalls, tokenRequests } = createService({ api: rejecting((token) => token === 'token-1') })
    await tokens.getToken()
    const body = new Blob(['streamed']).stream()
    const response = await tokens.fetch(apiUrl, { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect([response.status, await response.text()]).toEqual([401, 'no'])
    expect(apiCalls).toHaveLength(1)
    await settle()
    expect(tokenRequests).toHaveLength(2)
    expect(await (await tokens.fetch(apiUrl)).text()).toBe('token-2')
  })
})

it('10. a call to another origin → is refused, and that origin sees no request at all', async () => {
  const api = await startApi()
  const other = await startServer(() => ({}))
  const tokens = new TokenManager({ provider: api.provider, grant })
  for (const url of [other.origin, other.origin.replace('http:', ''), `${api.origin}@${other.origin.slice(7)}`]) {
    await expect(tokens.fetch(url)).rejects.toThrow()
  }
  expect(other.received).toHaveLength(0)
})

it('10. a call to another origin that may pass through → arrives there without the token', async () => {
  const api = await startApi()
  const other = await startServer(() => ({}))
  const tokens = new TokenManager({ provider: api.provider, grant, foreignOrigins: 'pass-through' })
  await tokens.getToken()
  expect((await tokens.fetch(`${other.origin}/x`)).status).toBe(200)
  expect(other.received.map(({ target, headers }) => [target, headers.authorization])).toEqual([['/x', undefined]])
})

it('11. a 307 to another origin, with a token in a custom header → the header does not arrive there', async () => {
  const sink = await startServer(() => ({}))
  const api = await startApi()
  const server = await startServer(() => ({ status: 307, headers: { location: `${sink.origin}/steal` } }))
  const tokens = new TokenManager({
    provider: { ...api.provider, apiUrl: server.origin, authorization: { header: 'X-Token' } },
    grant,
  })
  const response = await tokens.fetch(`${server.origin}/x`, { method: 'POST', body: 'b' })
  expect([response.status, response.headers.get('location')]).toEqual([307, `${sink.origin}/steal`])
  expect(server.received.map(({ headers }) => headers['x-token'])).toEqual(['token-1'])
  expect(sink.received).toHaveLength(0)
})

it.each([
  ['an opaque token with a number', { expires_in: 120 }, 120_000],
  ['a string', { expires_in: '120' }, 120_000],
  ['none at all', {}, 3_600_000],
  ['null', { expires_in: null }, 3_600_000],
  ['garbage', { expires_in: '3600abc' }, 3_600_000],
  ['an absurd number', { expires_in: 1e20 }, 3_600_000],
])('12. a reply whose expires_in is %s → a sane expiry', async (_, fields, lifetimeMs) => {
  const { tokens, clock } = createService({ replies: [{ access_token: 'opaque', ...fields }] })
  expect((await tokens.getToken()).expiresAt).toBe(clock.now() + lifetimeMs)
})

describe('13. a token endpoint on an allowed origin', () => {
  it('13. a token endpoint on an allowed origin → token requests do not ask for a token themselves', async () => {
    const api = await startApi()
    const tokens = new TokenManager({ provider: api.provider, grant, origins: [api.origin] })
    expect((await tokens.fetch(api.apiUrl)).status).toBe(200)
    expect(api.tokenRequests.map(({ headers }) => headers.authorization)).toEqual([`Basic ${btoa('client:client-secret')}`])
  })

  it('and an application that has put tokens.fetch in the place of the global one, with the real one as option → no recursion', async () => {
    const api = await startApi()
    const real = globalThis.fetch
    const tokens = new TokenManager({ provider: api.provider, grant, fetch: real })
    vi.stubGlobal('fetch', tokens.fetch)
    try {
      expect((await fetch(api.apiUrl)).status).toBe(200)
    } finally {
      vi.unstubAllGlobals()
    }
    expect([api.tokenRequests.length, api.apiRequests.length]).toEqual([1, 1])
  })
})
