import { hostname } from 'node:os'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError, OriginNotAllowedError } from '../../src/base/errors.ts'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import { refreshToken } from '../../src/grants/refresh-token.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { startApi } from '../support/loopback-api.ts'
import { type Received, startServer } from '../support/loopback-server.ts'
import { recordEvents, rejectionOf } from '../support/service.ts'

const grant = clientCredentials({ clientId: 'client', clientSecret: 'client-secret' })
const redirects = [301, 302, 303, 307, 308]
const authorizations = (requests: readonly Received[]) => requests.map(({ headers }) => headers.authorization)
const portOf = (origin: string) => new URL(origin).port

afterEach(() => void vi.unstubAllGlobals())

/** URLs of another origin than the API's, on this machine, by the ports of the API and of somebody else. */
const hostile: readonly (readonly [string, (ok: string, evil: string) => string])[] = [
  ['another port', (_, evil) => `http://127.0.0.1:${evil}/x`],
  ['//host', (_, evil) => `//127.0.0.1:${evil}/x`],
  ['/\\host', (_, evil) => `/\\127.0.0.1:${evil}/x`],
  ['\\\\host', (_, evil) => `\\\\127.0.0.1:${evil}/x`],
  ['http:\\\\host', (_, evil) => `http:\\\\127.0.0.1:${evil}/x`],
  ['tabs and line breaks', (_, evil) => `ht\ttp:\n//127.0.0.1:${evil}/x`],
  ['a tab between the slashes', (_, evil) => `/\t/127.0.0.1:${evil}/x`],
  ['blanks before it', (_, evil) => ` \u0000http://127.0.0.1:${evil}/x`],
  ['the API as userinfo', (ok, evil) => `http://127.0.0.1:${ok}@127.0.0.1:${evil}/x`],
  ['the API as userinfo, behind a backslash', (ok, evil) => `http://127.0.0.1:${evil}\\@127.0.0.1:${ok}/x`],
  ['decimal IPv4', (_, evil) => `http://2130706433:${evil}/x`],
  ['hexadecimal IPv4', (_, evil) => `http://0x7f000001:${evil}/x`],
  ['short IPv4', (_, evil) => `http://127.1:${evil}/x`],
  ['full-width digits', (_, evil) => `http://１２７.０.０.１:${evil}/x`],
  ['a trailing dot', (_, evil) => `http://127.0.0.1.:${evil}/x`],
  ['localhost in the place of the address', (ok) => `http://localhost:${ok}/x`],
  ['LOCALHOST.', (ok) => `http://LOCALHOST.:${ok}/x`],
  ['another address of loopback', (ok) => `http://127.0.0.2:${ok}/x`],
  ['IPv6 that is mapped', (ok) => `http://[::ffff:127.0.0.1]:${ok}/x`],
  ['a path that looks like the API', (ok, evil) => `http://127.0.0.1:${evil}/http://127.0.0.1:${ok}/`],
  ['a name that begins like the API', (ok) => `http://127.0.0.1.nip.io:${ok}/x`],
  ['https: where the API has http:', (ok) => `https://127.0.0.1:${ok}/x`],
]

describe('a call to another origin, over real HTTP', () => {
  it.each(hostile)('%s → is refused, as text, URL and Request, in a page of the API too, and nobody hears of it', async (_, build) => {
    const api = await startApi()
    const evil = await startServer(() => ({}))
    const text = build(portOf(api.origin), portOf(evil.origin))
    vi.stubGlobal('document', { baseURI: `${api.origin}/page` })
    const tokens = new TokenManager({ provider: api.provider, grant })
    expect(await rejectionOf(tokens.fetch(text))).toBeInstanceOf(OriginNotAllowedError)
    expect(api.received).toHaveLength(0)
    // With a token at hand there is a shorter way to the API.
    await tokens.getToken()
    expect(await rejectionOf(tokens.fetch(text))).toBeInstanceOf(OriginNotAllowedError)
    if (URL.canParse(text)) {
      expect(await rejectionOf(tokens.fetch(new URL(text)))).toBeInstanceOf(OriginNotAllowedError)
      const { username, href } = new URL(text)
      // A Request cannot have userinfo.
      if (!username) {
        for (const request of requestsTo(href, api.apiUrl)) {
          expect(await rejectionOf(tokens.fetch(request))).toBeInstanceOf(OriginNotAllowedError)
          expect(await rejectionOf(tokens.fetch(request, { method: 'POST' }))).toBeInstanceOf(OriginNotAllowedError)
        }
      }
    }
    expect([evil.received.length, api.apiRequests.length]).toEqual([0, 0])
  })

  it.each([
    ['decimal IPv4', (ok: string) => `http://2130706433:${ok}/api`],
    ['hexadecimal IPv4', (ok: string) => `http://0x7f.0.0.1:${ok}/api`],
    ['upper case', (ok: string) => `HTTP://127.0.0.1:${ok}/api`],
    ['tabs and line breaks', (ok: string) => `ht\ttp:\n//127.0.0.1:${ok}/api`],
    ['relative to the page', () => '/api'],
  ])('%s of the API itself → arrives there with the token', async (_, build) => {
    const api = await startApi()
    vi.stubGlobal('document', { baseURI: `${api.origin}/page` })
    const tokens = new TokenManager({ provider: api.provider, grant, fetch: fetchOfPage(`${api.origin}/page`) })
    expect((await tokens.fetch(build(portOf(api.origin)))).status).toBe(200)
    expect(authorizations(api.apiRequests)).toEqual(['Bearer token-1'])
  })

  it('a <base href> that leads elsewhere → a relative call is refused', async () => {
    const api = await startApi()
    const evil = await startServer(() => ({}))
    vi.stubGlobal('location', { href: `${api.origin}/page` })
    vi.stubGlobal('document', { baseURI: `${evil.origin}/` })
    const tokens = new TokenManager({ provider: api.provider, grant, fetch: fetchOfPage(evil.origin) })
    expect(await rejectionOf(tokens.fetch('/api'))).toBeInstanceOf(OriginNotAllowedError)
    expect(evil.received).toHaveLength(0)
  })

  it('a <base href> that changes while the token is awaited → the call goes where it was checked to go', async () => {
    const document = { baseURI: '' }
    const evil = await startServer(() => ({}))
    const api = await startApi({
      token: () => {
        document.baseURI = `${evil.origin}/`
        return undefined
      },
    })
    document.baseURI = `${api.origin}/`
    vi.stubGlobal('document', document)
    const tokens = new TokenManager({
      provider: api.provider,
      grant,
      fetch: (input, init) => fetchOfPage(document.baseURI)(input, init),
    })
    expect((await tokens.fetch('/api')).status).toBe(200)
    expect(evil.received).toHaveLength(0)
  })

  /** Requests to a URL, also such as say that they go elsewhere. */
  function requestsTo(href: string, shown: string): Request[] {
    class LyingRequest extends Request {
      override get url() {
        return shown
      }
    }
    return [new Request(href), new LyingRequest(href), Object.defineProperty(new Request(href), 'url', { value: shown })]
  }

  it('an object that says it is a Request to the API, and is a text that leads elsewhere → is refused', async () => {
    const api = await startApi()
    const evil = await startServer(() => ({}))
    for (const fetch of [undefined, globalThis.fetch]) {
      const tokens = new TokenManager({ provider: api.provider, grant, ...(fetch && { fetch }) })
      const input = { url: api.apiUrl, method: 'GET', headers: new Headers(), [Symbol.toStringTag]: 'Request', toString: () => evil.origin }
      expect(await rejectionOf(tokens.fetch(input as never))).toBeInstanceOf(OriginNotAllowedError)
      // Another answer each time that it is asked.
      let asked = 0
      const texts = [api.apiUrl, evil.origin]
      await tokens.fetch({ toString: () => texts[Math.min(asked++, 1)] } as never)
    }
    expect(evil.received).toHaveLength(0)
  })

  /** `fetch` as it is in a page: Node's own knows no base. */
  function fetchOfPage(base: string): typeof globalThis.fetch {
    return (input, init) => fetch(typeof input === 'string' ? new URL(input, base) : input, init)
  }
})

describe('a redirect of the API', () => {
  it.each(redirects)('%i to another origin → the token does not arrive there', async (status) => {
    const sink = await startServer(() => ({ status: 200, body: 'sink' }))
    const api = await startApi({ answer: () => ({ status, headers: { location: `${sink.origin}/steal` } }) })
    const tokens = new TokenManager({ provider: api.provider, grant })
    const response = await tokens.fetch(api.apiUrl, { method: 'POST', body: 'b' })
    expect(await response.text()).toBe('sink')
    expect(authorizations(sink.received)).toEqual([undefined])
    expect(JSON.stringify(sink.received[0]?.rawHeaders)).not.toContain('token-1')
    expect(api.tokenRequests).toHaveLength(1)
  })

  it.each(redirects)('%i to another origin that answers 401 → renews nothing, and the 401 comes back', async (status) => {
    const sink = await startServer(() => ({ status: 401 }))
    const api = await startApi({ answer: () => ({ status, headers: { location: sink.origin } }) })
    const tokens = new TokenManager({ provider: api.provider, grant })
    expect((await tokens.fetch(api.apiUrl)).status).toBe(401)
    expect([api.tokenRequests.length, sink.received.length]).toEqual([1, 1])
  })

  it('to another origin, and on to one that is allowed → the token is not added again on the way, and its absence renews nothing', async () => {
    const sink = await startServer(() => ({ status: 307, headers: { location: `${api.origin}/api/back` } }))
    const server = await startServer(() => ({ status: 307, headers: { location: sink.origin } }))
    const api = await startApi()
    const tokens = new TokenManager({ provider: { ...api.provider, apiUrl: server.origin }, grant, origins: [api.origin] })
    expect((await tokens.fetch(server.origin)).status).toBe(401)
    expect(authorizations(sink.received)).toEqual([undefined])
    expect(authorizations(api.apiRequests)).toEqual([undefined])
    expect(api.tokenRequests).toHaveLength(1)
  })

  it.each(redirects)('%i within the origin → the token goes along, as platforms do', async (status) => {
    const api = await startApi({
      answer: ({ target }) => (target === '/api' ? { status, headers: { location: '/api/moved' } } : { body: 'moved' }),
    })
    const tokens = new TokenManager({ provider: api.provider, grant })
    expect(await (await tokens.fetch(api.apiUrl)).text()).toBe('moved')
    expect(authorizations(api.apiRequests)).toEqual(['Bearer token-1', 'Bearer token-1'])
  })

  it.each(redirects)('%i, to an allowed origin that therefore answers 401 → one warning, and nothing is renewed', async (status) => {
    const api = await startApi()
    const server = await startServer(() => ({ status, headers: { location: `${api.origin}/api` } }))
    const tokens = new TokenManager({ provider: { ...api.provider, apiUrl: server.origin }, grant, origins: [api.origin] })
    const events = recordEvents(tokens)
    for (let call = 0; call < 3; call++) expect((await tokens.fetch(server.origin, { method: 'POST', body: 'b' })).status).toBe(401)
    expect(authorizations(api.apiRequests)).toEqual([undefined, undefined, undefined])
    expect(events.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'redirect_dropped_token' }])
    expect(api.tokenRequests).toHaveLength(1)
  })

  describe('with the token in a header of its own, which platforms would forward', () => {
    const start = async (
      status: number,
      location: (sink: string) => string,
      foreignOrigins: 'refuse' | 'pass-through' = 'pass-through',
    ) => {
      const sink = await startServer(({ method, body }) => ({ json: { method, body: body.toString() } }))
      const server = await startServer(({ target }) =>
        target === '/' ? { status, headers: { location: location(sink.origin) } } : { body: 'moved' },
      )
      const api = await startApi()
      const provider = { ...api.provider, apiUrl: server.origin, authorization: { header: 'X-Token' }, headers: { 'X-Key': 'of the API' } }
      return { sink, server, api, tokens: new TokenManager({ provider, grant, foreignOrigins }) }
    }
    const calls: readonly (readonly [string, (url: string) => readonly [RequestInfo, RequestInit?]])[] = [
      ['a text', (url) => [url]],
      ['a text and init', (url) => [url, { method: 'POST', body: 'b' }]],
      ['a Request', (url) => [new Request(url, { method: 'POST', body: 'b' })]],
    ]

    describe.each(calls)('called with %s', (_, args) => {
      it.each(redirects)('%i to another origin without TLS → is not followed', async (status) => {
        const { sink, server, tokens } = await start(status, (origin) => `${origin}/picture`, 'refuse')
        expect((await tokens.fetch(...args(server.origin))).status).toBe(status)
        expect([server.received.length, sink.received.length]).toEqual([1, 0])
      })

      it.each(redirects)('%i to another origin, where calls to such pass through → is followed without the token', async (status) => {
        const { sink, server, tokens } = await start(status, (origin) => `${origin}/picture`)
        const response = await tokens.fetch(...args(server.origin))
        const isKept = args(server.origin).length > 1 || args(server.origin)[0] instanceof Request ? status > 303 : false
        expect(await response.json()).toEqual(isKept ? { method: 'POST', body: 'b' } : { method: 'GET', body: '' })
        expect(server.received.map(({ headers }) => [headers['x-token'], headers['x-key']])).toEqual([['token-1', 'of the API']])
        expect(JSON.stringify(sink.received[0]?.rawHeaders)).not.toMatch(/token-1|of the API/)
      })

      it.each(redirects)('%i within the origin → is followed with the token', async (status) => {
        const { server, tokens } = await start(status, () => '/moved')
        expect(await (await tokens.fetch(...args(server.origin))).text()).toBe('moved')
        expect(server.received.map(({ headers }) => headers['x-token'])).toEqual(['token-1', 'token-1'])
      })
    })

    // What a header can hold.
    const sendable = hostile.filter(([, build]) => /^[\x20-\x7e]+$/.test(build('1', '2')))
    it.each(sendable)('to %s → never with the token', async (_, build) => {
      for (const foreignOrigins of ['refuse', 'pass-through'] as const) {
        const evil = await startServer(() => ({ body: 'evil' }))
        const { server, tokens } = await start(302, () => build(portOf(server.origin), portOf(evil.origin)), foreignOrigins)
        await tokens.fetch(server.origin).catch(() => {})
        for (const { headers } of [...evil.received, ...server.received.slice(1)]) expect(headers['x-token']).toBeUndefined()
        expect(server.received[0]?.headers['x-token']).toBe('token-1')
      }
    })

    it('to another origin and back → without the token, and its absence renews nothing', async () => {
      const { server, api, tokens } = await start(302, () => `${there.origin}/`)
      const there = await startServer(() => ({ status: 302, headers: { location: `${server.origin}/back` } }))
      expect(await (await tokens.fetch(server.origin)).text()).toBe('moved')
      expect(server.received.map(({ headers }) => headers['x-token'])).toEqual(['token-1', undefined])
      expect(api.tokenRequests).toHaveLength(1)
    })

    it('without end → five are followed', async () => {
      const { server, tokens } = await start(302, () => '/')
      expect((await tokens.fetch(server.origin)).status).toBe(302)
      expect(server.received).toHaveLength(6)
    })

    it.each(['manual', 'error'] as const)('that the caller wants as %s → is left to the platform', async (redirect) => {
      const { sink, server, tokens } = await start(302, (origin) => origin)
      const call = tokens.fetch(server.origin, { redirect })
      if (redirect === 'manual') expect((await call).status).toBe(302)
      else expect(await rejectionOf(call)).toBeInstanceOf(TypeError)
      expect([server.received.length, sink.received.length]).toEqual([1, 0])
    })
  })
})

describe('a redirect of the token endpoint', () => {
  const startRedirecting = async (status: number, isSameOrigin: boolean) => {
    const sink = await startServer(() => ({ json: { access_token: 'of-the-sink' } }))
    const server = await startServer(({ target }) =>
      target.startsWith('/token')
        ? { status, headers: { location: isSameOrigin ? '/elsewhere' : `${sink.origin}/steal` } }
        : { json: { access_token: 'x' } },
    )
    const api = await startApi()
    return { sink, server, provider: { ...api.provider, tokenUrl: `${server.origin}/token` } }
  }

  it.each(redirects)('%i to another origin → is an error, and the sink sees 0 bytes', async (status) => {
    const { sink, server, provider } = await startRedirecting(status, false)
    const tokens = new TokenManager({ provider, grant })
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ code: 'redirected', status, retryable: false })
    expect([sink.received.length, sink.bodyBytes(), server.received.length]).toEqual([0, 0, 1])
  })

  it.each(redirects)('%i within the origin → is an error too', async (status) => {
    const { server, provider } = await startRedirecting(status, true)
    expect(await rejectionOf(new TokenManager({ provider, grant }).getToken())).toMatchObject({ code: 'redirected' })
    expect(server.received.map(({ target }) => target)).toEqual(['/token'])
  })

  it('of a refresh → the refresh token does not arrive at the sink', async () => {
    const { sink, provider } = await startRedirecting(307, false)
    const tokens = new TokenManager({ provider, grant: refreshToken({ clientId: 'client', refreshToken: 'precious' }) })
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ code: 'redirected' })
    expect(sink.bodyBytes()).toBe(0)
  })

  it('with the secrets in the query (GET) → they do not arrive at the sink', async () => {
    const { sink, provider } = await startRedirecting(302, false)
    const tokens = new TokenManager({
      provider: { ...provider, tokenRequest: { method: 'GET', clientAuthentication: 'query' } },
      grant,
    })
    expect(await rejectionOf(tokens.getToken())).toMatchObject({ code: 'redirected' })
    expect(sink.received).toHaveLength(0)
  })
})

describe('http: to another machine', () => {
  it.each([
    ['the name of this machine, which leads to itself', `http://${hostname()}`],
    ['a name that resolves to loopback', 'http://localtest.me'],
    ['an address in a name', 'http://127.0.0.1.nip.io'],
    ['localhost with a dot', 'http://localhost.'],
    ['a name that only ends like localhost', 'http://apilocalhost'],
  ])('%s → is refused at construction, for API, token endpoint and origins', async (_, origin) => {
    const { provider } = await startApi()
    for (const options of [
      { provider: { ...provider, apiUrl: origin } },
      { provider: { ...provider, tokenUrl: `${origin}/token` } },
      { provider, origins: [origin] },
    ]) {
      expect(() => new TokenManager({ grant, ...options })).toThrow(ConfigurationError)
    }
  })

  it('of an origin that is allowed as https: → is refused before anything is sent', async () => {
    const fetch = vi.fn()
    const api = await startApi()
    const tokens = new TokenManager({ provider: { ...api.provider, apiUrl: 'https://api.example.com' }, grant, fetch: fetch as never })
    expect(await rejectionOf(tokens.fetch('http://api.example.com/x'))).toBeInstanceOf(OriginNotAllowedError)
    expect(fetch).not.toHaveBeenCalled()
  })
})

it.each(['user:pw@', 'user@', ':pw@'])('userinfo (%s) in a URL of the API → is refused before fetch is called', async (userinfo) => {
  const fetch = vi.fn()
  const api = await startApi()
  const tokens = new TokenManager({ provider: api.provider, grant, fetch: fetch as never })
  const error = await rejectionOf(tokens.fetch(api.apiUrl.replace('//', `//${userinfo}`)))
  expect(error).toBeInstanceOf(OriginNotAllowedError)
  expect(JSON.stringify(error) + String(error)).not.toContain(userinfo)
  expect(fetch).not.toHaveBeenCalled()
})

describe("the caller's own Authorization, over real HTTP", () => {
  const own = 'Basic bWluZQ=='
  it.each([
    ['an object', { authorization: own }],
    ['an object in odd case', { aUTHORIZATION: own }],
    ['Headers', new Headers({ Authorization: own })],
    ['a list', [['Authorization', own]] as [string, string][]],
  ])('as %s → arrives once and unchanged, at the API and elsewhere, and no token is asked for', async (_, headers) => {
    const api = await startApi()
    const other = await startServer(() => ({}))
    const tokens = new TokenManager({ provider: api.provider, grant })
    await tokens.fetch(api.apiUrl, { headers })
    await tokens.fetch(other.origin, { headers })
    await tokens.fetch(new Request(other.origin, { headers }))
    for (const { rawHeaders } of [...api.apiRequests, ...other.received]) {
      const values = rawHeaders.filter((_value, index) => rawHeaders[index - 1]?.toLowerCase() === 'authorization')
      expect(values).toEqual([own])
    }
    expect([api.apiRequests.length, other.received.length, api.tokenRequests.length]).toEqual([1, 2, 0])
  })

  it('none → the token arrives once', async () => {
    const api = await startApi()
    const tokens = new TokenManager({ provider: api.provider, grant })
    await tokens.fetch(api.apiUrl, { headers: [['x-a', '1']] })
    const names = api.apiRequests[0]?.rawHeaders.filter((name) => name.toLowerCase() === 'authorization')
    expect(names).toHaveLength(1)
  })
})
