import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findSections } from '../../../site/build/collect-pages.ts'
import { addressOf, linkBetween, targetOf } from '../../../site/build/paths.ts'
import { sections, topLinks } from '../../../site/navigation.ts'

const root = resolve(import.meta.dirname, '../../..')
const listed = findSections(root, new Set(['generated/error-codes.md'])).flatMap(({ pages }) => pages.map(({ source }) => source))

describe('the sidebar', () => {
  it('holds every page of docs/ and decisions/', () => {
    const pages = globSync('{docs,decisions}/**/*.md', { cwd: root }).map((path) => path.replaceAll('\\', '/'))
    expect(pages.filter((page) => !listed.includes(page))).toEqual([])
  })

  it('holds no page twice', () => expect(listed.toSorted()).toEqual([...new Set(listed)].toSorted()))

  it('gives each page an address of its own', () => {
    const targets = listed.map(targetOf)
    expect(new Set(targets).size).toBe(targets.length)
  })

  it('leaves out a page that is not there, and a group without pages', () => {
    const found = findSections(import.meta.dirname, new Set())
    expect(found).toEqual([])
  })

  it('holds what the links at the top lead to, but the API reference', () => {
    const all = sections.flatMap(({ pages }) => pages.map((entry) => (typeof entry === 'string' ? entry : entry[0])))
    expect(topLinks.map(([page]) => page).filter((page) => !all.includes(page))).toEqual(['reference/README.md'])
  })
})

describe('the place of a file on the site', () => {
  it.each([
    ['README.md', 'overview.md', '/overview'],
    ['docs/stores.md', 'stores.md', '/stores'],
    ['docs/providers/cam2.md', 'providers/cam2.md', '/providers/cam2'],
    ['decisions/README.md', 'decisions/index.md', '/decisions/'],
    ['site/pages/index.md', 'index.md', '/'],
    ['ARCHITECTURE.md', 'architecture.md', '/architecture'],
    ['LICENSE', 'license.md', '/license'],
    ['examples/list-cities.ts', 'examples/list-cities.md', '/examples/list-cities'],
    ['examples/frameworks/vite/vite.config.ts', 'examples/frameworks/vite/vite-config.md', '/examples/frameworks/vite/vite-config'],
  ])('%s → %s', (source, target, address) => {
    expect(targetOf(source)).toBe(target)
    expect(addressOf(target)).toBe(address)
  })

  it.each([
    ['overview.md', 'stores.md', './stores.md'],
    ['decisions/index.md', 'stores.md', '../stores.md'],
    ['stores.md', 'decisions/index.md', './decisions/index.md'],
  ])('a link from %s to %s is %s', (from, to, link) => expect(linkBetween(from, to)).toBe(link))
})
