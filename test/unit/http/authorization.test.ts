import { describe, expect, it } from 'vitest'
import { authorizationHeader, authorizationValue, isDroppedOnRedirect } from '../../../src/http/authorization.ts'
import { testProvider } from '../../support/test-provider.ts'

const token = { accessToken: 'abc', tokenType: 'mac', issuedAt: 0, expiresAt: 1 }

describe('the header that carries the token', () => {
  it.each([
    ['nothing', undefined, 'Authorization', 'Bearer abc'],
    ['a scheme', { scheme: 'JWT' }, 'Authorization', 'JWT abc'],
    ['an empty scheme', { scheme: '' }, 'Authorization', 'abc'],
    ['another header', { header: 'X-Token' }, 'X-Token', 'abc'],
    ['another header and a scheme', { header: 'X-Token', scheme: 'Key' }, 'X-Token', 'Key abc'],
    ['the usual header in another case', { header: 'AUTHORIZATION' }, 'AUTHORIZATION', 'Bearer abc'],
  ] as const)('a provider that says %s → %s', (_, authorization, header, value) => {
    const provider = testProvider(authorization && { authorization })
    expect([authorizationHeader(provider), authorizationValue(provider, token)]).toEqual([header, value])
  })

  it('the type that the reply named is never the scheme', () => {
    expect(authorizationValue(testProvider(), { ...token, tokenType: 'DPoP' })).toBe('Bearer abc')
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
