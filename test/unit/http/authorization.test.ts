import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { authorizationHeader, authorizationValue, furtherHeaders, isDroppedOnRedirect } from '../../../src/http/authorization.ts'
import { OtherTransport } from '../../../src/http/other-transport.ts'
import { Sender } from '../../../src/http/sender.ts'
import type { SenderOptions } from '../../../src/http/transport.ts'
import type { AuthorizationProfile } from '../../../src/vocabulary/provider.ts'
import { testProvider } from '../../support/test-provider.ts'

const token = { accessToken: 'abc', tokenType: 'mac', issuedAt: 0, expiresAt: 1 }
const grant = { grantType: 'password', clientId: 'app' }

describe('the header that carries the token', () => {
  it.each([
    ['nothing', undefined, 'Authorization', 'Bearer abc'],
    ['a scheme', { scheme: 'JWT' }, 'Authorization', 'JWT abc'],
    ['an empty scheme', { scheme: '' }, 'Authorization', 'abc'],
    ['another header', { header: 'X-Token' }, 'X-Token', 'abc'],
    ['another header and a scheme', { header: 'X-Token', scheme: 'Key' }, 'X-Token', 'Key abc'],
    ['the usual header in another case', { header: 'AUTHORIZATION' }, 'AUTHORIZATION', 'Bearer abc'],
    ['a format', { format: 'MediaBrowser Token="{access_token}"' }, 'Authorization', 'MediaBrowser Token="abc"'],
    ['a format with braces', { format: '{{{access_token}}}' }, 'Authorization', '{abc}'],
    ['a format with the client', { header: 'X-T', format: '{client_id}:{access_token}' }, 'X-T', 'app:abc'],
    ['a query', { query: 'token' }, 'Authorization', 'abc'],
    ['a cookie', { cookie: 'sid' }, 'Authorization', 'abc'],
  ] as const)('a provider that says %s → %s', (_, authorization, header, value) => {
    const provider = testProvider(authorization && { authorization })
    expect([authorizationHeader(provider), authorizationValue(provider, { token, grant })]).toEqual([header, value])
  })

  it.each([{ header: 'X-Evil' }, { cookie: 'leak' }, { query: 'leak' }, { headers: { 'X-Evil': '{access_token}' } }])(
    'a provider whose function signs each call, and %j in Object.prototype → the token travels nowhere else',
    (evil) => {
      const provider = testProvider({ authorization: () => ({}) })
      const options = { provider, grant, origins: [] } as unknown as SenderOptions
      const create = () => new OtherTransport(options, new Sender(options, { isOver: () => false }))
      const place = () => {
        const { isInUrl, header, isHeader } = create()
        return [isInUrl, header, isHeader]
      }
      const expected = place()
      Object.assign(Object.prototype, evil)
      try {
        expect(place()).toEqual(expected)
        const { value, others } = create().place(token)
        const sent = create().addToHeaders(undefined, { value, others }, true)
        expect([...new Headers(sent as HeadersInit)].filter(([name]) => name === 'cookie' || name === 'x-evil')).toEqual([])
      } finally {
        for (const name of Object.keys(evil)) Reflect.deleteProperty(Object.prototype, name)
      }
    },
  )

  it('the type that the reply named is never the scheme', () => {
    expect(authorizationValue(testProvider(), { token: { ...token, tokenType: 'DPoP' }, grant })).toBe('Bearer abc')
  })

  it('a provider whose function signs each call → a ConfigurationError that says so', () => {
    const provider = testProvider({ authorization: () => ({}) })
    expect(() => authorizationValue(provider, { token, grant })).toThrow(/authorization: is a function that signs each call.*tokens\.fetch/)
  })
})

describe('headers by templates', () => {
  const fill = (authorization: AuthorizationProfile, extra: Record<string, unknown> = {}) => {
    const provider = testProvider({ authorization, tokenResponse: { extra: ['a', 'b.c', '__proto__', 'toString', 'header:x-csrf-token'] } })
    const holder = { token: { ...token, extra }, grant }
    return { value: () => authorizationValue(provider, holder), others: () => furtherHeaders(provider, holder) }
  }

  it('fields of the reply, under the path that names them', () => {
    const { others } = fill(
      { headers: { 'X-CSRF-Token': '{extra.header:x-csrf-token}', 'X-B': '{extra.b.c}/{access_token}', 'X-Fixed': '1' } },
      { 'header:x-csrf-token': 'csrf', 'b.c': 7 },
    )
    expect(others()).toEqual([['X-CSRF-Token', 'csrf'], ['X-B', '7/abc'], ['X-Fixed', '1']]) // biome-ignore format: one line
  })

  it.each([{}, { a: null }, { a: '' }, { a: { deep: 1 } }, { a: ['x'] }])(
    'a value that is not there, or is no scalar (%j) → its header is left out',
    (extra) => {
      expect(fill({ headers: { 'X-A': 'v={extra.a}' } }, extra).others()).toEqual([])
      expect(() => fill({ format: '{access_token}{extra.a}' }, extra).value()).toThrow(ConfigurationError)
    },
  )

  it.each(['__proto__', 'toString'])('%s → not what every object inherits', (name) => {
    expect(fill({ headers: { 'X-A': `{extra.${name}}` } }).others()).toEqual([])
  })

  it('a placeholder inside of a value → stays as it is', () => {
    expect(fill({ headers: { 'X-A': '{extra.a}' } }, { a: '{access_token}$&{{' }).others()).toEqual([['X-A', '{access_token}$&{{']])
  })

  it.each(['a\r\nX-Evil: 1', 'a\nb', 'a\0b', 'ключ', '\u2028'])(
    '%j, which no header can carry → a ConfigurationError without the value',
    (a) => {
      for (const read of [
        fill({ headers: { 'X-A': 'v={extra.a};' } }, { a }).others,
        fill({ format: '{access_token} {extra.a};' }, { a }).value,
      ]) {
        expect(read).toThrow(/^authorization\.(headers\.X-A|format): gives a value that no header can carry$/)
      }
    },
  )

  it.each(['a", Admin="1', 'a\\', '"'])('%j between quotes → a ConfigurationError: it would end them', (a) => {
    expect(fill({ format: 'M Token="{access_token}", Id="{extra.a}"' }, { a }).value).toThrow(/^authorization\.format: has quotes/)
    expect(fill({ format: 'M {access_token} {extra.a}' }, { a }).value()).toBe(`M abc ${a}`)
  })
})

it.each([
  ['Authorization', true],
  ['authorization', true],
  ['AUTHORIZATION', true],
  ['X-Authorization', false],
  ['Proxy-Authorization', false],
  ['X-Token', false],
])('platforms drop %s at a redirect to another origin: %s', (header, isDropped) => {
  expect(isDroppedOnRedirect(header)).toBe(isDropped)
})
