import { topLinks } from '../navigation.ts'
import type { FoundSection, SitePage } from './collect-pages.ts'
import { addressOf, targetOf } from './paths.ts'
import type { ReferencePage } from './reference.ts'

/** What the configuration of VitePress reads: navigation as VitePress has it. */
export interface SiteData {
  readonly description: string
  readonly nav: readonly { text: string; link: string }[]
  readonly sidebar: Readonly<Record<string, readonly SidebarGroup[]>>
}

export interface SidebarGroup {
  readonly text: string
  readonly link?: string
  readonly collapsed?: boolean
  readonly items: readonly (SidebarGroup | { readonly text: string; readonly link: string })[]
}

/** The navigation of these pages. */
export function writeNavigation(
  sections: readonly FoundSection[],
  pages: readonly SitePage[],
  reference: readonly ReferencePage[],
): Pick<SiteData, 'nav' | 'sidebar'> {
  return {
    nav: topLinksOf(pages, reference),
    sidebar: { '/reference/': referenceSidebar(reference), '/': sidebarOf(sections, pages) },
  }
}

function topLinksOf(pages: readonly SitePage[], reference: readonly ReferencePage[]) {
  const targets = new Set(pages.map(({ target }) => target))
  if (reference.length > 0) targets.add('reference/index.md')
  return topLinks
    .map(([source, text]) => ({ text, target: targetOf(source) }))
    .filter(({ target }) => targets.has(target))
    .map(({ text, target }) => ({ text, link: addressOf(target) }))
}

function sidebarOf(sections: readonly FoundSection[], pages: readonly SitePage[]): SidebarGroup[] {
  const titles = new Map(pages.map(({ source, title }) => [source, title]))
  return sections.map(({ title, isFolded, pages: entries }) => ({
    text: title,
    ...(isFolded ? { collapsed: true } : {}),
    items: entries.map(({ source, label }) => ({ text: label ?? titles.get(source) ?? source, link: addressOf(targetOf(source)) })),
  }))
}

function referenceSidebar(reference: readonly ReferencePage[]): SidebarGroup[] {
  return unique(reference.map(({ subpath }) => subpath)).map((subpath) => {
    const ofSubpath = reference.filter((page) => page.subpath === subpath)
    const kinds = unique(ofSubpath.map(({ kind }) => kind))
    return {
      text: subpath,
      link: addressOf(`reference/${subpath}/index.md`),
      collapsed: true,
      items: kinds.map((kind) => ({
        text: kind,
        collapsed: kind === 'Not exported',
        items: ofSubpath.filter((page) => page.kind === kind).map(({ name, target }) => ({ text: name, link: addressOf(target) })),
      })),
    }
  })
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}
