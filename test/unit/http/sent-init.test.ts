import { describe, expect, test } from 'vitest'
import { SentInit } from '../../../src/http/sent-init.ts'

const sender = {}

test('an init that is sent → says what it was given, and nothing else', () => {
  const init = new SentInit(sender, { method: 'PUT', headers: { a: '1' } }, { b: '1' })
  expect({ ...init }).toEqual({ method: 'PUT', headers: { b: '1' } })
  expect(Reflect.ownKeys(new SentInit(sender, undefined, {}))).toEqual(['headers'])
  expect([...new Request('https://api.ok/', init).headers]).toEqual([['b', '1']])
})

describe('whether it is from a sender', () => {
  const init = new SentInit(sender, undefined, {})
  test.each([
    ['its own', init, true],
    ["another one's", new SentInit({}, undefined, {}), false],
    ['a copy', { ...init }, false],
    ['none', undefined, false],
    ['null', null, false],
    ['a text', 'x', false],
  ])('%s: %#', (_, value, expected) => {
    expect(SentInit.isFrom(sender, value)).toBe(expected)
  })
})
