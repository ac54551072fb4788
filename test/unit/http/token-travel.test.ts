import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import type { AuthorizationProfile } from '../../../src/vocabulary/provider.ts'
import { type ApiAnswer, apiUrl, createService, rejectionOf, type ServiceOptions, settle } from '../../support/service.ts'
import { forms } from '../../support/url-forms.ts'

const origin = 'https://api.example.com'

function travelling(authorization: AuthorizationProfile, api?: ApiAnswer, options: ServiceOptions = {}) {
  return createService({ ...options, ...(api && { api }), provider: { authorization, ...options.provider } })
}

/** Redirects by path; all else is found. */
const redirecting =
  (locations: Record<string, string>, status = 302): ApiAnswer =>
  ({ url }) => {
    const { origin: at, pathname } = new URL(url)
    const location = locations[at === origin ? pathname : `${at}${pathname}`]
    return location === undefined ? new Response('there') : new Response(null, { status, headers: { location } })
  }

describe('a token in the query', () => {
  it.each([
    ['a text', () => [`${apiUrl}?a=b+c`], `${apiUrl}?a=b+c&token=token-1`],
    ['a text with white space around it', () => [`${apiUrl} \n`], `${apiUrl}?token=token-1`],
    ['a URL', () => [new URL(`${apiUrl}?token=mine#x`)], `${apiUrl}?token=token-1#x`],
    ['a Request', () => [new Request(`${apiUrl}?a`)], `${apiUrl}?a&token=token-1`],
  ] as const)('%s → is sent as text, uncached and without a referrer', async (_, args, url) => {
    const { tokens, apiCalls } = travelling({ query: 'token' })
    await tokens.fetch(...(args() as [string]))
    expect(apiCalls).toMatchObject([{ url, init: { cache: 'no-store', referrerPolicy: 'no-referrer', redirect: 'manual' } }])
    expect(typeof apiCalls[0]?.input).toBe('string')
    expect(apiCalls[0]?.headers.has('authorization')).toBe(false)
  })

  it('a Request with a body, whose token is rejected → all that it says, both times', async () => {
    const { tokens, apiCalls } = travelling(
      { query: 'token' },
      ({ url }) => new Response(null, { status: url.endsWith('token-1') ? 401 : 200 }),
    )
    const controller = new AbortController()
    const request = new Request(apiUrl, {
      method: 'PUT',
      body: 'the body',
      headers: { 'x-own': '1' },
      signal: controller.signal,
      keepalive: true,
    })
    expect((await tokens.fetch(request)).status).toBe(200)
    expect(
      apiCalls.map((call) => [call.url, call.method, new TextDecoder().decode(call.body), call.headers.get('x-own'), call.init?.keepalive]),
    ).toEqual([
      [`${apiUrl}?token=token-1`, 'PUT', 'the body', '1', true],
      [`${apiUrl}?token=token-2`, 'PUT', 'the body', '1', true],
    ])
    expect(request.bodyUsed).toBe(true)
  })

  it('a Request whose body was used → a TypeError, and nothing is sent', async () => {
    const { tokens, apiCalls } = travelling({ query: 'token' })
    const request = new Request(apiUrl, { method: 'PUT', body: 'b' })
    await request.text()
    expect(await rejectionOf(tokens.fetch(request))).toBeInstanceOf(TypeError)
    expect(apiCalls).toHaveLength(0)
  })

  it('the caller’s own Authorization → wins, and nothing of the call is changed', async () => {
    const { tokens, apiCalls, tokenRequests } = travelling({ query: 'token' })
    const init = { headers: { authorization: 'mine' } }
    await tokens.fetch(`${apiUrl}?token=mine`, init)
    expect([apiCalls[0]?.url, apiCalls[0]?.init, tokenRequests.length]).toEqual([`${apiUrl}?token=mine`, init, 0])
  })

  it('getAuthorization → the bare token', async () => {
    expect(await travelling({ query: 'token' }).tokens.getAuthorization()).toBe('token-1')
    expect(await travelling({ cookie: 'sid' }).tokens.getAuthorization()).toBe('token-1')
  })

  it.each(forms.filter(([, isAllowed]) => !isAllowed))('%j → nothing is sent', async (text) => {
    const { tokens, apiCalls } = travelling({ query: 'token' }, undefined, { provider: { apiUrl: 'https://api.ok/v1' } })
    await tokens.getToken()
    await rejectionOf(tokens.fetch(text))
    expect(apiCalls).toHaveLength(0)
  })

  it.each([
    ['at once', 0],
    ['later', 1],
  ])('a given fetch that leads back here %s → a ConfigurationError, not a loop', async (_, isLate) => {
    const { tokens, fetch } = travelling({ query: 'token' })
    await tokens.getToken()
    let calls = 0
    const looping: typeof tokens = createService({
      provider: { authorization: { query: 'token' } },
      manager: {
        fetch: async (input, init) => {
          if (!String(input).startsWith(apiUrl)) return fetch(input, init)
          if (isLate) await settle()
          if (++calls > 3) throw new Error('a loop')
          return looping.fetch(input, init)
        },
      },
    }).tokens
    expect(await rejectionOf(looping.fetch(apiUrl))).toBeInstanceOf(ConfigurationError)
  })
})

describe('redirects of a token in the query', () => {
  const follow = async (locations: Record<string, string>, status = 302, init?: RequestInit) => {
    const service = travelling({ query: 'token' }, redirecting(locations, status), { manager: { origins: ['https://second.ok'] } })
    const response = await service.tokens.fetch(`${origin}/a?x=1`, init)
    return { response, urls: service.apiCalls.slice(1).map(({ url }) => url), calls: service.apiCalls }
  }

  it.each([
    ['within the API', { '/a': '/b?y=2' }, [`${origin}/b?y=2&token=token-1`]],
    ['to itself, with the token of before', { '/a': '/b?token=token-0&y=2' }, [`${origin}/b?y=2&token=token-1`]],
    ['to another origin that may have it', { '/a': 'https://second.ok/b' }, ['https://second.ok/b?token=token-1']],
    ['to a foreign one', { '/a': 'https://bucket.example/b?sig=1' }, ['https://bucket.example/b?sig=1']],
    ['to a foreign one, repeating the token', { '/a': 'https://bucket.example/b?sig=1&token=token-1' }, ['https://bucket.example/b?sig=1']],
    ['repeating it under another name', { '/a': 'https://bucket.example/b?k=token%2D1&sig=1' }, ['https://bucket.example/b?sig=1']],
    [
      'repeating it inside of a URL',
      { '/a': 'https://login.example/?return=https%3A%2F%2Fapi.ok%2F%3Ftoken%3Dtoken-1&a=1' },
      ['https://login.example/?a=1'],
    ],
    [
      'abroad and back',
      { '/a': 'https://bucket.example/b', 'https://bucket.example/b': `${origin}/c?token=token-1` },
      ['https://bucket.example/b', `${origin}/c`],
    ],
    ['to nowhere, by a path that holds the token', { '/a': 'https://bucket.example/token-1/b' }, []],
  ])('%s', async (_, locations, urls) => {
    expect((await follow(locations as unknown as Record<string, string>)).urls).toEqual(urls)
  })

  it('of a write by 307 to a foreign origin → its body, without the token', async () => {
    const { calls } = await follow({ '/a': 'https://bucket.example/b?token=token-1' }, 307, { method: 'POST', body: 'b' })
    expect(calls.map(({ url, method, body }) => [url, method, new TextDecoder().decode(body)])).toEqual([
      [`${origin}/a?x=1&token=token-1`, 'POST', 'b'],
      ['https://bucket.example/b', 'POST', 'b'],
    ])
  })
})

describe('a token in a cookie', () => {
  it('stands among those of the caller, and stays here at a redirect abroad', async () => {
    const { tokens, apiCalls } = travelling({ cookie: 'sid' }, redirecting({ '/a': '/b', '/b': 'https://bucket.example/c' }))
    await tokens.fetch(`${origin}/a`, { headers: { Cookie: 'lang=en; sid=mine' } })
    expect(apiCalls.map(({ headers }) => headers.get('cookie'))).toEqual(['lang=en; sid=token-1', 'lang=en; sid=token-1', null])
  })

  it('a renewed token → takes the place of the rejected one', async () => {
    const { tokens, apiCalls } = travelling(
      { cookie: 'sid' },
      ({ headers }) => new Response(null, { status: headers.get('cookie') === 'sid=token-1' ? 401 : 200 }),
    )
    await tokens.fetch(apiUrl, { headers: new Headers() })
    expect(apiCalls.map(({ headers }) => headers.get('cookie'))).toEqual(['sid=token-1', 'sid=token-2'])
  })
})

describe('further headers', () => {
  const authorization = { cookie: 'sid', headers: { 'X-CSRF-Token': '{extra.header:x-csrf-token}' } }
  const provider = { tokenResponse: { extra: ['header:x-csrf-token'] }, headers: { 'x-csrf-token': 'of the provider', 'x-app': '1' } }
  const replies = [Response.json({ access_token: 'a' }, { headers: { 'x-csrf-token': 'csrf-1' } })]

  it('go along with the token, before those of the provider', async () => {
    const { tokens, apiCalls } = travelling(authorization, redirecting({ '/a': 'https://bucket.example/c' }), { provider, replies })
    await tokens.fetch(`${origin}/a`)
    expect(apiCalls.map(({ headers }) => ['cookie', 'x-csrf-token', 'x-app'].map((name) => headers.get(name)))).toEqual([
      ['sid=a', 'csrf-1', '1'],
      [null, null, null],
    ])
  })

  it('the caller’s own of the name → wins, and does not go abroad', async () => {
    const { tokens, apiCalls } = travelling(authorization, redirecting({ '/a': 'https://bucket.example/c' }), {
      provider,
      replies: [{ access_token: 'a' }],
    })
    await tokens.fetch(`${origin}/a`, { headers: { 'X-csrf-TOKEN': 'mine' } })
    expect(apiCalls.map(({ headers }) => headers.get('x-csrf-token'))).toEqual(['mine', null])
  })

  it('that cannot be sent → a ConfigurationError, and nothing is sent', async () => {
    const { tokens, apiCalls } = travelling({ headers: { 'X-A': '{extra.a}' } }, undefined, {
      provider: { tokenResponse: { extra: ['a'] } },
      replies: [{ access_token: 't', a: 'x\r\nX-Evil: 1' }],
    })
    expect(await rejectionOf(tokens.fetch(apiUrl))).toMatchObject({ code: 'invalid_configuration', option: 'authorization.headers.X-A' })
    expect(apiCalls).toHaveLength(0)
  })
})
