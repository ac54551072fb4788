import { posix } from 'node:path'

/** Files whose place on the site is not that in the repository: there, `security` and the front page are other pages. */
const renamed: Readonly<Record<string, string>> = {
  'README.md': 'overview.md',
  'SECURITY.md': 'report-a-vulnerability.md',
  'reference/README.md': 'reference/index.md',
}

/** Folders that are not seen in addresses of the site. */
const hidden = /^(docs|site\/pages|generated)\//

/** Where a file of the repository stands on the site, as the path of a Markdown file. */
export function targetOf(source: string): string {
  const known = renamed[source]
  if (known) return known
  const path = source.replace(hidden, '')
  const folder = posix.dirname(path)
  const name = posix.basename(path)
  if (name === 'README.md') return posix.join(folder, 'index.md')
  if (!name.endsWith('.md'))
    return posix.join(
      folder,
      `${name
        .replace(/\.tsx?$/, '')
        .replaceAll('.', '-')
        .toLowerCase()}.md`,
    )
  return folder === '.' ? name.toLowerCase() : path
}

/** A link from one page of the site to another. */
export function linkBetween(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to)
  return path.startsWith('.') ? path : `./${path}`
}

/** The address of a page below the site's base, as VitePress has it. */
export function addressOf(target: string): string {
  return `/${target.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}`
}

export function toPosix(path: string): string {
  return path.replaceAll('\\', '/')
}
