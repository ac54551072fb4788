import { describe, expect, it, vi } from 'vitest'
import { ConfigurationError, SignInRequiredError } from '../../../src/base/errors.ts'
import type { TokenManager } from '../../../src/manager/token-manager.ts'
import { createTokenProxy } from '../../../src/proxy/create-token-proxy.ts'
import type { TokenProxyOptions } from '../../../src/proxy/proxy-options.ts'
import { apiUrl, createService, rejecting, type Service, type ServiceOptions } from '../../support/service.ts'

interface Proxy extends Service {
  ask(path: string, init?: RequestInit): Promise<Response>
  authorize: ReturnType<typeof vi.fn>
}

const routes = [
  { path: '/cities/*', methods: ['GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE'] },
  { path: '/cities', methods: ['GET'] },
]

function createProxy(options: Partial<TokenProxyOptions> = {}, service: ServiceOptions = {}): Proxy {
  const parts = createService(service)
  const authorize = vi.fn(() => true)
  const handler = createTokenProxy({
    tokens: parts.tokens,
    upstream: apiUrl,
    routes,
    authorize,
    prefix: '/api',
    onError: () => {},
    ...options,
  })
  const ask = (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    if (!headers.has('x-tokenwell')) headers.set('x-tokenwell', '1')
    return handler(new Request(`https://app.example.com${path}`, { ...init, headers }))
  }
  return { ...parts, ask, authorize }
}

const codeOf = ({ status, headers }: Response) => [status, headers.get('x-tokenwell-error')]

describe('a request that is allowed', () => {
  it('a request that is allowed → arrives at the upstream, without the prefix, with query and token; and the answer comes back', async () => {
    const { ask, apiCalls } = createProxy(
      {},
      { api: () => Response.json([1, 2], { status: 203, statusText: 'x', headers: { etag: '"e"' } }) },
    )
    const response = await ask('/api/cities/R%C3%B6m?q=a%20b&q=%2F..%2F#f', { headers: { accept: 'application/json', cookie: 'a=b' } })
    expect(apiCalls.map(({ url, method, token }) => [url, method, token])).toEqual([
      [`${apiUrl}/cities/R%C3%B6m?q=a%20b&q=%2F..%2F`, 'GET', 'token-1'],
    ])
    expect(Object.fromEntries(apiCalls[0]!.headers)).toEqual({ accept: 'application/json', authorization: 'Bearer token-1' })
    expect([response.status, response.statusText, await response.json()]).toEqual([203, '', [1, 2]])
    expect(Object.fromEntries(response.headers)).toEqual({
      'cache-control': 'private, no-store',
      'content-type': 'application/json',
      etag: '"e"',
      'x-content-type-options': 'nosniff',
    })
  })

  it.each([
    ['of known length', { 'content-length': '8' }],
    ['of unknown length', {}],
    ['of a length that is none', { 'content-length': 'eight' }],
  ])('with a body %s → carries it, and again after a renewal', async (_, headers) => {
    const { ask, apiCalls } = createProxy({}, { api: rejecting((token) => token === 'token-1') })
    const response = await ask('/api/cities/1', { method: 'POST', body: 'the body', headers: { ...headers, 'content-type': 'a/b' } })
    expect([response.status, await response.text()]).toEqual([200, 'token-2'])
    expect(apiCalls.map(({ body, headers, token }) => [new TextDecoder().decode(body), headers.get('content-type'), token])).toEqual([
      ['the body', 'a/b', 'token-1'],
      ['the body', 'a/b', 'token-2'],
    ])
  })

  it.each([
    ['small and of known length → read before it is sent', 65_536, true],
    ['larger → streamed', 65_537, false],
  ])('with a body that is %s', async (_, length, isWhole) => {
    const { ask, apiCalls } = createProxy()
    await ask('/api/cities/1', { method: 'POST', body: new Uint8Array(length), headers: { 'content-length': String(length) } })
    expect([apiCalls[0]!.body.byteLength, apiCalls[0]!.init?.body instanceof Uint8Array]).toEqual([length, isWhole])
  })

  it.each([204, 205, 304])('answered with %i → comes back without a body', async (status) => {
    const { ask } = createProxy({}, { api: () => new Response(null, { status, headers: { etag: '"e"' } }) })
    const response = await ask('/api/cities/1')
    expect([response.status, response.body, response.headers.get('etag')]).toEqual([status, null, '"e"'])
  })

  it('rejected for good → the 401 of the API, which is not one of the proxy', async () => {
    const { ask, apiCalls } = createProxy({}, { api: rejecting(() => true) })
    expect(codeOf(await ask('/api/cities/1'))).toEqual([401, null])
    expect(apiCalls).toHaveLength(2)
  })

  it('whose token is echoed in a header, also the one that a renewal brought → that header is left out', async () => {
    const echo = ({ token }: { token: string | undefined }) =>
      new Response(null, { status: token === 'token-1' ? 401 : 200, headers: { etag: `"${token}"`, link: '<token-1>', vary: 'a' } })
    const { ask } = createProxy({}, { api: echo })
    expect([...(await ask('/api/cities/1')).headers.keys()]).toEqual(['cache-control', 'vary', 'x-content-type-options'])
  })

  it.each(['renewed twice', 'renewed, and cleared', 'renewed, cleared and got anew'])(
    'while whose token is %s, and the API echoes the one between → no header has it, and no further token is asked for',
    async (what) => {
      const echoed: string[] = []
      const { ask, tokens, tokenRequests } = createProxy({}, {
        api: async () => {
          const between = await tokens.getToken({ forceRenewal: true })
          if (what !== 'renewed twice') await tokens.clear()
          if (what !== 'renewed, and cleared') echoed.push((await tokens.getToken({ forceRenewal: true })).accessToken)
          echoed.push(between.accessToken)
          return new Response(null, { headers: { etag: `"${between.accessToken}"`, link: `<${echoed[0]}>`, [`content-${between.accessToken}`]: 'x', vary: 'a' } })
        },
      }) // biome-ignore format: options
      const { status, headers } = await ask('/api/cities/1')
      expect([status, [...headers.keys()]]).toEqual([200, ['cache-control', 'vary', 'x-content-type-options']])
      expect(echoed).toContain('token-2')
      expect(tokenRequests).toHaveLength(what === 'renewed, and cleared' ? 2 : 3)
    },
  )

  it('and is over → nothing of it listens to the manager any more', async () => {
    const { tokens } = createService()
    const stops: (() => void)[] = []
    const on: TokenManager['on'] = (event, listener) => {
      const stop = vi.fn(tokens.on(event, listener))
      stops.push(stop)
      return stop
    }
    const { fetch, getToken, explain } = tokens
    const { ask } = createProxy({ tokens: { fetch, getToken, explain, on } as TokenManager })
    await ask('/api/cities/1')
    expect(stops).toHaveLength(3)
    for (const stop of stops) expect(stop).toHaveBeenCalledOnce()
  })
})

describe('the rules are asked in their order', () => {
  const wrong = { 'x-tokenwell': '0', 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }

  it('route → method → header → site → origin → authorize → token; and each no is the end', async () => {
    const { ask, authorize, tokenRequests, apiCalls } = createProxy(
      {},
      { replies: [Response.json({ error: 'invalid_client' }, { status: 401 })] },
    )
    authorize.mockReturnValue(false)
    expect(codeOf(await ask('/other', { headers: wrong, method: 'PUT' }))).toEqual([404, 'not_found'])
    expect(codeOf(await ask('/api/cities', { headers: wrong, method: 'PUT' }))).toEqual([405, 'method_not_allowed'])
    expect(codeOf(await ask('/api/cities', { headers: wrong }))).toEqual([403, 'header_missing'])
    expect(codeOf(await ask('/api/cities', { headers: { ...wrong, 'x-tokenwell': '1' } }))).toEqual([403, 'cross_site'])
    expect(codeOf(await ask('/api/cities', { headers: { origin: wrong.origin } }))).toEqual([403, 'cross_site'])
    expect(authorize).not.toHaveBeenCalled()
    expect(codeOf(await ask('/api/cities'))).toEqual([403, 'forbidden'])
    expect(tokenRequests).toHaveLength(0)
    authorize.mockReturnValue(true)
    expect(codeOf(await ask('/api/cities'))).toEqual([502, 'token_refused'])
    expect(apiCalls).toHaveLength(0)
  })

  it.each([
    ['false', false, 'forbidden', 403],
    ['undefined', undefined, 'forbidden', 403],
    ['null', null, 'forbidden', 403],
    ['a user', { name: 'ada' }, 'forbidden', 403],
    ['1', 1, 'forbidden', 403],
    ["'true'", 'true', 'forbidden', 403],
    ['a Response, even of 401', new Response('', { status: 401 }), 'forbidden', 403],
    ['a promise of false', Promise.resolve(false), 'forbidden', 403],
  ])('authorize gives %s → 403', async (_, value, code, status) => {
    const { ask, apiCalls, tokenRequests } = createProxy({ authorize: () => value as boolean })
    expect(codeOf(await ask('/api/cities'))).toEqual([status, code])
    expect([apiCalls.length, tokenRequests.length]).toEqual([0, 0])
  })

  it.each([
    ['throws', () => { throw new Error('canary') }], // biome-ignore format: one row
    ['rejects', async () => Promise.reject(new Error('canary'))],
    ['rejects with nothing', async () => Promise.reject()],
    ['says that a sign-in is needed', () => { throw new SignInRequiredError('canary') }], // biome-ignore format: one row
  ])('authorize %s → 500 without details, and nobody is asked', async (_, authorize) => {
    const { ask, apiCalls, tokenRequests } = createProxy({ authorize })
    const response = await ask('/api/cities')
    expect(codeOf(response)).toEqual([500, 'authorize_failed'])
    expect(await response.text()).not.toContain('canary')
    expect([apiCalls.length, tokenRequests.length]).toEqual([0, 0])
  })

  it('authorize gets the request itself, with all its headers', async () => {
    const { ask, authorize } = createProxy()
    await ask('/api/cities?a=b', { headers: { cookie: 'session=1' } })
    const [request] = authorize.mock.calls[0] as unknown as [Request]
    expect([request.url, request.headers.get('cookie')]).toEqual(['https://app.example.com/api/cities?a=b', 'session=1'])
  })

  it('authorize reads a clone → the body goes up all the same; it reads the body itself → 500, and nothing goes up', async () => {
    const init = { method: 'POST', body: 'the body' }
    const cloning = createProxy({ authorize: async (request) => (await request.clone().text()) === 'the body' })
    expect((await cloning.ask('/api/cities/1', init)).status).toBe(200)
    const reading = createProxy({ authorize: async (request) => (await request.text()) === 'the body' })
    expect(codeOf(await reading.ask('/api/cities/1', init))).toEqual([500, 'misconfigured'])
    expect([cloning.apiCalls.length, reading.apiCalls.length]).toEqual([1, 0])
  })
})

describe('where there is no token', () => {
  it('a person has to sign in → 401 that is told from the API by its header', async () => {
    const { ask } = createProxy({ tokens: () => { throw new SignInRequiredError('canary') } }) // biome-ignore format: one line
    const response = await ask('/api/cities')
    expect(codeOf(response)).toEqual([401, 'sign_in_required'])
    expect(await response.json()).toEqual({ status: 401, code: 'sign_in_required', detail: 'A person has to sign in.' })
  })

  it('the token endpoint is down → 503, and at once the next time', async () => {
    const { ask, tokenRequests } = createProxy(
      {},
      { otherwise: () => new Response('', { status: 500 }), manager: { retry: { retries: 0 } } },
    )
    expect(codeOf(await ask('/api/cities'))).toEqual([503, 'token_unavailable'])
    expect(codeOf(await ask('/api/cities'))).toEqual([503, 'token_unavailable'])
    expect(tokenRequests).toHaveLength(1)
  })

  it('the upstream may not have it → 500, and nothing goes up', async () => {
    const { tokens } = createService()
    const { ask, apiCalls } = createProxy({ tokens: () => tokens, upstream: 'https://other.example.com' })
    expect(codeOf(await ask('/api/cities'))).toEqual([500, 'misconfigured'])
    expect(apiCalls).toHaveLength(0)
  })
})

describe('a function that chooses the tokens', () => {
  it('gets each request, after it was authorized, and its manager is used', async () => {
    const [ada, bob] = ['ada', 'bob'].map((name) => createService({ replies: [{ access_token: name }] }))
    const { ask } = createProxy({ tokens: async ({ headers }) => (headers.get('cookie') === 'ada' ? ada! : bob!).tokens })
    expect(await (await ask('/api/cities', { headers: { cookie: 'ada' } })).text()).toBe('ada')
    expect(await (await ask('/api/cities', { headers: { cookie: 'bob' } })).text()).toBe('bob')
  })

  it('is not asked for who is not authorized', async () => {
    const tokens = vi.fn()
    const { ask } = createProxy({ tokens, authorize: () => false })
    await ask('/api/cities')
    expect(tokens).not.toHaveBeenCalled()
  })

  it.each([
    ['gives nothing', () => undefined],
    ['gives something else', () => ({})],
    ['throws', () => { throw new Error('canary') }], // biome-ignore format: one row
    ['rejects', () => Promise.reject(new ConfigurationError('canary', 'canary'))],
  ])('%s → 500 without details', async (_, tokens) => {
    const { ask } = createProxy({ tokens: tokens as never })
    const response = await ask('/api/cities')
    expect(codeOf(response)).toEqual([500, 'misconfigured'])
    expect(await response.text()).not.toContain('canary')
  })

  it('gives a manager whose token endpoint the route can reach → 500, and nobody is asked', async () => {
    const { tokens, tokenRequests, apiCalls } = createService({ provider: { tokenUrl: `${apiUrl}/cities/token` } })
    const { ask } = createProxy({ tokens: () => tokens })
    expect(codeOf(await ask('/api/cities/token', { method: 'POST' }))).toEqual([500, 'misconfigured'])
    expect(codeOf(await ask('/api/cities/1'))).toEqual([500, 'misconfigured'])
    expect([tokenRequests.length, apiCalls.length]).toEqual([0, 0])
  })
})

describe('the upstream', () => {
  it.each([300, 301, 302, 303, 305, 307, 308])('redirects by %i → 502, and where to is not shown', async (status) => {
    const { ask, apiCalls } = createProxy(
      {},
      { api: () => new Response('x', { status, headers: { location: 'https://evil.example/canary' } }) },
    )
    const response = await ask('/api/cities')
    expect(codeOf(response)).toEqual([502, 'upstream_redirected'])
    expect(`${[...response.headers]}${await response.text()}`).not.toContain('canary')
    expect(apiCalls.map(({ init }) => init?.redirect)).toEqual(['manual'])
  })

  it('redirects without saying where to, or opaquely → 502', async () => {
    const opaque = Object.defineProperty(new Response(null), 'type', { value: 'opaqueredirect' })
    for (const answer of [new Response(null, { status: 302 }), opaque]) {
      expect(codeOf(await createProxy({}, { api: () => answer }).ask('/api/cities'))).toEqual([502, 'upstream_redirected'])
    }
  })

  it('cannot be reached → 502 without details', async () => {
    const { ask } = createProxy({}, { api: () => Promise.reject(new TypeError('fetch failed: canary')) })
    const response = await ask('/api/cities')
    expect(codeOf(response)).toEqual([502, 'upstream_failed'])
    expect(await response.text()).not.toContain('canary')
  })
})

describe('a caller that goes away', () => {
  it('while the API is asked → the API sees it, and the handler answers 499', async () => {
    const aborted = vi.fn()
    const controller = new AbortController()
    const { ask } = createProxy({}, {
      api: ({ init }) => {
        init?.signal?.addEventListener('abort', aborted)
        setImmediate(() => controller.abort())
        return new Promise(() => {})
      },
    }) // biome-ignore format: options
    expect(codeOf(await ask('/api/cities', { signal: controller.signal }))).toEqual([499, 'client_gone'])
    expect(aborted).toHaveBeenCalledOnce()
  })

  it('in the middle of its body → nothing goes up', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('canary')) })
    const { ask, apiCalls } = createProxy()
    const init = { method: 'POST', body, duplex: 'half', headers: { 'content-length': '10' } }
    expect(codeOf(await ask('/api/cities/1', init))).toEqual([400, 'body_incomplete'])
    expect(apiCalls).toHaveLength(0)
  })
})

describe('what the operator hears', () => {
  const refusals: [string, Partial<TokenProxyOptions>, string, RequestInit, RegExp][] = [
    ['not_found', {}, '/nowhere', {}, /prefix/],
    [
      'cross_site',
      {},
      '/api/cities',
      { headers: { origin: 'https://front.example.com' } },
      /https:\/\/front\.example\.com.*https:\/\/app\.example\.com/,
    ],
    ['host_not_allowed', { hosts: ['other.example.com'] }, '/api/cities', {}, /app\.example\.com/],
    ['forbidden', { authorize: () => 'true' as never }, '/api/cities', {}, /string/],
    ['authorize_failed', { authorize: () => { throw new RangeError('canary') } }, '/api/cities', {}, /RangeError/], // biome-ignore format: one row
    ['misconfigured', { tokens: () => undefined as never }, '/api/cities', {}, /tokens: must return a TokenManager/],
    ['sign_in_required', { tokens: () => { throw new SignInRequiredError('There is no session.') } }, '/api/cities', {}, /There is no session/], // biome-ignore format: one row
  ]

  it.each(refusals)(
    '%s → onError gets the reason and the request, and the caller a fixed text',
    async (code, options, path, init, expected) => {
      const onError = vi.fn()
      const { ask } = createProxy({ ...options, onError })
      const response = await ask(path, init)
      expect(onError).toHaveBeenCalledOnce()
      const [error, request] = onError.mock.calls[0] as [Error & { code: string; status: number }, Request]
      expect([error.name, error.code, error.status]).toEqual(['ProxyProblem', code, response.status])
      expect(error.message).toMatch(expected)
      expect(new URL(request.url).pathname).toBe(path)
      const { detail } = (await response.json()) as { detail: string }
      expect(error.message.startsWith(detail)).toBe(true)
      expect(`${detail}${JSON.stringify([...response.headers])}`).not.toMatch(/front\.example|RangeError|session|canary/)
      expect(`${error.message}${error.stack}${String(error.cause)}`).not.toContain('canary')
    },
  )

  it('without onError → one line on the console for each code', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { ask } = createProxy({ onError: undefined })
    for (const path of ['/a', '/b', '/api/cities', '/c']) await ask(path, { headers: { origin: 'https://evil.example' } })
    // A caller that has gone away is no refusal that anybody could do something about.
    expect((await ask('/api/cities', { signal: AbortSignal.abort() })).status).toBe(499)
    expect(warn.mock.calls.map(([line]) => /\((\w+)\)/.exec(String(line))?.[1])).toEqual(['not_found', 'cross_site'])
    warn.mockRestore()
  })

  it.each([
    ['throws', () => { throw new Error('canary') }], // biome-ignore format: one row
    ['rejects', () => Promise.reject(new Error('canary'))],
  ])('onError %s → the answer is the same', async (_, onError) => {
    expect(codeOf(await createProxy({ onError }).ask('/nowhere'))).toEqual([404, 'not_found'])
  })

  it('a request that is answered → nothing', async () => {
    const onError = vi.fn()
    await createProxy({ onError }, { api: () => new Response('', { status: 500 }) }).ask('/api/cities')
    expect(onError).not.toHaveBeenCalled()
  })
})
