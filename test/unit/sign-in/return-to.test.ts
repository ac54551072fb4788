import { describe, expect, it } from 'vitest'
import { originOf, toReturnPath } from '../../../src/sign-in/return-to.ts'
import { createSeededRandom } from '../../../src/testing/seeded-random.ts'

const here = 'https://app.example.com'
const origins = [here]

describe('a path, or a URL of the same origin', () => {
  it.each([
    ['/', '/'],
    ['/shows', '/shows'],
    ['/shows?page=2&q=a%20b#end', '/shows?page=2&q=a%20b#end'],
    ['/shows?next=https://evil.example/', '/shows?next=https://evil.example/'],
    ['/a/../b', '/b'],
    ['/a//b', '/a//b'],
    ['/100%25', '/100%25'],
    ['/a%2Fb', '/a%2Fb'],
    ['/Straße', '/Stra%C3%9Fe'],
    [`${here}/shows#end`, '/shows#end'],
    ['HTTPS://APP.EXAMPLE.COM:443/shows', '/shows'],
    [here, '/'],
  ])('%s → %s', (value, path) => expect(toReturnPath(value, origins)).toBe(path))
})

describe('of a page with a scheme of its own', () => {
  const own = 'tauri://localhost'

  it.each([
    ['tauri://localhost', '/'],
    ['tauri://localhost/', '/'],
    ['tauri://localhost/shows?page=2#end', '/shows?page=2#end'],
    ['/shows', '/shows'],
  ])('%s → %s', (value, path) => expect(toReturnPath(value, [own])).toBe(path))

  it.each([
    'tauri://evil',
    'tauri:/localhost/shows',
    'capacitor://localhost/shows',
    'tauri://localhost//evil.example',
    'https://localhost/shows',
    'blob:https://app.example.com/x',
    'javascript://localhost/%0aalert(1)',
    'data://localhost/x',
  ])('%s → is refused', (value) => expect(toReturnPath(value, [own, here])).toBeUndefined())

  it.each([
    ['tauri://localhost/a?b', 'tauri://localhost'],
    ['com.example.app:/callback', undefined],
    ['data:text/html,x', undefined],
    ['blob:https://app.example.com/x', undefined],
    ['https://user@app.example.com/a', here],
  ])('the origin of %s is %s', (url, origin) => expect(originOf(new URL(url))).toBe(origin))
})

const hostile = [
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '\\/evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '\t//evil.example',
  '//evil.example@app.example.com',
  '/..//evil.example',
  '/.//evil.example',
  '/a/..//evil.example',
  '/a/%2e%2e//evil.example',
  '/%2e//evil.example',
  '/..\\/evil.example',
  '/%2F/evil.example',
  '/%2fevil.example/%2e%2e/..//evil.example',
  '/%2f%2fevil.example',
  '/%5cevil.example',
  '/%09/evil.example',
  '/%252f%252fevil.example',
  '/%25252f/evil.example',
  '/a/%252e%252e/%252fevil.example',
  '/%2%66evil.example',
  '/%252525252525252525252fevil.example',
  '//',
  '//:80',
  'https:evil.example',
  'https:/evil.example',
  'https:\\\\evil.example',
  'https://evil.example',
  'https://app.example.com.evil.example/',
  'https://app.example.com@evil.example/',
  'https://app.example.com:8443/',
  'https://app.example.com./',
  'http://app.example.com/',
  `${here}//evil.example`,
  `${here}/..//evil.example`,
  'javascript:alert(1)',
  'data:text/html,x',
  `blob:${here}/0e0e`,
  'evil.example',
  'shows',
  '?page=2',
  '',
  ' ',
  undefined,
  null,
  5,
  {},
  [here],
]

describe('anything that could lead elsewhere → nothing', () => {
  it.each(hostile)('%j', (value) => expect(toReturnPath(value, origins)).toBeUndefined())
})

it('whatever is put together from hostile pieces → stays at the origin, resolved and decoded again', () => {
  const seed = 20_261_124
  const random = createSeededRandom(seed)
  const pieces = ['/', '//', '\\', '..', '.', '%2e', '%2E%2E', '%2f', '%5C', '%25', '2f', '\t', '\n', ' ', ':', '@', '?', '#', 'a', here]
  const pieceAt = (): string => pieces[Math.floor(random.next() * pieces.length)] ?? ''
  let kept = 0
  for (let round = 0; round < 20_000; round++) {
    const value = `${['/', '', here][round % 3]}${Array.from({ length: 1 + (round % 9) }, pieceAt).join('')}evil.example`
    const path = toReturnPath(value, origins)
    if (path === undefined) continue
    kept++
    const label = `seed ${seed}, round ${round}: ${JSON.stringify(value)} → ${path}`
    expect(path.startsWith('/'), label).toBe(true)
    expect(new URL(path, `${here}/signed-in`).origin, label).toBe(here)
    expect(toReturnPath(path, origins), label).toBe(path)
    const [pathname = ''] = path.split(/[?#]/)
    const decoded = pathname.replaceAll(/%(?:2f|5c|2e)/gi, (byte) => decodeURIComponent(byte))
    expect(new URL(decoded, here).origin, label).toBe(here)
  }
  expect(kept).toBeGreaterThan(1_000)
})
