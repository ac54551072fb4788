import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { Sender } from '../../../src/http/sender.ts'
import { TokenManager, type TokenManagerOptions } from '../../../src/index.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { apiUrl, createService, rejecting, rejectionOf, type ServiceOptions, settle } from '../../support/service.ts'
import { testProvider, tokenUrl } from '../../support/test-provider.ts'

const grant = clientCredentials({ clientId: 'client', clientSecret: 'client-secret' })
const origin = 'https://api.example.com'

afterEach(() => void vi.unstubAllGlobals())

describe('a fetch that leads back into its manager → a ConfigurationError', () => {
  type Loop = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>

  /** A manager whose fetch leads back to it, but for token requests where it has none yet. */
  function createLoop(wrap: (fetch: Loop) => Loop, isWarm = true, profile: Partial<Provider> = {}): TokenManager {
    const tokenReply = async () => Response.json({ access_token: 'a' })
    let isLooping = !isWarm
    const tokens: TokenManager = new TokenManager({
      provider: testProvider(profile),
      grant,
      retry: { retries: 0 },
      fetch: (input, init) => (isLooping ? wrap(tokens.fetch)(input, init) : tokenReply()),
    })
    if (isWarm) void tokens.getToken().then(() => (isLooping = true))
    return tokens
  }

  const later = async <T>(value: T) => {
    await Promise.resolve()
    return value
  }
  const wrappers: readonly (readonly [string, (fetch: Loop) => Loop])[] = [
    ['at once', (fetch) => (input, init) => fetch(input, init)],
    ['at once, with a copy of init', (fetch) => (input, init) => fetch(input, { ...init })],
    ['at once, with a Request', (fetch) => (input, init) => fetch(new Request(input, init))],
    ['later, with the same init', (fetch) => async (input, init) => later(undefined).then(() => fetch(input, init))],
  ]
  const calls: readonly (readonly [string, Parameters<Loop>])[] = [
    ['a text', [apiUrl]],
    ['a text and init', [apiUrl, { method: 'POST', body: 'b' }]],
    ['a Request', [new Request(apiUrl)]],
  ]

  describe.each(wrappers)('%s', (_, wrap) => {
    it.each(calls)('called with %s', async (_name, args) => {
      const tokens = createLoop(wrap)
      await settle()
      const error = await rejectionOf(tokens.fetch(...args))
      expect(error).toBeInstanceOf(ConfigurationError)
      expect(error).toMatchObject({ option: 'fetch' })
    })
  })

  it.each([
    ['basic', {}],
    ['in the body', { tokenRequest: { clientAuthentication: 'body' } }],
    ['in the body, at the origin of the API', { tokenUrl: `${origin}/token`, tokenRequest: { clientAuthentication: 'body' } }],
  ] as const)('with the first token request, client authentication %s', async (_, profile) => {
    for (const [, wrap] of wrappers.slice(0, 1)) {
      expect(await rejectionOf(createLoop(wrap, false, profile).fetch(apiUrl))).toBeInstanceOf(ConfigurationError)
    }
  })

  it('as the global fetch, that is a wrapper around it', async () => {
    const tokens = new TokenManager({ provider: testProvider(), grant })
    vi.stubGlobal('fetch', (input: string, init: RequestInit) => tokens.fetch(input, init))
    expect(await rejectionOf(tokens.fetch(apiUrl))).toBeInstanceOf(ConfigurationError)
    expect(await rejectionOf(tokens.fetch(apiUrl, { headers: { authorization: 'mine' } }))).toBeInstanceOf(ConfigurationError)
  })

  it.each([
    ['basic', {}],
    ['in the body', { tokenRequest: { clientAuthentication: 'body' } }],
    ['in the body, at the origin of the API', { tokenUrl: `${origin}/token`, tokenRequest: { clientAuthentication: 'body' } }],
  ] as const)('as the global fetch itself, client authentication %s', async (_, profile) => {
    const tokens = new TokenManager({ provider: testProvider(profile), grant, retry: { retries: 0 }, timeoutMs: 500 })
    vi.stubGlobal('fetch', tokens.fetch)
    for (const args of [[apiUrl], [apiUrl, { method: 'POST' }]]) {
      expect(await rejectionOf(tokens.fetch(...(args as [string])))).toBeInstanceOf(ConfigurationError)
    }
  })
})

describe('what looks like a loop, and is none → works', () => {
  it('the fetch of another manager, given to this one', async () => {
    const { tokens: outer, apiCalls } = createService()
    const { tokens } = createService({ manager: { fetch: (input, init) => outer.fetch(input, init) } })
    await Promise.all([tokens.fetch(apiUrl), tokens.fetch(apiUrl, { method: 'POST' })])
    expect(apiCalls.map(({ method, token }) => [method, token])).toEqual([
      ['GET', 'token-1'],
      ['POST', 'token-1'],
    ])
  })

  it("a caller's own header that holds the token of the manager", async () => {
    const { tokens, apiCalls } = createService()
    const init = { headers: { Authorization: await tokens.getAuthorization() } }
    await Promise.all([tokens.fetch(apiUrl, init), tokens.fetch(apiUrl, init)])
    expect(apiCalls.map(({ token }) => token)).toEqual(['token-1', 'token-1'])
  })

  it('a call of the token URL by the application, while no token is asked for', async () => {
    const { tokens, tokenRequests } = createService({ provider: { tokenUrl }, manager: { origins: [tokenUrl] } })
    expect((await tokens.fetch(tokenUrl)).status).toBe(200)
    expect(tokenRequests).toHaveLength(2)
  })
})

describe('a fetch that gives no response', () => {
  const nothings: [string, unknown][] = [
    ['undefined, as a mock does', undefined],
    ['null', null],
    ['a text', 'canary'],
    ['the data of a response', { canary: 1 }],
  ]
  const error = { name: 'ConfigurationError', message: 'fetch: must give a Response' }

  /** A manager whose API answers with `given` from this call on. */
  function giving(given: unknown, from = 1, options: ServiceOptions = {}) {
    const { fetch } = createService({ ...options, api: () => new Response('', { status: 401 }) })
    let calls = 0
    const odd = async (input: string, init: RequestInit) => (input === tokenUrl || ++calls < from ? fetch(input, init) : given)
    return createService({ ...options, manager: { ...options.manager, fetch: odd as never } }).tokens
  }

  it.each(nothings)('%s → rejects with an error that names the option', async (_, given) => {
    for (const init of [undefined, { method: 'POST', body: 'b' }]) {
      const tokens = giving(given)
      // The first call waits for a token, and the second one does not.
      await expect(tokens.fetch(apiUrl, init)).rejects.toMatchObject(error)
      await expect(tokens.fetch(apiUrl, init)).rejects.toMatchObject(error)
    }
  })

  it.each(nothings)('%s, for a call that is sent again → rejects with it, too', async (_, given) => {
    await expect(giving(given, 2).fetch(apiUrl)).rejects.toMatchObject(error)
  })

  it.each<[string, Provider['authorization']]>([
    ['in another header', { header: 'X-Token' }],
    ['in the query', { query: 'tok' }],
    ['by a function', ({ accessToken }) => ({ headers: { 'x-sign': accessToken } })],
  ])('and a token that travels %s → rejects with it, too', async (_, authorization) => {
    for (const [, given] of nothings) {
      await expect(giving(given, 1, { provider: { authorization } }).fetch(apiUrl)).rejects.toMatchObject(error)
    }
  })

  it('in the place of the platform’s own → rejects with it, too', async () => {
    const { tokens, fetch } = createService({ manager: { fetch: undefined } as never })
    const odd = async (input: string, init: RequestInit) => (input === tokenUrl ? fetch(input, init) : undefined)
    vi.stubGlobal('fetch', odd)
    await expect(tokens.fetch(apiUrl)).rejects.toMatchObject(error)
  })

  it('a response of another implementation, with no more than a status → is handed out', async () => {
    const given = { status: 204, ok: true }
    expect(await giving(given).fetch(apiUrl)).toBe(given)
  })
})

describe('what is handed to a given fetch', () => {
  async function sent(args: readonly [RequestInfo | URL, RequestInit?], options: ServiceOptions = {}) {
    const { tokens, apiCalls } = createService(options)
    await tokens.fetch(...args)
    return apiCalls[0] as (typeof apiCalls)[number]
  }

  it.each([
    ['a text', apiUrl],
    ['a URL', new URL(apiUrl)],
    ['an object with a text', { toString: () => apiUrl } as unknown as URL],
  ])('%s → a text and init, which every fetch takes', async (_, input) => {
    for (const args of [[input], [input, { method: 'POST', body: 'b' }]] as const) {
      const call = await sent(args)
      expect([typeof call.input, call.url, call.token]).toEqual(['string', apiUrl, 'token-1'])
    }
  })

  it('a Request → that very Request, with all that it says', async () => {
    const request = new Request(apiUrl, { referrer: 'https://page.ok/x', referrerPolicy: 'no-referrer', cache: 'reload', keepalive: true })
    const call = await sent([request])
    expect(call.input).toBe(request)
    const made = new Request(call.input, call.init)
    expect([made.referrer, made.referrerPolicy, made.cache, made.keepalive]).toEqual(['https://page.ok/x', 'no-referrer', 'reload', true])
  })

  it.each([
    ['none of its own', {}, ['Bearer token-1']],
    ['some of its own', { 'x-a': '1' }, ['Bearer token-1', '1']],
  ])('a Request with headers: %s → an init with them and the token, and the Request stays as it is', async (_, headers, expected) => {
    const request = new Request(apiUrl, { headers })
    const call = await sent([request])
    expect([...new Headers(call.init?.headers).values()]).toEqual(expected)
    expect([...request.headers]).toEqual(Object.entries(headers))
  })

  it('empty Headers in init → take those of the Request away, as with fetch', async () => {
    const call = await sent([new Request(apiUrl, { headers: { 'x-a': '1' } }), { headers: new Headers() }])
    expect([...new Request(call.input, call.init).headers]).toEqual([['authorization', 'Bearer token-1']])
  })

  it('a Request in the mode no-cors, as service workers hand them on → goes out as cors', async () => {
    const call = await sent([new Request(apiUrl, { mode: 'no-cors' })])
    expect([new Request(call.input, call.init).mode, call.token]).toEqual(['cors', 'token-1'])
  })

  it('a Request of another package, whose fetch was given → its URL as text, with its fields and its body', async () => {
    class PackageRequest {
      readonly url = apiUrl
      readonly method = 'PUT'
      readonly headers = new Headers({ 'x-own': '1' })
      readonly body = new Blob(['the body']).stream()
      readonly agent = 'of the package'
      get [Symbol.toStringTag]() {
        return 'Request'
      }
      clone() {
        const copy = new PackageRequest()
        return copy
      }
    }
    const { tokens, apiCalls } = createService({ api: rejecting((token) => token === 'token-1') })
    expect((await tokens.fetch(new PackageRequest() as never)).status).toBe(200)
    for (const call of apiCalls) {
      expect([call.input, call.method, call.headers.get('x-own'), new TextDecoder().decode(call.body)]).toEqual([
        apiUrl,
        'PUT',
        '1',
        'the body',
      ])
      expect(call.init).toMatchObject({ agent: 'of the package' })
    }
    expect(apiCalls.map(({ token }) => token)).toEqual(['token-1', 'token-2'])
  })

  it.each([
    ['a text', { method: 'POST', body: 'plain', headers: { 'x-a': '1' } }],
    ['Headers', { method: 'POST', body: 'plain', headers: new Headers({ 'x-a': '1' }) }],
  ])('the call that is sent again, with %s → an init of its own, whatever a given fetch did to the first one', async (_, init) => {
    const seen: RequestInit[] = []
    const inits = new Set<unknown>()
    const { fetch } = createService({ api: rejecting((token) => token === 'token-1') })
    const { tokens } = createService({
      manager: {
        fetch: async (input, given) => {
          if (input !== apiUrl) return fetch(input, given)
          inits.add(given)
          seen.push({ ...given, headers: new Headers(given?.headers) })
          return fetch(input, Object.assign(given as RequestInit, { body: `sealed(${given?.body})` }))
        },
      },
    })
    expect((await tokens.fetch(apiUrl, init)).status).toBe(200)
    expect(seen.map(({ body, headers }) => [body, ...(headers as Headers).values()])).toEqual([
      ['plain', 'Bearer token-1', '1'],
      ['plain', 'Bearer token-2', '1'],
    ])
    expect([init.body, inits.size]).toEqual(['plain', 2])
  })

  it.each([
    ['without a body', { status: 200, ok: true, headers: new Headers(), text: async (): Promise<string> => 'x' }],
    ['with a stream of Node', { status: 200, ok: true, headers: new Headers(), body: { pipe(): void {} } }],
    ['without redirected, that is no success', { status: 404, ok: false, headers: new Headers(), body: undefined }],
  ])('a response %s → is handed out as it is', async (_, response) => {
    const { tokens } = createService({ api: () => response as unknown as Response })
    expect(await tokens.fetch(apiUrl)).toBe(response)
  })

  it('a rejection whose body is a stream of Node → is let go of, and the call replayed', async () => {
    const destroy = vi.fn()
    const { tokens } = createService({
      api: ({ token }) =>
        token === 'token-1'
          ? ({ status: 401, ok: false, headers: new Headers(), body: { destroy } } as unknown as Response)
          : new Response('ok'),
    })
    expect(await (await tokens.fetch(apiUrl)).text()).toBe('ok')
    expect(destroy).toHaveBeenCalledOnce()
  })
})

describe('data: and blob: URLs', () => {
  const blob = URL.createObjectURL(new Blob(['of the page']))
  it.each(['data:text/plain,of%20the%20page', blob])('%s, with pass-through → reach fetch as they are', async (url) => {
    const { tokens } = createService({ manager: { foreignOrigins: 'pass-through', fetch: globalThis.fetch } })
    expect(await (await tokens.fetch(url)).text()).toBe('of the page')
    expect(await (await tokens.fetch(new Request(url))).text()).toBe('of the page')
  })
})

describe('redirects, with the token in a header of its own', () => {
  const provider = { authorization: { header: 'X-Token' }, headers: { 'X-Api-Version': '3' } }
  const go = (location: string, status = 302) => new Response('moved', { status, headers: { location } })

  async function follow(
    answers: readonly (() => Response)[],
    args: readonly [RequestInfo | URL, RequestInit?],
    manager: Partial<TokenManagerOptions> = {},
  ) {
    let count = 0
    const service = createService({ provider, manager, api: () => (answers[count++] ?? (() => new Response('end')))() })
    const response = await service.tokens.fetch(...args)
    return { ...service, response, hops: service.apiCalls.map(({ url, headers }) => [url, headers.get('x-token')]) }
  }

  it('within the API → are followed, and the token goes along', async () => {
    const { response, hops, apiCalls } = await follow([() => go('/v1/there'), () => go('again')], [apiUrl])
    expect(await response.text()).toBe('end')
    expect(hops).toEqual([
      [apiUrl, 'token-1'],
      [`${origin}/v1/there`, 'token-1'],
      [`${origin}/v1/again`, 'token-1'],
    ])
    expect(apiCalls.map(({ headers, init }) => [headers.get('x-api-version'), init?.redirect])).toEqual(hops.map(() => ['3', 'manual']))
  })

  it.each([
    ['a text', [apiUrl, { headers: { accept: 'image/*' } }]],
    ['a Request', [new Request(apiUrl, { headers: { accept: 'image/*' } })]],
  ] as const)(
    "of %s, to a bucket elsewhere, though foreignOrigins is 'refuse' → are followed, without what is for the API",
    async (_, args) => {
      const { response, apiCalls, hops } = await follow([() => go('https://bucket.example/picture?signature=x')], args)
      expect(await response.text()).toBe('end')
      expect(hops.at(-1)).toEqual(['https://bucket.example/picture?signature=x', null])
      expect([...(apiCalls.at(-1)?.headers ?? [])]).toEqual([['accept', 'image/*']])
    },
  )

  it('of a Request → keep what it says', async () => {
    const fields = { credentials: 'include', cache: 'reload', keepalive: true, referrerPolicy: 'no-referrer' } as const
    for (const location of ['/there', 'https://bucket.example/']) {
      const { apiCalls } = await follow([() => go(location)], [new Request(apiUrl, fields)])
      expect(new Request(apiUrl, apiCalls.at(-1)?.init)).toMatchObject(fields)
    }
  })

  it('abroad and back → without the token', async () => {
    const { hops, tokenRequests, events } = await follow(
      [() => go('https://bucket.example/'), () => go(`${apiUrl}/admin`), () => new Response(null, { status: 401 })],
      [apiUrl],
    )
    expect(hops.map(([, token]) => token)).toEqual(['token-1', null, null])
    expect(tokenRequests).toHaveLength(1)
    expect(events.at(-1)).toMatchObject({ type: 'warning', code: 'redirect_dropped_token' })
  })

  it.each([
    ['plain http elsewhere', 'http://evil.example/'],
    ['userinfo', 'https://user:pw@api.example.com/'],
    ['data:', 'data:text/plain,x'],
    ['nowhere', 'https://'],
  ])('to %s → are handed out', async (_, location) => {
    const { response, apiCalls } = await follow([() => go(location)], [apiUrl])
    expect([response.status, await response.text(), apiCalls.length]).toEqual([302, 'moved', 1])
  })

  it('a sixth time → is handed out', async () => {
    const { response, apiCalls } = await follow(
      Array.from({ length: 9 }, (_, n) => () => go(`/${n}`)),
      [apiUrl],
    )
    expect([response.headers.get('location'), apiCalls.length]).toEqual(['/5', 6])
  })

  it.each(['manual', 'error'] as const)('that the caller wants as %s → are none of ours', async (redirect) => {
    for (const args of [[apiUrl, { redirect }], [new Request(apiUrl, { redirect })]] as const) {
      const { response, apiCalls } = await follow([() => go('/there')], args)
      expect([response.status, apiCalls.length, new Request(apiCalls[0]?.input as Request, apiCalls[0]?.init).redirect]).toEqual([
        302,
        1,
        redirect,
      ])
    }
  })

  const bodies: readonly (readonly [string, () => readonly [RequestInfo | URL, RequestInit?]])[] = [
    ['a text', () => [apiUrl, { method: 'POST', body: 'b', headers: { 'content-type': 'text/x' } }]],
    ['a Request', () => [new Request(apiUrl, { method: 'POST', body: 'b', headers: { 'content-type': 'text/x' } })]],
  ]
  it.each(bodies)('307 of a POST with %s → with its body', async (_, create) => {
    const { apiCalls } = await follow([() => go('/there', 307)], create())
    expect(apiCalls.map((call) => [call.method, new TextDecoder().decode(call.body), call.headers.get('content-type')])).toEqual([
      ['POST', 'b', 'text/x'],
      ['POST', 'b', 'text/x'],
    ])
  })

  it.each(bodies)('303 of a POST with %s → a GET without a body, and without the headers of one', async (_, create) => {
    const { apiCalls } = await follow([() => go('/there', 303)], create())
    expect(apiCalls.map((call) => [call.method, call.body.length, call.headers.get('content-type')])).toEqual([
      ['POST', 1, 'text/x'],
      ['GET', 0, null],
    ])
  })

  it('307 of a stream, which can be read only once → is handed out', async () => {
    const { response, apiCalls } = await follow(
      [() => go('/there', 307)],
      [apiUrl, { method: 'POST', body: new Blob(['b']).stream(), duplex: 'half' } as RequestInit],
    )
    expect([response.status, apiCalls.length]).toEqual([307, 1])
  })

  it.each([
    ['GET', 307, 4],
    ['POST', 303, 2],
    ['POST', 307, 2],
  ])('of a %s by %i, and a rejection there → %i calls: a write is not sent again', async (method, status, calls) => {
    const { tokens, apiCalls, tokenRequests } = createService({
      provider,
      api: ({ url }) => (url === apiUrl ? go('/there', status) : new Response('no', { status: 401 })),
    })
    expect(await (await tokens.fetch(apiUrl, { method })).text()).toBe('no')
    await settle()
    expect([apiCalls.length, tokenRequests.length]).toEqual([calls, 2])
  })

  it('and a signal that aborts on the way → rejects with its reason', async () => {
    const controller = new AbortController()
    const { tokens } = createService({
      provider,
      api: ({ url }) => (url === apiUrl ? go('/there') : new Promise<Response>(() => {})),
    })
    const call = tokens.fetch(apiUrl, { signal: controller.signal })
    await settle()
    controller.abort('left')
    expect(await rejectionOf(call)).toBe('left')
  })

  it('to a place that cannot be reached → a TypeError without the token', async () => {
    const { tokens } = createService({
      provider,
      api: ({ url, headers }) => {
        if (url === apiUrl) return go('/there')
        throw new TypeError(`fetch failed ${headers.get('x-token')}`)
      },
    })
    expect(await rejectionOf(tokens.fetch(apiUrl))).toEqual(new TypeError('fetch failed'))
  })
})

describe('what begins a URL of the API for certain', () => {
  const createSender = (url: string) => {
    const options = { provider: testProvider({ apiUrl: url }), grant, origins: [new URL(url).origin], foreignOrigins: 'refuse' } as const
    return new Sender({ ...options, fetch: undefined, now: Date.now, maxReplayBytes: 1, timeoutMs: 1 }, { isOver: () => false })
  }

  it.each([
    [`${origin}/v1/`, `${origin}/v1/`],
    [`${origin}/v1`, `${origin}/v1`],
    [`${origin}/`, `${origin}/`],
    [origin, `${origin}/`],
    ['https://API.example.com/v1/', `${origin}/`],
    [`${origin}:443/v1/`, `${origin}/`],
    [`${origin}\\v1`, `${origin}/`],
  ])('apiUrl %s → %s', (url, expected) => {
    expect(createSender(url).apiPrefix).toBe(expected)
  })

  it.each([
    [`${origin}/v2/`, `${origin}/`],
    [`${origin}:444/v2/`, `${origin}/v1/`],
    ['https://api.example.co/v1/', `${origin}/v1/`],
    ['https://elsewhere.example/', `${origin}/v1/`],
    ['data:,x', `${origin}/v1/`],
  ])('and after a call of %s → %s', (url, expected) => {
    const sender = createSender(`${origin}/v1/`)
    sender.noteUrl(new URL(url))
    expect(sender.apiPrefix).toBe(expected)
  })

  it('calls beside the path of apiUrl, at its origin → have the token, and the second is not parsed any more', async () => {
    const fetch = vi.fn(async (_input: RequestInfo | URL, _init?: RequestInit) => Response.json({ access_token: 'a' }))
    const tokens = new TokenManager({ provider: testProvider({ apiUrl: `${origin}/v1/` }), grant, fetch })
    await tokens.getToken()
    const parsed: unknown[] = []
    vi.stubGlobal(
      'URL',
      class extends URL {
        constructor(url: string | URL, base?: string | URL) {
          super(url, base)
          parsed.push(url)
        }
      },
    )
    // Strings are ordered: what comes after apiUrl is known at once.
    for (const path of ['/v1/a', '/v2/b', '/v0/c', '/v0/d', '/v1/e', '/']) await tokens.fetch(origin + path)
    for (const [, init] of fetch.mock.calls.slice(1)) expect(new Headers(init?.headers).get('authorization')).toBe('Bearer a')
    expect(parsed.filter((url) => url !== `${origin}/v1/`)).toEqual([`${origin}/v0/c`])
  })
})
