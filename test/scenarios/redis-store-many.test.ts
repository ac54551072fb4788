import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientCredentials, oauth2, TokenManager } from '../../src/index.ts'
import { redisStore } from '../../src/stores/redis/redis-store.ts'
import { collectGarbage } from '../support/collect-garbage.ts'
import { isRedisWanted, RedisServer, type TestRedisClient } from '../support/redis-server.ts'
import { startRotatingServer } from '../support/redis-token-server.ts'

const client = { clientId: 'machine', clientSecret: 'secret' }
const managersWanted = 1_000

describe.runIf(isRedisWanted)('a thousand managers of one process', () => {
  let redis: RedisServer
  let admin: TestRedisClient
  let server: Awaited<ReturnType<typeof startRotatingServer>>
  beforeAll(async () => {
    redis = await RedisServer.start(['--enable-debug-command', 'yes'])
    admin = await redis.connect()
    server = await startRotatingServer({ lifetimeS: 3600 })
  })
  afterAll(async () => {
    server.close()
    await redis.close()
  })

  /** Managers of as many users over one store, as a process has them that starts. */
  async function startProcess() {
    const connection = await redis.connect()
    const store = redisStore(connection)
    const degraded: string[] = []
    const managers = Array.from({ length: managersWanted }, (_, user) => {
      const { tokenUrl, origin: apiUrl } = server
      const grant = clientCredentials(client)
      const manager = new TokenManager({ ...oauth2({ tokenUrl, apiUrl, ...client, grant }), subject: `user-${user}`, store })
      manager.on('degraded', ({ reason = '' }) => degraded.push(reason))
      return manager
    })
    return {
      degraded,
      async getAll(afterStart = () => {}): Promise<number> {
        const startedAt = performance.now()
        const tokens = Promise.all(managers.map((manager) => manager.getToken()))
        afterStart()
        expect(new Set((await tokens).map(({ accessToken }) => accessToken)).size).toBe(managersWanted)
        return Math.round(performance.now() - startedAt)
      },
      end() {
        for (const manager of managers) manager.dispose()
        connection.destroy()
      },
    }
  }

  it('that start together over an empty store → one request each, and all tokens are stored: the next process asks for none', async () => {
    const first = await startProcess()
    const firstMs = await first.getAll()
    first.end()
    expect(first.degraded).toEqual([])
    expect(server.counts.issued).toBe(managersWanted)
    expect(await admin.dbSize()).toBeGreaterThanOrEqual(managersWanted)

    const next = await startProcess()
    const nextMs = await next.getAll()
    next.end()
    console.log({ firstMs, nextMs })
    expect(next.degraded).toEqual([])
    expect(server.counts.issued).toBe(managersWanted)
    expect(nextMs).toBeLessThan(3_000)
  }, 60_000)

  it('that start together while their process is busy for half a second → none asks', async () => {
    const busy = await startProcess()
    await busy.getAll(() => {
      const until = performance.now() + 500
      while (performance.now() < until);
    })
    busy.end()
    expect(busy.degraded).toEqual([])
    expect(server.counts.issued).toBe(managersWanted)
  }, 60_000)

  it('that start together while Redis pauses once, for less than an operation waits → none asks', async () => {
    const paused = await startProcess()
    await paused.getAll(() => {
      admin.sendCommand(['DEBUG', 'SLEEP', '0.07'])
    })
    paused.end()
    expect(paused.degraded).toEqual([])
    expect(server.counts.issued).toBe(managersWanted)
  }, 60_000)

  it('that listen → one connection and one channel; dropped without dispose() → none', async () => {
    const store = redisStore(await redis.connect())
    const subscribe = (_: unknown, count: number) => {
      const manager: { stop?: () => void } = {}
      manager.stop = store.subscribe!(`key-${count}`, () => manager)
      return manager
    }
    // Held until it was seen that they listen: an engine may collect what nobody holds at any time.
    const managers = Array.from({ length: managersWanted }, subscribe)
    await expect.poll(() => admin.pubSubChannels()).toEqual(['tokenwell:2:changed'])
    expect(Object.values(await admin.pubSubNumSub('tokenwell:2:changed'))).toEqual([1])
    managers.length = 0
    await collectGarbage()
    await expect.poll(() => admin.pubSubChannels()).toEqual([])
  })
})
