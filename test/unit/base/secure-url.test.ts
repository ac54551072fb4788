import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { isSecureUrl, parseSecureUrl } from '../../../src/base/secure-url.ts'

const urls: readonly (readonly [url: string, isSecure: boolean])[] = [
  ['https://api.example.com', true],
  ['HTTPS://API.example.com', true],
  ['https://192.0.2.1', true],
  ['https://127.0.0.1', true],
  ['http://127.0.0.1', true],
  ['http://127.0.0.1:8000', true],
  ['http://127.255.255.254', true],
  ['http://[::1]:8000', true],
  ['http://[0:0:0:0:0:0:0:1]', true],
  ['http://localhost', true],
  ['http://LOCALHOST:3000', true],
  ['http://127.1', true],
  ['http://2130706433', true],
  ['http://0x7f000001', true],
  ['http://0177.0.0.1', true],
  ['http://①②⑦.0.0.1', true],

  ['http://api.example.com', false],
  ['http://localhost.', false],
  ['http://127.0.0.1.', true],
  ['http://app.localhost:3000', true],
  ['http://a.b.LOCALHOST', true],
  ['http://xn--bcher-kva.localhost', true],
  ['http://applocalhost', false],
  ['http://app.localhost.', false],
  ['http://app.localhost.example', false],
  ['http://.localhost', false],
  ['http://a..localhost', false],
  ['ws://app.localhost', false],
  ['http://localhost.example.com', false],
  ['http://127.0.0.1.nip.io', false],
  ['http://127.0.0.1.example.com', false],
  ['http://localtest.me', false],
  ['http://0.0.0.0', false],
  ['http://126.255.255.255', false],
  ['http://128.0.0.1', false],
  ['http://192.168.1.1', false],
  ['http://169.254.169.254', false],
  ['http://[::]', false],
  ['http://[::2]', false],
  ['http://[::ffff:127.0.0.1]', false],
  ['http://[::ffff:8.8.8.8]', false],
  ['http://ip6-localhost', false],
  ['http://local', false],
  ['ftp://127.0.0.1', false],
  ['ws://127.0.0.1', false],
  ['file:///x', false],
  ['data:text/plain,x', false],
]

it.each(urls)('%s is safe for secrets: %s', (url, isSecure) => {
  expect(isSecureUrl(new URL(url))).toBe(isSecure)
})

describe('the URL of an option', () => {
  it.each(['https://api.example.com/v1', 'http://127.0.0.1:8000/api', 'http://app.localhost/api', new URL('https://api.example.com')])(
    '%s → is parsed',
    (url) => {
      expect(parseSecureUrl('apiUrl', url).href).toBe(new URL(url).href)
    },
  )

  it('a URL object → is copied', () => {
    const given = new URL('https://api.example.com')
    const parsed = parseSecureUrl('apiUrl', given)
    given.href = 'https://evil.example'
    expect(parsed.href).toBe('https://api.example.com/')
  })

  it.each([
    ['nothing', undefined, 'must be an absolute URL'],
    ['null', null, 'must be an absolute URL'],
    ['a number', 80, 'must be an absolute URL'],
    ['an object', { href: 'https://api.example.com' }, 'must be an absolute URL'],
    ['nothing in it', '', 'must be an absolute URL'],
    ['a host alone', 'api.example.com', 'must be an absolute URL'],
    ['a path', '/v1', 'must be an absolute URL'],
    ['a relative one', '//api.example.com', 'must be an absolute URL'],
    ['a broken one', 'https://canary[', 'must be an absolute URL'],
    ['ws:', 'wss://canary.example', 'must begin with https:// or http://'],
    ['file:', 'file:///canary', 'must begin with https:// or http://'],
    ['javascript:', 'javascript:canary()', 'must begin with https:// or http://'],
    ['a host with a port, which parses as a scheme', 'canary:8000', 'must begin with https:// or http://'],
    ['a user', 'https://canary@api.example.com', 'must not contain a user name'],
    ['a password', 'https://:canary@api.example.com', 'must not contain a user name'],
    ['http: to another machine', 'http://canary.example.com', 'must begin with https://'],
  ])('%s → ConfigurationError that names the option and does not repeat the value', (_, value, message) => {
    const parse = () => parseSecureUrl('origins[3]', value)
    expect(parse).toThrow(ConfigurationError)
    expect(parse).toThrow(expect.objectContaining({ option: 'origins[3]', message: expect.stringContaining(`origins[3]: ${message}`) }))
    expect(parse).not.toThrow(/canary/)
  })

  it('http: to another machine, where that is allowed → passes, but userinfo and other schemes do not', () => {
    expect(parseSecureUrl('apiUrl', 'http://192.168.1.1/x', true).href).toBe('http://192.168.1.1/x')
    expect(() => parseSecureUrl('apiUrl', 'http://user@192.168.1.1', true)).toThrow(ConfigurationError)
    expect(() => parseSecureUrl('apiUrl', 'ftp://192.168.1.1', true)).toThrow(ConfigurationError)
  })
})
