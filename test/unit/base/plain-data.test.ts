import { afterEach, describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { createBare, freezeCopy, freezeOwn, omitUndefined } from '../../../src/base/plain-data.ts'

const isDeepFrozen = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isDeepFrozen))

const prototype = Object.prototype as unknown as Record<string, unknown>
afterEach(() => {
  for (const name of Object.keys(prototype)) delete prototype[name]
})

describe.each([
  ['freezeCopy', freezeCopy],
  ['freezeOwn', freezeOwn],
])('%s', (_, freeze) => {
  it('plain data → a deep copy that nobody can change; the original stays as it was', () => {
    const original = { a: { b: ['c', { d: 1 }] }, e: null, f: true }
    const copy = freeze(original)
    expect(copy).toEqual(original)
    expect(isDeepFrozen(copy)).toBe(true)
    expect(Object.isFrozen(original)).toBe(false)
    original.a.b.push('later')
    expect(copy.a.b).toHaveLength(2)
  })
  it('its own copy → as it is', () => {
    const copy = freeze({ a: { b: 1 } })
    expect(freeze(copy)).toBe(copy)
    expect(freeze({ inner: copy }).inner).toBe(copy)
  })
  it.each([undefined, null, 'text', 5, true])('%s → as it is', (value) => expect(freeze(value)).toBe(value))
  it('a function → as it is', () => {
    const call = () => 1
    expect(freeze({ call }).call).toBe(call)
  })
  it('an own property __proto__ → stays one', () => {
    const copy = freeze(JSON.parse('{"__proto__":{"admin":true}}'))
    expect(Object.keys(copy)).toEqual(['__proto__'])
    expect(copy.admin).toBeUndefined()
  })
})

describe('freezeOwn', () => {
  it('what is only frozen on its surface → is copied: it may still change inside', () => {
    const headers = { a: 'b' }
    const profile = Object.freeze({ headers, list: Object.freeze([headers]) })
    const copy = freezeOwn(profile)
    headers.a = 'changed'
    expect(copy).toEqual({ headers: { a: 'b' }, list: [{ a: 'b' }] })
  })
  it('undefined → left out', () => {
    expect(Object.keys(freezeOwn({ a: undefined, b: { c: undefined, d: null } }))).toEqual(['b'])
    expect(Object.keys(freezeOwn({ b: { c: undefined, d: null } }).b)).toEqual(['d'])
  })
  it('what somebody adds to Object.prototype → does not show in it', () => {
    const copy: Record<string, unknown> = freezeOwn({ inner: {} })
    prototype['url'] = 'https://evil.example'
    expect(copy['url']).toBeUndefined()
    expect((copy['inner'] as Record<string, unknown>)['url']).toBeUndefined()
    expect(createBare()['url']).toBeUndefined()
  })
  it('the copy can be spread, cloned and written as JSON', () => {
    const copy = freezeOwn({ a: { b: [1] } })
    expect({ ...copy }).toEqual({ a: { b: [1] } })
    expect(structuredClone(copy)).toEqual({ a: { b: [1] } })
    expect(JSON.stringify(copy)).toBe('{"a":{"b":[1]}}')
  })
})

it('a copy without what is undefined → keeps null, 0 and the empty string, and lacks the names of the others', () => {
  const fields = { a: 1, b: undefined, c: null, d: 0, e: '' }
  expect(Object.entries(omitUndefined(fields))).toEqual(Object.entries({ a: 1, c: null, d: 0, e: '' }))
  expect(Object.keys(fields)).toHaveLength(5)
})

describe('freezeOwn of what has no end', () => {
  const holding = (value: object, inner: unknown) => Object.assign(value, { a: inner, b: inner, 0: inner, 1: inner })
  const own = holding({}, undefined)
  const list = holding([], undefined)
  const nest = (levels: number) => {
    let value: unknown = 1
    for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { value }
    return value
  }
  it.each([
    ['an object that holds itself', holding(own, own)],
    ['a list that holds itself', holding(list, list)],
    ['a cycle of two', holding({}, [holding(own, own)])],
    ['101 levels', nest(101)],
    ['20 000 levels', nest(20_000)],
  ])('%s → a ConfigurationError', (_, value) => {
    expect(() => freezeOwn(value, 'grant')).toThrow(ConfigurationError)
    expect(() => freezeOwn(value, 'grant')).toThrow(/^grant: is nested more than 100 levels deep, or holds itself$/)
  })
  it('100 levels, and one object in several places → a copy', () => {
    const shared = { deep: nest(50) }
    expect(freezeOwn([nest(99), shared, { shared }])).toEqual([nest(99), shared, { shared }])
  })
})
