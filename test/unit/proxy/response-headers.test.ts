import { describe, expect, it } from 'vitest'
import { ResponseHeadersBuilder } from '../../../src/proxy/response-headers.ts'

const own = { 'cache-control': 'private, no-store', 'x-content-type-options': 'nosniff' }
const secret = 'a.Canary+token/with~much=='
const refresh = 'r/Canary refresh&é'
const token = { accessToken: secret, tokenType: 'bearer', issuedAt: 0, expiresAt: undefined, refreshToken: refresh }
const build = (headers: HeadersInit, tokens = [token], status = 200) =>
  Object.fromEntries(new ResponseHeadersBuilder('api.example.com').build({ headers: new Headers(headers), status }, tokens))

describe('what comes down', () => {
  it('is what describes the content', () => {
    const headers = {
      'accept-ranges': 'bytes',
      'content-disposition': 'attachment; filename="a.csv"',
      'content-language': 'de',
      'content-length': '10',
      'content-range': 'bytes 0-9/100',
      'content-type': 'text/csv',
      etag: '"a"',
      'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT',
      link: '</cities?page=2>; rel="next"',
      'retry-after': '120',
      vary: 'accept-language',
    }
    expect(build(headers)).toEqual({ ...headers, ...own })
  })

  it.each([
    ...[
      'set-cookie',
      'set-cookie2',
      'www-authenticate',
      'proxy-authenticate',
      'authentication-info',
      'location',
      'refresh',
      'server',
      'via',
    ],
    ...['access-control-allow-origin', 'access-control-allow-credentials', 'access-control-expose-headers', 'clear-site-data', 'alt-svc'],
    ...[
      'strict-transport-security',
      'connection',
      'keep-alive',
      'transfer-encoding',
      'trailer',
      'upgrade',
      'x-powered-by',
      'authorization',
    ],
    ...[
      'x-tokenwell',
      'x-tokenwell-error',
      'sourcemap',
      'service-worker-allowed',
      'nel',
      'report-to',
      'age',
      'expires',
      'pragma',
      'x-echo',
    ],
  ])('is not %s', (name) => expect(build({ [name]: 'value' })).toEqual(own))

  it('is never stored, and never guessed at, whatever the upstream says', () => {
    expect(build({ 'cache-control': 'public, max-age=3600', 'x-content-type-options': 'sniff' })).toEqual(own)
  })

  it('of what was encoded has neither the encoding nor the length of the wire', () => {
    expect(build({ 'content-encoding': 'gzip', 'content-length': '10', 'content-type': 'a/b' })).toEqual({ 'content-type': 'a/b', ...own })
    expect(build({ 'content-encoding': '', 'content-length': '10' })).toEqual(own)
  })
})

describe('a header that holds the token stays up', () => {
  const forms = (text: string): [string, string][] => [
    ['as it is', text],
    ['percent-encoded', encodeURIComponent(text)],
    ['percent-encoded in lower case', encodeURIComponent(text).replace(/%../g, (coded) => coded.toLowerCase())],
    ['in JSON', JSON.stringify(text)],
    ['in base64', btoa(unescape(encodeURIComponent(text)))],
    ['form-encoded', new URLSearchParams({ a: text }).toString()],
  ]

  it.each(forms(secret))('the access token %s', (_, form) => {
    expect(build({ etag: `"${form}"`, link: `<${form}>; rel=next`, 'content-location': `/x?t=${form}`, vary: 'a' })).toEqual({
      vary: 'a',
      ...own,
    })
  })

  it.each(forms(refresh).slice(1))('the refresh token %s', (_, form) => {
    const value = [...form].map((c) => (c > '\xff' ? '' : c)).join('')
    expect(build({ etag: `x${value}x` })).toEqual(own)
  })

  it('of two tokens, either', () => {
    const newer = { ...token, accessToken: 'newer-canary', refreshToken: 'newer-refresh' }
    expect(build({ etag: secret, link: 'newer-canary', vary: 'newer-refresh', 'content-type': 'a/b' }, [token, newer])).toEqual({
      'content-type': 'a/b',
      ...own,
    })
  })

  it('after any number of responses that held none, and in each response again', () => {
    const builder = new ResponseHeadersBuilder('api.example.com')
    const vary = (value: string, tokens = [token]) =>
      builder.build({ headers: new Headers({ vary: value }), status: 200 }, tokens).get('vary')
    for (let n = 0; n < 300; n++) expect(vary(`header-${n % 150}`)).toBe(`header-${n % 150}`)
    for (let n = 0; n < 3; n++) expect(vary(secret)).toBeNull()
    const newer = { ...token, accessToken: 'header-149', refreshToken: 'newer-refresh' }
    expect([vary('header-149'), vary('header-149', [token, newer]), vary('header-149')]).toEqual(['header-149', null, 'header-149'])
  })

  it('without a refresh token, nothing else is taken for one', () => {
    const { refreshToken: _, ...bare } = token
    expect(build({ etag: '""', 'content-type': 'a/b' }, [bare as never])).toEqual({ etag: '""', 'content-type': 'a/b', ...own })
  })
})

describe('a name of a header', () => {
  it.each([`content-${'newer-canary'}`, 'content-location', 'content-security-policy', 'content-md5', 'content-x', 'x-newer-canary'])(
    '%s is not one of the whole names → stays up',
    (name) => expect(build({ [name]: 'value', etag: '"e"' })).toEqual({ etag: '"e"', ...own }),
  )
})

describe('a length', () => {
  it.each([204, 205, 304])('of a %i, which has no body → stays up', (status) =>
    expect(build({ 'content-length': '10', etag: '"e"' }, [token], status)).toEqual({ etag: '"e"', ...own }),
  )

  it.each([200, 206, 404])('of a %i → comes down', (status) =>
    expect(build({ 'content-length': '10' }, [token], status)).toEqual({ 'content-length': '10', ...own }),
  )
})

describe('an address of the upstream', () => {
  it.each(['<https://api.example.com/v1/cities?page=2>; rel="next"', '<//API.example.com/x>; rel=preload', '<http://api.example.com:80/>'])(
    'in %s → stays up',
    (link) => expect(build({ link })).toEqual(own),
  )
})
