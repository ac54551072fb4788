import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { killWriters } from '../support/file-kills.ts'
import { callAllTheTime, expireTogether } from '../support/file-sharing.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tokenwell-file-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

describe(`file store and many processes (SEED=${seed})`, () => {
  it('32 processes × 25 expiries of a rotating token → one request each, none refused', async () => {
    await expireTogether({ directory, processes: 32, expiries: 25, seed })
  })

  it('32 processes that call all the time, 25 expiries → one request each', async () => {
    await callAllTheTime({ directory, processes: 32, expiries: 25, seed })
  })

  it('500 writers killed at random points → nothing corrupt, nothing left behind, no wait over the bound', async () => {
    const figures = await killWriters({ directory, kills: 500, seed })
    console.log(JSON.stringify(figures))
    expect(figures).toMatchObject({ corrupt: 0, overdue: 0, orphans: 0, together: 0 })
  })
})
