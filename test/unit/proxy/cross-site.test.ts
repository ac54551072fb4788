import { describe, expect, it } from 'vitest'
import { type AllowedPlaces, checkHost, checkOwnPage } from '../../../src/proxy/cross-site.ts'
import type { Problem } from '../../../src/proxy/problem.ts'

function check(url: string, headers: HeadersInit, places: AllowedPlaces = {}): string {
  return problemOf(url, headers, places)?.code ?? 'passes'
}

function problemOf(url: string, headers: HeadersInit, places: AllowedPlaces): Problem | undefined {
  const request = new Request(url, { headers })
  try {
    checkHost(request, new URL(request.url), places)
    checkOwnPage(request, new URL(request.url), places)
    return undefined
  } catch (error) {
    return error as Problem
  }
}

describe('the header', () => {
  it.each([
    ['is missing', {}],
    ['is empty', { 'x-tokenwell': '' }],
    ['is 0', { 'x-tokenwell': '0' }],
    ['is true', { 'x-tokenwell': 'true' }],
    ['is 01', { 'x-tokenwell': '01' }],
    ['is 1.0', { 'x-tokenwell': '1.0' }],
    ['is there twice', [['x-tokenwell', '1'], ['x-tokenwell', '1']] as [string, string][]], // biome-ignore format: one row
    ['has another name', { 'x-tokenwell-1': '1' }],
  ])('%s → header_missing', (_, headers) => expect(check('https://app.example.com/a', headers)).toBe('header_missing'))

  it('is 1, from a client that sends neither of the others → passes', () => {
    expect(check('https://app.example.com/a', { 'X-Tokenwell': '1' })).toBe('passes')
  })
})

describe('Sec-Fetch-Site', () => {
  it.each(['cross-site', 'same-site', 'none', '', 'Same-Origin', 'same-origin, same-origin', 'x'])('%j → cross_site', (site) => {
    expect(check('https://app.example.com/a', { 'x-tokenwell': '1', 'sec-fetch-site': site })).toBe('cross_site')
  })

  it('same-origin → passes', () => {
    expect(check('https://app.example.com/a', { 'x-tokenwell': '1', 'sec-fetch-site': 'same-origin' })).toBe('passes')
  })
})

describe('Origin', () => {
  it.each([
    ['of the request', 'https://app.example.com/a', 'https://app.example.com'],
    ['with the port of the request', 'http://127.0.0.1:8080/a', 'http://127.0.0.1:8080'],
    ['of https, where TLS ends in front of the server', 'http://app.example.com/a', 'https://app.example.com'],
    ['of https with a port, where TLS ends in front of the server', 'http://app.example.com:8443/a', 'https://app.example.com:8443'],
  ])('%s → passes', (_, url, origin) => expect(check(url, { 'x-tokenwell': '1', origin })).toBe('passes'))

  it.each([
    ['of another host', 'https://app.example.com/a', 'https://evil.example'],
    ['of a subdomain', 'https://example.com/a', 'https://app.example.com'],
    ['of a name that ends alike', 'https://app.example.com/a', 'https://evilapp.example.com'],
    ['of another port', 'https://app.example.com/a', 'https://app.example.com:8443'],
    ['of http for a request of https', 'https://app.example.com/a', 'http://app.example.com'],
    ['null', 'https://app.example.com/a', 'null'],
    ['that is empty', 'https://app.example.com/a', ''],
    ['with a path', 'https://app.example.com/a', 'https://app.example.com/'],
    ['with a user name', 'https://app.example.com/a', 'https://x@app.example.com'],
    ['of a list', 'https://app.example.com/a', 'https://app.example.com, https://app.example.com'],
    ['of another scheme', 'http://app.example.com/a', 'ws://app.example.com'],
    ['of a file', 'http://app.example.com/a', 'file://app.example.com'],
    ['in upper case', 'https://app.example.com/a', 'HTTPS://APP.EXAMPLE.COM'],
    ['with a default port', 'https://app.example.com/a', 'https://app.example.com:443'],
  ])('%s → cross_site', (_, url, origin) => expect(check(url, { 'x-tokenwell': '1', origin })).toBe('cross_site'))
})

describe('Origin, where the Host header has another host than the URL', () => {
  // Next.js and other front ends put a host of their own into the URL.
  const url = 'http://0.0.0.0:3000/a'

  it.each([
    ['app.example.com', 'https://app.example.com'],
    ['app.example.com', 'http://app.example.com'],
    ['APP.example.com:443', 'https://app.example.com'],
    ['app.example.com:80', 'http://app.example.com'],
    ['localhost:3000', 'http://localhost:3000'],
    ['[::1]:3000', 'http://[::1]:3000'],
  ])('Host %s, Origin %s → passes', (host, origin) => expect(check(url, { 'x-tokenwell': '1', host, origin })).toBe('passes'))

  it.each([
    ['app.example.com', 'http://0.0.0.0:3000'],
    ['app.example.com', 'https://evil.example'],
    ['app.example.com', 'https://app.example.com:8443'],
    ['app.example.com:8443', 'https://app.example.com'],
    ['evil.example, app.example.com', 'https://app.example.com'],
  ])('Host %s, Origin %s → refused', (host, origin) =>
    expect(check(url, { 'x-tokenwell': '1', host, origin })).toMatch(/^(cross_site|host_invalid)$/),
  )
})

describe('the option origins', () => {
  const origins = ['https://app.example.com', 'http://localhost:5173']
  // A development proxy that changes the Host.
  const host = '127.0.0.1:8080'
  const url = 'http://127.0.0.1:8080/a'

  it.each(origins)('%s is listed → passes, whatever the Host is', (origin) =>
    expect(check(url, { 'x-tokenwell': '1', host, origin }, { origins })).toBe('passes'),
  )

  it.each(['http://127.0.0.1:8080', 'http://app.example.com', 'https://evil.example', 'https://app.example.com.evil.example', 'null', ''])(
    '%j is not listed, even where it is that of the request → cross_site',
    (origin) => expect(check(url, { 'x-tokenwell': '1', host, origin }, { origins })).toBe('cross_site'),
  )

  it('an origin that is listed, from another site → cross_site all the same, and no Origin → passes', () => {
    expect(check(url, { 'x-tokenwell': '1', origin: origins[0]!, 'sec-fetch-site': 'cross-site' }, { origins })).toBe('cross_site')
    expect(check(url, { 'x-tokenwell': '1' }, { origins })).toBe('passes')
  })
})

describe('the option hosts', () => {
  const hosts = ['app.example.com', 'localhost:8080']
  const own = { 'x-tokenwell': '1' }

  it.each([
    ['http://x/a', { host: 'app.example.com' }],
    ['http://x/a', { host: 'APP.EXAMPLE.COM:443' }],
    ['http://x/a', { host: 'localhost:8080' }],
    ['https://app.example.com/a', {}],
  ])('%s %j → passes', (url, headers) => expect(check(url, { ...own, ...headers }, { hosts })).toBe('passes'))

  it.each([
    ['a name that was made to lead here', { host: 'rebound.evil.example' }],
    ['the same with its own origin', { host: 'rebound.evil.example', origin: 'http://rebound.evil.example' }],
    ['a listed name with another port', { host: 'localhost:8081' }],
    ['a listed name with a dot at its end', { host: 'app.example.com.' }],
    ['a listed name that is part of another', { host: 'app.example.com.evil.example' }],
    ['an address', { host: '127.0.0.1:8080' }],
  ])('%s → host_not_allowed', (_, headers) =>
    expect(check('http://app.example.com/a', { ...own, ...headers }, { hosts })).toBe('host_not_allowed'),
  )

  it.each(['h/api/admin?', 'h/', 'user@h', 'h#', 'h?x', 'a b', '[::1', 'h:port', 'h\\x'])(
    'a Host %j, which is none → host_invalid',
    (host) => expect(check('http://app.example.com/a', { ...own, host })).toBe('host_invalid'),
  )
})

describe('what the operator is told', () => {
  it.each([
    [{ origin: 'https://front.example.com', host: '127.0.0.1:3000' }, {}, /https:\/\/front\.example\.com; .*http:\/\/127\.0\.0\.1:3000/],
    [{ origin: 'https://a.example' }, { origins: ['https://b.example'] }, /https:\/\/a\.example; .*https:\/\/b\.example/],
    [{ 'sec-fetch-site': 'same-site' }, {}, /Sec-Fetch-Site is same-site/],
    [{ host: 'rebound.example' }, { hosts: ['a.example'] }, /rebound\.example/],
  ])('%j → has the hosts concerned', (headers, places, expected) => {
    expect(problemOf('http://app.example.com/a', { 'x-tokenwell': '1', ...(headers as Record<string, string>) }, places)?.message).toMatch(
      expected,
    )
  })

  it('holds nothing of what a client may write into these headers beside hosts', () => {
    const hostile = [
      { origin: 'https://user:canary@a.example' },
      { origin: 'canary' },
      { 'sec-fetch-site': 'canary' },
      { host: 'h/canary' },
    ]
    for (const headers of hostile) {
      expect(
        problemOf('http://app.example.com/a', { 'x-tokenwell': '1', ...(headers as Record<string, string>) }, {})?.message,
      ).not.toContain('canary')
    }
  })
})
