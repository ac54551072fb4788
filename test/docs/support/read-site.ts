import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { siteFolder } from './serve-site.ts'

/** Files of the built site, as paths below it. */
export function filesOf(pattern: string): string[] {
  return globSync(pattern, { cwd: siteFolder })
    .map((path) => path.replaceAll('\\', '/'))
    .toSorted()
}

export function readFile(path: string): string {
  return readFileSync(join(siteFolder, path), 'utf8')
}

/** What an HTML page leads to or shows, by attributes, as absolute URLs. */
export function targetsOf(page: string, html: string): URL[] {
  const values = [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, value = '']) => unescape(value))
  return values.map((value) => new URL(value, `${base}/${page}`))
}

/** The ids of an HTML page. */
export function idsOf(html: string): Set<string> {
  return new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id = '']) => unescape(id)))
}

/** The file behind an address of the site; nothing for an address elsewhere. */
export function fileOf({ origin, pathname }: URL): string | undefined {
  if (origin !== base) return undefined
  const path = decodeURIComponent(pathname).slice(1)
  return path === '' || path.endsWith('/') ? `${path}index.html` : path
}

const base = 'https://site.test'

function unescape(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
