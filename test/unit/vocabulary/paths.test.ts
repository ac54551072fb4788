import { describe, expect, it } from 'vitest'
import { readAll, readPath } from '../../../src/vocabulary/paths.ts'

const body = {
  token: 'a',
  empty: '',
  none: null,
  zero: 0,
  data: { token: 'b', 'a.b': 'dotted', list: [{ name: 'first' }, { name: 'second' }] },
  '*': 'star',
}

describe('a path into a body', () => {
  it.each<[string | string[], unknown]>([
    ['token', 'a'],
    ['data.token', 'b'],
    ['data.list.0.name', 'first'],
    ['data.list.1.name', 'second'],
    ['data.list.2.name', undefined],
    ['data.a\\.b', 'dotted'],
    ['data.list.*.name', 'first'],
    ['data.*', 'b'],
    ['zero', 0],
    ['empty', undefined],
    ['none', undefined],
    ['token.length', undefined],
    ['data.list.length', 2],
    ['constructor', undefined],
    ['__proto__.token', undefined],
    ['', body],
    [['none', 'empty', 'data.token', 'token'], 'b'],
    [[], undefined],
  ])('%j leads to %j', (path, value) => {
    expect(readPath({ body }, path)).toEqual(value)
  })

  it.each([undefined, null, 'text', 5, []])('leads nowhere in %j', (nothing) => {
    expect(readPath({ body: nothing }, 'a.b')).toBeUndefined()
  })

  it('with a wildcard leads to every element', () => {
    expect(readAll({ body }, 'data.list.*.name')).toEqual(['first', 'second'])
  })
})

describe('a path into the headers', () => {
  const headers = new Headers({ 'X-Subject-Token': 'from a header' })
  headers.append('set-cookie', 'other=1; Path=/')
  headers.append('set-cookie', 'TOKEN="in.quotes"; Expires=Wed, 21 Oct 2099 07:28:00 GMT; HttpOnly')
  headers.append('set-cookie', 'gone=; Max-Age=0')

  it.each([
    ['header:x-subject-token', 'from a header'],
    ['header:x-none', undefined],
    ['cookie:TOKEN', 'in.quotes'],
    ['cookie:other', '1'],
    ['cookie:gone', undefined],
    ['cookie:token', undefined],
    ['cookie:OTHER', undefined],
  ])('%s leads to %j', (path, value) => {
    expect(readPath({ body, headers }, path)).toBe(value)
  })

  it('reads a cookie where the runtime joins all of them in one header', () => {
    const joined = { get: (name: string) => (name === 'set-cookie' ? headers.get('set-cookie') : null) }
    expect(readPath({ body, headers: joined }, 'cookie:TOKEN')).toBe('in.quotes')
    expect(readPath({ body, headers: joined }, 'cookie:other')).toBe('1')
  })

  it('leads nowhere without headers', () => {
    expect(readPath({ body }, 'header:date')).toBeUndefined()
    expect(readPath({ body }, 'cookie:a')).toBeUndefined()
  })
})
