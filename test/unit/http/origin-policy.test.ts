import { afterEach, describe, expect, it, vi } from 'vitest'
import { OriginNotAllowedError } from '../../../src/base/errors.ts'
import { chooseRoute, isAllowedOrigin, isPlainUrlText, isTextWithin, refuse, resolveUrl } from '../../../src/http/origin-policy.ts'
import { allowed, forms } from '../../support/url-forms.ts'

afterEach(() => void vi.unstubAllGlobals())

describe.each(['a page', 'a page with <base href> at the API', 'a worker'])('in %s', (where) => {
  it.each(forms)('%j → token: %s, sent to %s', (text, isAllowed, href) => {
    const base = where === 'a page with <base href> at the API' ? 'https://base.ok/v1/' : 'https://page.ok/app/'
    if (where === 'a worker') vi.stubGlobal('location', { href: base })
    else vi.stubGlobal('document', { baseURI: base })
    if (href === 'throws') return expect(() => resolveUrl(text)).toThrow(TypeError)
    const url = resolveUrl(text)
    // A text that is resolved once more, by whatever sends it, must not mean another place.
    expect([url.href, new URL(url.href, 'https://elsewhere.example/').href]).toEqual([href, href])
    expect(isAllowedOrigin(url, allowed)).toBe(isAllowed)
  })
})

describe('a relative URL', () => {
  const relative: readonly (readonly [text: string, base: string, href: string])[] = [
    ['/x', 'https://api.ok/app/', 'https://api.ok/x'],
    ['x', 'https://api.ok/app/', 'https://api.ok/app/x'],
    ['?q', 'https://api.ok/app/', 'https://api.ok/app/?q'],
    ['', 'https://api.ok/app/', 'https://api.ok/app/'],
    ['https:evil.example/x', 'https://api.ok/app/', 'https://api.ok/app/evil.example/x'],
    ['https:/evil.example/x', 'https://api.ok/app/', 'https://api.ok/evil.example/x'],
    ['https:evil.example/x', 'http://127.0.0.1:8000/', 'https://evil.example/x'],
    ['//evil.example/x', 'https://api.ok/app/', 'https://evil.example/x'],
    ['/\\evil.example/x', 'https://api.ok/app/', 'https://evil.example/x'],
    ['/x', 'https://evil.example/', 'https://evil.example/x'],
  ]
  it.each(relative)('%j with the base %s → %s', (text, baseURI, href) => {
    vi.stubGlobal('document', { baseURI })
    expect(resolveUrl(text).href).toBe(href)
  })

  it('a relative URL → counts the base of the document, not the address of the page', () => {
    vi.stubGlobal('location', { href: 'https://api.ok/' })
    vi.stubGlobal('document', { baseURI: 'https://evil.example/' })
    expect(isAllowedOrigin(resolveUrl('/x'), allowed)).toBe(false)
  })

  it.each([
    ['/x', 'throws'],
    ['', 'throws'],
    ['//api.ok/x', 'throws'],
    ['https:api.ok/x', 'https://api.ok/x'],
    ['https:evil.example', 'https://evil.example/'],
    ['https:/evil.example', 'https://evil.example/'],
  ])('where there is no page: %j → %s', (text, href) => {
    if (href === 'throws') expect(() => resolveUrl(text)).toThrow(TypeError)
    else expect(resolveUrl(text).href).toBe(href)
  })
})

it('a blob: URL of the allowed origin → is not allowed, though its origin is the same', () => {
  // `new URL('blob:https://api.ok/…').origin` is https://api.ok: what it names is in this page, and not at the API.
  const url = resolveUrl('blob:https://api.ok/0c0f7a0e-7a4c-4b0c-9a53-000000000000')
  expect(url.origin).toBe('https://api.ok')
  expect(isAllowedOrigin(url, allowed)).toBe(false)
})

it('a text that does not parse → a TypeError without the text, which may hold a secret', () => {
  expect(() => resolveUrl('https://user:canary@[')).toThrow(new TypeError('The URL to fetch does not parse.'))
})

it.each([
  [Symbol('canary')],
  [
    {
      toString() {
        throw new Error('canary')
      },
    },
  ],
  [undefined],
  [null],
  [42],
])('an input that is no URL (%o) → a TypeError of ours, where there is no page', (input) => {
  expect(() => resolveUrl(input)).toThrow(new TypeError('The URL to fetch does not parse.'))
})

it.each([
  ['https://api.ok/x', true],
  ['HTTP://api.ok/x', true],
  ['https:/api.ok', false],
  ['https:api.ok', false],
  [' https://api.ok', false],
  ['//api.ok', false],
  ['x', false],
  [new URL('https://api.ok'), false],
])('%o → means the same in every page: %s', (input, isPlain) => {
  expect(isPlainUrlText(input)).toBe(isPlain)
})

it('a refusal → names the URL without query, fragment and userinfo, and says that nothing was sent', () => {
  const refusal = () => refuse(new URL('https://user:canary@evil.example/path?key=canary#canary'), 'Because.')
  expect(refusal).toThrow(OriginNotAllowedError)
  expect(refusal).toThrow(
    expect.objectContaining({
      code: 'origin_not_allowed',
      retryable: false,
      url: 'https://evil.example/path',
      message: 'Because. The call was not sent.',
    }),
  )
})

describe('a text that begins with a whole origin and a slash', () => {
  const api = { apiPrefix: 'https://api.ok/', apiEnd: 'https://api.ok0' }

  it.each([
    ...forms.map(([text]) => text),
    'https://api.ok/',
    'https://api.ok/x',
    'https://api.ok/\t/evil.example',
    'https://api.ok/@evil.example',
    'https://api.ok/\\evil.example',
  ])('%j → if it counts as one, every parser reads that origin', (text) => {
    const isWithin: boolean = isTextWithin(api, text as unknown)
    if (isWithin) expect(new URL(text, 'http://elsewhere.example/').origin).toBe('https://api.ok')
    else expect(text.startsWith('https://api.ok/')).toBe(false)
  })

  it.each([
    ['https://api.ok/', true],
    ['https://api.ok/x', true],
    ['https://api.ok/\u0000', true],
    ['https://api.ok/\uffff', true],
    ['https://api.ok', false],
    ['https://api.ok.', false],
    ['https://api.ok0', false],
    ['https://api.ok0/x', false],
    ['https://api.oj/x', false],
    ['https://api.ol/x', false],
    ['https://api.o', false],
    ['', false],
    ['https://api.ok\uff0fx', false],
    ['https://api.ok@evil.example/', false],
    ['https://api.ok.evil.example/', false],
    ['https://api.ok:443/x', false],
    [' https://api.ok/x', false],
    ['/x', false],
    [new URL('https://api.ok/x'), false],
    [new Request('https://api.ok/x'), false],
    [{ toString: (): string => 'https://api.ok/x', slice: (): string => 'https://api.ok/' }, false],
  ])('%o: %s', (input, isWithin) => {
    expect(isTextWithin(api, input)).toBe(isWithin)
  })
})

describe('the route of a call', () => {
  const policy = (foreignOrigins: 'refuse' | 'pass-through') => ({ origins: allowed, foreignOrigins })
  const refused = (why: string) => `refused: ${why}`
  const elsewhere = refused('may not receive this token')
  const notHttp = refused('Only http: and https:')
  const userinfo = refused('user name or password')
  const routes: readonly (readonly [destination: string, refuse: string, passThrough: string])[] = [
    ['api', 'with-token', 'with-token'],
    ['https://api.ok/x', 'with-token', 'with-token'],
    ['http://127.0.0.1:8000/x', 'with-token', 'with-token'],
    ['https://evil.example/x', elsewhere, 'pass-through'],
    ['https://api.ok.evil.example/', elsewhere, 'pass-through'],
    ['http://api.ok/', elsewhere, 'pass-through'],
    ['https://user@api.ok/', userinfo, userinfo],
    ['https://:pw@api.ok/', userinfo, userinfo],
    ['https://user:pw@evil.example/', userinfo, userinfo],
    ['https://api.ok@evil.example/', userinfo, userinfo],
    ['data:text/plain,https://api.ok', notHttp, 'pass-through'],
    ['blob:https://api.ok/0c0f7a0e-7a4c-4b0c-9a53-000000000000', notHttp, 'pass-through'],
    ['file:///etc/passwd', notHttp, notHttp],
    ['javascript:fetch("https://api.ok")', notHttp, notHttp],
    ['wss://api.ok/x', notHttp, notHttp],
    ['ftp://api.ok/x', notHttp, notHttp],
    ['about:blank', notHttp, notHttp],
  ]

  it.each(routes)("%s → %s; with foreignOrigins: 'pass-through' → %s", (text, refuse, passThrough) => {
    const destination = text === 'api' ? 'api' : new URL(text)
    for (const [foreignOrigins, expected] of [
      ['refuse', refuse],
      ['pass-through', passThrough],
    ] as const) {
      const choose = () => chooseRoute(destination, false, policy(foreignOrigins))
      if (expected.startsWith('refused: ')) expect(choose).toThrow(expected.slice(9))
      else expect(choose()).toBe(expected)
      // An Authorization of the caller's own wins, wherever the call goes.
      expect(chooseRoute(destination, true, policy(foreignOrigins))).toBe('pass-through')
    }
  })

  it.each(forms.filter(([, , href]) => href !== 'throws'))('%j → gets the token only where it may: %s', (_, isAllowed, href) => {
    for (const foreignOrigins of ['refuse', 'pass-through'] as const) {
      let route: string
      try {
        route = chooseRoute(new URL(href), false, policy(foreignOrigins))
      } catch (error) {
        expect(error).toBeInstanceOf(OriginNotAllowedError)
        route = 'refused'
      }
      expect(route === 'with-token').toBe(isAllowed)
    }
  })

  it('to the API, known from its text → the list of origins, which has to be worked out, is not asked for', () => {
    const lazy = {
      get origins(): readonly string[] {
        throw new Error('It was asked for.')
      },
      foreignOrigins: 'refuse' as const,
    }
    expect(chooseRoute('api', false, lazy)).toBe('with-token')
  })
})

describe('a relative URL where there is no page', () => {
  const words = 'The URL to fetch is relative: give an absolute URL, or use createClient of tokenwell/ky.'
  it.each(['/x', 'cities', '', '?canary', '//host/x'])('%j → a TypeError that says what to do', (text) => {
    expect(() => resolveUrl(text)).toThrow(new TypeError(words))
  })

  it('in a page → is none', () => {
    vi.stubGlobal('document', { baseURI: 'about:blank' })
    expect(() => resolveUrl('/x')).toThrow(new TypeError('The URL to fetch does not parse.'))
  })
})
