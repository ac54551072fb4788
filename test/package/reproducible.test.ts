import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'tokenwell-clones-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a clone has, and the tools that are installed here. */
const sources = [
  ...['package.json', 'tsconfig.json', 'tsup.config.ts', 'src', 'schema', 'docs', 'decisions', 'examples', 'LICENSE'],
  ...['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'],
]

function packClone(name: string): { files: string[]; digest: string } {
  const clone = join(folder, name)
  for (const path of sources) cpSync(join(root, path), join(clone, path), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'), 'junction')
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: clone, encoding: 'utf8', stdio: 'pipe' })
  run('npx', 'tsup')
  const [{ filename, files }] = JSON.parse(run('npm', 'pack', '--json', '--ignore-scripts', '--loglevel=error'))
  return {
    files: files.map(({ path }: { path: string }) => path),
    digest: createHash('sha512')
      .update(readFileSync(join(clone, filename)))
      .digest('hex'),
  }
}

it('two clones, in folders of other names → the same tarball, byte for byte', () => {
  const [first, second] = [packClone('one'), packClone('a-much-longer-name/two')]
  expect(second.files).toEqual(first.files)
  expect(second.digest).toBe(first.digest)
  // It builds and packs twice.
}, 240_000)
