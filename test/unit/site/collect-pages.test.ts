import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { collectPages } from '../../../site/build/collect-pages.ts'
import { writeLlms, writeLlmsFull } from '../../../site/build/llms.ts'

/** A repository of these files. */
function repository(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'tokenwell-site-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

it('a page brings the pages and the files that it links to, and their pictures', () => {
  const root = repository({
    'docs/a.md': '# A\n\n[b](providers/b.md#x) [c](../examples/c.ts) [d](../decisions/) ![e](images/e.png) [f](#f) [g](https://g.test)',
    'docs/providers/b.md': '# B\n\n[a](../a.md)',
    'docs/images/e.png': '',
    'examples/c.ts': 'export const c = 1\n',
    'decisions/README.md': '# D',
  })
  const { pages, pictures } = collectPages(root, ['docs/a.md'], new Map())
  const markdown = new Map(pages.map((page) => [page.target, page.markdown]))
  expect([...markdown.keys()].toSorted()).toEqual(['a.md', 'decisions/index.md', 'examples/c.md', 'providers/b.md'])
  expect(markdown.get('a.md')).toBe(
    '# A\n\n[b](./providers/b.md#x) [c](./examples/c.md) [d](./decisions/index.md) ![e](./images/e.png) [f](#f) [g](https://g.test)',
  )
  expect(markdown.get('providers/b.md')).toBe('# B\n\n[a](../a.md)')
  expect(markdown.get('examples/c.md')).toBe('# c.ts\n\n`examples/c.ts` of this package:\n\n```ts\nexport const c = 1\n```\n')
  expect(pictures).toEqual(['docs/images/e.png'])
})

it('a link that leads nowhere becomes plain words', () => {
  const root = repository({ 'docs/a.md': '# A\n\nSee [b](b.md) and [the sources](../src/).' })
  expect(collectPages(root, ['docs/a.md'], new Map()).pages[0]?.markdown).toBe('# A\n\nSee b and the sources.')
})

it('a file that holds a fence gets a longer one', () => {
  const root = repository({ 'docs/a.md': '# A\n\n[b](b.ts)', 'docs/b.ts': '// ```ts\n// b\n// ```\n' })
  const { pages } = collectPages(root, ['docs/a.md'], new Map())
  expect(pages.find(({ source }) => source === 'docs/b.ts')?.markdown).toContain('````ts\n// ```ts\n// b\n// ```\n````\n')
})

it('a page that the build writes can be linked to', () => {
  const root = repository({ 'docs/a.md': '# A\n\n[b](../generated/b.md)' })
  const { pages } = collectPages(root, ['docs/a.md'], new Map([['generated/b.md', '# B']]))
  expect(pages.map(({ target, title }) => [target, title])).toEqual([
    ['a.md', 'A'],
    ['b.md', 'B'],
  ])
})

it('llms.txt lists pages by groups, and llms-full.txt holds them', () => {
  const page = { target: 'a.md', title: 'A', description: 'About a.', markdown: '# A\n' }
  expect(writeLlms('tokenwell', 'Tokens.', [{ title: 'Concepts', pages: [page] }])).toBe(
    '# tokenwell\n\n> Tokens.\n\n## Concepts\n\n- [A](a.md): About a.\n',
  )
  expect(writeLlmsFull([page, { ...page, target: 'b.md' }])).toBe('<!-- a.md -->\n\n# A\n\n---\n\n<!-- b.md -->\n\n# A\n')
})
