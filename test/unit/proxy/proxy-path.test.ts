import { describe, expect, it } from 'vitest'
import { cutPrefix, isPlainPath } from '../../../src/proxy/proxy-path.ts'

describe('a path is plain', () => {
  it.each([
    '/',
    '/cities',
    '/cities/',
    '/cities/1.json',
    '/cities/.hidden',
    '/cities/a..b',
    "/a-b_c~d!e$f&g'h(i)j*k+l,m=n:o@p",
    '/st%C3%A4dte',
    '/st%c3%a4dte',
    '/a%20b',
    '/%E2%9C%93',
    '/%D9%85%DB%8C%E2%80%8C%D8%AE',
    '/%63ities',
  ])('%s', (path) => expect(isPlainPath(path)).toBe(true))
})

describe('a path is not plain', () => {
  it.each([
    ['that does not begin with a slash', 'cities'],
    ['that is empty', ''],
    ['with an empty segment', '/a//b'],
    ['that begins with two slashes', '//evil.example/a'],
    ['with a dot for a segment', '/a/./b'],
    ['with two dots', '/a/../b'],
    ['that ends in two dots', '/a/..'],
    ['with three dots', '/a/.../b'],
    ['with dots and a blank', '/a/..%20/b'],
    ['with a blank alone', '/a/%20/b'],
    ['with a no-break space and dots', '/a/%C2%A0../b'],
    ['with a zero-width blank and dots', '/a/.%E2%80%8B./b'],
    ['with encoded dots', '/a/%2e%2E/b'],
    ['with one encoded dot', '/a/b%2Ejson'],
    ['with an encoded slash', '/a%2Fb'],
    ['with an encoded slash in lower case', '/a%2fb'],
    ['with a backslash', '/a\\b'],
    ['with an encoded backslash', '/a%5Cb'],
    ['with a semicolon', '/a;b=c'],
    ['with an encoded semicolon', '/a%3Bb'],
    ['that is encoded twice', '/a%252e%252e'],
    ['with an encoded percent', '/100%25'],
    ['with an encoded question mark', '/a%3Fb'],
    ['with an encoded hash', '/a%23b'],
    ['with NUL', '/a%00'],
    ['with a line break', '/a%0d%0aSet-Cookie:x'],
    ['with DEL', '/a%7F'],
    ['with a C1 control', '/a%C2%85b'],
    ['with a line separator', '/a%E2%80%A8b'],
    ['with an overlong slash', '/a%c0%afb'],
    ['with an overlong dot', '/a/%c0%ae%c0%ae/b'],
    ['with an encoded surrogate', '/a%ED%A0%80'],
    ['with half a character', '/a%C3'],
    ['with a percent that encodes nothing', '/a%zz'],
    ['that ends in a percent', '/a%'],
    ['with the encoding of IIS', '/a%u002e'],
    ['with a full-width solidus', '/a%EF%BC%8Fb'],
    ['with full-width dots', '/a/%EF%BC%8E%EF%BC%8E/b'],
    ['with a two-dot leader', '/a/%E2%80%A5/b'],
    ['with a raw blank', '/a b'],
    ['with a raw tab', '/a\tb'],
    ['that is not ASCII', '/städte'],
    ['with brackets', '/a[0]'],
    ['with a pipe', '/a|b'],
    ['with a line break at its end', '/a\n'],
  ])('%s', (_, path) => expect(isPlainPath(path)).toBe(false))
})

describe('the prefix', () => {
  it.each([
    ['/api/cities', '/api', '/cities'],
    ['/api/', '/api', '/'],
    ['/api/api/cities', '/api', '/api/cities'],
    ['/cities', '', '/cities'],
    ['/', '', '/'],
  ])('of %s is removed (%s)', (pathname, prefix, path) => expect(cutPrefix(pathname, prefix)).toBe(path))

  it.each([
    ['/api', '/api'],
    ['/apis/cities', '/api'],
    ['/API/cities', '/api'],
    ['/cities', '/api'],
    ['/api//cities', '/api'],
    ['/api/../cities', '/api'],
  ])('%s does not begin with it or is no plain path → no path (%s)', (pathname, prefix) => {
    expect(cutPrefix(pathname, prefix)).toBeUndefined()
  })
})
