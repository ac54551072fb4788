import { expect, test } from 'vitest'
import { RejectionBrake } from '../../../src/http/rejection-brake.ts'

const start = Date.UTC(2026, 0, 1)

test('two new tokens rejected → no pause', () => {
  const brake = new RejectionBrake()
  expect([brake.strike(1, start), brake.strike(2, start)]).toEqual([false, false])
  expect(brake.isPaused(start)).toBe(false)
})

test('three in a row → a pause of 60 s, told once', () => {
  const brake = new RejectionBrake()
  expect([1, 2, 3].map((generation) => brake.strike(generation, start + generation))).toEqual([false, false, true])
  expect([start + 3, start + 60_002, start + 60_003].map((now) => brake.isPaused(now))).toEqual([true, true, false])
})

test('the same generation rejected a thousand times → counts once', () => {
  const brake = new RejectionBrake()
  for (let call = 0; call < 1_000; call++) expect(brake.strike(7, start)).toBe(false)
  expect([brake.strike(8, start), brake.strike(9, start)]).toEqual([false, true])
})

test('an older generation rejected late → does not count', () => {
  const brake = new RejectionBrake()
  brake.strike(5, start)
  expect([brake.strike(3, start), brake.strike(4, start), brake.strike(5, start)]).toEqual([false, false, false])
  expect([brake.strike(6, start), brake.strike(7, start)]).toEqual([false, true])
})

test('a new token accepted in between → the count begins anew', () => {
  const brake = new RejectionBrake()
  brake.strike(1, start)
  brake.strike(2, start)
  brake.reset()
  expect([3, 4, 5].map((generation) => brake.strike(generation, start))).toEqual([false, false, true])
})

test.each([
  [59_999, true],
  [60_000, false],
])('the third one %i ms after the first → pause: %s', (afterMs, isPause) => {
  const brake = new RejectionBrake()
  brake.strike(1, start)
  brake.strike(2, start + 1)
  expect(brake.strike(3, start + afterMs)).toBe(isPause)
})

test('after the pause → three more are needed for the next', () => {
  const brake = new RejectionBrake()
  for (const generation of [1, 2, 3]) brake.strike(generation, start)
  const later = start + 60_000
  expect(brake.isPaused(later)).toBe(false)
  expect([4, 5, 6].map((generation) => brake.strike(generation, later))).toEqual([false, false, true])
  expect(brake.isPaused(later + 59_999)).toBe(true)
})

test('new tokens that are rejected during the pause → do not make it longer', () => {
  const brake = new RejectionBrake()
  for (const generation of [1, 2, 3]) brake.strike(generation, start)
  expect([brake.strike(4, start + 1_000), brake.strike(5, start + 2_000)]).toEqual([false, false])
  expect(brake.isPaused(start + 60_000)).toBe(false)
})

test('a clock that jumps back during a pause → the pause is over', () => {
  const brake = new RejectionBrake()
  const hour = 3_600_000
  for (const generation of [1, 2, 3]) brake.strike(generation, 8 * hour)
  expect(brake.isPaused(8 * hour)).toBe(true)
  expect(brake.isPaused(0)).toBe(false)
})
