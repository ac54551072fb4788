import { describe, expect, it, vi } from 'vitest'
import { ConfigurationError, TokenNetworkError } from '../../../src/base/errors.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import type { AuthorizationFunction, CallAuthorization } from '../../../src/vocabulary/provider.ts'
import { apiUrl, createService, rejectionOf, type ServiceOptions, settle } from '../../support/service.ts'

const text = (body: Uint8Array | undefined) => new TextDecoder().decode(body)

function signing(authorization: AuthorizationFunction, options: ServiceOptions = {}) {
  return createService({ ...options, provider: { authorization, ...options.provider } })
}

describe('a function that authorizes calls', () => {
  it('gets the whole call, and the client with its secret', async () => {
    const sign = vi.fn<AuthorizationFunction>(() => ({ headers: { 'x-sign': 's' } }))
    const { tokens, apiCalls, clock } = signing(sign, {
      replies: [{ access_token: 'a', uid: 7 }],
      provider: { tokenResponse: { extra: ['uid'] }, headers: { 'x-app': 'mine' } },
      grant: clientCredentials({ clientId: 'id', clientSecret: async () => 's3cret' }),
    })
    await tokens.fetch(`${apiUrl}/x?q=1`, { method: 'put', body: 'b', headers: { 'x-own': '1' } })
    const [call] = sign.mock.calls[0] ?? []
    expect(call).toMatchObject({
      accessToken: 'a',
      extra: { uid: 7 },
      client: { clientId: 'id', clientSecret: 's3cret' },
      method: 'PUT',
      url: `${apiUrl}/x?q=1`,
      body: 'b',
      now: clock.now(),
    })
    expect(Object.fromEntries(call?.headers ?? [])).toEqual({ 'x-own': '1', 'x-app': 'mine' })
    expect(apiCalls.map(({ headers }) => Object.fromEntries(headers))).toMatchObject([{ 'x-sign': 's', 'x-own': '1', 'x-app': 'mine' }])
    expect(apiCalls[0]?.headers.has('authorization')).toBe(false)
  })

  it.each<[string, CallAuthorization, object]>([
    ['nothing', {}, { url: apiUrl, body: 'b' }],
    ['a URL of the origin', { url: 'https://api.example.com/v2?sign=1' }, { url: 'https://api.example.com/v2?sign=1', body: 'b' }],
    ['a body', { body: '{"session":"a"}' }, { url: apiUrl, body: '{"session":"a"}' }],
    ['a header that the caller has set', { headers: { 'X-OWN': 'signed' } }, { url: apiUrl, own: 'signed' }],
  ])('gives %s → what it gives counts', async (_, result, expected) => {
    const { tokens, apiCalls } = signing(() => result)
    await tokens.fetch(apiUrl, { method: 'POST', body: 'b', headers: { 'x-own': 'mine' } })
    const [call] = apiCalls
    expect(call?.init?.cache).toBe(result.url && 'no-store')
    expect({ url: call?.url, body: text(call?.body), own: call?.headers.get('x-own') }).toMatchObject(expected)
  })

  it.each<[string, () => unknown, RegExp]>([
    ['another origin', () => ({ url: 'https://evil.example/' }), /same origin/],
    ['the origin as a user name', () => ({ url: 'https://api.example.com@evil.example/' }), /same origin/],
    ['a user name', () => ({ url: 'https://user:pw@api.example.com/' }), /same origin/],
    ['another scheme', () => ({ url: 'http://api.example.com/' }), /same origin/],
    ['a blob: URL of the origin', () => ({ url: 'blob:https://api.example.com/1' }), /same origin/],
    ['a relative URL', () => ({ url: '/x' }), /same origin/],
    ['a header that injects', () => ({ headers: { 'x-a': 'canary\r\nx-b: 1' } }), /cannot be sent/],
    ['a header that is no text', () => ({ headers: { 'x-a': undefined } }), /cannot be sent/],
    ['nothing at all', () => undefined, /must be an object/],
    ['a text', () => 'canary', /must be an object/],
  ])('gives %s → a ConfigurationError, and nothing is sent', async (_, sign, message) => {
    const { tokens, apiCalls } = signing(sign as AuthorizationFunction)
    const error = await rejectionOf(tokens.fetch(apiUrl))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).toMatchObject({ message: expect.stringMatching(message) })
    expect(String(error)).not.toContain('canary')
    expect(apiCalls).toHaveLength(0)
  })

  it.each<[string, AuthorizationFunction]>([
    ['throws', () => { throw new Error('canary') }], // biome-ignore format: one row
    ['rejects', () => Promise.reject(new Error('canary'))],
  ])('%s → a failure that names it, without its text', async (_, sign) => {
    const { tokens, apiCalls } = signing(sign)
    const error = await rejectionOf(tokens.fetch(apiUrl))
    expect(error).toBeInstanceOf(TokenNetworkError)
    expect(error).toMatchObject({ code: 'function_failed', option: 'authorization' })
    expect(String(error)).not.toContain('canary')
    expect(apiCalls).toHaveLength(0)
  })

  it('hangs → a failure at the deadline, which holds for the secret and the function together', async () => {
    vi.useFakeTimers()
    const secret = () => new Promise<string>((resolve) => setTimeout(resolve, 700, 's'))
    const grant = clientCredentials({ clientId: 'id', clientSecret: secret })
    const { tokens } = signing(() => new Promise(() => {}), { grant, manager: { timeoutMs: 1_000 } })
    const token = tokens.getToken()
    await vi.advanceTimersByTimeAsync(800)
    await token
    const call = rejectionOf(tokens.fetch(apiUrl))
    await vi.advanceTimersByTimeAsync(1_100)
    expect(await call).toMatchObject({
      code: 'function_failed',
      option: 'authorization',
      message: expect.stringMatching(/within (29\d|300) ms/),
    })
    vi.useRealTimers()
  })

  it('waits for an id and a secret that functions give → they have one deadline together', async () => {
    vi.useFakeTimers()
    let waitMs = 0
    const given = (text: string) => () => new Promise<string>((resolve) => setTimeout(resolve, waitMs, text))
    const grant = clientCredentials({ clientId: given('id'), clientSecret: given('s') })
    const { tokens } = signing(() => ({}), { grant, manager: { timeoutMs: 1_000 } })
    const token = tokens.getToken()
    await vi.advanceTimersByTimeAsync(100)
    await token
    waitMs = 700
    const call = rejectionOf(tokens.fetch(apiUrl))
    await vi.advanceTimersByTimeAsync(1_100)
    expect(await call).toMatchObject({ code: 'function_failed', option: 'clientId' })
    vi.useRealTimers()
  })

  it('hangs, and the caller aborts → the caller’s reason, at once', async () => {
    const { tokens } = signing(() => new Promise(() => {}))
    const controller = new AbortController()
    const call = tokens.fetch(apiUrl, { signal: controller.signal })
    await settle()
    const reason = { mine: true }
    controller.abort(reason)
    expect(await rejectionOf(call)).toBe(reason)
  })

  it('the caller has an own Authorization → is not called', async () => {
    const sign = vi.fn(() => ({}))
    const { tokens, apiCalls, tokenRequests } = signing(sign)
    await tokens.fetch(apiUrl, { headers: { authorization: 'mine' } })
    expect([apiCalls[0]?.headers.get('authorization'), sign.mock.calls.length, tokenRequests.length]).toEqual(['mine', 0, 0])
  })

  it('a replay → is called again, with the new token and the same body', async () => {
    const { tokens, apiCalls } = signing(
      ({ accessToken, body }) => ({ headers: { 'x-sign': `${accessToken}/${body}` }, body: `[${body}]` }),
      {
        api: ({ headers }) => new Response(null, { status: headers.get('x-sign')?.startsWith('token-1') ? 401 : 200 }),
      },
    )
    await tokens.fetch(apiUrl, { method: 'POST', body: 'b' })
    expect(apiCalls.map((call) => [call.headers.get('x-sign'), text(call.body)])).toEqual([
      ['token-1/b', '[b]'],
      ['token-2/b', '[b]'],
    ])
  })

  it('redirects → is called for each hop that gets the token, and for no other', async () => {
    const signed: string[] = []
    const { tokens, apiCalls } = signing(({ url, method }) => ({ headers: { 'x-sign': String(signed.push(`${method} ${url}`)) } }), {
      api: ({ url }) => {
        const location = url === apiUrl ? '/next' : url.endsWith('/next') ? 'https://bucket.example/x' : undefined
        return new Response(null, location ? { status: 302, headers: { location } } : { status: 200 })
      },
    })
    await tokens.fetch(apiUrl, { method: 'POST', body: 'b' })
    expect(signed).toEqual([`POST ${apiUrl}`, 'GET https://api.example.com/next'])
    expect(apiCalls.map(({ headers }) => headers.get('x-sign'))).toEqual(['1', '2', null])
  })
})

describe('the body that a function gets', () => {
  const form = new FormData()
  form.append('a', '1')
  it.each<[string, BodyInit]>([
    ['a text', 'b'],
    ['bytes', new Uint8Array([98])],
    ['an ArrayBuffer', new Uint8Array([98]).buffer],
    ['a Blob', new Blob(['b'])],
    ['parameters', new URLSearchParams('b')],
    ['a form', form],
  ])('%s → a copy, which it may change', async (_, body) => {
    const { tokens, apiCalls } = signing(({ body: given }) => {
      expect(Object.getPrototypeOf(given)).toBe(Object.getPrototypeOf(body))
      if (given instanceof Uint8Array) given[0] = 0
      if (given instanceof FormData || given instanceof URLSearchParams) given.append('evil', '1')
      return {}
    })
    await tokens.fetch(apiUrl, { method: 'POST', body })
    expect(text(apiCalls[0]?.body)).toMatch(/b|name="a"/)
    expect(text(apiCalls[0]?.body)).not.toContain('evil')
  })

  it('of a Request → its text, with its own content type, and what else it says', async () => {
    let seen: BodyInit | undefined
    const { tokens, apiCalls } = signing(({ body }) => {
      seen = body
      return {}
    })
    await tokens.fetch(new Request(apiUrl, { method: 'PATCH', body: '{}', headers: { 'content-type': 'application/json' } }))
    expect(seen).toBe('{}')
    expect([apiCalls[0]?.method, text(apiCalls[0]?.body), apiCalls[0]?.headers.get('content-type')]).toEqual([
      'PATCH',
      '{}',
      'application/json',
    ])
  })

  it('a stream → a ConfigurationError before anything is asked or sent', async () => {
    const { tokens, apiCalls, tokenRequests } = signing(() => ({}))
    const init = { method: 'POST', body: new Blob(['b']).stream(), duplex: 'half' } as RequestInit
    expect(await rejectionOf(tokens.fetch(apiUrl, init))).toMatchObject({ code: 'invalid_configuration', option: 'authorization' })
    expect([apiCalls.length, tokenRequests.length]).toEqual([0, 0])
  })
})

describe('a redirect of a call that a function signed → leads on from the URL that was signed', () => {
  const origin = 'https://api.example.com'
  const withLocation = (location: string) => new Response(null, { status: 302, headers: { location } })
  it.each([
    ['another path', 'next', `${origin}/signed/a/next`],
    ['a path above', '../b', `${origin}/signed/b`],
    ['a query', '?page=2', `${origin}/signed/a/?page=2`],
    ['a whole path', '/c', `${origin}/c`],
    ['a whole URL', `${origin}/c`, `${origin}/c`],
  ])('%s', async (_, location, expected) => {
    const sign = ({ url }: { url: string }) => (url === `${origin}/v1/a/` ? { url: `${origin}/signed/a/` } : {})
    const { tokens, apiCalls } = signing(sign, {
      api: ({ url }) => (url === `${origin}/signed/a/` ? withLocation(location) : new Response('there')),
    })
    await tokens.fetch(`${origin}/v1/a/`)
    expect(apiCalls.map(({ url }) => url)).toEqual([`${origin}/signed/a/`, expected])
  })

  it('several times, and signed anew each time → from that of the hop', async () => {
    const sign = ({ url }: { url: string }) => ({ url: url.replace('/v1/', '/v1/signed/') })
    const { tokens, apiCalls } = signing(sign, {
      api: () => (apiCalls.length < 3 ? withLocation(`../${apiCalls.length}/x`) : new Response('there')),
    })
    await tokens.fetch(`${origin}/v1/0/x`)
    expect(apiCalls.map(({ url }) => url)).toEqual(
      ['signed/0/x', 'signed/signed/1/x', 'signed/signed/signed/2/x'].map((path) => `${origin}/v1/${path}`),
    )
  })
})
