import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const script = resolve(import.meta.dirname, '../../scripts/ensure-installed.mjs')
const ky = (version: string) => ({
  packages: { '': {}, 'node_modules/ky': { version }, 'node_modules/absent-here': { version: '1.0.0', optional: true } },
})

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tokenwell-install-'))
  for (const folder of ['scripts', 'node_modules']) mkdirSync(join(root, folder))
  copyFileSync(script, join(root, 'scripts/ensure-installed.mjs'))
  write('package-lock.json', ky('2.0.0'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('ensure-installed', () => {
  it('what the lockfile says is there → says nothing and installs nothing', () => {
    write('node_modules/.package-lock.json', ky('2.0.0'))
    expect(run('process.exit(9)')).toEqual({ status: 0, stderr: '' })
  })

  it('nothing is there → runs npm ci', () => {
    const { status, stderr } = run(`
      if (process.argv[2] !== 'ci') process.exit(9)
      require('node:fs').copyFileSync('package-lock.json', 'node_modules/.package-lock.json')`)
    expect(status).toBe(0)
    expect(stderr).toMatch(/^Installing the dependencies/)
  })

  it('another version is there → runs npm ci', () => {
    write('node_modules/.package-lock.json', ky('1.9.9'))
    expect(run('process.exit(9)').status).toBe(9)
  })

  it('npm fails → its output and its exit code', () => {
    const { status, stderr } = run(`console.error('no such registry'); process.exit(3)`)
    expect(status).toBe(3)
    expect(stderr).toContain('no such registry')
  })

  it('npm claims success, and nothing is there → fails all the same', () => {
    expect(run('').status).toBe(1)
  })
})

function write(path: string, content: object): void {
  writeFileSync(join(root, path), JSON.stringify(content))
}

/** Runs the script with a program in npm's place. */
function run(npm: string) {
  writeFileSync(join(root, 'npm.js'), npm)
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/ensure-installed.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, npm_execpath: join(root, 'npm.js') },
  })
  return { status, stderr }
}
