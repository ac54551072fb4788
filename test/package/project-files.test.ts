import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const files = globSync('.github/**/*.{yml,md}', { cwd: root })

describe('what runs at the repository’s host', () => {
  it.each(['ci', 'release'])('%s runs what `.ci/run` runs on any machine', (name) => {
    expect(read(`.github/workflows/${name}.yml`)).toContain('run: bash .ci/run')
  })

  it('may read the repository only, apart from the job that publishes', () => {
    for (const path of globSync('.github/workflows/*.yml', { cwd: root })) {
      const granted = [...read(path).matchAll(/^ +([\w-]+): write$/gm)].map((match) => match[1])
      expect(granted, path).toEqual(path.endsWith('release.yml') ? ['id-token'] : [])
      expect(read(path), path).toMatch(/^permissions:\n {2}contents: read\n/m)
    }
  })

  it('names no secret', () => {
    expect(files.length).toBeGreaterThan(5)
    for (const path of files) expect(read(path), path).not.toMatch(/\$\{\{ *secrets|_TOKEN|NODE_AUTH/)
  })

  it('publishes what was checked, through a gate, with provenance, and runs nothing of the project there', () => {
    const [, publish = ''] = read('.github/workflows/release.yml').split(/^ {2}publish:$/m)
    expect(publish).toMatch(/needs: check\n/)
    expect(publish).toMatch(/environment: \w+\n/)
    expect(publish).toContain('--provenance')
    expect(publish).not.toMatch(/checkout|npm (ci|install|run)/)
    expect(read('.github/workflows/release.yml')).toContain('node scripts/release-check.mjs')
  })
})

it.each(['bug', 'api'])('the form for %s issues asks for a recorded exchange, and warns of secrets', (name) => {
  const form = read(`.github/ISSUE_TEMPLATE/${name}.yml`)
  expect(form).toContain('`recordExchange` of `tokenwell/testing`')
  expect(form).toContain('Never paste a token')
})
