import { afterAll, beforeAll, describe, it } from 'vitest'
import { redisStore } from '../../src/stores/redis/redis-store.ts'
import { tokenStoreContract } from '../../src/testing.ts'
import { type AnyRedisClient, redisClientKinds } from '../support/redis-clients.ts'
import { isRedisWanted, RedisSentinel, RedisServer } from '../support/redis-server.ts'

// One server for all kinds of clients: a cluster of one node serves those that know nothing of clusters as well.
describe.runIf(isRedisWanted).concurrent.each(redisClientKinds)('redisStore over %s', (_, createClient) => {
  let clients: readonly AnyRedisClient[] = []
  beforeAll(async () => {
    const ports = await servers()
    clients = [createClient(ports), createClient(ports)]
    await Promise.all(clients.map((client) => client.connect()))
  })
  afterAll(async () => {
    for (const client of clients) await client.close()
  })

  it.each(tokenStoreContract().map(({ name, run }) => ({ name, run })))('$name', ({ run }) =>
    run(() => {
      const prefix = `${crypto.randomUUID()}:`
      const [one, other] = clients.map(({ client }) => redisStore(client, { prefix }))
      return [one!, other!]
    }),
  )
})

let started: Promise<[RedisServer, RedisSentinel]> | undefined

async function servers() {
  started ??= RedisServer.startCluster().then(async (server) => [server, await RedisSentinel.start(server)])
  const [server, sentinel] = await started
  return { server: server.port, sentinel: sentinel.port }
}

afterAll(async () => {
  for (const server of (await started) ?? []) await server.close()
})
