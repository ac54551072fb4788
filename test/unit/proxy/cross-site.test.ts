import { describe, expect, it } from 'vitest'
import { checkOwnPage } from '../../../src/proxy/cross-site.ts'
import type { Problem } from '../../../src/proxy/problem.ts'

function check(url: string, headers: HeadersInit): string {
  const request = new Request(url, { headers })
  try {
    checkOwnPage(request, new URL(request.url))
    return 'passes'
  } catch (error) {
    return (error as Problem).code
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
