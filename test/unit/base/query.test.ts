import { expect, it } from 'vitest'
import { escapeSpaces } from '../../../src/base/query.ts'

it.each([
  ['a b', 'a%20b'],
  ['a+b', 'a%2Bb'],
  ['a%20b', 'a%2520b'],
  ["é&='", '%C3%A9%26%3D%27'],
])('a query value of %j is written so that all servers read it alike', (value, expected) => {
  const url = new URL('https://a.example/x?y=1#z')
  url.searchParams.set('v', value)
  expect(escapeSpaces(url).href).toBe(`https://a.example/x?y=1&v=${expected}#z`)
  expect(url.searchParams.get('v')).toBe(value)
})

it('names too', () => {
  const url = new URL('https://a.example')
  url.searchParams.set('expires in', '1')
  expect(escapeSpaces(url).search).toBe('?expires%20in=1')
})

it('a URL without a query has none', () => expect(escapeSpaces(new URL('https://a.example/+')).href).toBe('https://a.example/+'))
