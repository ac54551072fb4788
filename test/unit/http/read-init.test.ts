import { describe, expect, it } from 'vitest'
import { copyInit, isPlainObject } from '../../../src/http/read-init.ts'

class Own {
  static of = 'a class'
  get method() {
    return 'PUT'
  }
  get headers() {
    return { a: '1' }
  }
}

describe('a copy of an init', () => {
  it.each([undefined, null, {}])('%j → is empty', (init) => {
    expect(copyInit(init)).toEqual({})
  })

  it.each([
    ['own fields', { method: 'PUT', dispatcher: 1 }, { method: 'PUT', dispatcher: 1 }],
    ['inherited fields', Object.create({ method: 'PUT', headers: { a: '1' } }), { method: 'PUT', headers: { a: '1' } }],
    ['fields of a class', new Own(), { method: 'PUT', headers: { a: '1' } }],
    ['inherited fields of a class', Object.create(new Own()), { method: 'PUT', headers: { a: '1' } }],
    ['fields that another package knows', Object.assign(new Own(), { agent: 1 }), { method: 'PUT', headers: { a: '1' }, agent: 1 }],
    ['a function with fields', Object.assign(() => {}, { method: 'PUT' }), { method: 'PUT' }],
  ])('with %s → has what fetch reads', (_, init, expected) => {
    const copy = copyInit(init as RequestInit)
    expect(copy).toEqual(expected)
    expect(new Request('https://api.ok/', copy).method).toBe(new Request('https://api.ok/', init as RequestInit).method)
  })

  it.each(['canary', 42, true, Symbol('canary')])('%o, which is no object → a TypeError without it', (init) => {
    expect(() => copyInit(init as never)).toThrow(new TypeError('The init to fetch must be an object.'))
  })

  it('what every object inherits → is not taken for a field', () => {
    Object.assign(Object.prototype, { redirect: 'error', method: 'DELETE' })
    try {
      expect(Object.keys(copyInit({ cache: 'no-store' }))).toEqual(['cache'])
    } finally {
      for (const name of ['redirect', 'method']) delete (Object.prototype as Record<string, unknown>)[name]
    }
  })
})

it.each([
  [{}, true],
  [Object.create(null), true],
  [new Headers(), false],
  [[], false],
  [new Own(), false],
])('%o is a plain object: %s', (value, expected) => {
  expect(isPlainObject(value)).toBe(expected)
})
