import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type KillManagersFigures, killManagers } from '../support/kill-managers.ts'
import { isRedisWanted, RedisServer } from '../support/redis-server.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const few = { processes: 3, expiries: 24, killEvery: 2, seed }

function check(name: string, figures: KillManagersFigures): void {
  console.log(name, JSON.stringify(figures))
  // What is tested is what happens after a kill.
  expect(figures.kills).toBeGreaterThanOrEqual(4)
  expect(figures.unknown).toBeGreaterThan(0)
  // A machine that is too busy answers late now and then. On a quiet one it is none.
  expect(figures.alone).toBeLessThanOrEqual(name.startsWith('files') ? 0 : 2)
}

// Side by side: where one waits for the lease of a dead one to end, the others go on.
describe.concurrent(`managers killed in mid-renewal, one rotating refresh token (SEED=${seed})`, () => {
  it.each(['password', 'refresh_token'] as const)(
    'files, %s grant → refused is only what was rotated for one that was killed before it could store it',
    async (grant) => {
      const directory = mkdtempSync(join(tmpdir(), 'tokenwell-killed-'))
      try {
        check(`files, ${grant}:`, await killManagers({ ...few, grant, store: { directory } }))
        expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([])
      } finally {
        rmSync(directory, { recursive: true })
      }
    },
    60_000,
  )

  // Fewer kills, one at each moment: each lease that a dead one has left costs the others three seconds.
  it.runIf(isRedisWanted)(
    'Redis, password grant → refused is only what was rotated for one that was killed before it could store it',
    async () => {
      const redis = await RedisServer.start()
      try {
        check(
          'Redis, password:',
          await killManagers({ ...few, killEvery: 3, maxKills: 6, grant: 'password', store: { redisUrl: redis.url } }),
        )
      } finally {
        await redis.close()
      }
    },
    120_000,
  )
})
