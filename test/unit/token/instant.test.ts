import { describe, expect, it } from 'vitest'
import {
  clockSkew,
  parseHttpDate,
  type ReplyTimes,
  readClaimInstant,
  readInstant,
  readLifetime,
  readNumber,
  unclear,
} from '../../../src/token/instant.ts'
import { hour } from '../../support/times.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const times: ReplyTimes = { requestedAt: now, receivedAt: now + 100 }

describe('an instant as text', () => {
  const end = now + 2 * hour
  it.each([
    ['2026-03-01T14:00:00Z'],
    ['2026-03-01T14:00:00.000Z'],
    ['2026-03-01T14:00:00.000000Z'],
    ['2026-03-01T14:00:00,0Z'],
    ['2026-03-01T14:00:00z'],
    ['2026-03-01T14:00:00'],
    ['2026-03-01T14:00Z'],
    ['2026-03-01 14:00:00'],
    ['2026-03-01 14:00:00Z'],
    ['2026-03-01 14:00:00 UTC'],
    ['2026-03-01 14:00:00+00'],
    ['2026-03-01 14:00:00.000000+00'],
    ['2026-03-01T14:00:00+00:00'],
    ['2026-03-01T14:00:00-0000'],
    ['2026-03-01T15:00:00+01:00'],
    ['2026-03-01T15:00:00+0100'],
    ['2026-03-01T15:00:00+01'],
    ['2026-03-01T08:30:00-05:30'],
    [' 2026-03-01T14:00:00Z\n'],
    ['Sun, 01 Mar 2026 14:00:00 GMT'],
    ['Sunday, 01-Mar-26 14:00:00 GMT'],
  ])('%j is read', (text) => expect(readInstant(text, undefined, times)).toBe(end))

  it('a fraction counts to the millisecond', () => {
    expect(readInstant('2026-03-01T14:00:00.1239Z', undefined, times)).toBe(end + 123)
    expect(readInstant('2026-03-01T14:00:00.5Z', undefined, times)).toBe(end + 500)
  })
  it('a date without a time is its midnight', () => expect(readInstant('2026-03-02', undefined, times)).toBe(now + 12 * hour))
  it.each([
    ['2026-13-45T99:99:99Z'],
    ['2026-03-01T14'],
    ['2026-03-01T14:00:00+1'],
    ['2026-03-01T14:00:00 PST'],
    ['20260301T140000Z'],
    ['1 banana'],
    ['March 2, 2026'],
    ['tomorrow'],
    [' '],
  ])('%j is unclear', (text) => expect(readInstant(text, undefined, times)).toBe(unclear))
})

describe('an instant as a number', () => {
  it.each<[string, unknown, 's' | 'ms' | undefined, number | typeof unclear | undefined]>([
    ['seconds, by its size', 1_800_000_000, undefined, 1_800_000_000_000],
    ['milliseconds, by its size', 1_800_000_000_000, undefined, 1_800_000_000_000],
    ['seconds, by the unit', '1800000000', 's', 1_800_000_000_000],
    ['milliseconds, by the unit', 1_800_000_000_000, 'ms', 1_800_000_000_000],
    ['a fraction', 1_800_000_000.5, undefined, 1_800_000_000_500],
    ['seconds where the unit is ms', 1_800_000_000, 'ms', unclear],
    ['a lifetime in the wrong field', 3600, undefined, unclear],
    ['0', 0, undefined, unclear],
    ['negative', -1, undefined, unclear],
    ['beyond all dates', 1e17, undefined, unclear],
    ['NaN', Number.NaN, undefined, unclear],
    ['an object', { valueOf: () => 1_800_000_000 }, undefined, unclear],
    ['absent', undefined, undefined, undefined],
    ['past', 1_500_000_000, undefined, undefined],
    ['now', now, undefined, undefined],
  ])('%s', (_, value, unit, expected) => expect(readInstant(value, unit, times)).toBe(expected))
})

describe('a lifetime', () => {
  it.each<[unknown, 's' | 'ms' | undefined, number | typeof unclear | undefined]>([
    [60, undefined, now + 60_000],
    ['1.9999', undefined, now + 1999],
    [1.9999, 'ms', now + 1],
    [999_999_999, undefined, now + 999_999_999_000],
    [1e9, undefined, undefined],
    [999_999_999_999, 'ms', now + 999_999_999_999],
    [1_800_000_000_000, 'ms', 1_800_000_000_000],
    [[], undefined, unclear],
    [undefined, undefined, undefined],
  ])('%j %s', (value, unit, expected) => expect(readLifetime(value, unit, times)).toBe(expected))
})

it.each<[unknown, number]>([
  [7, 7],
  ['7', 7],
  [' 7.5 ', 7.5],
  [0, 0],
])('%j is a number', (value, expected) => expect(readNumber(value)).toBe(expected))
it.each([['1e3'], ['0x10'], ['-1'], ['+1'], ['1,5'], ['7s'], [''], [null], [true], [[7]], [-1], [Infinity], [Number.NaN]])(
  '%j is none',
  (value) => expect(readNumber(value)).toBeNaN(),
)

it('claims are told by their size: seconds up to 1e11, else milliseconds', () => {
  expect(readClaimInstant(1e11)).toBe(1e14)
  expect(readClaimInstant(1e11 + 1)).toBe(1e11 + 1)
  expect(readClaimInstant('12')).toBe(12_000)
  expect(readClaimInstant(1e16)).toBeUndefined()
  expect(readClaimInstant('soon')).toBeUndefined()
})

describe('a clock that differs from the server’s', () => {
  const dated = (ms: number): ReplyTimes => ({ ...times, date: new Date(ms).toUTCString() })
  it.each([[0], [1000], [2000], [-1000], [-2000]])('a difference of %i ms is none', (skew) => {
    expect(clockSkew(dated(now + skew))).toBe(0)
  })
  it.each([[3000], [-3000], [hour], [-24 * hour]])('a difference of %i ms is one', (skew) => {
    expect(clockSkew(dated(now + skew))).toBe(skew)
    expect(readInstant(now + skew + hour, 'ms', dated(now + skew))).toBe(now + hour)
  })
  it('a slow reply is no difference', () => {
    const slow = { requestedAt: now, receivedAt: now + 9000 }
    for (const at of [now, now + 5000, now + 9000]) expect(clockSkew({ ...slow, date: new Date(at).toUTCString() })).toBe(0)
  })
  it.each([[null], [undefined], [''], ['yesterday'], ['1 banana'], ['Sun, 99 Foo 2026 99:99:99 GMT'], [new Date(now).toISOString()]])(
    'a Date header of %j says nothing',
    (date) => expect(clockSkew({ ...times, date })).toBe(0),
  )
})

it('HTTP dates are read in both forms that name their zone', () => {
  expect(parseHttpDate('Sun, 01 Mar 2026 12:00:00 GMT')).toBe(now)
  expect(parseHttpDate('Sunday, 01-Mar-26 12:00:00 GMT')).toBe(now)
  expect(parseHttpDate('Sun Mar  1 12:00:00 2026')).toBeNaN()
})
