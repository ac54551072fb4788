import { describe, expect, it } from 'vitest'
import { addToken, copyHeaders, createHeaders, hasHeader } from '../../../src/http/headers.ts'

const token = ['Authorization', 'Bearer abc'] as const

describe('whether headers have one of a name', () => {
  it.each([
    ['an object', { Authorization: 'x' }, true],
    ['an object in lower case', { authorization: 'x' }, true],
    ['an object in odd case', { aUTHORIZATION: '' }, true],
    ['an object with another', { 'X-Authorization': 'x', Authorizatio: 'x' }, false],
    ['Headers', new Headers({ Authorization: 'x' }), true],
    ['empty Headers', new Headers(), false],
    ['nothing', undefined, false],
  ])('%s', (_, headers, expected) => {
    expect(hasHeader(headers as Record<string, string>, 'AUTHORIZATION')).toBe(expected)
  })

  it('one that every object inherits → does not count: fetch does not send it', () => {
    Object.assign(Object.prototype, { authorization: 'polluted' })
    try {
      expect(hasHeader({ 'x-a': '1' }, 'authorization')).toBe(false)
    } finally {
      delete (Object.prototype as { authorization?: string }).authorization
    }
  })
})

describe('a copy of headers', () => {
  it('of an object → is one; its own fields count, whatever its class', () => {
    class Own {
      a = '1'
    }
    expect(copyHeaders({ a: '1' }, 'Authorization')).toEqual({ a: '1' })
    expect(copyHeaders(new Own() as never, 'Authorization')).toEqual({ a: '1' })
  })

  it('of an object that can be iterated → holds its pairs', () => {
    const headers = { *[Symbol.iterator]() {
      yield ['a', '1']
    } } // biome-ignore format: short
    expect((copyHeaders(headers as never, 'Authorization') as Headers).get('a')).toBe('1')
  })

  it.each([
    ['undefined in an object', { Authorization: undefined, b: '1' }],
    ['null in an object, in another case', { aUTHORIZATION: null, b: '1' }],
    ['undefined in a list', [['Authorization', undefined], ['b', '1']]], // biome-ignore format: one row
    ['null in a list', [['authorization', null], ['b', '1']]], // biome-ignore format: one row
    ['undefined for the header of the token', { 'x-token': undefined, b: '1' }],
    ['null for the header of the token, in a list', [['X-TOKEN', null], ['b', '1']]], // biome-ignore format: one row
  ])('with an Authorization of %s → is without it', (_, headers) => {
    const copy = new Headers(copyHeaders(headers as never, 'X-Token'))
    expect([...copy]).toEqual([['b', '1']])
  })

  it('with another header of undefined → is what fetch makes of it', () => {
    expect(new Headers(copyHeaders({ 'x-a': undefined } as never, 'Authorization')).get('x-a')).toBe('undefined')
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['Headers that hold none', new Headers()],
    ['the headers of a Request that has none', new Request('https://api.ok/').headers],
  ])('of %s → none', (_, headers) => {
    expect(copyHeaders(headers as never, 'Authorization')).toBeUndefined()
  })

  it.each([
    ['a bad value', [['x-canary', 'can\nary']]],
    ['a bad name', [['canary ', '1']]],
    ['no pairs', [['canary']]],
    ['something that is no list', [null]],
    ['a text', 'canary'],
    ['a number', 42],
  ])('of %s → a TypeError that does not repeat it', (_, headers) => {
    expect(() => copyHeaders(headers as never, 'Authorization')).toThrow(new TypeError('The headers to send are not valid.'))
  })
})

it('createHeaders copies', () => {
  const headers = new Headers({ a: '1' })
  const copy = createHeaders(headers)
  headers.set('a', '2')
  expect(copy.get('a')).toBe('1')
})

describe('adding the token', () => {
  const given = { defaults: undefined, isOwn: false }
  const own = { defaults: undefined, isOwn: true }

  it('to an object that is not ours → gives a new one', () => {
    const headers = Object.freeze({ a: '1' })
    expect(addToken(headers, token, given)).toEqual({ a: '1', Authorization: 'Bearer abc' })
  })

  it('to Headers that are not ours → gives new ones', () => {
    const headers = new Headers({ a: '1' })
    expect([...(addToken(headers, token, given) as Headers)]).toHaveLength(2)
    expect([...headers]).toEqual([['a', '1']])
  })

  it.each([
    ['an object', { a: '1' }],
    ['Headers', new Headers({ a: '1' })],
  ])('to %s of ours → to these very ones', (_, headers) => {
    expect(addToken(headers as Headers, token, own)).toBe(headers)
    expect([...new Headers(headers as Headers)]).toEqual([
      ['a', '1'],
      ['authorization', 'Bearer abc'],
    ])
  })

  it('to none', () => {
    for (const options of [given, own]) expect(addToken(undefined, token, options)).toEqual({ Authorization: 'Bearer abc' })
  })

  it.each([
    ['an object', { 'x-A': 'mine' }],
    ['Headers', new Headers({ 'x-a': 'mine' })],
  ])('to %s, with defaults → only those that are not there', (_, headers) => {
    const defaults = [
      ['X-A', 'default'],
      ['X-B', 'default'],
      ['x-b', 'a later one of the same name'],
    ] as const
    for (const isOwn of [false, true]) {
      const all = addToken(headers as Headers, token, { defaults, isOwn }) as Headers
      expect([...all]).toEqual([
        ['authorization', 'Bearer abc'],
        ['x-a', 'mine'],
        ['x-b', 'default'],
      ])
    }
  })

  it.each([undefined, { a: '1' }, new Headers({ a: '1' })])('a token that travels elsewhere, to %j → what was there', (headers) => {
    for (const options of [given, { defaults: [['a', '2']] as const, isOwn: false }]) {
      const all = new Headers(addToken(headers, undefined, options) as Headers)
      expect([...all]).toEqual(headers ? [['a', '1']] : options.defaults ? [['a', '2']] : [])
    }
  })
})
