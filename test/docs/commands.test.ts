import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const pages = globSync('{*.md,docs/**/*.md,examples/**/README.md}', { cwd: root, exclude: ['**/node_modules/**'] }).toSorted()

/** Commands of documents that are not run here, and why. */
const notRunHere: readonly (readonly [command: RegExp, why: string])[] = [
  [/^(npm|pnpm|yarn) (ci|install|add|pack)\b/, 'test/package packs and installs the package'],
  [/^npm pkg set type=module$/, 'it is for a project of the reader’s: here it would write package.json'],
  [/^npm (test|run (test|check|docs|bench|screenshots|coverage|simulate)\b)/, 'it takes minutes, and has a place of its own in CI'],
  [/example\.com/, 'there is no such server'],
  [/^npm run example:(browser|sign-in)$/, 'it waits for a person: test/scenarios runs it'],
  [/^npm run example:(cameras|cities)$/, 'it wants credentials of a real API'],
  [/jest\.js$/, 'test/package/installs runs Jest'],
  [/^(npx )?tokenwell /, 'test/package runs the command of an installed package'],
]

/** A block of shell holds commands alone, each with a comment behind it perhaps. */
const commands = pages.flatMap((page) =>
  [...read(page).matchAll(/^```(?:sh|bash|shell)\n(.*?)^```$/gms)]
    .flatMap(([, text = '']) => text.split('\n'))
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
    .map((command) => ({ page, command })),
)
const toRun = commands.filter(({ command }) => command.includes('--help') || !notRunHere.some(([pattern]) => pattern.test(command)))

describe('commands in the documents', () => {
  it('are found', () => expect(toRun.length).toBeGreaterThan(2))

  it.each(toRun)('$command of $page runs', ({ command }) => {
    // Those of npm are for a clone, all others for a project of the reader's.
    const cwd = command.startsWith('npm ') ? root : createProject()
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8', timeout: 300_000 })
    expect(status, `${stdout}${stderr}`).toBe(0)
  })

  it('with their output are of pages whose commands a test runs', () => {
    const tests = globSync('test/package/**/*.test.ts', { cwd: root }).map(read).join('\n')
    const shown = pages.filter((page) => /^```console$/m.test(read(page)))
    expect(shown.length).toBeGreaterThan(1)
    expect(shown.filter((page) => !tests.includes(page))).toEqual([])
  })
})

/** A folder in which the package is installed. */
function createProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwell-commands-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/tokenwell'), 'junction')
  return folder
}
