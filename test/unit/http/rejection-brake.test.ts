import { describe, expect, test } from 'vitest'
import { RejectionBrake } from '../../../src/http/rejection-brake.ts'

const start = Date.UTC(2026, 0, 1)
const minute = 60_000
const url = 'https://api.ok/a'

/** A brake, with tokens that it is told of. */
function createBrake() {
  const pauses: number[] = []
  const brake = new RejectionBrake((at) => pauses.push(at))
  const token = (generation: number, isAccepted = false) => ({ generation, isAccepted })
  /** A token is rejected, renewed, and the new one rejected too. */
  const reject = (generation: number, now = start) => {
    if (!brake.mayRenew(token(generation), now)) return false
    brake.noteRenewal(token(generation), now)
    brake.noteRejection(token(generation + 1), now)
    return true
  }
  return { brake, pauses, token, reject }
}

describe('tokens that nobody accepts', () => {
  test('two in a row → no pause', () => {
    const { brake, reject } = createBrake()
    expect([reject(1), reject(2)]).toEqual([true, true])
    expect(brake.pausedUntil(start)).toBeUndefined()
  })

  test('three in a row → a pause of a minute, told once', () => {
    const { brake, pauses, token, reject } = createBrake()
    for (const generation of [1, 2, 3]) expect(reject(generation)).toBe(true)
    expect(brake.pausedUntil(start)).toBe(start + minute)
    expect([0, minute - 1, minute].map((ms) => brake.mayRenew(token(4), start + ms))).toEqual([false, false, true])
    expect(pauses).toEqual([start])
  })

  test('the first one, which was not got by force → does not count', () => {
    const { brake, token } = createBrake()
    for (const generation of [1, 2, 3, 4]) brake.noteRejection(token(generation), start)
    expect(brake.pausedUntil(start)).toBeUndefined()
  })

  test('one of them rejected a thousand times → counts once', () => {
    const { brake, token, reject } = createBrake()
    reject(1)
    for (let call = 0; call < 1_000; call++) brake.noteRejection(token(2), start)
    expect(brake.pausedUntil(start)).toBeUndefined()
    reject(2)
    expect(brake.pausedUntil(start)).toBeUndefined()
    reject(3)
    expect(brake.pausedUntil(start)).toBe(start + minute)
  })

  test('and one before them that is rejected late → does not count', () => {
    const { brake, token, reject } = createBrake()
    for (const generation of [1, 2]) reject(generation)
    for (const generation of [1, 2, 3]) brake.noteRejection(token(generation), start)
    expect(brake.pausedUntil(start)).toBeUndefined()
  })

  test('but for one in between → the count begins anew', () => {
    const { brake, token, reject } = createBrake()
    for (const generation of [1, 2]) reject(generation)
    brake.noteAcceptance(token(3))
    for (const generation of [3, 4]) reject(generation)
    expect(brake.pausedUntil(start)).toBeUndefined()
    reject(5)
    expect(brake.pausedUntil(start)).toBe(start + minute)
  })

  test('and one before them that is accepted late → the count goes on', () => {
    const { brake, token, reject } = createBrake()
    for (const generation of [1, 2]) reject(generation)
    brake.noteAcceptance(token(2))
    reject(3)
    expect(brake.pausedUntil(start)).toBe(start + minute)
  })

  test('and one that had been accepted before it was rejected → was revoked, and does not count', () => {
    const { brake, token, reject } = createBrake()
    for (const generation of [1, 2]) reject(generation)
    brake.noteRenewal(token(3), start)
    brake.noteRejection(token(4, true), start)
    expect(brake.pausedUntil(start)).toBeUndefined()
  })

  test.each([
    [2 * minute, true],
    [2 * minute + 1, false],
  ])('the third one %i ms after the second → pause: %s', (afterMs, isPause) => {
    const { brake, reject } = createBrake()
    for (const generation of [1, 2]) reject(generation)
    reject(3, start + afterMs)
    expect(brake.pausedUntil(start + afterMs) !== undefined).toBe(isPause)
  })

  test('after the pause → one more is tried, which begins the next, and nobody is told again', () => {
    const { brake, pauses, reject } = createBrake()
    for (const generation of [1, 2, 3]) reject(generation)
    expect([reject(4, start + minute), reject(5, start + minute)]).toEqual([true, false])
    expect(brake.pausedUntil(start + minute)).toBe(start + 2 * minute)
    expect(pauses).toHaveLength(1)
  })

  test('until the token that is held is accepted → the pause ends at once', () => {
    const { brake, token, reject } = createBrake()
    for (const generation of [1, 2, 3]) reject(generation)
    brake.noteAcceptance(token(3))
    expect(brake.mayRenew(token(4), start)).toBe(false)
    brake.noteAcceptance(token(4))
    expect(brake.mayRenew(token(4, true), start)).toBe(true)
  })
})

describe('forced renewals of tokens that are accepted, and then rejected', () => {
  const renew = (brake: RejectionBrake, count: number, now: (n: number) => number) => {
    for (let n = 1; n <= count; n++) {
      brake.noteRejection({ generation: n, isAccepted: true }, now(n))
      brake.noteRenewal({ generation: n, isAccepted: true }, now(n))
    }
  }

  test('ten within a minute → a pause of a minute, which their acceptance does not end', () => {
    const { brake, pauses, token } = createBrake()
    renew(brake, 9, (n) => start + n)
    expect(brake.mayRenew(token(10, true), start + 10)).toBe(true)
    brake.noteRenewal(token(10, true), start + 10)
    brake.noteAcceptance(token(11))
    expect([10, minute + 9, minute + 10].map((ms) => brake.mayRenew(token(11, true), start + ms))).toEqual([false, false, true])
    expect(pauses).toEqual([start + 10])
  })

  test('ten within a minute, and then three tokens that nobody accepts → the pause is still one that acceptance does not end', () => {
    const { brake, token } = createBrake()
    renew(brake, 10, () => start)
    for (const generation of [11, 12, 13]) brake.noteRejection(token(generation), start + 1)
    brake.noteAcceptance(token(13))
    expect(brake.pausedUntil(start + 1)).toBe(start + minute)
  })

  test('nine within a minute, over an hour → no pause', () => {
    const { brake } = createBrake()
    renew(brake, 540, (n) => start + (n * minute) / 9)
    expect(brake.pausedUntil(start + 60 * minute)).toBeUndefined()
  })

  test('of one token for a thousand calls → count once, and those who join the last one may', () => {
    const { brake, token } = createBrake()
    renew(brake, 10, () => start)
    for (let call = 0; call < 1_000; call++) {
      brake.noteRenewal(token(10, true), start)
      expect(brake.mayRenew(token(10, true), start)).toBe(true)
    }
    expect(brake.mayRenew(token(11, true), start)).toBe(false)
  })
})

describe('a path that rejects every token', () => {
  test('→ renews nothing while the token is accepted elsewhere, and other paths do', () => {
    const { brake, token } = createBrake()
    brake.noteReplay({ held: token(2), isRejected: true }, `${url}?q=1#f`, start)
    expect(brake.mayRenew(token(2, true), start, url)).toBe(false)
    expect(brake.mayRenew(token(2, true), start, `${url}?q=2`)).toBe(false)
    expect(brake.mayRenew(token(2, true), start, 'https://api.ok/b')).toBe(true)
    expect(brake.mayRenew(token(2, true), start, 'https://other.ok/a')).toBe(true)
    // Nobody has accepted this one: it may be the token.
    expect(brake.mayRenew(token(2), start, url)).toBe(true)
    expect(brake.mayRenew(token(2, true), start + minute, url)).toBe(true)
  })

  test('and then accepts a new one → is forgotten', () => {
    const { brake, token } = createBrake()
    brake.noteReplay({ held: token(2), isRejected: true }, url, start)
    brake.noteReplay({ held: token(3), isRejected: false }, url, start)
    expect(brake.mayRenew(token(3, true), start, url)).toBe(true)
  })
})

test.each([minute + 1, 24 * 60 * minute])('a clock that is set back by %i ms during a pause → the pause is over', (back) => {
  const { brake, token, reject } = createBrake()
  for (const generation of [1, 2, 3]) reject(generation)
  expect(brake.mayRenew(token(4), start)).toBe(false)
  expect(brake.mayRenew(token(4), start - back)).toBe(true)
  expect(brake.pausedUntil(start - back)).toBeUndefined()
})

test('a clock that is set back between forced renewals → those from before do not count', () => {
  const { brake, token } = createBrake()
  for (let n = 1; n <= 9; n++) brake.noteRenewal(token(n, true), start)
  brake.noteRenewal(token(10, true), start - minute)
  expect(brake.pausedUntil(start - minute)).toBeUndefined()
})
