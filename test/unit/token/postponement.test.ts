import { describe, expect, it } from 'vitest'
import { canPostpone, postponedUntil } from '../../../src/token/postponement.ts'

const minute = 60_000
// A token of an hour that was got at 0, and one of 40 and of 30 seconds.
const hourly = { agingAt: 55 * minute, expiredAt: 60 * minute - 10_000 }
const short = { agingAt: 30_000, expiredAt: 38_000 }
const shortest = { agingAt: 22_500, expiredAt: 28_500 }

describe('canPostpone', () => {
  it.each([
    ['a fresh token → no', hourly, 55 * minute - 1, false],
    ['from the moment when it ages → yes', hourly, 55 * minute, true],
    ['just before half of its aging is over → yes', hourly, 55 * minute + 145_000 - 1, true],
    ['half of its aging is over → no', hourly, 55 * minute + 145_000, false],
    ['expired → no', hourly, 60 * minute, false],
    ['a short token: with 5 seconds left → no', short, 33_000, false],
    ['a short token: with a moment more → yes', short, 32_999, true],
    ['a token of half a minute: hardly at all', shortest, 23_500, false],
    ['a token that never expires → no', { agingAt: Number.POSITIVE_INFINITY, expiredAt: Number.POSITIVE_INFINITY }, 0, false],
  ])('%s', (_, window, now, expected) => {
    expect(canPostpone(window, now)).toBe(expected)
  })
})

describe('postponedUntil', () => {
  it.each([
    ['an hour: 30 s at most', hourly, 0, 30_000],
    ['at random a fifth less', hourly, 1, 24_000],
    ['a short token: an eighth of its aging', short, 0, 1_000],
  ])('%s', (_, window, random, ms) => {
    expect(postponedUntil(window, 1_000_000, random)).toBe(1_000_000 + ms)
  })

  it('whatever the window: a postponed renewal is tried again while the token lives', () => {
    for (let agingMs = 5_001; agingMs < 10_000_000; agingMs = Math.ceil(agingMs * 1.1)) {
      const window = { agingAt: 0, expiredAt: agingMs }
      const last = Math.ceil(agingMs - Math.max(agingMs / 2, 5_000)) - 1
      expect(canPostpone(window, last)).toBe(true)
      expect(postponedUntil(window, last, 0)).toBeLessThan(agingMs - agingMs / 4)
    }
  })
})
