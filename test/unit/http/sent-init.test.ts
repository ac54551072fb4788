import { describe, expect, test } from 'vitest'
import { SentInit } from '../../../src/http/sent-init.ts'

const owner = {}

test('an init that is sent → says what it was given, and nothing else', () => {
  const init = new SentInit(owner, { method: 'PUT', headers: { a: '1' } })
  expect({ ...init }).toEqual({ method: 'PUT', headers: { a: '1' } })
  expect(Reflect.ownKeys(new SentInit(owner))).toEqual([])
  expect([...new Request('https://api.ok/', init).headers]).toEqual([['a', '1']])
})

describe('whether it belongs to an owner', () => {
  const init = new SentInit(owner)
  test.each([
    ['its own', init, true],
    ["another one's", new SentInit({}), false],
    ['a copy', { ...init }, false],
    ['none', undefined, false],
    ['null', null, false],
    ['a text', 'x', false],
  ])('%s: %#', (_, value, expected) => {
    expect(SentInit.isOf(owner, value)).toBe(expected)
  })
})
