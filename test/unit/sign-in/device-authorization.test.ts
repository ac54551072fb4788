import { expect, it } from 'vitest'
import { readSeconds } from '../../../src/sign-in/device-authorization.ts'

it.each<[unknown, number | undefined]>([
  [5, 5],
  ['7', 7],
  [1.5, 1.5],
  [0.1, 1],
  [86_400, 86_400],
  [86_401, 86_400],
  [Infinity, 86_400],
  [0, undefined],
  [-5, undefined],
  [Number.NaN, undefined],
  ['', undefined],
  [' ', undefined],
  ['soon', undefined],
  [true, undefined],
  [null, undefined],
  [['5'], undefined],
  [undefined, undefined],
])('%j as seconds of a server → %j', (value, seconds) => {
  expect(readSeconds(value)).toBe(seconds)
})
