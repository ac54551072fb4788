import { describe, expect, test } from 'vitest'
import {
  clockSkew,
  type LifetimePolicy,
  type LifetimeSources,
  parseHttpDate,
  type ReplyTimes,
  readClaimInstant,
  readClaims,
  readDuration,
  readExpiry,
} from '../../../src/token/lifetime.ts'

const hour = 3_600_000
const day = 24 * hour
const now = Date.parse('2026-03-01T12:00:00Z')
const times: ReplyTimes = { requestedAt: now, receivedAt: now + 100 }

const jwt = (claims: unknown) => `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(claims))}.c2ln`
const seconds = (ms: number) => Math.floor(ms / 1000)
const lifetime = (sources: Partial<LifetimeSources>, policy: LifetimePolicy = {}, at: ReplyTimes = times) => {
  const expiresAt = readExpiry({ accessToken: 'opaque', ...sources }, policy, at)
  return expiresAt === undefined ? 'never' : expiresAt - at.requestedAt
}

describe('a lifetime in the reply', () => {
  test.each<[unknown, number]>([
    [3600, hour],
    ['3600', hour],
    [' 60 ', 60_000],
    [0.5, 500],
    ['0.5', 500],
    [1.0001, 1000],
    [0, 0],
    [2, 2000],
    [365 * 86_400, 365 * day],
    [366 * 86_400, 365 * day],
    [9e12, 365 * day],
  ])('%j seconds live for %i ms', (expiresIn, expected) => {
    expect(lifetime({ expiresIn })).toBe(expected)
  })

  test.each([
    ['3600abc'],
    ['abc'],
    ['1e3'],
    ['0x10'],
    ['-1'],
    ['NaN'],
    ['Infinity'],
    [''],
    ['9'.repeat(400)],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [1e20],
    [1e13],
    [-1],
    [-0.001],
    [true],
    [false],
    [null],
    [undefined],
    [[]],
    [[3600]],
    [{}],
    [{ valueOf: () => 7 }],
  ])('%j counts as absent, and the default applies', (expiresIn) => {
    expect(lifetime({ expiresIn }, { defaultLifetimeMs: 1234 })).toBe(1234)
  })

  test('the default is an hour', () => expect(lifetime({})).toBe(hour))
  test('a default beyond a year is cut to it', () => expect(lifetime({}, { defaultLifetimeMs: 1e15 })).toBe(365 * day))
  test('a default of Infinity means never', () => expect(lifetime({}, { defaultLifetimeMs: Infinity })).toBe('never'))
  test('what the reply says wins over a default of Infinity', () =>
    expect(lifetime({ expiresIn: 5 }, { defaultLifetimeMs: Infinity })).toBe(5000))
  test('0 means never only where the provider says so', () => {
    expect(lifetime({ expiresIn: 0 }, { zeroMeansNever: true })).toBe('never')
    expect(lifetime({ expiresIn: '0' }, { zeroMeansNever: true })).toBe('never')
    expect(lifetime({ expiresIn: 1 }, { zeroMeansNever: true })).toBe(1000)
    expect(lifetime({ expiresIn: 0 }, { zeroMeansNever: false })).toBe(0)
  })
  test('the unit may be ms', () => expect(lifetime({ expiresIn: '1500' }, { expiresInUnit: 'ms' })).toBe(1500))
  test('it counts from the start of the request', () =>
    expect(readExpiry({ accessToken: 'x', expiresIn: 60 }, {}, { requestedAt: 5000, receivedAt: 25_000 })).toBe(65_000))
})

describe('an instant in the reply', () => {
  const end = now + 2 * hour
  test.each<[unknown, LifetimePolicy]>([
    [seconds(end), {}],
    [String(seconds(end)), {}],
    [end, { expiresInUnit: 'ms' }],
    ['2026-03-01T14:00:00Z', {}],
    ['2026-03-01T14:00:00.000Z', {}],
    ['2026-03-01T14:00:00', {}],
    ['2026-03-01 14:00:00', {}],
    ['2026-03-01 14:00:00Z', {}],
    ['2026-03-01T15:00:00+01:00', {}],
    ['2026-03-01T14:00Z', {}],
  ])('%j is read', (expiresAt, policy) => {
    expect(lifetime({ expiresAt }, policy)).toBe(2 * hour)
  })
  test('a date without a time is its midnight', () => expect(lifetime({ expiresAt: '2026-03-02' })).toBe(12 * hour))
  test.each([['2026-13-45T99:99:99Z'], ['1 banana'], ['March 2, 2026'], [seconds(now) - 10], [-5], [{}], ['2026-02-28T00:00:00Z']])(
    '%j counts as absent',
    (expiresAt) => expect(lifetime({ expiresAt }, { defaultLifetimeMs: 77 })).toBe(77),
  )
  test('a lifetime beside it wins', () => expect(lifetime({ expiresIn: 10, expiresAt: seconds(end) })).toBe(10_000))
  test('a garbage lifetime beside it does not', () => expect(lifetime({ expiresIn: 'soon', expiresAt: seconds(end) })).toBe(2 * hour))
})

describe('a JWT', () => {
  const inTwoHours = { exp: seconds(now + 2 * hour) }
  test.each<[string, unknown, number]>([
    ['exp in seconds', inTwoHours, 2 * hour],
    ['exp in milliseconds', { exp: now + 2 * hour }, 2 * hour],
    ['exp as text', { exp: String(seconds(now + 2 * hour)) }, 2 * hour],
    ['exp far away', { exp: seconds(now) + 1e9 }, 365 * day],
    ['no exp', {}, 77],
    ['exp of another type', { exp: true }, 77],
    ['a negative exp', { exp: -1 }, 77],
    ['an absurd exp', { exp: 1e300 }, 77],
    ['a past exp', { exp: seconds(now - hour) }, 77],
    ['a past exp beside iat', { exp: seconds(now - hour), iat: seconds(now - 3 * hour) }, 2 * hour],
    ['a past exp before iat', { exp: seconds(now - 3 * hour), iat: seconds(now - hour) }, 77],
    ['null', null, 77],
    ['a number', 5, 77],
    ['a list', [1], 77],
  ])('with %s', (_, claims, expected) => {
    expect(lifetime({ accessToken: jwt(claims) }, { defaultLifetimeMs: 77 })).toBe(expected)
  })
  test.each([['opaque'], ['a.b.c'], ['..'], [`x.${btoa('{')}.y`], ['e30.%%%.x'], ['']])(
    'that is none (%s) gives nothing, and throws nothing',
    (text) => {
      expect(readClaims(text)).toEqual({})
      expect(lifetime({ accessToken: text }, { defaultLifetimeMs: 77 })).toBe(77)
    },
  )
  test('it says less than the reply, unless the provider says else', () => {
    const sources = { accessToken: jwt(inTwoHours), expiresIn: 60 }
    expect(lifetime(sources)).toBe(60_000)
    expect(lifetime(sources, { lifetimeFrom: 'response' })).toBe(60_000)
    expect(lifetime(sources, { lifetimeFrom: 'jwt' })).toBe(2 * hour)
  })
  test('where it does not say, the reply does', () =>
    expect(lifetime({ accessToken: jwt({}), expiresIn: 60 }, { lifetimeFrom: 'jwt' })).toBe(60_000))
  test('it wins over the default', () => expect(lifetime({ accessToken: jwt(inTwoHours) }, { defaultLifetimeMs: 77 })).toBe(2 * hour))
})

describe('a clock that differs from the server’s', () => {
  const exp = (ms: number) => ({ accessToken: jwt({ exp: seconds(ms) }) })
  const dated = (ms: number): ReplyTimes => ({ ...times, date: new Date(ms).toUTCString() })

  test.each([
    ['5 hours behind', 5 * hour],
    ['5 hours ahead', -5 * hour],
    ['3 s behind', 3000],
    ['10 days ahead', -10 * day],
  ])('our clock is %s: exp is brought to our time', (_, skew) => {
    expect(lifetime(exp(now + skew + hour), {}, dated(now + skew))).toBe(hour)
    const expiresAt = new Date(now + skew + hour).toISOString()
    expect(lifetime({ expiresAt }, {}, dated(now + skew))).toBe(hour)
  })
  test.each([[0], [1000], [2000], [-1000], [-2000]])('a difference of %i ms is none', (skew) => {
    expect(lifetime(exp(now + hour), {}, dated(now + skew))).toBe(hour)
  })
  test('a slow reply is no difference', () => {
    const slow = { requestedAt: now, receivedAt: now + 9000 }
    for (const at of [now, now + 5000, now + 9000]) expect(clockSkew({ ...slow, date: new Date(at).toUTCString() })).toBe(0)
  })
  test('a relative lifetime is not corrected', () => expect(lifetime({ expiresIn: 60 }, {}, dated(now + 5 * hour))).toBe(60_000))
  test.each([[null], [''], ['yesterday'], ['1 banana'], ['Sun, 99 Foo 2026 99:99:99 GMT'], [new Date(now).toISOString()]])(
    'a Date header of %j says nothing',
    (date) => expect(clockSkew({ ...times, date })).toBe(0),
  )
  test('without a Date header an exp that is past on arrival does not make each call renew', () => {
    expect(lifetime({ ...exp(now - 5 * hour), expiresIn: 60 }, { lifetimeFrom: 'jwt' })).toBe(60_000)
    expect(lifetime(exp(now - 5 * hour))).toBe(hour)
  })
})

test('whatever comes, the expiry is finite and within a year', () => {
  const garbage = [
    0,
    -0,
    1,
    -1,
    1e20,
    5e-324,
    1e11,
    9e15,
    Number.NaN,
    '',
    '0',
    'x',
    true,
    null,
    [],
    {},
    '2026-03-01',
    '9999-12-31T23:59:59Z',
  ]
  for (const expiresIn of garbage) {
    for (const expiresAt of garbage) {
      for (const exp of garbage) {
        for (const policy of [{}, { expiresInUnit: 'ms' }, { lifetimeFrom: 'jwt' }] as const) {
          const found = lifetime({ accessToken: jwt({ exp, iat: expiresAt }), expiresIn, expiresAt }, policy)
          expect(found).toBeGreaterThanOrEqual(0)
          expect(found).toBeLessThanOrEqual(365 * day)
        }
      }
    }
  }
})

test('HTTP dates are read in both forms that name their zone', () => {
  expect(parseHttpDate('Sun, 01 Mar 2026 12:00:00 GMT')).toBe(now)
  expect(parseHttpDate('Sunday, 01-Mar-26 12:00:00 GMT')).toBe(now)
  expect(parseHttpDate('Sun Mar  1 12:00:00 2026')).toBeNaN()
})

test('claims are told by their size: seconds up to 1e11, else milliseconds', () => {
  expect(readClaimInstant(1e11)).toBe(1e14)
  expect(readClaimInstant(1e11 + 1)).toBe(1e11 + 1)
  expect(readClaimInstant('12')).toBe(12_000)
})

test('durations are whole milliseconds', () => {
  expect(readDuration(1.9999, 'ms')).toBe(1)
  expect(readDuration('1.9999')).toBe(1999)
})
