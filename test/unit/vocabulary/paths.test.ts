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

  const removed = 'sid=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0'
  it.each<[string, string[], string | undefined]>([
    ['removed, as PHP does it', [removed], undefined],
    ['removed by Max-Age', ['sid=old; Max-Age=0'], undefined],
    ['removed by a Max-Age below 0', ['sid=old; max-age=-1; Expires=Wed, 21 Oct 2099 07:28:00 GMT'], undefined],
    ['removed by a date', ['sid=old; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], undefined],
    ['removed by a date with hyphens', ['sid=old; EXPIRES=Thu, 01-Jan-1970 00:00:01 GMT'], undefined],
    ['that ends before the time of the reply', ['sid=old; Expires=Fri, 01 Jan 2077 00:00:00 GMT'], undefined],
    ['that ends later', ['sid=new; Expires=Wed, 21 Oct 2099 07:28:00 GMT'], 'new'],
    ['whose Max-Age counts more than its date', ['sid=new; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60'], 'new'],
    ['whose Max-Age and date are none', ['sid=new; Max-Age=soon; Expires=never'], 'new'],
    ['removed and then set', [removed, 'sid=new; path=/'], 'new'],
    ['emptied and then set', ['sid=; Max-Age=0', 'sid=new'], 'new'],
    ['set twice', ['sid=old', 'sid=new'], 'new'],
    ['set and then removed', ['sid=old; Path=/', 'sid=; Path=/; Max-Age=0'], undefined],
    ['set, and removed elsewhere', ['sid=new; Path=/', 'sid=; Path=/old; Max-Age=0'], 'new'],
    ['with white space around its name', [' sid = new ; Path=/'], 'new'],
    ['whose attributes have its name', ['other=1; sid=evil'], undefined],
    ['with an equals sign in its value', ['sid=a=b=='], 'a=b=='],
    ['without a value', ['sid'], undefined],
  ])('a cookie %s', (_, cookies, value) => {
    const headers = new Headers({ date: 'Fri, 01 Jan 2077 00:00:00 GMT' })
    for (const cookie of cookies) headers.append('set-cookie', cookie)
    expect(readPath({ body, headers }, 'cookie:sid')).toBe(value)
    const joined = { get: (name: string) => headers.get(name) }
    expect(readPath({ body, headers: joined }, 'cookie:sid')).toBe(value)
  })
  it('a cookie counts by the clock here where the reply does not tell the time', () => {
    const headersOf = (expires: number) => new Headers({ 'set-cookie': `sid=a; Expires=${new Date(expires).toUTCString()}` })
    expect(readPath({ body, headers: headersOf(Date.now() - 60_000) }, 'cookie:sid')).toBeUndefined()
    expect(readPath({ body, headers: headersOf(Date.now() + 60_000) }, 'cookie:sid')).toBe('a')
  })

  it('leads nowhere without headers', () => {
    expect(readPath({ body }, 'header:date')).toBeUndefined()
    expect(readPath({ body }, 'cookie:a')).toBeUndefined()
  })
})
