import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunLogEntry } from '../../tools/run-log.ts'
import { childEnvironment } from '../support/child-environment.ts'

const root = resolve(import.meta.dirname, '../..')

const files: Readonly<Record<string, string>> = {
  'vitest.config.ts': `
    import { limitedForks } from '${root}/tools/limited-forks.ts'
    import { RunLog } from '${root}/tools/run-log.ts'
    export default {
      test: {
        include: ['*.check.ts'],
        pool: limitedForks(6_000),
        env: { NODE_OPTIONS: '--import=file://${root}/test/support/fail-on-warnings.mjs' },
        reporters: ['default', new RunLog({ path: 'run.log', browserLimitMs: 1_000 })],
      },
    }`,
  'fine.check.ts': `
    import { it } from 'vitest'
    it('is fine', () => {})`,
  'endless.check.ts': `
    import { it } from 'vitest'
    it('ends', () => {})
    it('does not end', () => { for (;;) {} })`,
  'listeners.check.ts': `
    import { EventEmitter } from 'node:events'
    import { it } from 'vitest'
    it('has too many listeners', async () => {
      const emitter = new EventEmitter()
      for (let count = 0; count < 11; count++) emitter.on('x', () => {})
      await new Promise((resolve) => setTimeout(resolve, 20))
    })`,
  'rejection.check.ts': `
    import { it } from 'vitest'
    it('leaves a rejection alone', async () => {
      Promise.reject(new Error('of nobody'))
      await new Promise((resolve) => setTimeout(resolve, 20))
    })`,
  'child.check.ts': `
    import { spawnSync } from 'node:child_process'
    import { expect, it } from 'vitest'
    it('starts a program that uses what is deprecated', () => {
      expect(spawnSync(process.execPath, ['-e', 'new Buffer(1); setTimeout(() => {}, 20)']).status).toBe(0)
    })`,
}

describe('a run of tests, of which one file never ends and others are warned by Node', () => {
  let folder: string
  let status: number
  let output = ''
  let log: readonly RunLogEntry[]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tokenwell-limits-'))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const child = spawn(process.execPath, [vitest, 'run'], { cwd: folder, env: { ...childEnvironment(), NODE_OPTIONS: '', NO_COLOR: '1' } })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    ;[status] = (await once(child, 'close')) as [number]
    log = readFileSync(join(folder, 'run.log'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const endedOf = (name: string) => log.find((entry) => 'ended' in entry && entry.ended.endsWith(name))

  it('the whole → ends, and has failed', () => expect(status).toBe(1))

  it('the file that never ends → is named and ended, and the others are run', () => {
    expect(output).toContain('endless.check.ts took longer than 6 s, and was ended')
    expect(log.some((entry) => 'began' in entry && entry.began.endsWith('endless.check.ts'))).toBe(true)
    expect(endedOf('endless.check.ts')).toBeUndefined()
    expect(endedOf('fine.check.ts')).toMatchObject({ passed: 1, failed: 0 })
  })

  it('a file that leaves too many listeners, or a rejection → is named with what it did', () => {
    expect(output).toMatch(/MaxListenersExceededWarning: Possible EventEmitter memory leak.*originated in "listeners\.check\.ts"/s)
    expect(output).toMatch(/Error: of nobody.*originated in "rejection\.check\.ts"/s)
  })

  it('a program that a test starts → fails for a warning, too', () => {
    expect(endedOf('child.check.ts')).toMatchObject({ passed: 0, failed: 1 })
  })

  it('its log → counts three errors that are no test’s', () => expect(log.at(-1)).toEqual({ errors: 3 }))
})
