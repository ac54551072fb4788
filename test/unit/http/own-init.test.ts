import { describe, expect, it } from 'vitest'
import { isMarked, markInit, PlainInit } from '../../../src/http/own-init.ts'

const owner = {}

it('an init that is marked → is the same plain object, with nothing that anybody else sees', () => {
  const init = { method: 'PUT', headers: { a: '1' } }
  expect(markInit(init, owner)).toBe(init)
  expect(Reflect.ownKeys(init)).toEqual(['method', 'headers'])
  expect(Object.getPrototypeOf(init)).toBe(Object.prototype)
  expect([...new Request('https://api.ok/', init).headers]).toEqual([['a', '1']])
})

it('an init with nothing but a token → says nothing else', () => {
  const init = new PlainInit('Bearer abc', owner)
  expect(Reflect.ownKeys(init)).toEqual(['headers'])
  expect([...new Request('https://api.ok/', init).headers]).toEqual([['authorization', 'Bearer abc']])
})

describe('whether it was marked for an owner', () => {
  const init = markInit({}, owner)
  it.each([
    ['by that owner', init, true],
    ['by that owner, from the start', new PlainInit('Bearer abc', owner), true],
    ['by another one', markInit({}, {}), false],
    ['by another one, from the start', new PlainInit('Bearer abc', {}), false],
    ['a copy', { ...init }, false],
    ['none', undefined, false],
    ['null', null, false],
    ['a text', 'x', false],
  ])('%s: %#', (_, value, expected) => {
    expect(isMarked(value as RequestInit, owner)).toBe(expected)
  })
})
