import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Collected, collectPages, type FoundSection, findSections, placeOfPicture, type SitePage } from './collect-pages.ts'
import { writeErrorCodes } from './error-codes.ts'
import { type ListedSection, writeLlms, writeLlmsFull } from './llms.ts'
import { descriptionOf, plainMarkdown, titleOf } from './markdown.ts'
import { toPosix } from './paths.ts'
import { type ReferencePage, writeReference } from './reference.ts'
import { type SiteData, writeNavigation } from './sidebar.ts'

/** Where VitePress finds the pages. Nothing there is written by hand. */
const staged = 'site/.generated'

/** Writes the API reference, from an empty folder on. */
export async function stageReference(root: string): Promise<ReferencePage[]> {
  rmSync(join(root, staged), { recursive: true, force: true })
  mkdirSync(join(root, staged), { recursive: true })
  return await writeReference(root, join(root, staged, 'reference'))
}

/** Writes all other pages, the navigation, and the lists for language models. */
export function stagePages(root: string, reference: readonly ReferencePage[]): Collected {
  const generated = new Map([['generated/error-codes.md', writeErrorCodes(root)]])
  const sections = findSections(root, new Set(generated.keys()))
  const own = globSync('site/pages/*.md', { cwd: root }).map(toPosix)
  const documents = globSync('docs/**/*.md', { cwd: root }).map(toPosix)
  const listed = sections.flatMap(({ pages }) => pages.map(({ source }) => source))
  const collected = collectPages(root, [...own, ...documents, ...listed], generated)
  for (const page of collected.pages) write(root, page.target, withFrontmatter(root, page))
  for (const picture of collected.pictures) copyPicture(root, picture)
  copy(root, 'examples/browser/page/icon.svg', 'public/icon.svg')

  const { description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { description: string }
  const data: SiteData = { description, ...writeNavigation(sections, collected.pages, reference) }
  write(root, 'site.json', JSON.stringify(data, null, 2))
  const groups = groupsOf(root, sections, collected, reference)
  write(
    root,
    'public/llms.txt',
    writeLlms(
      'tokenwell',
      description,
      groups.map(({ title, pages }) => ({ title, pages })),
    ),
  )
  write(
    root,
    'public/llms-full.txt',
    writeLlmsFull(groups.flatMap(({ pages }) => pages.map((page) => ({ ...page, markdown: plainMarkdown(page.markdown) })))),
  )
  return collected
}

/** Puts the Markdown of each page beside its HTML. */
export function copyMarkdown(root: string): void {
  const pages = globSync('**/*.md', { cwd: join(root, staged) })
  for (const page of pages) {
    const to = join(root, 'site/dist', page)
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, plainMarkdown(readFileSync(join(root, staged, page), 'utf8')))
  }
}

function withFrontmatter(root: string, { source, title, description, markdown }: SitePage): string {
  if (markdown.startsWith('---\n')) return source === 'site/pages/index.md' ? `${markdown}\n${firstExample(root)}` : markdown
  // The outline of a page gives its place to a wide table. It is hidden by style.css: VitePress 1.6.4 throws when a page without an
  // outline follows one that has it.
  const wide = /^(\|[^|\n]*){5,}\|$/m.test(markdown) ? 'pageClass: wide-page\n' : ''
  return `---\ntitle: ${JSON.stringify(title)}\ndescription: ${JSON.stringify(description)}\n${wide}---\n\n${markdown}`
}

/** The first example of the README. */
function firstExample(root: string): string {
  const [example = ''] = /^```ts\n.*?^```$/ms.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  return `<div class="first-example">\n\n${example}\n\n</div>\n`
}

interface FullSection extends ListedSection {
  readonly pages: readonly Pick<SitePage, 'target' | 'title' | 'description' | 'markdown'>[]
}

/** All pages: those of the sidebar, the API reference, and what only links lead to. */
function groupsOf(
  root: string,
  sections: readonly FoundSection[],
  { pages }: Collected,
  reference: readonly ReferencePage[],
): FullSection[] {
  const bySource = new Map(pages.map((page) => [page.source, page]))
  const listed = sections.map(({ title, pages: entries }) => ({
    title,
    pages: entries.flatMap(({ source }) => bySource.get(source) ?? []),
  }))
  const inSidebar = new Set(listed.flatMap((section) => section.pages))
  const rest = pages.filter((page) => !inSidebar.has(page) && page.source !== 'site/pages/index.md')
  const indexes = globSync('reference/**/index.md', { cwd: join(root, staged) }).map(toPosix)
  const targets = [...indexes.toSorted(), ...reference.map(({ target }) => target)]
  const api = { title: 'API reference', pages: targets.map((target) => readStaged(root, target)) }
  return [...listed, api, { title: 'Optional', pages: rest.toSorted((a, b) => a.target.localeCompare(b.target, 'en')) }].filter(
    (section) => section.pages.length > 0,
  )
}

function readStaged(root: string, target: string) {
  const markdown = readFileSync(join(root, staged, target), 'utf8')
  return { target, title: titleOf(markdown) ?? target, description: descriptionOf(markdown), markdown }
}

// Pages show a picture where they are; a link to it leads to the public copy.
function copyPicture(root: string, picture: string): void {
  copy(root, picture, placeOfPicture(picture))
  copy(root, picture, join('public', placeOfPicture(picture)))
}

function copy(root: string, from: string, to: string): void {
  mkdirSync(dirname(join(root, staged, to)), { recursive: true })
  copyFileSync(join(root, from), join(root, staged, to))
}

/** Leaves alone what is right: the development server loads a page again when its file is touched. */
function write(root: string, target: string, text: string): void {
  const path = join(root, staged, target)
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
