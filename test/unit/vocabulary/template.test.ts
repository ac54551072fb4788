import { describe, expect, it } from 'vitest'
import type { Json } from '../../../src/vocabulary/provider.ts'
import { aTemplate, fillBody, fillHeaders, fillText, listPlaceholders } from '../../../src/vocabulary/template.ts'

const values: Readonly<Record<string, unknown>> = {
  username: 'jörg "the" \\ {password}',
  password: 'a\r\nb: c',
  number: 5,
  list: ['a'],
  object: { a: null },
  'extra.csrf': 'x',
  __proto__: undefined,
}
const lookup = (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined)

describe('a text', () => {
  it.each([
    ['Bearer {extra.csrf}', 'Bearer x'],
    ['{{{number}}}', '{5}'],
    ['{{number}}', '{number}'],
    ['no placeholder', 'no placeholder'],
    ['{username}', values['username']],
    ['{missing}', undefined],
    ['a{missing}b{number}', undefined],
    ['{constructor}', undefined],
    ['a {list}', undefined],
    ['a {object}', undefined],
  ])('%s becomes %j', (template, text) => {
    expect(fillText(template, lookup)).toBe(text)
  })

  it('is not read again after a value was placed', () => {
    expect(fillText('{username}{number}', lookup)).toBe(`${values['username']}5`)
  })

  it.each(['{', '}', 'a{b', '{}', '{a b}', '{"cmd":1}', '{extra.}', '{a-b}'])('%s is refused', (template) => {
    expect(() => aTemplate('body', template)).toThrowError(expect.objectContaining({ option: 'body' }))
  })

  it.each(['{a}', '{{}}', '{extra.header:x-csrf-token}', 'plain'])('%s is accepted', (template) => {
    expect(() => aTemplate('body', template)).not.toThrow()
  })
})

describe('a body', () => {
  it.each<[Json, unknown]>([
    [{ user: '{username}' }, { user: values['username'] }],
    [
      { n: '{number}', s: 'n={number}' },
      { n: 5, s: 'n=5' },
    ],
    [{ l: '{list}' }, { l: ['a'] }],
    [
      { a: '{missing}', b: { c: 'x{missing}' }, d: 1 },
      { b: {}, d: 1 },
    ],
    [
      [{ cmd: 'Login' }, '{missing}', '{number}'],
      [{ cmd: 'Login' }, 5],
    ],
    [
      { t: true, f: false, z: null, n: 1.5 },
      { t: true, f: false, z: null, n: 1.5 },
    ],
    [{ '{number}': 1 }, { '{number}': 1 }],
  ])('%j becomes %j', (template, filled) => {
    expect(JSON.parse(JSON.stringify(fillBody(template, lookup)))).toEqual(filled)
  })

  it('keeps quotes and line breaks of a value inside of its string', () => {
    const text = JSON.stringify(fillBody({ u: '{username}', p: 'x{password}' }, lookup))
    expect(JSON.parse(text)).toEqual({ u: values['username'], p: `x${values['password']}` })
  })

  it('may have a property called __proto__, which is data', () => {
    const template = JSON.parse('{"__proto__": {"polluted": "{number}"}}')
    expect(JSON.stringify(fillBody(template, lookup))).toBe('{"__proto__":{"polluted":5}}')
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

describe('headers', () => {
  it('are left out where a value is not there', () => {
    expect(fillHeaders({ 'x-a': '{number}', 'x-b': 'b{missing}' }, lookup)).toEqual({ 'x-a': '5' })
    expect(fillHeaders(undefined, lookup)).toEqual({})
  })

  it('that quote a value are refused where it would end the quotes, without the value in the message', () => {
    const header = { authorization: 'MediaBrowser Token="{username}"' }
    expect(() => fillHeaders(header, lookup)).toThrowError(expect.objectContaining({ option: 'tokenRequest.headers.authorization' }))
    expect(() => fillHeaders(header, lookup)).not.toThrowError(/jörg/)
    expect(fillHeaders({ a: 'Token="{number}"' }, lookup)).toEqual({ a: 'Token="5"' })
  })
})

it('all placeholders of a nested template are listed', () => {
  expect(listPlaceholders([{ a: '{b} {{c}} {d}', e: ['{extra.f}', 5, null] }, undefined])).toEqual(['b', 'd', 'extra.f'])
})
