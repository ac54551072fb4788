// Counts long sentences, and words that readers stumble over, in documents, docstrings and messages. Decisions are counted only.
//
//   node scripts/check-prose.mjs [--all] [folder]     --all shows each long sentence, also where the limit is kept
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { adviceOn } from './prose/forbidden-words.mjs'
import { proseOfMarkdown } from './prose/markdown.mjs'
import { countWords, sentencesOf } from './prose/sentences.mjs'
import { proseOfSource } from './prose/source.mjs'

const longestSentence = 25
const shareOfLong = 0.05
const alwaysAllowed = 2

const isAll = process.argv.includes('--all')
const root = process.argv.slice(2).find((argument) => argument !== '--all') ?? dirname(dirname(fileURLToPath(import.meta.url)))
const read = (path) => readFileSync(join(root, path), 'utf8')
const find = (pattern) =>
  globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()

const pages = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'].filter((path) => existsSync(join(root, path))),
  ...find('docs/**/*.md'),
  ...find('examples/**/README.md'),
]
// The emulation speaks its servers' words.
const sources = find('src/**/*.ts').filter((path) => !path.startsWith('src/testing/emulation/'))

const inMarkdown = (path) => proseOfMarkdown(read(path)).map((block) => ({ ...block, path }))
const inSources = (kind) => sources.flatMap((path) => proseOfSource(read(path))[kind].map((block) => ({ ...block, path })))
const results = [
  ...pages.map((path) => judge(path, inMarkdown(path))),
  judge('docstrings in src/', inSources('docstrings')),
  judge('messages in src/', inSources('messages')),
]
const decisions = judge('decisions/', find('decisions/*.md').flatMap(inMarkdown))

for (const result of results) report(result)
const bad = results.filter(({ isRefused }) => isRefused)
const all = { count: sum('count'), long: { length: results.reduce((total, { long }) => total + long.length, 0) } }
console.log(`prose: ${shareIn(all)}; decisions, not limited: ${shareIn(decisions)}`)
if (bad.length > 0) {
  console.error(
    `prose: at most ${shareOfLong * 100} % of a page's sentences (or ${alwaysAllowed}) may have over ${longestSentence} words, and no word may be a forbidden one.`,
  )
  process.exitCode = 1
}

/** What the prose of one page, or of all sources, has in it. */
function judge(name, blocks) {
  const sentences = blocks.flatMap(({ text, isCounted = true, isName = false, ...place }) =>
    sentencesOf(text).map((sentence, index) => ({
      ...place,
      sentence,
      isCounted,
      words: countWords(sentence),
      advice: adviceOn({ sentence, isName: isName && index === 0 }),
    })),
  )
  const counted = sentences.filter(({ isCounted, words }) => isCounted && words > 1)
  const long = counted.filter(({ words }) => words > longestSentence)
  const forbidden = sentences.filter(({ advice }) => advice.length > 0)
  const isTooLong = long.length > Math.max(alwaysAllowed, counted.length * shareOfLong)
  return { name, count: counted.length, long, forbidden, isTooLong, isRefused: isTooLong || forbidden.length > 0 }
}

function report({ name, long, forbidden, isTooLong, isRefused, ...counts }) {
  if (isRefused || isAll) console.log(`${name}: ${shareIn({ ...counts, long })}`)
  if (isTooLong || isAll) for (const { path, line, words, sentence } of long) console.log(`  ${path}:${line} (${words} words) ${sentence}`)
  for (const { path, line, advice, sentence } of forbidden) console.log(`  ${path}:${line} ${advice.join('; ')}: ${sentence}`)
}

function shareIn({ count, long }) {
  return `${long.length} of ${count} sentences (${((long.length / Math.max(1, count)) * 100).toFixed(1)} %) over ${longestSentence} words`
}

function sum(field) {
  return results.reduce((total, result) => total + result[field], 0)
}
