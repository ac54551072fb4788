import { getEventListeners } from 'node:events'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { OriginNotAllowedError } from '../../../src/base/errors.ts'
import type { TokenManager } from '../../../src/manager/token-manager.ts'
import type { FakeClock } from '../../../src/testing/fake-clock.ts'
import {
  apiUrl,
  countEvents,
  createGate,
  createService,
  rejecting,
  rejectionOf,
  type ServiceOptions,
  settle,
} from '../../support/service.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A service that already holds `token-1`. */
async function createWarmService(options: ServiceOptions = {}) {
  const service = createService(options)
  await service.tokens.getToken()
  return service
}

/** Tokens `token-1`, `token-2`, … that live for so many seconds. */
function numberedTokens(seconds: number) {
  let count = 0
  return () => ({ access_token: `token-${++count}`, expires_in: seconds })
}

/** Lets the held token of 40 s come of age, and be renewed in the background. */
async function renewByAge(tokens: TokenManager, clock: FakeClock) {
  clock.advance(35_000)
  await tokens.getToken()
  await settle()
}

describe('a call to the API', () => {
  it.each([
    ['a text', () => `${apiUrl}/x`],
    ['a URL', () => new URL(`${apiUrl}/x`)],
    ['a Request', () => new Request(`${apiUrl}/x`)],
    ['a text with tabs and another case', () => 'HT\tTPS://API.example.com:443/v1/x'],
  ])('given as %s → is sent with the token', async (_, create) => {
    const { tokens, apiCalls } = createService()
    const response = await tokens.fetch(create())
    expect(await response.text()).toBe('token-1')
    expect(apiCalls.map(({ url, method, headers }) => [url, method, headers.get('authorization')])).toEqual([
      [`${apiUrl}/x`, 'GET', 'Bearer token-1'],
    ])
  })

  it('a call to the API → returns the very response of the platform', async () => {
    const given = new Response('x', { status: 418 })
    const { tokens } = createService({ api: () => given })
    expect(await tokens.fetch(apiUrl)).toBe(given)
  })

  it('a call to the API → may be made with fetch taken off the manager', async () => {
    const { fetch } = createService().tokens
    expect(await (await fetch(apiUrl)).text()).toBe('token-1')
  })

  it('that is repeated → gets the token of the day each time', async () => {
    const { tokens, clock } = createService()
    const texts = []
    for (let call = 0; call < 3; call++) {
      texts.push(await (await tokens.fetch(apiUrl)).text())
      clock.advance(3_600_000)
    }
    expect(texts).toEqual(['token-1', 'token-2', 'token-3'])
  })

  it('a call to the API → keeps all of init, and adds but one header', async () => {
    const { tokens, apiCalls } = await createWarmService()
    const init = {
      method: 'PATCH',
      headers: { 'X-A': '1' },
      body: 'b',
      cache: 'no-store',
      credentials: 'include',
      keepalive: true,
    } as const
    await tokens.fetch(apiUrl, init)
    expect(apiCalls[0]?.init).toEqual({ ...init, headers: { 'X-A': '1', authorization: 'Bearer token-1' } })
    expect(init.headers).toEqual({ 'X-A': '1' })
  })

  it('by a provider that names the header itself → sends the name as it is spelt', async () => {
    for (const header of ['Authorization', 'AUTHORIZATION', 'authorization']) {
      const { tokens, apiCalls } = createService({ provider: { authorization: { header } } })
      for (const init of [undefined, { headers: { 'x-a': '1' } }]) await tokens.fetch(apiUrl, init)
      for (const { init } of apiCalls) expect(init?.headers).toHaveProperty(header, 'Bearer token-1')
    }
  })

  it('of a URL and nothing else → hands over nothing but the header', async () => {
    const { tokens, apiCalls } = await createWarmService()
    for (let call = 0; call < 2; call++) await tokens.fetch(apiUrl)
    for (const { input, init } of apiCalls) expect([input, init]).toEqual([apiUrl, { headers: { authorization: 'Bearer token-1' } }])
  })

  it('after one that was the same but for its init → is not taken for it', async () => {
    const { tokens, apiCalls } = await createWarmService()
    await tokens.fetch(apiUrl)
    await tokens.fetch(apiUrl, { method: 'DELETE' })
    await tokens.fetch(apiUrl)
    expect(apiCalls.map(({ method }) => method)).toEqual(['GET', 'DELETE', 'GET'])
  })

  it('with an init whose fields its class computes → is sent as fetch would', async () => {
    class Init {
      get method() {
        return 'PUT'
      }
      get body() {
        return 'b'
      }
      get headers() {
        return { 'X-A': '1' }
      }
    }
    const { tokens, apiCalls } = await createWarmService()
    await tokens.fetch(apiUrl, new Init())
    const [call] = apiCalls
    expect([call?.method, call?.headers.get('x-a'), call?.token, new TextDecoder().decode(call?.body)]).toEqual([
      'PUT',
      '1',
      'token-1',
      'b',
    ])
  })

  it.each([
    ['undefined', { Authorization: undefined, 'X-A': '1' }],
    ['null, in lower case', { authorization: null, 'X-A': '1' }],
    ['undefined, in a list', [['AUTHORIZATION', undefined], ['X-A', '1']]], // biome-ignore format: one row
  ])('with an Authorization of %s → counts as one without', async (_, headers) => {
    const { tokens, apiCalls } = createService()
    await tokens.fetch(apiUrl, { headers: headers as never })
    expect(apiCalls.map((call) => [call.headers.get('authorization'), call.headers.get('x-a')])).toEqual([['Bearer token-1', '1']])
    await expect(tokens.fetch('https://evil.example/', { headers: headers as never })).rejects.toThrow(OriginNotAllowedError)
  })

  it('with a Request as init → is sent as fetch would', async () => {
    const { tokens, apiCalls } = await createWarmService()
    const init = new Request('https://elsewhere.example/', { method: 'PUT', headers: { 'X-A': '1' }, body: 'b' })
    await tokens.fetch(apiUrl, init as RequestInit)
    const [call] = apiCalls
    expect([call?.url, call?.method, call?.headers.get('x-a'), call?.token, new TextDecoder().decode(call?.body)]).toEqual([
      apiUrl,
      'PUT',
      '1',
      'token-1',
      'b',
    ])
  })

  it('whose URL, init, headers and body are changed while it waits for the token → is sent as it was asked for', async () => {
    const reply = createGate<Record<string, unknown>>()
    const { tokens, apiCalls } = createService({ replies: [() => reply.promise] })
    const url = new URL(apiUrl)
    const headers = new Headers({ 'X-A': '1' })
    const body = new Uint8Array([65, 66])
    const init: RequestInit = { method: 'POST', headers, body }
    const call = tokens.fetch(url, init)
    url.href = 'https://evil.example/'
    headers.set('X-A', '2')
    headers.set('authorization', 'mine')
    body.fill(90)
    Object.assign(init, { method: 'DELETE', body: 'changed', headers: {}, signal: AbortSignal.abort() })
    reply.open({ access_token: 'a' })
    await call
    expect(apiCalls.map((sent) => [sent.url, sent.method, sent.headers.get('x-a'), sent.token, [...sent.body]])).toEqual([
      [apiUrl, 'POST', '1', 'a', [65, 66]],
    ])
  })

  it('whose Request is changed while it waits for the token → is sent as it was asked for', async () => {
    const reply = createGate<Record<string, unknown>>()
    const { tokens, apiCalls } = createService({ replies: [() => reply.promise] })
    const request = new Request(apiUrl, { headers: { 'X-A': '1' } })
    const call = tokens.fetch(request)
    request.headers.set('x-a', '2')
    request.headers.set('authorization', 'mine')
    reply.open({ access_token: 'a' })
    await call
    expect(apiCalls.map(({ headers, token }) => [headers.get('x-a'), token])).toEqual([['1', 'a']])
  })

  it('a call to the API → looks the fetch of the platform up for each call', async () => {
    const { tokens } = createService({ manager: { fetch: undefined } as never })
    const first = vi.fn(async () => Response.json({ access_token: 'a' }))
    const second = vi.fn(async () => new Response('second'))
    vi.stubGlobal('fetch', first)
    await tokens.getToken()
    vi.stubGlobal('fetch', second)
    expect(await (await tokens.fetch(apiUrl)).text()).toBe('second')
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1])
  })

  it('a call to the API → calls the given fetch without a receiver, which browsers insist on', async () => {
    const receivers: unknown[] = []
    const { tokens } = createService({
      manager: {
        async fetch(this: unknown, input: RequestInfo | URL) {
          receivers.push(this)
          return String(input).includes('auth') ? Response.json({ access_token: 'a' }) : new Response()
        },
      } as never,
    })
    await tokens.fetch(apiUrl)
    expect(receivers).toEqual([undefined, undefined])
  })
})

describe('headers of the provider', () => {
  const provider = { headers: { 'X-Version': '3', 'X-Market': 'it' } }

  it('headers of the provider → go with every call, where the caller did not set them', async () => {
    const { tokens, apiCalls } = createService({ provider })
    await tokens.fetch(apiUrl)
    await tokens.fetch(apiUrl, { headers: { 'x-market': 'us' } })
    await tokens.fetch(new Request(apiUrl, { headers: { 'X-MARKET': 'de' } }))
    await tokens.fetch(apiUrl, { headers: [['X-Other', 'o']] })
    const sent = apiCalls.map(({ headers, token }) => [headers.get('x-version'), headers.get('x-market'), token])
    expect(sent).toEqual(['it', 'us', 'de', 'it'].map((market) => ['3', market, 'token-1']))
  })

  it('headers of the provider → go with a call that is repeated', async () => {
    const { tokens, apiCalls } = createService({ provider })
    for (let call = 0; call < 3; call++) await tokens.fetch(apiUrl)
    expect(apiCalls.map(({ headers }) => headers.get('x-version'))).toEqual(['3', '3', '3'])
  })

  it('headers of the provider → do not go along with a call that passes through', async () => {
    const { tokens, apiCalls } = createService({ provider })
    await tokens.fetch(apiUrl, { headers: { authorization: 'mine' } })
    expect(apiCalls[0]?.headers.has('x-version')).toBe(false)
  })
})

describe("the caller's own Authorization", () => {
  const own = 'Basic bWluZQ=='
  const request = () => new Request('https://anywhere.example/x', { headers: { Authorization: own } })
  const calls: readonly (readonly [string, RequestInfo | URL, RequestInit | undefined])[] = [
    ['in an object', apiUrl, { headers: { Authorization: own } }],
    ['in an object, in lower case', apiUrl, { headers: { authorization: own } }],
    ['in an object, in odd case', apiUrl, { headers: { aUtHoRiZaTiOn: own } }],
    ['in Headers', apiUrl, { headers: new Headers({ Authorization: own }) }],
    ['in a list', apiUrl, { headers: [['AUTHORIZATION', own]] }],
    ['in an object without prototype', apiUrl, { headers: Object.assign(Object.create(null), { authorization: own }) }],
    ['in a Map', apiUrl, { headers: new Map([['Authorization', own]]) as never }],
    ['of a Request', request(), undefined],
    ['of a Request with an init that has no headers', request(), { method: 'GET' }],
    ['of a Request given as init', apiUrl, request() as RequestInit],
    ['in init, with a Request that has none', new Request(apiUrl), { headers: { Authorization: own } }],
    ['on the way to another origin', 'https://anywhere.example/x', { headers: { Authorization: own } }],
    ['on the way to another origin, as URL', new URL('https://anywhere.example/x'), { headers: { Authorization: own } }],
  ]

  it.each(calls)('%s → wins: the very arguments are handed on, and no token is asked for', async (_, input, init) => {
    const { tokens, tokenRequests, apiCalls } = createService()
    await tokens.fetch(input, init)
    expect(apiCalls).toHaveLength(1)
    expect(apiCalls[0]?.input).toBe(input)
    expect(apiCalls[0]?.init).toBe(init)
    expect(apiCalls[0]?.headers.get('authorization')).toBe(own)
    expect(tokenRequests).toHaveLength(0)
  })

  it('of a Request whose headers init replaces → does not count: those are not sent', async () => {
    const { tokens, apiCalls } = createService()
    await tokens.fetch(new Request(apiUrl, { headers: { Authorization: own } }), { headers: { 'X-A': '1' } })
    expect([apiCalls[0]?.token, apiCalls[0]?.headers.get('x-a')]).toEqual(['token-1', '1'])
  })

  it('of a Request to another origin whose headers init replaces → is refused', async () => {
    const { tokens, apiCalls } = createService()
    await expect(tokens.fetch(request(), { headers: {} })).rejects.toThrow(OriginNotAllowedError)
    expect(apiCalls).toHaveLength(0)
  })

  it('that is rejected → the 401 is returned, and nothing is renewed', async () => {
    const { tokens, tokenRequests, apiCalls } = createService({ api: () => new Response(null, { status: 401 }) })
    expect((await tokens.fetch(apiUrl, { headers: { Authorization: own } })).status).toBe(401)
    expect([tokenRequests.length, apiCalls.length]).toEqual([0, 1])
  })

  it.each(['X-Token', 'x-token'])('a provider with a header of its own: the caller’s own %s wins in the same way', async (name) => {
    const { tokens, apiCalls, tokenRequests } = createService({ provider: { authorization: { header: 'X-Token' } } })
    await tokens.fetch('https://anywhere.example/', { headers: { [name]: 'mine' } })
    expect([apiCalls[0]?.headers.get('x-token'), tokenRequests.length]).toEqual(['mine', 0])
  })

  it.each([
    ['init', (signal: AbortSignal) => ['https://anywhere.example/', { signal, headers: { Authorization: own } }] as const],
    [
      'a Request',
      (signal: AbortSignal) => [new Request('https://anywhere.example/', { signal, headers: { Authorization: own } })] as const,
    ],
    ['a Request as init', (signal: AbortSignal) => [apiUrl, new Request(apiUrl, { signal, headers: { Authorization: own } })] as const],
  ])('and a signal in %s that aborts → rejects with its reason', async (_, args) => {
    const { tokens } = createService({ api: () => new Promise<Response>(() => {}) })
    const controller = new AbortController()
    const reason = { mine: true }
    const [input, init] = args(controller.signal)
    const call = tokens.fetch(input, init as RequestInit)
    await settle()
    controller.abort(reason)
    expect(await rejectionOf(call)).toBe(reason)
  })
})

it('a provider with a header of its own: the caller’s own Authorization wins all the same', async () => {
  const { tokens, apiCalls, tokenRequests } = createService({ provider: { authorization: { header: 'X-Token' } } })
  await tokens.fetch(apiUrl, { headers: { Authorization: 'mine' } })
  expect([apiCalls[0]?.headers.get('authorization'), apiCalls[0]?.headers.get('x-token'), tokenRequests.length]).toEqual(['mine', null, 0])
})

describe('a fetch that fails', () => {
  const failing = (message: string) => {
    let isDown = false
    const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
      if (String(input).includes('auth')) return Response.json({ access_token: 'canary' })
      if (isDown) throw new TypeError(`${message}: ${JSON.stringify(init)}`, { cause: init })
      return new Response('up')
    }
    return { manager: { fetch }, goDown: () => (isDown = true) }
  }

  it.each([
    ['of a URL that was called before', [apiUrl]],
    ['of another URL', [`${apiUrl}/other`]],
    ['with init', [apiUrl, { method: 'POST', body: 'b' }]],
    ['of a Request', [new Request(apiUrl)]],
    ['that passes through', [apiUrl, { headers: { authorization: 'canary' } }]],
  ] as const)('%s → a TypeError that says so, without the token', async (_, args) => {
    for (const message of ['fetch failed', 'something else']) {
      const { manager, goDown } = failing(message)
      const { tokens } = createService({ manager })
      expect(await (await tokens.fetch(apiUrl)).text()).toBe('up')
      goDown()
      const error = (await rejectionOf(tokens.fetch(...(args as [string])))) as Error
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message === 'fetch failed').toBe(message === 'fetch failed')
      expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain('canary')
    }
  })

  it.each([
    ['at the first sending', 0],
    ['when the call is sent again', 1],
  ])('and throws at once, %s → a TypeError without the token', async (_, rejections) => {
    for (const args of [[apiUrl], [apiUrl, { method: 'POST', body: 'b' }], [new Request(apiUrl)]]) {
      let calls = 0
      const fetch = (input: RequestInfo | URL, init?: RequestInit) => {
        if (String(input).includes('auth')) return Promise.resolve(Response.json({ access_token: `canary-${calls}` }))
        if (calls++ < rejections) return Promise.resolve(new Response(null, { status: 401 }))
        throw new Error(`canary: ${JSON.stringify(init)}`)
      }
      const { tokens } = createService({ manager: { fetch } })
      const error = await rejectionOf(tokens.fetch(...(args as [string])))
      expect(error).toBeInstanceOf(TypeError)
      expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain('canary')
      expect(calls).toBe(rejections + 1)
    }
  })
})

describe('what is refused', () => {
  it.each([
    ['another origin', 'https://evil.example/x'],
    ['another port', 'https://api.example.com:8443/x'],
    ['another scheme', 'http://api.example.com/x'],
    ['the origin of the token endpoint, unless it is listed', 'https://auth.example.com/userinfo'],
    ['the token endpoint itself', 'https://auth.example.com/token'],
    ['a trailing dot', 'https://api.example.com./x'],
    ['userinfo', 'https://user@api.example.com/x'],
    ['a password alone', 'https://:password@api.example.com/x'],
    ['the API as userinfo', 'https://api.example.com@evil.example/x'],
    ['data:', 'data:text/plain,https://api.example.com'],
    ['blob: of the same origin', 'blob:https://api.example.com/0c0f7a0e-7a4c-4b0c-9a53-000000000000'],
    ['file:', 'file:///etc/passwd'],
    ['ws:', 'wss://api.example.com/x'],
    ['a name that begins like the API', 'https://api.example.com.evil.example/v1'],
    ['a port behind the API', 'https://api.example.com:8443@evil.example/v1'],
    ['the API in upper case as userinfo', 'HTTPS://API.EXAMPLE.COM@evil.example/'],
  ])('%s → OriginNotAllowedError, and neither a token nor the call is sent, nor the call when a token is held', async (_, url) => {
    const { tokens, tokenRequests, apiCalls } = createService()
    await expect(tokens.fetch(url)).rejects.toThrow(OriginNotAllowedError)
    expect([tokenRequests.length, apiCalls.length]).toEqual([0, 0])
    await tokens.fetch(apiUrl)
    await expect(tokens.fetch(url)).rejects.toThrow(OriginNotAllowedError)
    await expect(tokens.fetch(url, { method: 'POST' })).rejects.toThrow(OriginNotAllowedError)
    expect(apiCalls.map((call) => call.url)).toEqual([apiUrl])
  })

  it('userinfo → is refused without the password in the error', async () => {
    const error = await rejectionOf(createService().tokens.fetch('https://user:canary@api.example.com/x?key=canary'))
    expect(JSON.stringify(error) + String(error)).not.toContain('canary')
    expect(error).toMatchObject({ code: 'origin_not_allowed', url: 'https://api.example.com/x' })
  })

  it('a URL that does not parse → a TypeError', async () => {
    await expect(createService().tokens.fetch('https://[')).rejects.toThrow(TypeError)
  })

  it('an allowed call first → does not open the way for the next one', async () => {
    const { tokens, apiCalls } = createService()
    await tokens.fetch(apiUrl)
    await expect(tokens.fetch('https://evil.example/x')).rejects.toThrow(OriginNotAllowedError)
    await expect(tokens.fetch(`${apiUrl}@evil.example`)).resolves.toBeInstanceOf(Response)
    expect(apiCalls.map(({ url }) => new URL(url).host)).toEqual(['api.example.com', 'api.example.com'])
  })

  it.each([
    ['with an Authorization of its own', {}, { headers: { authorization: 'mine' } }],
    ['passed through', { foreignOrigins: 'pass-through' as const }, undefined],
  ])('a foreign URL that was called before, %s → does not count as known: it never gets the token', async (_, manager, init) => {
    const { tokens, apiCalls } = await createWarmService({ manager })
    await tokens.fetch('https://evil.example/x', init)
    await tokens.fetch('https://evil.example/x').catch(() => {})
    await tokens.fetch('https://evil.example/x', { method: 'POST' }).catch(() => {})
    for (const { headers } of apiCalls) expect(headers.get('authorization') ?? '').not.toContain('token-1')
  })

  it('a URL that was refused before → is refused again', async () => {
    const { tokens, apiCalls } = await createWarmService()
    for (let call = 0; call < 3; call++) await expect(tokens.fetch('https://evil.example/x')).rejects.toThrow(OriginNotAllowedError)
    expect(apiCalls).toHaveLength(0)
  })

  it('a relative URL, in a page whose base changes → is checked anew', async () => {
    const document = { baseURI: 'https://api.example.com/v1/' }
    vi.stubGlobal('document', document)
    const { tokens, apiCalls } = await createWarmService()
    await tokens.fetch('/x')
    document.baseURI = 'https://api.example.com:443/v2/y'
    await tokens.fetch('x')
    document.baseURI = 'https://evil.example/'
    for (const text of ['/x', 'x', '/x']) await expect(tokens.fetch(text)).rejects.toThrow(OriginNotAllowedError)
    expect(apiCalls.map(({ url }) => url)).toEqual(['https://api.example.com/x', 'https://api.example.com/v2/x'])
  })

  it('a known URL that is called with an Authorization of its own → passes through', async () => {
    const { tokens, apiCalls } = await createWarmService()
    await tokens.fetch(apiUrl)
    await tokens.fetch(apiUrl, { headers: { authorization: 'mine' } })
    expect(apiCalls.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer token-1', 'mine'])
  })

  it('a known URL that is rejected → is replayed, with its init, too', async () => {
    const { tokens, apiCalls } = await createWarmService({ api: rejecting((token) => token === 'token-2') })
    const odd = 'HTTPS://api.example.com:443/v1'
    await tokens.fetch(odd)
    await tokens.getToken({ forceRenewal: true })
    expect(await (await tokens.fetch(odd, { method: 'PUT', body: 'b' })).text()).toBe('token-3')
    expect(apiCalls.map(({ url, method, token }) => [url, method, token])).toEqual([
      [apiUrl, 'GET', 'token-1'],
      [apiUrl, 'PUT', 'token-2'],
      [apiUrl, 'PUT', 'token-3'],
    ])
  })

  it('origins that are listed → are allowed, whole', async () => {
    const { tokens, apiCalls } = createService({
      manager: { origins: ['https://files.example.com/some/path?x', new URL('http://localhost:81')] },
    })
    await tokens.fetch('https://files.example.com/other')
    await tokens.fetch('http://localhost:81/')
    await expect(tokens.fetch('http://localhost:82/')).rejects.toThrow(OriginNotAllowedError)
    expect(apiCalls.map(({ token }) => token)).toEqual(['token-1', 'token-1'])
  })
})

describe('headers that can be read only once, of a call that passes through → arrive whole', () => {
  const given: [string, (pairs: [string, string][]) => Iterable<readonly string[] | Iterable<string>>][] = [
    ['entries of a Map', (pairs) => new Map(pairs).entries()],
    [
      'a generator',
      function* (pairs) {
        yield* pairs
      },
    ],
    [
      'an iterable that hands out one iterator',
      (pairs) => {
        const one = pairs.values()
        return { [Symbol.iterator]: () => one }
      },
    ],
    ['a list of iterators', (pairs) => pairs.map((pair) => pair.values())],
    ['a Map', (pairs) => new Map(pairs)],
    ['a list', (pairs) => pairs],
  ]
  it.each(given)('%s', async (_, create) => {
    const { tokens, apiCalls } = createService({ manager: { foreignOrigins: 'pass-through' } })
    class Init {
      method = 'POST'
      body = 'b'
      get headers() {
        return headers
      }
    }
    let headers = create([
      ['Authorization', 'Mine 1'],
      ['X-A', '1'],
    ]) as HeadersInit
    await tokens.fetch(apiUrl, { headers })
    headers = create([
      ['Authorization', 'Mine 1'],
      ['X-A', '1'],
    ]) as HeadersInit
    await tokens.fetch(apiUrl, new Init())
    await tokens.fetch('https://elsewhere.example/', { headers: create([['X-A', '1']]) as HeadersInit })
    expect(apiCalls.map(({ method, headers: sent }) => [method, sent.get('authorization'), sent.get('x-a')])).toEqual([
      ['GET', 'Mine 1', '1'],
      ['POST', 'Mine 1', '1'],
      ['GET', null, '1'],
    ])
    expect(new TextDecoder().decode(apiCalls[1]?.body)).toBe('b')
  })
})

describe("foreignOrigins: 'pass-through'", () => {
  const manager = { foreignOrigins: 'pass-through' as const }

  it('a call to another origin that may pass through → hands the very arguments on, without the token, and a 401 from there renews nothing', async () => {
    const { tokens, apiCalls, tokenRequests } = createService({ manager, api: () => new Response(null, { status: 401 }) })
    const [input, init] = [new URL('https://other.example/x'), { method: 'POST', body: 'b' }]
    expect((await tokens.fetch(input, init)).status).toBe(401)
    expect(apiCalls).toHaveLength(1)
    expect([apiCalls[0]?.input, apiCalls[0]?.init, apiCalls[0]?.headers.has('authorization')]).toEqual([input, init, false])
    expect(apiCalls[0]?.init).toBe(init)
    expect(tokenRequests).toHaveLength(0)
  })

  it.each(['https://user:pw@other.example/', 'https://user:pw@api.example.com/', 'file:///etc/passwd'])(
    'a call to %s → is refused even where calls to other origins pass through',
    async (url) => {
      const { tokens, apiCalls } = createService({ manager })
      await expect(tokens.fetch(url)).rejects.toThrow(OriginNotAllowedError)
      expect(apiCalls).toHaveLength(0)
    },
  )
})

describe('input that fetch itself refuses', () => {
  it.each([
    ['a header value with a line break', apiUrl, { headers: { 'X-A': 'canary\r\nX-B: 1' } }],
    ['a header value that is no Latin-1', apiUrl, { headers: { 'X-A': 'canary ✓' } }],
    ['a header name with a space', apiUrl, { headers: { 'canary x': '1' } }],
    ['a GET with a body', apiUrl, { body: 'canary' }],
    ['an unknown mode', apiUrl, { mode: 'canary' as never }],
    ['a forbidden method', apiUrl, { method: 'CONNECT canary' }],
    ['a signal that is none', apiUrl, { signal: 'canary' as never }],
    ['a Request given with a bad header', new Request(apiUrl), { headers: [['X-A', 'canary\n1']] as [string, string][] }],
  ])('%s → a TypeError without the input in it', async (_, input, init) => {
    const { tokens, apiCalls } = await createWarmService()
    const error = (await rejectionOf(tokens.fetch(input, init))) as Error
    expect(error).toBeInstanceOf(TypeError)
    expect([error.message, error.stack, String(error.cause)].join()).not.toContain('canary')
    expect(apiCalls).toHaveLength(0)
  })

  it('a Request that has already been used → a TypeError, and nothing is sent', async () => {
    const { tokens, apiCalls } = await createWarmService()
    const request = new Request(apiUrl, { method: 'POST', body: 'b' })
    await request.text()
    await expect(tokens.fetch(request)).rejects.toThrow(TypeError)
    expect(apiCalls).toHaveLength(0)
  })
})

describe('a 401', () => {
  it('a 401 → renews once, and sends the call once more with the new token', async () => {
    const { tokens, apiCalls, tokenRequests, events } = await createWarmService({ api: rejecting((token) => token === 'token-1') })
    const response = await tokens.fetch(apiUrl, { method: 'DELETE' })
    expect([response.status, await response.text()]).toEqual([200, 'token-2'])
    expect(apiCalls.map(({ method, token }) => [method, token])).toEqual([
      ['DELETE', 'token-1'],
      ['DELETE', 'token-2'],
    ])
    expect(tokenRequests).toHaveLength(2)
    expect(events.map(({ type }) => type)).toEqual(['acquired', 'rejected', 'renewed', 'replayed'])
    expect(events.filter(({ type }) => type === 'rejected' || type === 'replayed')).toMatchObject([
      { generation: 1, status: 401 },
      { generation: 2, status: 200 },
    ])
  })

  it('for an older generation → no renewal: the newer token is used for the replay', async () => {
    const answer = createGate<Response>()
    const { tokens, apiCalls, tokenRequests } = await createWarmService({
      api: ({ token }) => (token === 'token-1' ? answer.promise : new Response(token)),
    })
    const call = tokens.fetch(apiUrl)
    await tokens.getToken({ forceRenewal: true })
    answer.open(new Response(null, { status: 401 }))
    expect(await (await call).text()).toBe('token-2')
    expect([apiCalls.length, tokenRequests.length]).toEqual([2, 2])
  })

  it('for an older generation, of a stream → no renewal, and the untouched response', async () => {
    const answer = createGate<Response>()
    const { tokens, tokenRequests } = await createWarmService({ api: () => answer.promise })
    const call = tokens.fetch(apiUrl, { method: 'POST', body: new Blob(['s']).stream(), duplex: 'half' } as RequestInit)
    await tokens.getToken({ forceRenewal: true })
    answer.open(new Response('no', { status: 401 }))
    expect(await (await call).text()).toBe('no')
    await settle()
    expect(tokenRequests).toHaveLength(2)
  })

  it('a second time → is returned as it is, with its body', async () => {
    const { tokens, apiCalls } = await createWarmService({ api: rejecting(() => true) })
    const response = await tokens.fetch(apiUrl)
    expect([response.status, await response.text(), apiCalls.length]).toEqual([401, 'no', 2])
  })

  it('a 401 → the body of the hidden response is cancelled', async () => {
    const cancelled = vi.fn()
    const { tokens } = await createWarmService({
      api: ({ token }) => (token === 'token-1' ? new Response(new ReadableStream({ cancel: cancelled }), { status: 401 }) : new Response()),
    })
    await tokens.fetch(apiUrl)
    expect(cancelled).toHaveBeenCalledOnce()
  })

  it.each([400, 403, 404, 407, 419, 498, 500])('a %i → is no rejection unless the provider says so', async (status) => {
    const { tokens, apiCalls, events } = await createWarmService({ api: () => new Response('x', { status }) })
    expect((await tokens.fetch(apiUrl)).status).toBe(status)
    expect([apiCalls.length, countEvents(events, 'rejected')]).toEqual([1, 0])
  })

  it('of another origin, to which the API redirected → is not about the token, which did not go there', async () => {
    const { tokens, apiCalls, events } = await createWarmService({
      api: () =>
        Object.defineProperties(new Response(null, { status: 401 }), {
          redirected: { value: true },
          url: { value: 'https://login.example/' },
        }),
    })
    expect((await tokens.fetch(apiUrl)).status).toBe(401)
    expect([apiCalls.length, countEvents(events, 'rejected')]).toEqual([1, 0])
  })
})

describe('a provider with isRejection', () => {
  const isRejection = async (response: Response) =>
    response.status === 403 && ((await response.json()) as { detail?: string }).detail === 'Signature has expired.'
  const reject = (detail: string) => Response.json({ detail }, { status: 403 })

  it('that reads the body and says yes → the call is replayed', async () => {
    const { tokens, apiCalls } = await createWarmService({
      provider: { isRejection },
      api: ({ token }) => (token === 'token-1' ? reject('Signature has expired.') : new Response(token)),
    })
    expect(await (await tokens.fetch(apiUrl)).text()).toBe('token-2')
    expect(apiCalls).toHaveLength(2)
  })

  it('that reads the body and says no → the caller gets the response with all of its body', async () => {
    const { tokens, apiCalls, tokenRequests } = await createWarmService({ provider: { isRejection }, api: () => reject('You may not.') })
    expect(await (await tokens.fetch(apiUrl)).json()).toEqual({ detail: 'You may not.' })
    expect([apiCalls.length, tokenRequests.length]).toEqual([1, 1])
  })

  it.each([
    [200, 0],
    [204, 0],
    [302, 1],
    [401, 0],
    [403, 1],
    [500, 1],
  ])('a provider with isRejection → for a %i it is asked %i times', async (status, times) => {
    const asked = vi.fn(() => false)
    const { tokens } = await createWarmService({
      provider: { isRejection: asked },
      api: ({ token }) => new Response(null, { status: status === 401 && token !== 'token-1' ? 200 : status }),
    })
    await tokens.fetch(apiUrl)
    expect(asked).toHaveBeenCalledTimes(times)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('canary')
      },
    ],
    ['rejects', () => Promise.reject(new Error('canary'))],
  ])('that %s → the response is returned, and a warning given', async (_, broken) => {
    const { tokens, events, apiCalls } = await createWarmService({
      provider: { isRejection: broken },
      api: () => new Response('body', { status: 403 }),
    })
    const response = await tokens.fetch(apiUrl)
    expect([response.status, await response.text(), apiCalls.length]).toEqual([403, 'body', 1])
    expect(events.at(-1)).toMatchObject({ type: 'warning', code: 'is_rejection_failed' })
  })

  it('that reads a body that never ends → the caller gets the response after 5 s', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { tokens } = await createWarmService({
      provider: { isRejection: async (response) => (await response.text()) === 'never' },
      api: () => new Response(new ReadableStream(), { status: 403 }),
    })
    let response: Response | undefined
    void tokens.fetch(apiUrl).then((given) => {
      response = given
    })
    await vi.advanceTimersByTimeAsync(4_999)
    expect(response).toBeUndefined()
    // A further turn, for what has arrived.
    await vi.advanceTimersByTimeAsync(1 + 20)
    expect(response?.status).toBe(403)
  })

  it('that reads a body that never ends, and a caller who aborts → the caller is rejected at once', async () => {
    const { tokens } = await createWarmService({
      provider: { isRejection: async (response) => (await response.text()) === 'never' },
      // As the platform does: the body fails when the call is aborted.
      api: ({ init }) =>
        new Response(
          new ReadableStream({
            start: (controller) => init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason)),
          }),
          { status: 403 },
        ),
    })
    const controller = new AbortController()
    const call = tokens.fetch(apiUrl, { signal: controller.signal })
    await settle()
    controller.abort('left')
    // What the platform's fetch does here is to have resolved: either is right, but not to hang.
    expect(await Promise.race([call.catch((reason: unknown) => reason), settle().then(() => 'hangs')])).not.toBe('hangs')
  })

  it('that leaves the body alone → nothing of it is kept back', async () => {
    const cancelled = vi.fn()
    const { tokens } = await createWarmService({
      provider: { isRejection: () => false },
      api: () => new Response(new ReadableStream({ cancel: cancelled }), { status: 403 }),
    })
    const response = await tokens.fetch(apiUrl)
    await response.body?.cancel()
    expect(cancelled).toHaveBeenCalledOnce()
  })
})

describe('a token in a header of its own', () => {
  const provider = { authorization: { header: 'X-Token' } }

  it.each([
    ['no init', apiUrl, undefined, 'manual'],
    ['follow', apiUrl, { redirect: 'follow' as const }, 'manual'],
    ['manual', apiUrl, { redirect: 'manual' as const }, 'manual'],
    ['error', apiUrl, { redirect: 'error' as const }, 'error'],
    ['error in a Request', new Request(apiUrl, { redirect: 'error' }), undefined, 'error'],
    ['error in a Request, follow in init', new Request(apiUrl, { redirect: 'error' }), { redirect: 'follow' as const }, 'manual'],
  ])('and redirects of the caller: %s → %s', async (_, input, init, expected) => {
    const { tokens, apiCalls } = createService({ provider })
    await tokens.fetch(input, init)
    const [call] = apiCalls
    expect(new Request(input, call?.init).redirect).toBe(expected)
    expect([call?.headers.get('x-token'), call?.headers.get('authorization')]).toEqual(['token-1', null])
  })

  it('in calls that are repeated → travels there each time, and nowhere else', async () => {
    const { tokens, apiCalls } = createService({ provider })
    for (let call = 0; call < 3; call++) await tokens.fetch(apiUrl)
    const sent = apiCalls.map(({ headers, init }) => [headers.get('x-token'), headers.get('authorization'), init?.redirect])
    expect(sent).toEqual(Array.from({ length: 3 }, () => ['token-1', null, 'manual']))
  })

  it('called Authorization in another case → redirects are followed, since platforms drop it', async () => {
    const { tokens, apiCalls } = createService({ provider: { authorization: { header: 'AUTHORIZATION' } } })
    await tokens.fetch(apiUrl)
    expect(apiCalls[0]?.init?.redirect).toBeUndefined()
  })

  it('that is rejected → is replaced in the replay, which does not follow redirects either', async () => {
    const { tokens, apiCalls } = await createWarmService({
      provider,
      api: ({ headers }) => new Response(null, { status: headers.get('x-token') === 'token-1' ? 401 : 200 }),
    })
    expect((await tokens.fetch(apiUrl)).status).toBe(200)
    expect(apiCalls.map(({ headers, init }) => [headers.get('x-token'), init?.redirect])).toEqual([
      ['token-1', 'manual'],
      ['token-2', 'manual'],
    ])
  })
})

describe('a caller who aborts', () => {
  it.each([
    ['an Error', new Error('mine')],
    ['a text', 'left'],
    ['an object', { left: true }],
    ['0', 0],
    ['null', null],
  ])('before the call, with %s → is rejected with that, and nothing is sent', async (_, reason) => {
    const { tokens, tokenRequests, apiCalls } = createService()
    expect(await rejectionOf(tokens.fetch(apiUrl, { signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(await rejectionOf(tokens.getToken({ signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect([tokenRequests.length, apiCalls.length]).toEqual([0, 0])
  })

  it('before the call, by the signal of a Request → nothing is sent, though a token is held', async () => {
    const { tokens, apiCalls } = await createWarmService()
    const reason = new Error('mine')
    expect(await rejectionOf(tokens.fetch(new Request(apiUrl, { signal: AbortSignal.abort(reason) })))).toBe(reason)
    expect(apiCalls).toHaveLength(0)
  })

  it.each([
    ['with a signal in init', () => [apiUrl, { signal: AbortSignal.abort('left') }] as const],
    ['with a Request', () => [new Request(apiUrl, { signal: AbortSignal.abort('left') })] as const],
  ])('before the call, %s → fetch is not even called, though a token is held', async (_, args) => {
    const fetch = vi.fn(async () => Response.json({ access_token: 'a' }))
    const { tokens } = await createWarmService({ manager: { fetch } })
    const [input, init] = args()
    expect(await rejectionOf(tokens.fetch(input, init))).toBe('left')
    expect(fetch).toHaveBeenCalledOnce()
  })

  it.each([
    ['a GET with a body', { body: 'canary' }],
    ['an unknown mode', { mode: 'canary' as never }],
  ])('before the call, and whose input fetch refuses (%s) → is rejected with a TypeError, as with fetch', async (_, init) => {
    const { tokens, tokenRequests } = createService()
    const error = await rejectionOf(tokens.fetch(apiUrl, { ...init, signal: AbortSignal.abort('left') }))
    expect(error).toBeInstanceOf(TypeError)
    expect(tokenRequests).toHaveLength(0)
  })

  it('while waiting for the token, with a stream as body → its source is cancelled with the reason', async () => {
    const [cancelled, reply] = [vi.fn(), createGate<Record<string, unknown>>()]
    const { tokens } = createService({ replies: [() => reply.promise] })
    const controller = new AbortController()
    const body = new ReadableStream({ cancel: cancelled })
    const call = tokens.fetch(apiUrl, { method: 'POST', body, duplex: 'half', signal: controller.signal } as RequestInit)
    await settle()
    controller.abort('left')
    expect(await rejectionOf(call)).toBe('left')
    expect(cancelled).toHaveBeenCalledWith('left')
    reply.open({ access_token: 'a' })
  })

  it('while the body of its rejected Request is still read along → is rejected at once', async () => {
    const { tokens } = await createWarmService({
      manager: { fetch: (async (input: Request) => (input.url?.startsWith(apiUrl) ? new Response(null, { status: 401 }) : Response.json({ access_token: 'a' }))) as never }, // biome-ignore format: one line
    })
    const controller = new AbortController()
    const request = new Request(apiUrl, {
      method: 'POST',
      body: new ReadableStream(),
      duplex: 'half',
      signal: controller.signal,
    } as RequestInit)
    const call = tokens.fetch(request)
    await settle()
    controller.abort('left')
    expect(await Promise.race([rejectionOf(call), settle().then(() => 'waits')])).toBe('left')
  })

  it('never → no listener of ours stays at a signal that outlives its calls', async () => {
    const { signal } = new AbortController()
    let count = 0
    const { tokens } = await createWarmService({
      manager: {
        fetch: async (input) =>
          (input instanceof Request ? input.url : String(input)).includes('token')
            ? Response.json({ access_token: `a-${++count}` })
            : new Response(null, { status: 401 }),
      },
    })
    for (let call = 0; call < 20; call++) {
      await tokens.fetch(apiUrl, { method: 'POST', body: 'b', signal })
      await tokens.getToken({ signal })
    }
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('while waiting for the token → is rejected at once, the request for it goes on, and others get its token', async () => {
    const reply = createGate<Record<string, unknown>>()
    const { tokens, apiCalls, tokenRequests } = createService({ replies: [() => reply.promise] })
    const controller = new AbortController()
    const first = tokens.fetch(apiUrl, { signal: controller.signal })
    const second = tokens.fetch(apiUrl)
    await settle()
    controller.abort('left')
    expect(await rejectionOf(first)).toBe('left')
    reply.open({ access_token: 'a' })
    expect(await (await second).text()).toBe('a')
    expect([apiCalls.length, tokenRequests.length]).toEqual([1, 1])
  })

  it('alone, while waiting for the token → the request goes on, and the next caller gets its token', async () => {
    const reply = createGate<Record<string, unknown>>()
    const { tokens, tokenRequests } = createService({ replies: [() => reply.promise] })
    const controller = new AbortController()
    const call = tokens.getToken({ signal: controller.signal })
    await settle()
    controller.abort('left')
    expect(await rejectionOf(call)).toBe('left')
    reply.open({ access_token: 'a' })
    await settle()
    expect([(await tokens.getToken()).accessToken, tokenRequests.length]).toEqual(['a', 1])
  })

  it('while the API answers → is rejected with the own reason', async () => {
    const { tokens } = await createWarmService({ api: () => new Promise<Response>(() => {}) })
    const controller = new AbortController()
    const call = tokens.fetch(new Request(apiUrl, { signal: controller.signal }))
    await settle()
    controller.abort('left')
    expect(await rejectionOf(call)).toBe('left')
  })

  it('while a rejected token is renewed → is rejected at once, and no replay is sent', async () => {
    const reply = createGate<Record<string, unknown>>()
    const { tokens, apiCalls } = createService({ replies: [{ access_token: 'a' }, () => reply.promise], api: rejecting(() => true) })
    const controller = new AbortController()
    const call = tokens.fetch(apiUrl, { signal: controller.signal })
    await settle()
    controller.abort('left')
    expect(await rejectionOf(call)).toBe('left')
    reply.open({ access_token: 'b' })
    await settle()
    expect(apiCalls).toHaveLength(1)
  })

  it('while the body of the Request is read along → its source is cancelled', async () => {
    const cancelled = vi.fn()
    const { tokens } = await createWarmService({
      manager: {
        // As the platform does: an aborted call cancels its body.
        fetch: ((input: Request, init: RequestInit) =>
          input instanceof Request
            ? new Promise((_, reject) => {
                const signal = init?.signal ?? input.signal
                signal.addEventListener('abort', () => {
                  void input.body?.cancel()
                  reject(signal.reason)
                })
              })
            : Promise.resolve(Response.json({ access_token: 'a' }))) as never,
      },
    })
    const controller = new AbortController()
    const body = new ReadableStream({ cancel: cancelled })
    const call = tokens.fetch(new Request(apiUrl, { method: 'POST', body, duplex: 'half', signal: controller.signal } as RequestInit))
    await settle()
    controller.abort('left')
    expect(await rejectionOf(call)).toBe('left')
    await settle()
    expect(cancelled).toHaveBeenCalledOnce()
  })
})

it('an API that accepts a call before it has read the body of its Request → that is read along no further', async () => {
  const cancelled = vi.fn()
  const { tokens } = createService({
    manager: {
      async fetch(input) {
        if (input instanceof Request) void input.body?.cancel()
        return Response.json({ access_token: 'a' })
      },
    },
  })
  const body = new ReadableStream({ cancel: cancelled })
  await tokens.fetch(new Request(apiUrl, { method: 'POST', body, duplex: 'half' } as RequestInit))
  await settle()
  expect(cancelled).toHaveBeenCalledOnce()
})

describe('an API that rejects every token', () => {
  const permanent = { api: rejecting(() => true) }

  it('an API that rejects every token → costs 2 calls and 1 token request for each of the first three calls, then 1 and 0 for a minute', async () => {
    const { tokens, apiCalls, tokenRequests, events, clock } = await createWarmService(permanent)
    const costs: number[][] = []
    const call = async () => {
      const before = [apiCalls.length, tokenRequests.length]
      expect((await tokens.fetch(apiUrl)).status).toBe(401)
      costs.push([apiCalls.length - (before[0] ?? 0), tokenRequests.length - (before[1] ?? 0)])
    }
    for (let count = 0; count < 6; count++) await call()
    clock.advance(59_999)
    await call()
    clock.advance(1)
    await call()
    expect(costs).toEqual([
      [2, 1],
      [2, 1],
      [2, 1],
      [1, 0],
      [1, 0],
      [1, 0],
      [1, 0],
      [2, 1],
    ])
    expect(countEvents(events, 'warning')).toBe(1)
    expect(events.find(({ type }) => type === 'warning')).toMatchObject({ code: 'forced_renewals_paused' })
  })

  it('and 1 000 calls at once → at most 1 token request, each of the first three times', async () => {
    const { tokens, apiCalls, tokenRequests } = await createWarmService(permanent)
    const costs: number[][] = []
    for (let burst = 0; burst < 4; burst++) {
      const before = [apiCalls.length, tokenRequests.length]
      await Promise.all(Array.from({ length: 1_000 }, () => tokens.fetch(apiUrl)))
      costs.push([apiCalls.length - (before[0] ?? 0), tokenRequests.length - (before[1] ?? 0)])
    }
    expect(costs).toEqual([
      [2_000, 1],
      [2_000, 1],
      [2_000, 1],
      [1_000, 0],
    ])
  })

  it('and 1 000 calls, rejected one after the other → at most 1 token request', async () => {
    const { tokens, tokenRequests } = await createWarmService({
      api: async (call) => {
        for (let turn = 0; turn < Number(new URL(call.url).searchParams.get('n')) % 50; turn++) await Promise.resolve()
        return new Response(null, { status: 401 })
      },
    })
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => tokens.fetch(`${apiUrl}?n=${n}`)))
    expect(tokenRequests.length).toBeLessThanOrEqual(2)
  })

  it('and streams, which are not replayed → three renewals, then none for a minute', async () => {
    const { tokens, apiCalls, tokenRequests } = await createWarmService(permanent)
    for (let count = 0; count < 8; count++) {
      await tokens.fetch(apiUrl, { method: 'POST', body: new Blob(['s']).stream(), duplex: 'half' } as RequestInit)
      await settle()
    }
    expect([apiCalls.length, tokenRequests.length]).toEqual([8, 4])
  })

  it('while renewals are paused, and a newer token comes by itself → calls are replayed with that', async () => {
    const { tokens, tokenRequests, apiCalls, clock } = await createWarmService({
      otherwise: numberedTokens(40),
      api: rejecting((token) => token !== 'token-5'),
    })
    for (let count = 0; count < 3; count++) await tokens.fetch(apiUrl)
    expect((await tokens.fetch(apiUrl)).status).toBe(401)
    const before = apiCalls.length
    await renewByAge(tokens, clock)
    expect((await tokens.fetch(apiUrl)).status).toBe(200)
    expect([apiCalls.length - before, tokenRequests.length]).toEqual([1, 5])
  })

  it('while renewals are paused, of a call in flight with an older token → is replayed with the newer one', async () => {
    const gate = createGate()
    const { tokens, apiCalls, clock } = await createWarmService({
      otherwise: numberedTokens(40),
      api: async (call) => {
        if (call.url.endsWith('late') && call.token !== 'token-5') await gate.promise
        return rejecting((token) => token !== 'token-5')(call)
      },
    })
    for (let count = 0; count < 3; count++) await tokens.fetch(apiUrl)
    const late = tokens.fetch(`${apiUrl}/late`)
    await renewByAge(tokens, clock)
    gate.open()
    expect((await late).status).toBe(200)
    expect(apiCalls.at(-1)?.token).toBe('token-5')
  })

  it('but for a replay that succeeds now and then → no pause', async () => {
    const { tokens, apiCalls, events, clock } = await createWarmService({
      // Each third new token is right, and then revoked.
      api: rejecting((token) => Number(token?.split('-')[1]) % 3 !== 0),
    })
    let revoked = 0
    for (let count = 0; count < 30; count++) {
      clock.advance(10_000)
      const response = await tokens.fetch(apiUrl)
      if (response.ok) {
        revoked++
        await tokens.clear()
      }
    }
    expect(revoked).toBeGreaterThan(5)
    expect(countEvents(events, 'warning')).toBe(0)
    expect(apiCalls.length).toBeGreaterThan(30)
  })

  it('of one path, while another accepts them → costs one renewal, and no pause', async () => {
    const { tokens, tokenRequests, events } = await createWarmService({
      api: ({ url }) => new Response(null, { status: url.endsWith('/broken') ? 401 : 200 }),
    })
    for (let count = 0; count < 10; count++) {
      expect((await tokens.fetch(apiUrl)).status).toBe(200)
      expect((await tokens.fetch(`${apiUrl}/broken`)).status).toBe(401)
    }
    expect([tokenRequests.length, countEvents(events, 'warning')]).toEqual([2, 0])
  })
})

describe('a signal', () => {
  it.each([{}, [], 5, 0, false, '', 'x', { aborted: true }])(
    'that is none: %j → the same TypeError with and without a token at hand',
    async (signal) => {
      const { tokens, apiCalls, tokenRequests } = createService()
      const call = () => rejectionOf(tokens.fetch(apiUrl, { signal: signal as never }))
      const refused = new TypeError('fetch refused the request: its signal is no AbortSignal.')
      expect(await call()).toEqual(refused)
      expect(tokenRequests).toHaveLength(0)
      await tokens.getToken()
      expect(await call()).toEqual(refused)
      expect(apiCalls).toHaveLength(0)
    },
  )

  it.each([null, undefined])('%s → is none, and the call is sent', async (signal) => {
    const { tokens } = createService()
    expect((await tokens.fetch(apiUrl, { signal: signal as null })).status).toBe(200)
  })

  it('without throwIfAborted, as in React Native → is heard, with and without a token at hand', async () => {
    const { tokens, apiCalls } = createService()
    const controller = new AbortController()
    const signal = Object.defineProperty(controller.signal, 'throwIfAborted', { value: undefined })
    expect((await tokens.fetch(apiUrl, { signal })).status).toBe(200)
    expect((await tokens.fetch(apiUrl, { signal })).status).toBe(200)
    controller.abort('left')
    expect(await rejectionOf(tokens.fetch(apiUrl, { signal }))).toBe('left')
    expect(await rejectionOf(tokens.getToken({ signal }))).toBe('left')
    expect(apiCalls).toHaveLength(2)
  })
})
