import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { decisions, type Entry, type Section, sections } from '../navigation.ts'
import { descriptionOf, replaceLinks, titleOf } from './markdown.ts'
import { linkBetween, targetOf, toPosix } from './paths.ts'

export interface SitePage {
  /** The path in the repository. */
  readonly source: string
  /** The path of the Markdown file on the site. */
  readonly target: string
  readonly title: string
  readonly description: string
  readonly markdown: string
}

export interface Collected {
  readonly pages: readonly SitePage[]
  /** Pictures, by their paths in the repository. */
  readonly pictures: readonly string[]
}

/** A group of the sidebar, with the pages that are there. */
export interface FoundSection extends Omit<Section, 'pages'> {
  readonly pages: readonly { readonly source: string; readonly label?: string }[]
}

/** The groups of the sidebar in a repository. `generated` are pages that the build writes. */
export function findSections(root: string, generated: ReadonlySet<string>): FoundSection[] {
  const isThere = (source: string): boolean => generated.has(source) || existsSync(join(root, source))
  const others = globSync(`${posix.dirname(decisions)}/[0-9]*.md`, { cwd: root })
    .map(toPosix)
    .toSorted()
  const all: readonly Section[] = [...sections, { title: 'Decisions', pages: [[decisions, 'All'], ...others], isFolded: true }]
  return all
    .map((section) => ({ ...section, pages: section.pages.map(entryOf).filter(({ source }) => isThere(source)) }))
    .filter(({ pages }) => pages.length > 0)
}

function entryOf(entry: Entry) {
  return typeof entry === 'string' ? { source: entry } : { source: entry[0], label: entry[1] }
}

/** Every page from these on, by their links: documents as they are, other files in a page of their own. */
export function collectPages(root: string, sources: readonly string[], generated: ReadonlyMap<string, string>): Collected {
  const pages = new Map<string, SitePage>()
  const pictures = new Set<string>()
  const waiting = [...sources]
  for (let source = waiting.pop(); source !== undefined; source = waiting.pop()) {
    if (pages.has(source)) continue
    const text = generated.get(source) ?? readFileSync(join(root, source), 'utf8')
    const markdown = source.endsWith('.md') ? text : pageOfFile(source, text)
    const target = targetOf(source)
    const linked = replaceLinks(markdown, (link) => {
      if (/^([a-z]+:|#)/.test(link)) return link
      const [path = '', anchor] = link.split('#')
      const found = findFile(root, posix.join(posix.dirname(source), path), generated)
      if (found === undefined) return undefined
      if (/\.(svg|png)$/.test(found)) pictures.add(found)
      else waiting.push(found)
      const to = pictures.has(found) ? placeOfPicture(found) : targetOf(found)
      return linkBetween(target, to) + (anchor === undefined ? '' : `#${anchor}`)
    })
    pages.set(source, { source, target, title: titleOf(markdown) ?? source, description: descriptionOf(markdown), markdown: linked })
  }
  return { pages: [...pages.values()], pictures: [...pictures] }
}

/** Where a picture stands on the site. */
export function placeOfPicture(source: string): string {
  return source.replace(/^docs\//, '')
}

function findFile(root: string, path: string, generated: ReadonlyMap<string, string>): string | undefined {
  const source = path.replace(/\/$/, '')
  if (generated.has(source)) return source
  const file = join(root, source)
  if (!existsSync(file)) return undefined
  if (!statSync(file).isDirectory()) return source
  return existsSync(join(file, 'README.md')) ? posix.join(source, 'README.md') : undefined
}

/** A file that is not Markdown, as a page. */
function pageOfFile(source: string, text: string): string {
  const name = posix.basename(source)
  if (!name.includes('.')) return `# ${name}\n\n${text}`
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([marks]) => marks.length + 1)))
  return `# ${name}\n\n\`${source}\` of this package:\n\n${fence}${posix.extname(name).slice(1)}\n${text.trimEnd()}\n${fence}\n`
}
