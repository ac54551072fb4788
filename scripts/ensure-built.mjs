// Builds dist/ where something that it is made of has changed since, and says so; says nothing when all is there.
import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

if (!isUpToDate()) {
  console.error('Building the package (a few seconds) …')
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  process.exitCode = status ?? 1
}

function isUpToDate() {
  // Code and declarations are written by two programs, and either may have failed.
  const builtAt = Math.min(changedAt('dist/index.js'), changedAt('dist/index.d.ts'))
  const sources = ['package.json', 'tsconfig.json', 'tsup.config.ts', ...globSync('src/**/*.ts', { cwd: root })]
  return builtAt > 0 && sources.every((path) => changedAt(path) < builtAt)
}

function changedAt(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
