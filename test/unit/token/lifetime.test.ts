import { describe, expect, it, vi } from 'vitest'
import type { ReplyTimes } from '../../../src/token/instant.ts'
import {
  type LifetimePolicy,
  type LifetimeSources,
  type ReplyReading,
  readClaims,
  readExpiry,
  readRefreshExpiry,
} from '../../../src/token/lifetime.ts'
import { jwt } from '../../support/jwt.ts'
import { day, hour, minute } from '../../support/times.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const times: ReplyTimes = { requestedAt: now, receivedAt: now + 100 }

const seconds = (ms: number) => Math.floor(ms / 1000)
const lifetime = (sources: Partial<LifetimeSources>, policy: LifetimePolicy = {}, at: ReplyReading = times) => {
  const expiresAt = readExpiry({ accessToken: 'opaque', ...sources }, policy, at)
  return expiresAt === undefined ? 'never' : expiresAt - at.requestedAt
}
/** How often a reply with this was said to be unclear. */
const complaints = (sources: Partial<LifetimeSources>, policy: LifetimePolicy = {}) => {
  const onUnclear = vi.fn()
  lifetime(sources, policy, { ...times, onUnclear })
  return onUnclear.mock.calls.length
}

describe('a lifetime in the reply', () => {
  it.each<[unknown, number]>([
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
    [999_999_999, 365 * day],
  ])('%j seconds live for %i ms', (expiresIn, expected) => {
    expect(lifetime({ expiresIn })).toBe(expected)
  })

  it.each([
    ['3600abc'],
    ['abc'],
    ['1e3'],
    ['0x10'],
    ['-1'],
    ['NaN'],
    ['Infinity'],
    [''],
    ['9'.repeat(400)],
    ['600s'],
    ['PT10M'],
    ['10 minutes'],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [1e20],
    [1e16],
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
    // What is there, and was not understood, is said once.
    expect(complaints({ expiresIn })).toBe(expiresIn === undefined ? 0 : 1)
  })

  it.each<[string, unknown, LifetimePolicy]>([
    ['seconds', seconds(now + 2 * hour), {}],
    ['seconds as text', String(seconds(now + 2 * hour)), {}],
    ['milliseconds', now + 2 * hour, {}],
    ['milliseconds, where that is the unit', now + 2 * hour, { expiresInUnit: 'ms' }],
    ['a date', '2026-03-01T14:00:00Z', {}],
    ['an HTTP date', 'Sun, 01 Mar 2026 14:00:00 GMT', {}],
  ])('of 1e9 s or more is an instant: %s', (_, expiresIn, policy) => {
    expect(lifetime({ expiresIn }, policy)).toBe(2 * hour)
    expect(complaints({ expiresIn }, policy)).toBe(0)
  })
  it('one that has passed counts as absent, and is understood', () => {
    expect(lifetime({ expiresIn: seconds(now - hour) }, { defaultLifetimeMs: 77 })).toBe(77)
    expect(complaints({ expiresIn: seconds(now - hour) })).toBe(0)
  })

  it('the default is an hour', () => expect(lifetime({})).toBe(hour))
  it('a default beyond a year is cut to it', () => expect(lifetime({}, { defaultLifetimeMs: 1e15 })).toBe(365 * day))
  it.each([Infinity, 'never'] as const)('a default of %s means never', (defaultLifetimeMs) => {
    expect(lifetime({}, { defaultLifetimeMs })).toBe('never')
  })
  it('what the reply says wins over a default of Infinity', () =>
    expect(lifetime({ expiresIn: 5 }, { defaultLifetimeMs: Infinity })).toBe(5000))
  it('0 means never only where the provider says so', () => {
    expect(lifetime({ expiresIn: 0 }, { zeroMeansNever: true })).toBe('never')
    expect(lifetime({ expiresIn: '0' }, { zeroMeansNever: true })).toBe('never')
    expect(lifetime({ expiresIn: 1 }, { zeroMeansNever: true })).toBe(1000)
    expect(lifetime({ expiresIn: 0 }, { zeroMeansNever: false })).toBe(0)
  })
  it('the unit may be ms', () => expect(lifetime({ expiresIn: '1500' }, { expiresInUnit: 'ms' })).toBe(1500))
  it('counts from the start of the request', () =>
    expect(readExpiry({ accessToken: 'x', expiresIn: 60 }, {}, { requestedAt: 5000, receivedAt: 25_000 })).toBe(65_000))
  it('one that is over when the reply arrives is one all the same', () =>
    expect(lifetime({ expiresIn: 1 }, {}, { requestedAt: now, receivedAt: now + 5000 })).toBe(1000))
})

describe('an instant in the reply', () => {
  const end = now + 2 * hour
  it.each<[unknown, LifetimePolicy]>([
    [seconds(end), {}],
    [String(seconds(end)), {}],
    [end, {}],
    [end, { expiresInUnit: 'ms' }],
    [seconds(end), { expiresInUnit: 's' }],
    ['2026-03-01T14:00:00Z', {}],
    ['2026-03-01T15:00:00+01', {}],
  ])('%j is read', (expiresAt, policy) => {
    expect(lifetime({ expiresAt }, policy)).toBe(2 * hour)
    expect(complaints({ expiresAt }, policy)).toBe(0)
  })
  it.each([['2026-13-45T99:99:99Z'], ['1 banana'], ['March 2, 2026'], [3600], [0], [-5], [{}], [true], [1e300]])(
    '%j counts as absent, and is said to be unclear',
    (expiresAt) => {
      expect(lifetime({ expiresAt }, { defaultLifetimeMs: 77 })).toBe(77)
      expect(complaints({ expiresAt })).toBe(1)
    },
  )
  it.each([[seconds(now) - 10], ['2026-02-28T00:00:00Z'], [now]])('%j has passed, and counts as absent', (expiresAt) => {
    expect(lifetime({ expiresAt }, { defaultLifetimeMs: 77 })).toBe(77)
    expect(complaints({ expiresAt })).toBe(0)
  })
  it('a lifetime beside it wins', () => expect(lifetime({ expiresIn: 10, expiresAt: seconds(end) })).toBe(10_000))
  it('a garbage lifetime beside it does not', () => expect(lifetime({ expiresIn: 'soon', expiresAt: seconds(end) })).toBe(2 * hour))
})

describe('a renewal that leaves the lifetime out', () => {
  const previous = { issuedAt: now - day, expiresAt: now - day + 5 * minute }
  it('keeps it as last told', () => expect(lifetime({ previous })).toBe(5 * minute))
  it('after its JWT’s exp', () => expect(lifetime({ previous, accessToken: jwt({ exp: seconds(now + 2 * hour) }) })).toBe(2 * hour))
  it('not where it tells one', () => expect(lifetime({ previous, expiresIn: 60 })).toBe(60_000))
  it('also where what it tells means no time', () => expect(lifetime({ previous, expiresIn: 'soon' })).toBe(5 * minute))
  it('and never, where that was told', () => expect(lifetime({ previous: { issuedAt: now - day, expiresAt: undefined } })).toBe('never'))
  it('has the default where nothing is known of the token before', () => expect(lifetime({ previous: {} })).toBe(hour))
})

describe('a JWT', () => {
  const inTwoHours = { exp: seconds(now + 2 * hour) }
  it.each<[string, unknown, number]>([
    ['exp in seconds', inTwoHours, 2 * hour],
    ['exp in milliseconds', { exp: now + 2 * hour }, 2 * hour],
    ['exp as text', { exp: String(seconds(now + 2 * hour)) }, 2 * hour],
    ['exp far away', { exp: seconds(now) + 1e9 }, 365 * day],
    ['exp further away than iat allows', { exp: seconds(now + 2 * hour), iat: seconds(now + 2 * hour) - 300 }, 5 * minute],
    ['exp nearer than iat allows', { exp: seconds(now + minute), iat: seconds(now - hour) }, minute],
    ['exp before iat', { exp: seconds(now + hour), iat: seconds(now + 2 * hour) }, hour],
    ['iat of another type', { exp: seconds(now + hour), iat: true }, hour],
    ['iat in milliseconds', { exp: seconds(now + 2 * hour), iat: now + hour }, hour],
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
  it.each([['opaque'], ['a.b.c'], ['..'], [`x.${btoa('{')}.y`], ['e30.%%%.x'], ['']])(
    'that is none (%s) gives nothing, and throws nothing',
    (text) => {
      expect(readClaims(text)).toEqual({})
      expect(lifetime({ accessToken: text }, { defaultLifetimeMs: 77 })).toBe(77)
    },
  )
  it('says less than the reply, unless the provider says else', () => {
    const sources = { accessToken: jwt(inTwoHours), expiresIn: 60 }
    expect(lifetime(sources)).toBe(60_000)
    expect(lifetime(sources, { lifetimeFrom: 'response' })).toBe(60_000)
    expect(lifetime(sources, { lifetimeFrom: 'jwt' })).toBe(2 * hour)
  })
  it('where it does not say, the reply does', () =>
    expect(lifetime({ accessToken: jwt({}), expiresIn: 60 }, { lifetimeFrom: 'jwt' })).toBe(60_000))
  it('wins over the default', () => expect(lifetime({ accessToken: jwt(inTwoHours) }, { defaultLifetimeMs: 77 })).toBe(2 * hour))
})

describe('a clock that differs from the server’s', () => {
  const exp = (ms: number) => ({ accessToken: jwt({ exp: seconds(ms) }) })
  const dated = (ms: number): ReplyTimes => ({ ...times, date: new Date(ms).toUTCString() })

  it.each([
    ['5 hours behind', 5 * hour],
    ['5 hours ahead', -5 * hour],
    ['3 s behind', 3000],
    ['10 days ahead', -10 * day],
  ])('our clock is %s: exp is brought to our time', (_, skew) => {
    expect(lifetime(exp(now + skew + hour), {}, dated(now + skew))).toBe(hour)
    const expiresAt = new Date(now + skew + hour).toISOString()
    expect(lifetime({ expiresAt }, {}, dated(now + skew))).toBe(hour)
  })
  it('a relative lifetime is not corrected', () => expect(lifetime({ expiresIn: 60 }, {}, dated(now + 5 * hour))).toBe(60_000))
  it.each([
    ['an hour behind, and the server says nothing', hour, null],
    ['right, and the server’s Date is ten minutes slow', 0, -10 * minute],
    ['a day behind, and the Date an hour slow', day, day - hour],
    ['an hour ahead', -hour, null],
  ])('our clock is %s: a JWT of 300 s is used for no longer', (_, skew, dateSkew) => {
    const claims = { iat: seconds(now + skew), exp: seconds(now + skew + 5 * minute) }
    const at = dateSkew === null ? times : dated(now + dateSkew)
    expect(lifetime({ accessToken: jwt(claims) }, {}, at)).toBe(5 * minute)
    expect(lifetime({ accessToken: jwt(claims), expiresIn: 86_400 }, { lifetimeFrom: 'jwt' }, at)).toBe(5 * minute)
    // Where the reply decides, it decides.
    expect(lifetime({ accessToken: jwt(claims), expiresIn: 86_400 }, {}, at)).toBe(day)
  })
  it('without a Date header an exp that is past on arrival does not make each call renew', () => {
    expect(lifetime({ ...exp(now - 5 * hour), expiresIn: 60 }, { lifetimeFrom: 'jwt' })).toBe(60_000)
    expect(lifetime(exp(now - 5 * hour))).toBe(hour)
  })
})

it('whatever comes, the expiry is finite and within a year', () => {
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
  const wrong: object[] = []
  for (const expiresIn of garbage) {
    for (const expiresAt of garbage) {
      for (const exp of garbage) {
        for (const policy of [{}, { expiresInUnit: 'ms' }, { lifetimeFrom: 'jwt' }] as const) {
          const found = lifetime({ accessToken: jwt({ exp, iat: expiresAt }), expiresIn, expiresAt }, policy)
          if (typeof found !== 'number' || !(found >= 0 && found <= 365 * day)) wrong.push({ expiresIn, expiresAt, exp, policy, found })
        }
      }
    }
  }
  expect(wrong).toEqual([])
})

describe('until when a refresh token can be presented', () => {
  const until = (told: { refreshToken?: string; expiresIn?: unknown; expiresAt?: unknown }, policy: LifetimePolicy = {}) => {
    const end = readRefreshExpiry({ refreshToken: undefined, expiresIn: undefined, expiresAt: undefined, ...told }, policy, times)
    return end === undefined ? undefined : end - now
  }
  it.each<[string, Parameters<typeof until>[0], number | undefined]>([
    ['a lifetime', { expiresIn: 60 }, minute],
    ['an instant', { expiresAt: seconds(now + hour) }, hour],
    ['a lifetime that is an instant', { expiresIn: seconds(now + hour) }, hour],
    ['its own exp, where it is a JWT', { refreshToken: jwt({ exp: seconds(now + day) }) }, day],
    ['its own exp, bounded by iat', { refreshToken: jwt({ exp: seconds(now + day), iat: seconds(now + day - hour) }) }, hour],
    ['the reply before the JWT', { expiresIn: 60, refreshToken: jwt({ exp: seconds(now + day) }) }, minute],
    ['nobody, of a refresh token that is none', { refreshToken: 'opaque' }, undefined],
    ['0: it never ends', { expiresIn: 0, expiresAt: 0 }, undefined],
    ['0 beside an exp', { expiresIn: 0, refreshToken: jwt({ exp: seconds(now + day) }) }, day],
    ['garbage', { expiresIn: 'x', expiresAt: [] }, undefined],
  ])('says %s', (_, told, expected) => expect(until(told)).toBe(expected))
  it('the unit may be ms', () => expect(until({ expiresIn: '1500' }, { expiresInUnit: 'ms' })).toBe(1500))
  it('0 is no complaint, garbage is one', () => {
    const onUnclear = vi.fn()
    const reading = { ...times, onUnclear }
    readRefreshExpiry({ refreshToken: undefined, expiresIn: 0, expiresAt: '0' }, {}, reading)
    expect(onUnclear).not.toHaveBeenCalled()
    readRefreshExpiry({ refreshToken: undefined, expiresIn: 'x', expiresAt: undefined }, {}, reading)
    expect(onUnclear).toHaveBeenCalledTimes(1)
  })
})
