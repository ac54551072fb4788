import { expect, it } from 'vitest'
import { createFakeClock } from '../../../src/testing.ts'

it('a fake clock stands still until it is advanced, and can go back', () => {
  const clock = createFakeClock(1_000)
  expect([clock.now(), clock.now()]).toEqual([1_000, 1_000])
  clock.advance(500)
  expect(clock.now()).toBe(1_500)
  clock.advance(-1_000)
  expect(clock.now()).toBe(500)
})

it('without a start it begins at a fixed instant, whatever the time is', () => {
  expect(createFakeClock().now()).toBe(Date.UTC(2026, 0, 1))
})
