import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileOf, filesOf, idsOf, readFile, targetsOf } from './support/read-site.ts'

const pages = filesOf('**/*.html')
const files = new Set(filesOf('**/*.*'))
const html = new Map(pages.map((page) => [page, readFile(page)]))
const ids = new Map([...html].map(([page, text]) => [page, idsOf(text)]))
const targets = new Map([...html].map(([page, text]) => [page, targetsOf(page, text)]))

describe('links of the built site', () => {
  it('lead to files that are there', () => {
    expect(pages.length).toBeGreaterThan(100)
    const dead = [...targets].flatMap(([page, urls]) =>
      urls.flatMap((url) => {
        const file = fileOf(url)
        return file === undefined || files.has(file) ? [] : [`${page}: ${url.pathname}`]
      }),
    )
    expect([...new Set(dead)]).toEqual([])
  })

  it('lead to anchors that are there', () => {
    const dead = [...targets].flatMap(([page, urls]) =>
      urls.flatMap((url) => {
        const anchors = ids.get(fileOf(url) ?? '')
        const anchor = decodeURIComponent(url.hash.slice(1))
        // The link that skips the navigation has its target in what the page adds when it runs.
        return anchor === '' || anchor === 'VPContent' || !anchors || anchors.has(anchor) ? [] : [`${page}: ${url.pathname}${url.hash}`]
      }),
    )
    expect([...new Set(dead)]).toEqual([])
  })

  it('lead from the front page to every page', () => {
    const found = new Set(['index.html', '404.html'])
    for (const page of found) {
      for (const url of targets.get(page) ?? []) {
        const file = fileOf(url)
        if (file !== undefined && html.has(file)) found.add(file)
      }
    }
    expect(pages.filter((page) => !found.has(page))).toEqual([])
  })

  it('name no address of a repository, which there is not yet, and no folder of this machine', () => {
    const text = [...html.values()].join('\n')
    expect(text).not.toMatch(/github\.com\/[\w-]+\/tokenwell|\/(?:home|root|tmp)\/\w|file:\/\//)
  })
})

describe('pages as Markdown', () => {
  const copies = filesOf('**/*.md')

  it('stand beside the HTML of every page', () => {
    expect(copies).toEqual(pages.filter((page) => page !== '404.html').map((page) => page.replace(/html$/, 'md')))
  })

  it('have no dead link', () => {
    const dead = copies.flatMap((page) => {
      const text = readFile(page)
        .replace(/^ *(```+).*?^ *\1 *$/gms, '')
        .replace(/`[^`\n]*`/g, '``')
      const links = [...text.matchAll(/\]\(([^()\s#]+)[^()\s]*\)/g)].map(([, target = '']) => target)
      return links
        .filter((target) => !/^[a-z]+:/.test(target) && !files.has(posix.join(posix.dirname(page), target)))
        .map((target) => `${page}: ${target}`)
    })
    expect(dead).toEqual([])
  })

  it('are all in llms.txt, which lists nothing else', () => {
    const listed = [...readFile('llms.txt').matchAll(/^- \[.*?\]\(([^()\s]+)\)/gm)].map(([, target = '']) => target)
    expect(listed.toSorted()).toEqual(copies.filter((copy) => copy !== 'index.md'))
  })

  it('are all in llms-full.txt', () => {
    const text = readFile('llms-full.txt')
    expect(copies.filter((copy) => copy !== 'index.md' && !text.includes(`<!-- ${copy} -->`))).toEqual([])
  })
})
