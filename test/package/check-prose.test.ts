import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

const script = resolve(import.meta.dirname, '../../scripts/check-prose.mjs')

/** Runs the check over a project of these files. */
function check(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwell-prose-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const { status, stdout } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' })
  const lines = stdout.trim().split('\n')
  return { status, found: lines.filter((line) => line.startsWith('  ')).map((line) => line.trim()), last: lines.at(-1) }
}

const words = (count: number): string => `Subject ${'word '.repeat(count - 2)}end.`
const short = 'This one is short. '

describe('long sentences', () => {
  it('25 words → not long; 26 words → long', () => {
    expect(check({ 'README.md': words(25) }).last).toMatch(/^prose: 0 of 1 sentences/)
    expect(check({ 'README.md': words(26) }).last).toMatch(/^prose: 1 of 1 sentences/)
  })

  it('two on a page → passes; three on a short page → fails, and shows where', () => {
    const page = (count: number) => ({ 'docs/page.md': `${words(26)}\n\n`.repeat(count) })
    expect(check(page(2))).toMatchObject({ status: 0, found: [] })
    const { status, found } = check(page(3))
    expect({ status, places: found.map((line) => line.split(' (')[0]) }).toEqual({
      status: 1,
      places: ['docs/page.md:1', 'docs/page.md:3', 'docs/page.md:5'],
    })
  })

  it('three on a long page → passes up to 5 % of its sentences', () => {
    const page = (shortOnes: number) => ({ 'docs/page.md': `${`${words(26)}\n\n`.repeat(3)}${short.repeat(shortOnes)}` })
    expect(check(page(57)).status).toBe(0)
    expect(check(page(56)).status).toBe(1)
  })

  it('in packages that are installed below docs → not looked at', () => {
    expect(check({ 'docs/node_modules/a/README.md': `${words(30)}\n\n`.repeat(5) }).last).toMatch(/^prose: 0 of 0 sentences/)
  })

  it('in decisions → counted, and never too many', () => {
    const { status, last } = check({ 'decisions/01-a.md': `${words(30)}\n\n`.repeat(5) })
    expect({ status, last }).toMatchObject({ status: 0, last: expect.stringContaining('decisions, not limited: 5 of 5 sentences') })
  })
})

describe('the sentences of a page', () => {
  it.each([
    ['a paragraph over two lines', `${short.trim()}\nAnd\nanother one.`, 2],
    ['list items without a full stop', '- one thing\n- another thing\n  that goes on', 2],
    ['an abbreviation', 'Use e.g. Redis for this.', 1],
    ['code with a full stop', 'Call `a. B` first.', 1],
    ['a sentence that begins with code', 'It waits. `clear()` ends it.', 2],
    ['emphasis at the end', '**It waits.** Others go on.', 2],
    ['a quotation', '> It waits.\n> Others go on.', 2],
  ])('%s → counted as one reads them', (_, page, count) => {
    expect(check({ 'README.md': page }).last).toMatch(new RegExp(`^prose: 0 of ${count} sentences`))
  })

  it.each([
    ['a block of code', '```ts\nIt was put off by chance.\n```\nOne sentence.'],
    ['a block of code in a list', '- One sentence:\n\n  ```sh\n  It was put off.\n  ```'],
    ['inline code', 'One `by chance` sentence.'],
    ['the target of a link', 'One [sentence](by%20chance.md "put off").'],
    ['a heading and a table', '# What it does\n\n| a cell of two words. And more. |\n| --- |\n\nOne sentence.'],
  ])('%s → not among them', (_, page) => {
    expect(check({ 'README.md': page })).toMatchObject({ status: 0, last: expect.stringMatching(/^prose: 0 of 1 sentences/) })
  })
})

describe('forbidden words', () => {
  it.each([
    'The lock is had.',
    'The store is away.',
    'Up to a fifth sooner, by chance.',
    'The renewal is put off.',
    'The token rests.',
    'It has to be a text.',
    'What is stored stays.',
    'Whoever asks waits.',
    '- **Who asks** waits.',
  ])('«%s» → refused', (page) => {
    const { status, found } = check({ 'README.md': page })
    expect({ status, count: found.length }).toEqual({ status: 1, count: 1 })
  })

  it.each([
    'It had changed before.',
    'A body is thrown away.',
    'The rest of the text stays.',
    'What is a token?',
    'The answer is a text file.',
    'It depends on who asks, and on what is stored.',
  ])('«%s» → accepted', (page) => expect(check({ 'README.md': page }).status).toBe(0))
})

describe('sources', () => {
  const file = (source: string) => check({ 'src/a.ts': source })

  it('a message with a forbidden word → refused, and so is a template', () => {
    expect(file(`throw new Error('it must be a text that is short')`).status).toBe(1)
    expect(file(`throw new Error(\`the \${name} of it is put off\`)`).status).toBe(1)
  })

  it('a string that nobody reads, a comment within a line, a regular expression → not looked at', () => {
    expect(file(`const a = 'by chance'\n// it is put off until then, by chance\nconst b = /'it is put off by chance/`).status).toBe(0)
  })

  it('a docstring → looked at, but for its examples and tags', () => {
    expect(file('/** The renewal is put off. */').found).toEqual([expect.stringMatching(/^src\/a\.ts:1 /)])
    expect(file('/**\n * A token.\n *\n * @example\n * // it is put off by chance\n */').status).toBe(0)
  })

  it('a docstring that begins with «What» → names the thing; a later sentence that does → refused', () => {
    expect(file('/** What a store keeps. */').status).toBe(0)
    expect(file('/** A record. What is in it stays. */').status).toBe(1)
  })

  it('the words of emulated servers → not looked at', () => {
    expect(check({ 'src/testing/emulation/a.ts': `throw new Error('it must be a text that is short')` }).status).toBe(0)
  })
})
