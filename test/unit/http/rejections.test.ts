import { describe, expect, it, vi } from 'vitest'
import { SignInRequiredError, TokenEndpointError, TokenNetworkError } from '../../../src/base/errors.ts'
import { Events } from '../../../src/base/events.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { password } from '../../../src/grants/password.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { Rejections } from '../../../src/http/rejections.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { HeldToken } from '../../../src/token/held-token.ts'
import {
  apiUrl,
  countEvents,
  createGate,
  createService,
  rejecting,
  rejectionOf,
  type Service,
  type ServiceOptions,
  settle,
} from '../../support/service.ts'
import { testProvider } from '../../support/test-provider.ts'

const minute = 60_000

/** A service that already holds `token-1`. */
async function createWarmService(options: ServiceOptions = {}): Promise<Service> {
  const service = createService(options)
  await service.tokens.getToken()
  return service
}

describe('a call that was sent before a sign-out', () => {
  const grants = [
    ['an application', clientCredentials({ clientId: 'c', clientSecret: 's' })],
    ['a password', password({ clientId: 'c', clientSecret: 's', username: 'u', password: 'p' })],
    ['a refresh token', refreshToken({ clientId: 'c', refreshToken: 'r' })],
  ] as const

  /** A POST that is answered when the gate opens. */
  async function startCall(options: ServiceOptions = {}) {
    const gate = createGate<Response>()
    const service = await createWarmService({ api: ({ url }) => (url.endsWith('/late') ? gate.promise : new Response('ok')), ...options })
    const call = service.tokens.fetch(`${apiUrl}/late`, { method: 'POST', body: 'mine' })
    await settle()
    return { ...service, call, gate }
  }

  it.each(grants)('of %s, and is rejected after it → comes back as it is, and nobody is signed in again', async (_, grant) => {
    const { tokens, call, gate, apiCalls, tokenRequests } = await startCall({ grant })
    await tokens.clear()
    gate.open(new Response('the words of the API', { status: 401 }))
    const response = await call
    expect([response.status, await response.text()]).toEqual([401, 'the words of the API'])
    await settle()
    expect([apiCalls.length, tokenRequests.length, tokens.explain().state]).toEqual([1, 1, 'absent'])
  })

  it.each(grants.slice(0, 2))(
    'of %s, and is rejected when somebody else has signed in → is not carried out as that one',
    async (_, grant) => {
      const { tokens, call, gate, apiCalls, tokenRequests } = await startCall({ grant })
      await tokens.clear()
      await tokens.getToken()
      gate.open(new Response('no', { status: 401 }))
      expect((await call).status).toBe(401)
      await settle()
      expect([apiCalls.map(({ token }) => token), tokenRequests.length]).toEqual([['token-1'], 2])
    },
  )

  it.each(grants.slice(0, 2))(
    'of %s, and waits for a newer token at the sign-out → gets the answer of the API, and asks for nothing',
    async (_, grant) => {
      const reply = createGate<Record<string, unknown>>()
      const { tokens, call, gate, apiCalls, tokenRequests } = await startCall({
        grant,
        replies: [{ access_token: 'a' }, () => reply.promise],
      })
      gate.open(new Response('no', { status: 401 }))
      await settle()
      await tokens.clear()
      reply.open({ access_token: 'of-the-one-who-signed-out' })
      const response = await call
      expect([response.status, await response.text()]).toEqual([401, 'no'])
      await settle()
      expect([apiCalls.length, tokenRequests.length, tokens.explain().state]).toEqual([1, 2, 'absent'])
    },
  )

  it('by another context, of one store → comes back as it is', async () => {
    const store = memoryStore()
    const service = await startCall({ manager: { store } })
    const { fetch, clock } = service
    const other = new TokenManager({ provider: testProvider(), grant: clientCredentials({ clientId: 'client', clientSecret: 'client-secret' }), store, fetch, now: clock.now, renewal: { scheduled: false } }) // biome-ignore format: one line
    await other.clear()
    await settle()
    service.gate.open(new Response('no', { status: 401 }))
    expect((await service.call).status).toBe(401)
    await settle()
    expect([service.apiCalls.length, service.tokenRequests.length]).toEqual([1, 1])
  })

  it('with a stream → nothing is renewed for the next call either', async () => {
    const gate = createGate<Response>()
    const { tokens, tokenRequests } = await createWarmService({ api: () => gate.promise })
    const call = tokens.fetch(apiUrl, { method: 'POST', body: new Blob(['s']).stream(), duplex: 'half' } as RequestInit)
    await settle()
    await tokens.clear()
    gate.open(new Response('no', { status: 401 }))
    expect((await call).status).toBe(401)
    await settle()
    expect(tokenRequests).toHaveLength(1)
  })

  it('and is accepted after it → its response comes back', async () => {
    const { tokens, call, gate } = await startCall()
    await tokens.clear()
    gate.open(new Response('done'))
    expect(await (await call).text()).toBe('done')
  })
})

describe('a rejection whose renewal fails', () => {
  const failing = (reply: 'network' | Response) => ({
    replies: [{ access_token: 'a', expires_in: 100 }, reply],
    api: () => new Response('the words of the API', { status: 401 }),
    manager: { retry: { retries: 0 } },
  })

  it.each([
    ['no network', 'network' as const],
    ['an outage', new Response('', { status: 503 })],
    ['a reply that cannot be read', new Response('<html>')],
    ['a reply without a token', Response.json({})],
    ['a redirect', new Response(null, { status: 302, headers: { location: '/' } })],
  ])('(%s) while the token lives → the response of the API, with its body', async (_, reply) => {
    const { tokens, apiCalls, tokenRequests } = await createWarmService(failing(reply))
    const response = await tokens.fetch(apiUrl, { method: 'POST', body: 'b' })
    expect([response.status, response.bodyUsed, await response.text()]).toEqual([401, false, 'the words of the API'])
    // The failure is remembered: the next call costs no token request.
    expect((await tokens.fetch(apiUrl)).status).toBe(401)
    expect([apiCalls.length, tokenRequests.length]).toEqual([2, 2])
  })

  it('because the store fails, with a rotating refresh token → the response of the API', async () => {
    const store = memoryStore()
    let isDown = false
    const guard = async <T>(work: () => Promise<T>): Promise<T> => {
      if (isDown) throw new Error('down')
      return work()
    }
    const { tokens } = await createWarmService({
      grant: refreshToken({ clientId: 'c', refreshToken: 'r' }),
      replies: [{ access_token: 'a', refresh_token: 'r2' }],
      api: () => new Response('no', { status: 401 }),
      manager: {
        store: {
          get: (key) => guard(() => store.get(key)),
          set: (key, record) => guard(() => store.set(key, record)),
          delete: (key) => guard(() => store.delete(key)),
          lock: (key, task, options) => guard(() => store.lock?.(key, task, options) as Promise<never>),
        },
      },
    })
    isDown = true
    expect(await (await tokens.fetch(apiUrl)).text()).toBe('no')
  })

  it('and the token has expired meanwhile → the error of the renewal', async () => {
    const gate = createGate<Response>()
    const { tokens, clock } = await createWarmService({ ...failing('network'), api: () => gate.promise })
    const call = tokens.fetch(apiUrl)
    await settle()
    clock.advance(100_000)
    gate.open(new Response('no', { status: 401 }))
    expect(await rejectionOf(call)).toBeInstanceOf(TokenNetworkError)
  })

  it('because it is refused → the error of the renewal, and the body of the response is let go of', async () => {
    const cancelled = vi.fn()
    const { tokens } = await createWarmService({
      ...failing(Response.json({ error: 'invalid_client' }, { status: 401 })),
      api: () => new Response(new ReadableStream({ cancel: cancelled }), { status: 401 }),
    })
    expect(await rejectionOf(tokens.fetch(apiUrl))).toBeInstanceOf(TokenEndpointError)
    expect(cancelled).toHaveBeenCalledOnce()
  })

  it('because a person has to sign in → SignInRequiredError', async () => {
    const { tokens } = await createWarmService({
      ...failing(Response.json({ error: 'invalid_grant' }, { status: 400 })),
      grant: refreshToken({ clientId: 'c', refreshToken: 'r' }),
    })
    expect(await rejectionOf(tokens.fetch(apiUrl))).toMatchObject({ name: 'SignInRequiredError' })
  })

  it('while the caller aborts → the reason of the caller, and the body of the response is let go of', async () => {
    const [reply, cancelled] = [createGate<Record<string, unknown>>(), vi.fn()]
    const { tokens } = await createWarmService({
      replies: [{ access_token: 'a' }, () => reply.promise],
      api: () => new Response(new ReadableStream({ cancel: cancelled }), { status: 401 }),
    })
    const controller = new AbortController()
    const call = tokens.fetch(apiUrl, { signal: controller.signal })
    await settle()
    expect(cancelled).not.toHaveBeenCalled()
    controller.abort('left')
    expect(await rejectionOf(call)).toBe('left')
    expect(cancelled).toHaveBeenCalledOnce()
    reply.open({ access_token: 'b' })
  })

  it('not yet → the body of the rejection is kept until there is a newer token', async () => {
    const [reply, cancelled] = [createGate<Record<string, unknown>>(), vi.fn()]
    const { tokens } = await createWarmService({
      replies: [{ access_token: 'a' }, () => reply.promise],
      api: ({ token }) => (token === 'a' ? new Response(new ReadableStream({ cancel: cancelled }), { status: 401 }) : new Response(token)),
    })
    const call = tokens.fetch(apiUrl)
    await settle()
    expect(cancelled).not.toHaveBeenCalled()
    reply.open({ access_token: 'b' })
    expect(await (await call).text()).toBe('b')
    expect(cancelled).toHaveBeenCalledOnce()
  })
})

describe('a token that is rejected', () => {
  const held = (isAccepted = true) => ({ generation: 1, epoch: 0, isAccepted, isRejected: false, token: { accessToken: 'a' } }) as HeldToken
  const create = () => {
    const keeper = { generation: 1, epoch: 0, get: vi.fn(async () => held()), renew: vi.fn(), isLive: () => true }
    return { keeper, rejections: new Rejections({ events: new Events(Date), now: Date.now }, keeper as never) }
  }
  const call = { href: apiUrl, signal: undefined }

  it.each([
    ['by the API, of a call that is sent again', (rejections: Rejections, token: HeldToken) => rejections.replace(token, call, true)],
    ['by the API, of a call that is not', (rejections: Rejections, token: HeldToken) => rejections.replace(token, call, false)],
    ['by somebody who knows', (rejections: Rejections, token: HeldToken) => rejections.renew(token, true)],
  ])('%s → counts as rejected', async (_, reject) => {
    const token = held()
    await reject(create().rejections, token)
    expect(token.isRejected).toBe(true)
  })

  it('by nobody, and renewed by force → does not count as rejected', async () => {
    const token = held()
    await create().rejections.renew(token, false)
    expect(token.isRejected).toBe(false)
  })

  it('and whose successor belongs to another sign-in → has none', async () => {
    const { keeper, rejections } = create()
    keeper.get.mockResolvedValue({ ...held(), generation: 2, epoch: 1 })
    expect(await rejections.replace(held(), call, true)).toBeUndefined()
  })

  it('while its user signs out, so that somebody has to sign in → the call gets the answer of the API', async () => {
    const { keeper, rejections } = create()
    keeper.get.mockImplementation(async () => {
      keeper.epoch = 1
      throw new SignInRequiredError('Sign in again.')
    })
    expect(await rejections.replace(held(), call, true)).toBeUndefined()
  })

  it('while a newer one is held → is replaced by that, and nothing is noted', async () => {
    const { keeper, rejections } = create()
    keeper.generation = 2
    const token = held()
    await rejections.replace(token, call, false)
    expect([token.isRejected, keeper.renew.mock.calls.length, keeper.get.mock.calls.length]).toEqual([false, 0, 0])
  })
})

describe('a write that was redirected', () => {
  const redirected = (response: Response, url = `${apiUrl}/there`) =>
    Object.defineProperties(response, { redirected: { value: true }, url: { value: url } })

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'post'])(
    'by %s, and rejected there → is not sent again, and renewed for the next call',
    async (method) => {
      const { tokens, apiCalls, tokenRequests } = await createWarmService({
        api: ({ token }) => redirected(new Response('no', { status: token === 'token-1' ? 401 : 200 })),
      })
      const response = await tokens.fetch(apiUrl, { method, body: 'b' })
      expect([response.status, await response.text()]).toEqual([401, 'no'])
      await settle()
      expect([apiCalls.length, tokenRequests.length]).toEqual([1, 2])
      expect((await tokens.fetch(apiUrl)).status).toBe(200)
    },
  )

  it('as a Request → is not sent again', async () => {
    const { tokens, apiCalls } = await createWarmService({ api: () => redirected(new Response('no', { status: 401 })) })
    expect((await tokens.fetch(new Request(apiUrl, { method: 'POST', body: 'b' }))).status).toBe(401)
    expect(apiCalls).toHaveLength(1)
  })

  it.each(['GET', 'HEAD', 'get'])('but a %s → is', async (method) => {
    const { tokens, apiCalls } = await createWarmService({
      api: ({ token }) => redirected(new Response(null, { status: token === 'token-1' ? 401 : 200 })),
    })
    expect((await tokens.fetch(apiUrl, { method })).status).toBe(200)
    expect(apiCalls).toHaveLength(2)
  })

  it('but not redirected → is', async () => {
    const { tokens, apiCalls } = await createWarmService({ api: rejecting((token) => token === 'token-1') })
    expect((await tokens.fetch(apiUrl, { method: 'POST', body: 'b' })).status).toBe(200)
    expect(apiCalls).toHaveLength(2)
  })
})

describe('a 401 or 403 that says insufficient_scope', () => {
  const headers = { 'www-authenticate': 'Bearer error="insufficient_scope", scope="orders:write"' }

  it.each([401, 403])('%i → is not about the token: nothing is renewed, and a warning names the scopes', async (status) => {
    const { tokens, apiCalls, tokenRequests, events } = await createWarmService({ api: () => new Response('why', { status, headers }) })
    expect(await (await tokens.fetch(apiUrl)).text()).toBe('why')
    expect([apiCalls.length, tokenRequests.length, countEvents(events, 'rejected')]).toEqual([1, 1, 0])
    expect(events.at(-1)).toMatchObject({ type: 'warning', code: 'insufficient_scope', scope: 'orders:write' })
  })

  it.each([
    ['the access token', 'token-1'],
    ['the refresh token', 'the-refresh-token'],
    ['the client secret', 'client-secret'],
    ['the password', 'the-password'],
  ])('with %s among the scopes → the warning has none', async (_, secret) => {
    const { tokens, events } = await createWarmService({
      replies: [{ access_token: 'token-1', refresh_token: 'the-refresh-token', expires_in: 3600 }],
      grant: password({ clientId: 'client', clientSecret: 'client-secret', username: 'u', password: 'the-password' }),
      api: () =>
        new Response(null, { status: 403, headers: { 'www-authenticate': `Bearer error=insufficient_scope, scope="${btoa(secret)}"` } }),
    })
    await tokens.fetch(apiUrl)
    expect(events.at(-1)).toEqual({ type: 'warning', at: expect.any(Number), code: 'insufficient_scope' })
  })

  it('without scopes → the warning has none', async () => {
    const { tokens, events } = await createWarmService({
      api: () => new Response(null, { status: 403, headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' } }),
    })
    await tokens.fetch(apiUrl)
    expect(events.at(-1)).toEqual({ type: 'warning', at: expect.any(Number), code: 'insufficient_scope' })
  })
})

describe('a redirect on whose way the platform dropped the token', () => {
  const from = (url: string, status = 401) =>
    Object.defineProperties(new Response(null, { status }), { redirected: { value: true }, url: { value: url } })
  const origins = ['https://files.example.com']

  it('to an allowed origin that therefore answers 401 → one warning, and nothing is renewed', async () => {
    const { tokens, tokenRequests, events } = await createWarmService({
      manager: { origins },
      api: () => from('https://files.example.com/x'),
    })
    for (let call = 0; call < 3; call++) expect((await tokens.fetch(apiUrl)).status).toBe(401)
    expect(events.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'redirect_dropped_token' }])
    expect([tokenRequests.length, countEvents(events, 'rejected')]).toEqual([1, 0])
  })

  it.each([
    ['another origin', from('https://login.example/')],
    ['an allowed origin that accepts it', from('https://files.example.com/x', 200)],
    ['the same origin', from(`${apiUrl}/y`, 200)],
  ])('to %s → no warning', async (_, response) => {
    const { tokens, events } = await createWarmService({ manager: { origins }, api: () => response })
    await tokens.fetch(apiUrl)
    expect(countEvents(events, 'warning')).toBe(0)
  })
})

describe('a path that rejects every token, beside others that accept it', () => {
  const forbidding = (isRevoked: (token: string | undefined) => boolean = () => false): ServiceOptions => ({
    api: ({ url, token }) => new Response(token, { status: isRevoked(token) || new URL(url).pathname.endsWith('/forbidden') ? 401 : 200 }),
  })

  it('a path that rejects every token, beside others that accept it → costs a renewal after 1, 2, 4, 8 and then each 15 minutes, and the others nothing', async () => {
    const { tokens, clock, tokenRequests } = await createWarmService({ ...forbidding(), otherwise: longLived() })
    const costs = []
    for (let elapsed = 0; elapsed < 60; elapsed++) {
      const before = tokenRequests.length
      for (let call = 0; call < 5; call++) {
        expect((await tokens.fetch(`${apiUrl}/forbidden?n=${call}`)).status).toBe(401)
        expect((await tokens.fetch(`${apiUrl}/open`)).status).toBe(200)
      }
      if (tokenRequests.length > before) costs.push(elapsed)
      clock.advance(minute)
    }
    expect(costs).toEqual([0, 1, 3, 7, 15, 30, 45])
    expect(tokenRequests).toHaveLength(1 + costs.length)
  })

  it('and a token that is really revoked → is renewed at once at every other path', async () => {
    const revoked = new Set<string | undefined>()
    const { tokens, events } = await createWarmService(forbidding((token) => revoked.has(token)))
    for (let round = 0; round < 5; round++) {
      await tokens.fetch(`${apiUrl}/forbidden`)
      await tokens.fetch(`${apiUrl}/open`)
      revoked.add((await tokens.getToken()).accessToken)
      expect((await tokens.fetch(`${apiUrl}/open`)).status).toBe(200)
    }
    expect(countEvents(events, 'warning')).toBe(0)
  })

  it('for one visitor of a proxy → never costs the other visitors a rejection', async () => {
    const revoked = new Set<string | undefined>()
    const { tokens, clock } = await createWarmService({
      api: ({ token, headers }) =>
        new Response(token, { status: revoked.has(token) || headers.get('x-visitor') === 'mallory' ? 401 : 200 }),
    })
    const visit = async (path: string, visitor: string) =>
      (await tokens.fetch(`${apiUrl}${path}`, { headers: { 'x-visitor': visitor } })).status
    for (let round = 0; round < 60; round++) {
      for (let call = 0; call < 10; call++) expect(await visit('/me', 'mallory')).toBe(401)
      for (const visitor of ['anna', 'boris']) expect(await visit(`/of/${visitor}`, visitor)).toBe(200)
      if (round % 10 === 9) revoked.add((await tokens.getToken()).accessToken)
      clock.advance(10_000)
    }
  })

  it('that accepts a newer token → is forgotten', async () => {
    const revoked = new Set<string | undefined>()
    let isOpen = false
    const { tokens, clock, tokenRequests } = await createWarmService({
      api: ({ url, token }) => new Response(null, { status: revoked.has(token) || (url.endsWith('/forbidden') && !isOpen) ? 401 : 200 }),
    })
    await tokens.fetch(`${apiUrl}/forbidden`)
    clock.advance(minute)
    isOpen = true
    for (let round = 0; round < 2; round++) {
      revoked.add((await tokens.getToken()).accessToken)
      expect((await tokens.fetch(`${apiUrl}/forbidden`)).status).toBe(200)
    }
    expect(tokenRequests).toHaveLength(4)
  })
})

function longLived() {
  let count = 0
  return () => ({ access_token: `token-${++count}`, expires_in: 86_400 })
}

it('an API with one live token a client, and four managers → at most ten token requests a minute and manager', async () => {
  let live: string | undefined
  let count = 0
  const issued: { by: number; at: number }[] = []
  const services = [0, 1, 2, 3].map((by) =>
    createService({
      otherwise: () => {
        live = `token-${++count}`
        issued.push({ by, at: services[0]?.clock.now() as number })
        return { access_token: live, expires_in: 3_600 }
      },
      api: ({ token }) => new Response(null, { status: token === live ? 200 : 401 }),
    }),
  )
  for (let step = 0; step < 600; step++) {
    for (const { tokens } of services) await tokens.fetch(apiUrl)
    for (const { clock } of services) clock.advance(500)
  }
  for (const by of [0, 1, 2, 3]) {
    const times = issued.filter((one) => one.by === by).map(({ at }) => at)
    // The first was not forced.
    for (const start of times.slice(1)) {
      expect(times.slice(1).filter((at) => at >= start && at < start + minute).length).toBeLessThanOrEqual(10)
    }
    expect(times.length).toBeGreaterThan(10)
  }
  for (const { events } of services) expect(events.find(({ type }) => type === 'warning')).toMatchObject({ code: 'forced_renewals_paused' })
})

it('a token that the API has accepted → is noted as such, and one that it rejected is not', async () => {
  const { tokens, tokenRequests } = await createWarmService({
    api: ({ url }) => new Response(null, { status: url.endsWith('/x') ? 401 : 200 }),
  })
  // Nobody has accepted token-1: the rejection may be about it, also at a path that rejects every token.
  for (const path of ['/x', '/x']) await tokens.fetch(apiUrl + path)
  expect(tokenRequests).toHaveLength(3)
  await tokens.fetch(apiUrl)
  await tokens.fetch(`${apiUrl}/x`)
  expect(tokenRequests).toHaveLength(3)
})
