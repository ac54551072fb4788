import { expect, it } from 'vitest'
import { buildSkyline, daytimeOf, solarHour } from '../../../../examples/browser/page/lists/sky.ts'

it.each([
  ['Greenwich', 0, 12],
  ['Tokyo', 139.7, 21.31],
  ['Honolulu', -157.9, 1.47],
])('noon in Greenwich → the hour in %s', (_, longitude, hour) => {
  expect(solarHour(Date.UTC(2026, 5, 1, 12), longitude)).toBeCloseTo(hour, 1)
})

it.each([
  [0, 'night'],
  [5, 'dawn'],
  [8, 'day'],
  [18, 'dusk'],
  [21, 'night'],
])('%d o’clock → %s', (hour, daytime) => {
  expect(daytimeOf(hour)).toBe(daytime)
})

it('the same seed → the same skyline, another seed → another one', () => {
  expect(buildSkyline(7)).toBe(buildSkyline(7))
  expect(buildSkyline(7)).not.toBe(buildSkyline(8))
})

it('a skyline → from one edge to the other, within the picture', () => {
  for (let seed = 1; seed < 200; seed++) {
    const numbers = buildSkyline(seed).match(/-?[\d.]+/g) ?? []
    expect(Math.min(...numbers.map(Number)), `seed ${seed}`).toBeGreaterThanOrEqual(0)
  }
})
