import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from '../../../src/cli/duration.ts'
import { describeStored } from '../../../src/cli/stored-token.ts'
import type { TokenRecord } from '../../../src/token/token-store.ts'

const now = 1_800_000_000_000
const record: TokenRecord = { version: 1, key: 'k', id: 'i', epoch: 'e' }
const token = { accessToken: 'secret-token', tokenType: 'Bearer', issuedAt: now - 1_000, expiresAt: now + 3_600_000 }
const expired = { ...token, expiresAt: now - 1 }
const refusal = { code: 'refused', error: 'invalid_client', until: now + 30_000, times: 1 }

describe('what is stored → its state and what the next call does', () => {
  it.each<[string, TokenRecord | undefined, string, string, RegExp]>([
    ['nothing, and a grant that can be asked', undefined, 'client_credentials', 'absent', /asks for one with the grant/],
    ['nothing, and a sign-in', undefined, 'authorization_code', 'sign-in required', /A person has to sign in/],
    ['a tombstone', record, 'authorization_code', 'sign-in required', /A person/],
    ['a valid token', { ...record, token }, 'authorization_code', 'valid', /^It is valid for 60 min/],
    [
      'a token that never expires',
      { ...record, token: { ...token, expiresAt: undefined } },
      'password',
      'valid',
      /^It never expires: the next call uses it\.$/,
    ],
    ['an expired one', { ...record, token: expired }, 'password', 'expired', /asks for one with the grant/],
    ['an expired one of a sign-in', { ...record, token: expired }, 'authorization_code', 'sign-in required', /A person/],
    [
      'an expired one with a refresh token',
      { ...record, token: { ...expired, refreshToken: 'secret-r' } },
      'authorization_code',
      'expired',
      /refresh token/,
    ],
    [
      'a refresh token that has ended',
      { ...record, token: { ...expired, refreshToken: 'secret-r', refreshableUntil: now - 1 } },
      'authorization_code',
      'sign-in required',
      /A person/,
    ],
    ['a refusal', { ...record, refusal }, 'password', 'refused', /refused the credentials \(invalid_client\): it is asked again in 30 s/],
    ['a refusal that has ended', { ...record, refusal: { ...refusal, until: now } }, 'password', 'absent', /asks for one/],
  ])('%s', (_, stored, grantType, state, next) => {
    const described = describeStored(stored, grantType, now)
    expect(described.state).toBe(state)
    expect(described.next).toMatch(next)
    expect(JSON.stringify(described)).not.toContain('secret')
  })
})

it.each([
  ['90', 90_000],
  ['60s', 60_000],
  ['10m', 600_000],
  ['1h', 3_600_000],
  ['0', 0],
])('a time of %s', (text, ms) => expect(parseDuration('--min-ttl', text)).toBe(ms))

it.each(['', '1.5h', '-1s', 's', '1d', '1e3', ' 1', '1234567'])('«%s» is no time', (text) => {
  expect(() => parseDuration('--min-ttl', text)).toThrow('--min-ttl must be a time such as 60s, 10m or 1h')
})

it('a time for people → one unit', () => {
  const times = [-5, 59_400, 120_000, 7_200_000, 8_999_900, 172_740_000, 200_000_000]
  expect(times.map(formatDuration)).toEqual(['0 s', '59 s', '2 min', '2 h', '2 h 30 min', '47 h 59 min', '2 days'])
})
