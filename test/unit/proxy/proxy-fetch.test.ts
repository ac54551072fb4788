import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError, OriginNotAllowedError } from '../../../src/base/errors.ts'
import { createProxyFetch } from '../../../src/proxy/proxy-fetch.ts'
import { rejectionOf } from '../../support/service.ts'

const sent = vi.fn<typeof fetch>(async () => new Response('answer'))
const page = (href: string) => vi.stubGlobal('location', { href, origin: new URL(href).origin })

beforeEach(() => {
  sent.mockClear()
  vi.stubGlobal('fetch', sent)
  page('https://app.example.com/shop/page?x=1#y')
})
afterEach(() => void vi.unstubAllGlobals())

const sentUrls = () => sent.mock.calls.map(([input]) => (input instanceof Request ? input.url : input))

describe('a path is joined to baseUrl', () => {
  it.each([
    ['/api', '/cities', 'https://app.example.com/api/cities'],
    ['/api', 'cities?limit=5', 'https://app.example.com/api/cities?limit=5'],
    ['/api/', '/cities/', 'https://app.example.com/api/cities/'],
    ['api', 'cities', 'https://app.example.com/shop/api/cities'],
    ['https://app.example.com/api', 'cities#a', 'https://app.example.com/api/cities#a'],
    [new URL('https://app.example.com:443/api'), '/a', 'https://app.example.com/api/a'],
    ['/', '/cities', 'https://app.example.com/cities'],
    ['/', 'cities', 'https://app.example.com/cities'],
    ['/api', '', 'https://app.example.com/api/'],
    ['/api', '?a=b', 'https://app.example.com/api/?a=b'],
    ['/api', '/api/cities', 'https://app.example.com/api/api/cities'],
    ['/api', './cities', 'https://app.example.com/api/cities'],
    ['/api', 'a/../cities', 'https://app.example.com/api/cities'],
    ['/api', 'https://app.example.com/api/cities', 'https://app.example.com/api/cities'],
    ['/api', new URL('https://app.example.com/api/cities?x'), 'https://app.example.com/api/cities?x'],
    ['https://api.example.com:8443/p', 'cities', 'https://api.example.com:8443/p/cities'],
  ])('%s and %s → %s', async (baseUrl, input, url) => {
    expect(await (await createProxyFetch({ baseUrl })(input)).text()).toBe('answer')
    expect(sentUrls()).toEqual([url])
  })

  it('at each call, in the page that there is then, and not by <base href>', async () => {
    vi.stubGlobal('document', { baseURI: 'https://evil.example/' })
    const proxyFetch = createProxyFetch({ baseUrl: '/api' })
    await proxyFetch('cities')
    page('blob:https://other.example.com/6f1c')
    await proxyFetch('cities')
    expect(sentUrls()).toEqual(['https://app.example.com/api/cities', 'https://other.example.com/api/cities'])
  })

  it('where there is no page → TypeError for a path, and an absolute URL works', async () => {
    vi.stubGlobal('location', undefined)
    expect(await rejectionOf(createProxyFetch({ baseUrl: '/api' })('cities'))).toBeInstanceOf(TypeError)
    await createProxyFetch({ baseUrl: 'https://app.example.com/api' })('cities')
    expect(sentUrls()).toEqual(['https://app.example.com/api/cities'])
  })
})

describe('what does not lie below baseUrl is not sent', () => {
  it.each([
    'https://evil.example/api/cities',
    'https://app.example.com/other',
    'https://app.example.com/api',
    'https://app.example.com/apis/cities',
    'https://app.example.com:8443/api/cities',
    'http://app.example.com/api/cities',
    'https://app.example.com@evil.example/api/cities',
    'https://user@app.example.com/api/cities',
    'https://:secret-word@app.example.com/api/cities',
    'https://app.example.com/api/../cities',
    'https://app.example.com/api/%2e%2e/cities',
    'https:\\\\evil.example/api/cities',
    'https:evil.example/api/cities',
    'data:text/plain,a',
    'blob:https://app.example.com/api/1',
    'javascript:alert(1)',
    '../cities',
    '/../cities',
    '..\\cities',
    '%2e%2e/cities',
    '.\t./cities',
    '..',
  ])('%j', async (text) => {
    const proxyFetch = createProxyFetch({ baseUrl: '/api' })
    const error = await rejectionOf(proxyFetch(text))
    expect(error).toBeInstanceOf(OriginNotAllowedError)
    expect(JSON.stringify(error) + String(error)).not.toContain('secret-word')
    if (URL.canParse(text)) expect(await rejectionOf(proxyFetch(new URL(text)))).toBeInstanceOf(OriginNotAllowedError)
    if (/^https?:/.test(text) && !new URL(text).username && !new URL(text).password) {
      expect(await rejectionOf(proxyFetch(new Request(text)))).toBeInstanceOf(OriginNotAllowedError)
    }
    expect(sent).not.toHaveBeenCalled()
  })

  it.each(['//evil.example/a', '/\\evil.example/a', '\thttps://evil.example/a', 'ht\ttps://evil.example/a', '/https://evil.example/a'])(
    '%j stays below it, where no route matches it',
    async (text) => {
      await createProxyFetch({ baseUrl: '/api' })(text)
      expect(sentUrls()[0]).toMatch(/^https:\/\/app\.example\.com\/api\//)
    },
  )

  it.each(['https://[', 'https://exa mple/'])('%j → TypeError without the text', async (text) => {
    const error = await rejectionOf(createProxyFetch({ baseUrl: '/api' })(text))
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).not.toContain(text)
  })
})

describe('what is sent', () => {
  const initOf = async (input: RequestInfo | URL, init?: RequestInit) => {
    await createProxyFetch({ baseUrl: '/api' })(input, init)
    const [, given = {}] = sent.mock.calls[0]!
    return { ...given, headers: Object.fromEntries(new Headers(given.headers)) }
  }

  it('has the header, and the cookies of this origin, and follows no redirect', async () => {
    expect(await initOf('cities')).toEqual({ headers: { 'x-tokenwell': '1' }, credentials: 'same-origin', redirect: 'error' })
  })

  it('has all that the caller asked for', async () => {
    const { signal } = new AbortController()
    const init = { method: 'POST', body: 'x', headers: { accept: 'a/b', 'X-Tokenwell': '0' }, signal, keepalive: true }
    expect(await initOf('cities', init)).toEqual({
      ...init,
      headers: { accept: 'a/b', 'x-tokenwell': '1' },
      credentials: 'same-origin',
      redirect: 'error',
    })
  })

  it.each([
    ['omit', 'omit'],
    ['include', 'same-origin'],
    ['same-origin', 'same-origin'],
  ] as const)('credentials %s → %s, from init and from a Request', async (credentials, expected) => {
    expect((await initOf('cities', { credentials })).credentials).toBe(expected)
    sent.mockClear()
    expect((await initOf(new Request('https://app.example.com/api/a', { credentials }))).credentials).toBe(expected)
  })

  it.each([
    ['follow', 'error'],
    ['error', 'error'],
    ['manual', 'manual'],
  ] as const)('redirect %s → %s, from init and from a Request', async (redirect, expected) => {
    expect((await initOf('cities', { redirect })).redirect).toBe(expected)
    sent.mockClear()
    expect((await initOf(new Request('https://app.example.com/api/a', { redirect }))).redirect).toBe(expected)
  })

  it('of a Request is that Request, with its headers, unless init has some; neither is changed', async () => {
    const request = new Request('https://app.example.com/api/a', { method: 'PUT', body: 'x', headers: { accept: 'a/b' } })
    expect((await initOf(request)).headers).toEqual({ accept: 'a/b', 'content-type': 'text/plain;charset=UTF-8', 'x-tokenwell': '1' })
    expect(sent.mock.calls[0]![0]).toBe(request)
    sent.mockClear()
    const headers = new Headers({ 'x-a': 'b' })
    const init = Object.freeze({ headers })
    expect((await initOf(request, init)).headers).toEqual({ 'x-a': 'b', 'x-tokenwell': '1' })
    expect([request.headers.has('x-tokenwell'), headers.has('x-tokenwell')]).toEqual([false, false])
  })

  it('through a global fetch that is this very fetch → ConfigurationError, and no endless loop', async () => {
    const proxyFetch = createProxyFetch({ baseUrl: '/api' })
    vi.stubGlobal('fetch', proxyFetch)
    expect(await rejectionOf(proxyFetch('cities'))).toBeInstanceOf(ConfigurationError)
  })
})

describe('at construction', () => {
  it.each([
    undefined,
    null,
    '',
    1,
    'ftp://app.example.com/api',
    'data:text/plain,a',
    'https://user@app.example.com/api',
    'https://:canary@app.example.com/api',
    '/api?a=b',
    '/api#a',
    'https://[',
  ])('%j for baseUrl → ConfigurationError', (baseUrl) => {
    expect(() => createProxyFetch({ baseUrl: baseUrl as string })).toThrow(ConfigurationError)
  })
})
