/** Code, which holds no links: fenced blocks and spans. */
const code = /^ *(```+).*?^ *\1 *$|(`+)[^`].*?\2/gms

/** Changes the targets of links and pictures, and nothing in code. Without an answer, the words of the link stay alone. */
export function replaceLinks(text: string, replace: (target: string) => string | undefined): string {
  const inText = (part: string): string =>
    part.replace(/(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g, (_, mark: string, words: string, target: string) => {
      const replaced = replace(target)
      return replaced === undefined ? words : `${mark}[${words}](${replaced})`
    })
  // A link's words may hold code, so that code is put aside, and not split at.
  const aside: string[] = []
  const open = text.replace(code, (block) => `\uE000${aside.push(block) - 1}\uE000`)
  return inText(open).replace(/\uE000(\d+)\uE000/g, (_, index: string) => aside[Number(index)] ?? '')
}

/** The first heading, without its marks. */
export function titleOf(text: string): string | undefined {
  return plain(/^# (.+)$/m.exec(text)?.[1] ?? '') || undefined
}

/** The first paragraph below the heading, without marks, cut at the end of a sentence. */
export function descriptionOf(text: string): string {
  const blocks = text
    .replace(/^---\n.*?^---\n/ms, '')
    .replace(/^```.*?^```$/gms, '')
    .split(/\n{2,}/)
  const first = blocks
    .map((block) => block.trim())
    .find((block) => /^[\p{L}\p{N}`*[]/u.test(block) && !/^\*\*\*|^\[.*\]\(.*\) \//.test(block))
  const words = plain(first ?? '').replaceAll('\n', ' ')
  const end = words.slice(0, longestDescription).lastIndexOf('. ')
  return words.length <= longestDescription
    ? words
    : end > 0
      ? words.slice(0, end + 1)
      : `${words.slice(0, longestDescription).trimEnd()} …`
}

/** Without what only VitePress understands: frontmatter, scripts and components. */
export function plainMarkdown(text: string): string {
  return text
    .replace(/^---\n.*?^---\n\n?/ms, '')
    .replace(/^<script.*?^<\/script>\n*/gms, '')
    .replace(/^<[A-Z]\w*(?: [^>]*)?\/>\n*/gm, '')
}

const longestDescription = 240

function plain(text: string): string {
  return text
    .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\[((?:[^[\]]|\[[^\]]*\])*)\]\([^)]*\)/g, '$1')
    .replace(/[`*]|\\(?=[<>_*])/g, '')
    .replace(/:$/, '.')
    .trim()
}
