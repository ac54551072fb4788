// The prose of a TypeScript file: its docstrings, and its messages. It reads tokens and does not parse: a slash after a value
// divides, and any other begins a regular expression.

const tokens =
  /(?<comment>\/\*[\s\S]*?\*\/|\/\/[^\n]*)|(?<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(?<template>`(?:[^`\\]|\\.)*`)|(?<regexp>(?<=(?:^|[=(,:;!&|?{}[>\n]|\breturn)\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*)/gu

/**
 * @param {string} source
 * @returns {{ docstrings: { line: number, text: string, isName: boolean }[], messages: { line: number, text: string }[] }}
 */
export function proseOfSource(source) {
  const docstrings = []
  const messages = []
  for (const { index, groups = {} } of source.matchAll(tokens)) {
    const line = source.slice(0, index).split('\n').length
    if (groups.comment?.startsWith('/**')) docstrings.push(...paragraphsOf(groups.comment, line))
    const literal = groups.string ?? groups.template
    if (literal && isMessage(literal)) messages.push({ line, text: wordsOf(literal) })
  }
  return { docstrings, messages }
}

/** A docstring's paragraphs: a tag begins one. Examples are code. The first sentence of each names what it is about. */
function paragraphsOf(comment, firstLine) {
  const paragraphs = []
  let open
  let isExample = false
  for (const [offset, raw] of comment.split('\n').entries()) {
    const line = raw
      .replace(/^\s*\/?\*+\/?\s?/, '')
      .replace(/\*\/\s*$/, '')
      .trim()
    const [tag] = /^@\w+/.exec(line) ?? []
    if (tag) isExample = tag === '@example'
    if (tag || !line || line.startsWith('- ') || line.startsWith('|')) open = undefined
    const text = line.replace(/^(?:@\w+(?:\s+\{[^}]*\})?|-)\s*/, '').replace(/\{@link(?:code)? ([^}|]*)(?:\|[^}]*)?\}/g, '`$1`')
    if (isExample || !text || line.startsWith('|') || line.startsWith('```')) continue
    if (!open) {
      open = { line: firstLine + offset, text: '' }
      paragraphs.push(open)
    }
    open.text += ` ${text}`
  }
  return paragraphs.map((paragraph) => ({ ...paragraph, isName: true, text: paragraph.text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1') }))
}

/** Whether somebody is to read this: it has four words or more, and is no script of Redis. */
function isMessage(literal) {
  if (literal.includes('redis.call(') || literal.includes('redis.pcall(')) return false
  return (
    wordsOf(literal)
      .split(/\s+/)
      .filter((word) => /^[«("'`]*\p{L}[\p{L}'’-]*[.,:;?!»)"'`]*$/u.test(word)).length >= 4
  )
}

/** Without its quotation marks, and with each value in it as one word. */
function wordsOf(literal) {
  return literal
    .slice(1, -1)
    .replace(/\$\{[^}]*\}/g, '`value`')
    .replaceAll('\\`', '`')
    .replace(/\\n/g, ' ')
    .replace(/\\(.)/g, '$1')
}
