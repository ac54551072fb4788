import { expect, test } from 'vitest'
import { createFakeClock } from '../../../src/testing.ts'

test('a fake clock stands still until it is advanced, and can go back', () => {
  const clock = createFakeClock(1_000)
  expect([clock.now(), clock.now()]).toEqual([1_000, 1_000])
  clock.advance(500)
  expect(clock.now()).toBe(1_500)
  clock.advance(-1_000)
  expect(clock.now()).toBe(500)
})

test('without a start it begins at a fixed instant', () => {
  expect(createFakeClock().now()).toBe(createFakeClock().now())
})
