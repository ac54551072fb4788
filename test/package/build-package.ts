import { execFileSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** Builds `dist/` where something that it is made of has changed since. */
export default function buildPackage() {
  if (isUpToDate()) return
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
}

function isUpToDate(): boolean {
  // Code and declarations are written by two programs, and either may have failed.
  const builtAt = Math.min(changedAt('dist/index.js'), changedAt('dist/index.d.ts'))
  const sources = ['package.json', 'tsconfig.json', 'tsup.config.ts', ...globSync('src/**/*.ts', { cwd: root })]
  return builtAt > 0 && sources.every((path) => changedAt(path) < builtAt)
}

function changedAt(path: string): number {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
