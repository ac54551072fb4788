import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const whole = {
  name: 'tokenwell',
  version: '1.2.3',
  license: 'MIT',
  repository: { type: 'git', url: 'git+https://git.tokenwell.dev/owner/tokenwell.git' },
  homepage: 'https://git.tokenwell.dev/owner/tokenwell#readme',
  bugs: { url: 'https://git.tokenwell.dev/owner/tokenwell/issues' },
}
const changelog = '# Changelog\n\n## [1.2.3] - 2030-01-31\n\n## [1.2.2] - 2030-01-01\n'

/** Runs the check over a project of these files. */
function check({ manifest = {}, files = {}, environment = {} }: { manifest?: object; files?: object; environment?: object } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwell-release-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const all = {
    'package.json': JSON.stringify({ ...whole, ...manifest }),
    'package-lock.json': '{ "version": "1.2.3" }',
    'CHANGELOG.md': changelog,
    LICENSE: 'MIT',
    ...files,
  }
  for (const [path, text] of Object.entries(all)) writeFileSync(join(folder, path), text)
  return run(folder, environment)
}

function run(folder: string, environment: object) {
  const env = { PATH: process.env['PATH'], ...environment }
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/release-check.mjs'), folder], {
    encoding: 'utf8',
    env,
  })
  return { status, stdout, stderr }
}

describe('the check before a release', () => {
  it('of a version that has all → passes', () => {
    expect(check()).toEqual({ status: 0, stdout: 'tokenwell 1.2.3 can be published.\n', stderr: '' })
  })

  it.each<[string, object, string]>([
    ['no repository', { manifest: { repository: undefined } }, '`repository`'],
    ['a repository of plain http', { manifest: { repository: 'http://git.tokenwell.dev/owner/tokenwell' } }, '`repository`'],
    ['a repository on a host that nobody can own', { manifest: { repository: 'https://git.example.com/o/t' } }, '`repository`'],
    ['no homepage', { manifest: { homepage: undefined } }, '`homepage`'],
    ['a homepage that is no address', { manifest: { homepage: 'TODO' } }, '`homepage`'],
    ['no address for bugs', { manifest: { bugs: {} } }, '`bugs`'],
    ['a private package', { manifest: { private: true } }, '`private`'],
    ['no licence', { files: { LICENSE: '' } }, 'LICENSE'],
    ['a heading without a date', { files: { 'CHANGELOG.md': '## [1.2.3]\n' } }, 'CHANGELOG.md'],
    ['no heading for this version', { files: { 'CHANGELOG.md': '## [1.2.2] - 2030-01-01\n' } }, 'CHANGELOG.md'],
    ['a README that says it is not published', { files: { 'README.md': 'It is not on npm yet.' } }, 'README.md'],
    ['a lockfile of another version', { files: { 'package-lock.json': '{ "version": "1.2.2" }' } }, 'package-lock.json'],
    ['another repository that builds it', { environment: { GITHUB_REPOSITORY: 'fork/tokenwell' } }, 'fork/tokenwell'],
    ['a tag of another version', { environment: { GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1.2.4' } }, 'v1.2.4 is not v1.2.3'],
  ])('of %s → refuses, and names it alone', (_, given, words) => {
    const { status, stdout, stderr } = check(given)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain(words)
    expect(stderr).toContain('cannot be published: 1 missing.')
  })

  it('of the repository and tag that build it → passes', () => {
    const environment = { GITHUB_REPOSITORY: 'owner/tokenwell', GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1.2.3' }
    expect(check({ environment }).status).toBe(0)
  })

  it('of this project → names each address that nobody has registered yet', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const { stderr } = run(root, {})
    for (const field of ['repository', 'homepage', 'bugs']) expect(stderr.includes(`\`${field}\``), field).toBe(!(field in manifest))
  })
})
