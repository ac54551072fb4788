import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const script = resolve(import.meta.dirname, '../../scripts/check.mjs')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokenwell-check-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the tests step with a program in Vitest's place, which logs these entries and then goes on with this code. */
async function check(entries: readonly object[], code: string, environment: Record<string, string> = {}) {
  const log = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
  const program = `#!${process.execPath}\nrequire('node:fs').writeFileSync(process.env.RUN_LOG, ${JSON.stringify(log)});${code}\n`
  writeFileSync(join(folder, 'vitest'), program)
  chmodSync(join(folder, 'vitest'), 0o755)
  const child = spawn(process.execPath, [script, 'tests'], {
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}`, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  const [status] = await once(child, 'close')
  const lines = output.trim().split('\n')
  return { status, lines, last: lines.at(-1) }
}

const twoFiles = [
  { began: 'node: a' },
  { began: 'node: b' },
  { ended: 'node: a', passed: 3, failed: 0 },
  { ended: 'node: b', passed: 4, failed: 0 },
]

describe('the last line of `npm run check`', () => {
  it('all passed → their number, and exit status 0', async () => {
    expect(await check([...twoFiles, { errors: 0 }], '')).toMatchObject({ status: 0, last: '7 passed, 0 failed' })
  })

  it('a test failed → both numbers, and exit status 1', async () => {
    const third = { ended: 'node: c', passed: 1, failed: 2 }
    expect(await check([...twoFiles, third, { errors: 0 }], 'process.exit(1)')).toMatchObject({ status: 1, last: '8 passed, 2 failed' })
  })

  it('an error that is no test’s (a warning, a file that took too long) → counts as one that failed', async () => {
    expect(await check([...twoFiles, { errors: 1 }], 'process.exit(1)')).toMatchObject({ status: 1, last: '7 passed, 1 failed' })
  })

  it('the run died → what had passed, and one failed for each file that had not ended', async () => {
    const { status, lines, last } = await check([...twoFiles, { began: 'node: c' }], 'process.kill(process.pid, "SIGKILL")')
    expect({ status, last }).toEqual({ status: 1, last: '7 passed, 1 failed' })
    expect(lines).toContain('Not ended: node: c')
  })

  it('the run never ends → it is ended at its limit, with all that it has started, and counted', async () => {
    const code = `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }); for (;;) {}`
    const { status, lines, last } = await check([...twoFiles, { began: 'chromium: c' }], code, { TEST_MINUTES: '0.02' })
    expect({ status, last }).toEqual({ status: 1, last: '7 passed, 1 failed' })
    expect(lines).toEqual(expect.arrayContaining(['Not ended: chromium: c', 'It took longer than 0.02 minutes, and was ended.']))
  })

  it('nothing was run → that is no success', async () => {
    expect(await check([{ errors: 0 }], '')).toMatchObject({ status: 1, last: '0 passed, 0 failed' })
  })
})
