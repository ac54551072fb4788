// The prose of a page in Markdown: its paragraphs, list items, cells and headings, without links' targets and code blocks.

/**
 * @param {string} page
 * @returns {{ line: number, text: string, isCounted: boolean, isName: boolean }[]} cells and headings are not counted as sentences
 */
export function proseOfMarkdown(page) {
  const blocks = []
  let open
  const close = () => {
    if (open) blocks.push(open)
    open = undefined
  }
  let fence
  for (const [index, raw] of page.split('\n').entries()) {
    const line = raw.replace(/^(?:\s*> ?)+/, '')
    const [, sign] = /^\s*(`{3,}|~{3,})/.exec(line) ?? []
    if (sign && (!fence || sign.startsWith(fence))) {
      fence = fence ? undefined : sign
      close()
    } else if (!fence) {
      const kind = kindOf(line)
      if (kind !== 'more') close()
      if (kind === 'table' || kind === 'heading')
        for (const text of cellsOf(line)) blocks.push({ line: index + 1, text, isCounted: false, isName: true })
      if (kind === 'item') open = { line: index + 1, text: line.replace(/^\s*(?:[-*+]|\d+\.)\s+/, ''), isCounted: true }
      if (kind === 'more' && open) open.text += ` ${line.trim()}`
      if (kind === 'more' && !open) open = { line: index + 1, text: line.trim(), isCounted: true }
    }
  }
  close()
  return blocks.map((block) => ({ isName: false, ...block, text: withoutMarks(block.text) })).filter(({ text }) => /\p{L}/u.test(text))
}

function kindOf(line) {
  if (/^\s*$/.test(line) || /^\s*(?:<\/?\w|<!--|:::|---\s*$)/.test(line)) return 'none'
  if (/^\s*\|/.test(line)) return 'table'
  if (/^#+ /.test(line)) return 'heading'
  return /^\s*(?:[-*+]|\d+\.)\s+/.test(line) ? 'item' : 'more'
}

function cellsOf(line) {
  return line
    .replace(/^#+ /, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
    .filter(Boolean)
}

/** Links as their words, without emphasis. What is in backticks stays as it is. */
function withoutMarks(text) {
  return text
    .replace(/!?\[((?:[^\][]|\[[^\]]*\])*)\]\([^)]*\)/g, '$1')
    .replace(/\[([^\]]*)\]\[[^\]]*\]/g, '$1')
    .replace(/\*\*|(?<![\w`])[*_](?=\w)|(?<=\w)[*_](?![\w`])/g, '')
}
