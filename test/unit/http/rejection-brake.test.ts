import { describe, expect, it, vi } from 'vitest'
import { Events } from '../../../src/base/events.ts'
import { RejectionBrake } from '../../../src/http/rejection-brake.ts'

const start = Date.UTC(2026, 0, 1)
const minute = 60_000
const url = 'https://api.ok/a'

/** A brake with a clock, and tokens that it is told of. */
function createBrake() {
  const pauses: number[] = []
  const events = new Events(Date)
  let now = start
  // Listeners are called in a promise.
  vi.spyOn(events, 'emit').mockImplementation(() => void pauses.push(now))
  const brake = new RejectionBrake({ events, now: () => now })
  const at = (ms: number) => {
    now = start + ms
    return brake
  }
  const token = (generation: number, isAccepted = false) => ({ generation, isAccepted })
  /** A token is rejected, renewed, and the new one rejected too. */
  const reject = (generation: number) => {
    if (!brake.mayRenew(token(generation))) return false
    brake.noteRenewal(token(generation))
    brake.noteRejection(token(generation + 1))
    return true
  }
  return { brake, pauses, token, reject, at }
}

describe('tokens that nobody accepts', () => {
  it('two in a row → no pause', () => {
    const { brake, reject } = createBrake()
    expect([reject(1), reject(2)]).toEqual([true, true])
    expect(brake.pausedUntil).toBeUndefined()
  })

  it('three in a row → a pause of a minute, told once', () => {
    const { brake, pauses, token, reject, at } = createBrake()
    for (const generation of [1, 2, 3]) expect(reject(generation)).toBe(true)
    expect(brake.pausedUntil).toBe(start + minute)
    expect([0, minute - 1, minute].map((ms) => at(ms).mayRenew(token(4)))).toEqual([false, false, true])
    expect(pauses).toEqual([start])
  })

  it('the first one, which was not got by force → does not count', () => {
    const { brake, token } = createBrake()
    for (const generation of [1, 2, 3, 4]) brake.noteRejection(token(generation))
    expect(brake.pausedUntil).toBeUndefined()
  })

  it('one of them rejected a thousand times → counts once', () => {
    const { brake, token, reject } = createBrake()
    reject(1)
    for (let call = 0; call < 1_000; call++) brake.noteRejection(token(2))
    expect(brake.pausedUntil).toBeUndefined()
    reject(2)
    expect(brake.pausedUntil).toBeUndefined()
    reject(3)
    expect(brake.pausedUntil).toBe(start + minute)
  })

  it('and one before them that is rejected late → does not count', () => {
    const { brake, token, reject } = createBrake()
    for (const generation of [1, 2]) reject(generation)
    for (const generation of [1, 2, 3]) brake.noteRejection(token(generation))
    expect(brake.pausedUntil).toBeUndefined()
  })

  it('but for one in between → the count begins anew', () => {
    const { brake, token, reject } = createBrake()
    for (const generation of [1, 2]) reject(generation)
    brake.noteAcceptance(token(3))
    for (const generation of [3, 4]) reject(generation)
    expect(brake.pausedUntil).toBeUndefined()
    reject(5)
    expect(brake.pausedUntil).toBe(start + minute)
  })

  it('and one before them that is accepted late → the count goes on', () => {
    const { brake, token, reject } = createBrake()
    for (const generation of [1, 2]) reject(generation)
    brake.noteAcceptance(token(2))
    reject(3)
    expect(brake.pausedUntil).toBe(start + minute)
  })

  it('and one that had been accepted before it was rejected → was revoked, and does not count', () => {
    const { brake, token, reject } = createBrake()
    for (const generation of [1, 2]) reject(generation)
    brake.noteRenewal(token(3))
    brake.noteRejection(token(4, true))
    expect(brake.pausedUntil).toBeUndefined()
  })

  it.each([
    [2 * minute, true],
    [2 * minute + 1, false],
  ])('the third one %i ms after the second → pause: %s', (afterMs, isPause) => {
    const { brake, reject, at } = createBrake()
    for (const generation of [1, 2]) reject(generation)
    at(afterMs)
    reject(3)
    expect(brake.pausedUntil !== undefined).toBe(isPause)
  })

  it('after the pause → one more is tried, which begins the next, and nobody is told again', () => {
    const { brake, pauses, reject, at } = createBrake()
    for (const generation of [1, 2, 3]) reject(generation)
    at(minute)
    expect([reject(4), reject(5)]).toEqual([true, false])
    expect(brake.pausedUntil).toBe(start + 2 * minute)
    expect(pauses).toHaveLength(1)
  })

  it('until the token that is held is accepted → the pause ends at once', () => {
    const { brake, token, reject } = createBrake()
    for (const generation of [1, 2, 3]) reject(generation)
    brake.noteAcceptance(token(3))
    expect(brake.mayRenew(token(4))).toBe(false)
    brake.noteAcceptance(token(4))
    expect(brake.mayRenew(token(4, true))).toBe(true)
  })
})

describe('forced renewals of tokens that are accepted, and then rejected', () => {
  const renew = (at: (ms: number) => RejectionBrake, count: number, when: (n: number) => number) => {
    for (let n = 1; n <= count; n++) {
      at(when(n)).noteRejection({ generation: n, isAccepted: true })
      at(when(n)).noteRenewal({ generation: n, isAccepted: true })
    }
  }

  it('ten within a minute → a pause of a minute, which their acceptance does not end', () => {
    const { brake, pauses, token, at } = createBrake()
    renew(at, 9, (n) => n)
    expect(at(10).mayRenew(token(10, true))).toBe(true)
    brake.noteRenewal(token(10, true))
    brake.noteAcceptance(token(11))
    expect([10, minute + 9, minute + 10].map((ms) => at(ms).mayRenew(token(11, true)))).toEqual([false, false, true])
    expect(pauses).toEqual([start + 10])
  })

  it('ten within a minute, and then three tokens that nobody accepts → the pause is still one that acceptance does not end', () => {
    const { brake, token, at } = createBrake()
    renew(at, 10, () => 0)
    for (const generation of [11, 12, 13]) at(1).noteRejection(token(generation))
    brake.noteAcceptance(token(13))
    expect(brake.pausedUntil).toBe(start + minute)
  })

  it('nine within a minute, over an hour → no pause', () => {
    const { brake, at } = createBrake()
    renew(at, 540, (n) => (n * minute) / 9)
    expect(brake.pausedUntil).toBeUndefined()
  })

  it('of one token for a thousand calls → count once, and those who join the last one may', () => {
    const { brake, token, at } = createBrake()
    renew(at, 10, () => 0)
    for (let call = 0; call < 1_000; call++) {
      brake.noteRenewal(token(10, true))
      expect(brake.mayRenew(token(10, true))).toBe(true)
    }
    expect(brake.mayRenew(token(11, true))).toBe(false)
  })
})

describe('a path that rejects every token', () => {
  it('a path that rejects every token → renews nothing while the token is accepted elsewhere, and other paths do', () => {
    const { brake, token, at } = createBrake()
    brake.noteReplay(token(2), `${url}?q=1#f`, true)
    expect(brake.mayRenew(token(2, true), url)).toBe(false)
    expect(brake.mayRenew(token(2, true), `${url}?q=2`)).toBe(false)
    expect(brake.mayRenew(token(2, true), 'https://api.ok/b')).toBe(true)
    expect(brake.mayRenew(token(2, true), 'https://other.ok/a')).toBe(true)
    // Nobody has accepted this one: it may be the token.
    expect(brake.mayRenew(token(2), url)).toBe(true)
    expect(at(minute).mayRenew(token(2, true), url)).toBe(true)
  })

  it('and then accepts a new one → is forgotten', () => {
    const { brake, token } = createBrake()
    brake.noteReplay(token(2), url, true)
    brake.noteReplay(token(3), url, false)
    expect(brake.mayRenew(token(3, true), url)).toBe(true)
  })
})

it.each([minute + 1, 24 * 60 * minute])('a clock that is set back by %i ms during a pause → the pause is over', (back) => {
  const { brake, token, reject, at } = createBrake()
  for (const generation of [1, 2, 3]) reject(generation)
  expect(brake.mayRenew(token(4))).toBe(false)
  expect(at(-back).mayRenew(token(4))).toBe(true)
  expect(brake.pausedUntil).toBeUndefined()
})

it('a clock that is set back between forced renewals → those from before do not count', () => {
  const { brake, token, at } = createBrake()
  for (let n = 1; n <= 9; n++) brake.noteRenewal(token(n, true))
  at(-minute).noteRenewal(token(10, true))
  expect(brake.pausedUntil).toBeUndefined()
})
