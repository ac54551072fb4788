import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { killWriters } from '../support/file-kills.ts'
import { callAllTheTime, expireTogether } from '../support/file-sharing.ts'
import { startRotatingServer } from '../support/process-rotating-server.ts'

const seed = Number(process.env['SEED'] ?? 20_261_120)
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tokenwell-file-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

describe(`file store and real processes (SEED=${seed})`, () => {
  it('6 processes × 5 expiries of a rotating token → one request each, none refused', async () => {
    await expireTogether({ directory, processes: 6, expiries: 5, seed })
  }, 60_000)

  it('4 processes that call all the time → one request for each expiry', async () => {
    await callAllTheTime({ directory, processes: 4, expiries: 2, seed })
  }, 60_000)

  it('40 writers killed at random points → nothing corrupt, nothing left behind, no wait over the bound', async () => {
    const figures = await killWriters({ directory, kills: 40, seed })
    console.log(JSON.stringify(figures))
    expect(figures).toMatchObject({ corrupt: 0, overdue: 0, orphans: 0, together: 0 })
  }, 60_000)

  it('the same script run twice → one token request, both end at once, and nobody else can read the token', async () => {
    const server = await startRotatingServer({ seed, lifetimeMs: 3_600_000 })
    const script = fileURLToPath(new URL('../support/file-token-script.ts', import.meta.url))
    const environment = { PATH: process.env['PATH'], HOME: directory, XDG_STATE_HOME: join(directory, 'state') }
    const run = () => promisify(execFile)(process.execPath, [script, server.tokenUrl], { env: environment, timeout: 10_000 })
    const [first, second] = [await run(), await run()]
    await server.close()
    expect(second).toEqual(first)
    expect(first).toEqual({ stdout: `${server.latest}\n`, stderr: '' })
    expect(server.requests).toBe(1)
    if (process.platform === 'linux') expect(statSync(join(directory, 'state', 'tokenwell')).mode & 0o777).toBe(0o700)
  }, 30_000)
})
