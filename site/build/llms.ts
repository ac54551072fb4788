import type { SitePage } from './collect-pages.ts'

/** A group of pages as `llms.txt` lists them. */
export interface ListedSection {
  readonly title: string
  readonly pages: readonly Pick<SitePage, 'target' | 'title' | 'description'>[]
}

/** The site as https://llmstxt.org has it: a list of its pages in Markdown. Links are relative to the list. */
export function writeLlms(name: string, summary: string, sections: readonly ListedSection[]): string {
  const lists = sections.map(({ title, pages }) => {
    const lines = pages.map((page) => `- [${page.title}](${page.target})${page.description ? `: ${page.description}` : ''}`)
    return `## ${title}\n\n${lines.join('\n')}\n`
  })
  return `# ${name}\n\n> ${summary}\n\n${lists.join('\n')}`
}

/** All pages in one file, each under its address. */
export function writeLlmsFull(pages: readonly Pick<SitePage, 'target' | 'markdown'>[]): string {
  return pages.map(({ target, markdown }) => `<!-- ${target} -->\n\n${markdown.trim()}\n`).join('\n---\n\n')
}
