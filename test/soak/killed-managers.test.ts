import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { killManagers } from '../support/kill-managers.ts'
import { RedisServer } from '../support/redis-server.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const many = { grant: 'password', processes: 4, expiries: 1_000, seed } as const

describe(`managers killed in mid-renewal, 1 000 expiries of one rotating refresh token (SEED=${seed})`, () => {
  it('files → refused is only what was rotated for one that was killed before it could store it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tokenwell-killed-'))
    const figures = await killManagers({ ...many, killEvery: 4, store: { directory } })
    rmSync(directory, { recursive: true })
    console.log('files:', JSON.stringify(figures))
    expect(figures.alone).toBe(0)
    expect(figures.unknown).toBeGreaterThan(0)
  })

  // Each lease that a dead one has left costs the others three seconds.
  it('Redis → refused is only what was rotated for one that was killed before it could store it', async () => {
    const redis = await RedisServer.start()
    const figures = await killManagers({ ...many, killEvery: 8, store: { redisUrl: redis.url } })
    await redis.close()
    console.log('Redis:', JSON.stringify(figures))
    // A machine that is too busy answers late now and then. On a quiet one it is none.
    expect(figures.alone).toBeLessThanOrEqual(many.expiries / 20)
    expect(figures.unknown).toBeGreaterThan(0)
  })
})
