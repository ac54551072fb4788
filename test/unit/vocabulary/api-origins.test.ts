import { expect, it } from 'vitest'
import { anApiOrigin, resolveApiUrl } from '../../../src/vocabulary/api-origins.ts'

const provider = {
  name: 'test',
  apiUrl: 'https://login.example.com/v2',
  tokenUrl: 'https://login.example.com/token',
  apiOrigins: ['https://*.example.com', 'https://api.other.example:8443', 'http://127.0.0.1:8080', 'https://eu.*.cloud.example'],
}

it.each<[unknown, string | undefined]>([
  ['https://a.example.com', 'https://a.example.com/v2'],
  ['https://a.b.example.com/', 'https://a.b.example.com/v2'],
  ['https://A.Example.COM/own', 'https://a.example.com/own'],
  ['https://a.example.com:443/own', 'https://a.example.com/own'],
  ['a.example.com', 'https://a.example.com/v2'],
  ['a.example.com/own/', 'https://a.example.com/own/'],
  ['https://api.other.example:8443', 'https://api.other.example:8443/v2'],
  // A host with a port, and not a URL whose scheme is the host.
  ['api.other.example:8443', 'https://api.other.example:8443/v2'],
  ['a.example.com:443/own', 'https://a.example.com/own'],
  ['http://127.0.0.1:8080/x', 'http://127.0.0.1:8080/x'],
  ['https://eu.west.cloud.example', 'https://eu.west.cloud.example/v2'],
  ['https://us.west.cloud.example', undefined],
  ['https://example.com', undefined],
  ['https://aexample.com', undefined],
  ['https://a.example.com.evil.example', undefined],
  ['https://evil.example/a.example.com', undefined],
  ['https://a.example.com@evil.example', undefined],
  ['https://user:pass@a.example.com', undefined],
  ['https://a.example.com:8443', undefined],
  ['http://a.example.com', undefined],
  ['http://127.0.0.1:8081', undefined],
  ['https://a.example.com?x', undefined],
  ['https://a.example.com/#x', undefined],
  ['https://evil.example\\a.example.com', undefined],
  ['//a.example.com', 'https://a.example.com/v2'],
  ['javascript:alert(1)', undefined],
  ['data:text/html,x', undefined],
  ['ftp://a.example.com', undefined],
  ['https://', undefined],
  ['https://.example.com', undefined],
  ['https://a..example.com', undefined],
  ['https://a%2eexample.com', 'https://a.example.com/v2'],
  ['https://a.example.com%2f@evil.example', undefined],
  [' https://a.example.com', undefined],
  [5, undefined],
  [null, undefined],
  [{}, undefined],
  [['https://a.example.com'], undefined],
])('a reply that names %j leads to %j', (value, url) => {
  expect(resolveApiUrl(value, provider)).toBe(url)
})

it('a host of any length is decided at once', () => {
  const many = { ...provider, apiOrigins: ['https://*.a.*.example.com'] }
  expect(resolveApiUrl(`https://${'a.'.repeat(20_000)}example.com`, many)).toBeUndefined()
})

it('without apiOrigins no reply leads anywhere', () => {
  const { apiOrigins: _, ...plain } = provider
  expect(resolveApiUrl('https://login.example.com', plain)).toBeUndefined()
})

it.each([
  'https://*.com',
  'https://*',
  'https://a.*',
  'https://a*.example.com',
  'https://*a.example.com',
  'https://*.co.*',
  'https://a.example.com/path',
  'https://a.example.com?x',
  'https://user@a.example.com',
  'ftp://a.example.com',
  '*.example.com',
  'https://*.com.',
  'https://*..com',
  'https://a.example.com.',
  'https://*.*.*.example.com',
  'https://.*.example.com/',
  '',
  5,
])('%j is no origin of an API', (origin) => {
  expect(() => anApiOrigin('apiOrigins[0]', origin)).toThrowError(expect.objectContaining({ option: 'apiOrigins[0]' }))
})
