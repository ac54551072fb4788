import { expect, it } from 'vitest'
import { ForbiddenPaths } from '../../../src/http/forbidden-paths.ts'

const start = Date.UTC(2026, 0, 1)
const minute = 60_000

it('a path that was noted → is remembered for a minute, and no other is', () => {
  const paths = new ForbiddenPaths()
  paths.add('https://api.ok/a', start)
  expect([0, minute - 1, minute].map((ms) => paths.has('https://api.ok/a', start + ms))).toEqual([true, true, false])
  expect(paths.has('https://api.ok/b', start)).toBe(false)
})

it('noted again each time that it has lapsed → for twice as long, up to a quarter of an hour', () => {
  const paths = new ForbiddenPaths()
  const spans = []
  let now = start
  for (let round = 0; round < 7; round++) {
    paths.add('/a', now)
    const noted = now
    while (paths.has('/a', now)) now += minute / 2
    spans.push((now - noted) / minute)
  }
  expect(spans).toEqual([1, 2, 4, 8, 15, 15, 15])
})

it('noted again while it is remembered → for no longer', () => {
  const paths = new ForbiddenPaths()
  paths.add('/a', start)
  paths.add('/a', start + minute - 1)
  expect(paths.has('/a', start + minute)).toBe(false)
  paths.add('/a', start + minute)
  expect(paths.has('/a', start + 3 * minute - 1)).toBe(true)
  expect(paths.has('/a', start + 3 * minute)).toBe(false)
})

it('a path that accepted a new token → is forgotten, and its span too', () => {
  const paths = new ForbiddenPaths()
  paths.add('/a', start)
  paths.delete('/a')
  expect(paths.has('/a', start)).toBe(false)
  paths.add('/a', start)
  expect(paths.has('/a', start + minute)).toBe(false)
})

it('more than 100 paths → the oldest are forgotten', () => {
  const paths = new ForbiddenPaths()
  for (let n = 0; n < 150; n++) paths.add(`/${n}`, start)
  const known = Array.from({ length: 150 }, (_, n) => n).filter((n) => paths.has(`/${n}`, start))
  expect(known).toEqual(Array.from({ length: 100 }, (_, n) => n + 50))
})

it.each([
  ['an hour', 60 * minute],
  ['a day', 24 * 60 * minute],
])('a clock that is set back by %s → nothing is remembered from before', (_, back) => {
  const paths = new ForbiddenPaths()
  paths.add('/a', start)
  expect(paths.has('/a', start - back)).toBe(false)
})

it('noted again, where it has accepted a token each time since → for a minute each time', () => {
  const paths = new ForbiddenPaths()
  const spans = []
  let now = start
  for (let round = 0; round < 5; round++) {
    paths.add('https://api.ok/cgi', now)
    const noted = now
    paths.noteAcceptance('https://api.ok/cgi?cmd=good')
    while (paths.has('https://api.ok/cgi', now)) now += minute / 2
    spans.push((now - noted) / minute)
  }
  expect(spans).toEqual([1, 1, 1, 1, 1])
})

it('another path that accepts a token → changes nothing of this one', () => {
  const paths = new ForbiddenPaths()
  paths.add('https://api.ok/a', start)
  paths.noteAcceptance('https://api.ok/b')
  paths.add('https://api.ok/a', start + minute)
  expect(paths.has('https://api.ok/a', start + 3 * minute - 1)).toBe(true)
})
