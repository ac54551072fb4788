import { ConfigurationError } from '../../../base/errors.ts'
import type { RedisAdapter } from './adapter.ts'
import { adaptIoredis, type IoredisClient, isIoredis } from './ioredis.ts'
import { adaptNodeRedisClient, isNodeRedisClient, type NodeRedisClient } from './node-redis.ts'
import { adaptNodeRedisCluster, isNodeRedisCluster, type NodeRedisCluster } from './node-redis-cluster.ts'
import { adaptNodeRedisPool, isNodeRedisPool, type NodeRedisPool } from './node-redis-pool.ts'
import { adaptNodeRedisSentinel, isNodeRedisSentinel, type NodeRedisSentinel } from './node-redis-sentinel.ts'

/**
 * A client of the package `redis` (4 to 6: what `createClient()`, `createCluster()`, `createSentinel()` or
 * `createClientPool()` makes) or `ioredis` (5 or later: what `new Redis()` or `new Cluster()` makes).
 */
export type RedisClient = NodeRedisClient | NodeRedisCluster | NodeRedisSentinel | NodeRedisPool | IoredisClient

/** Recognises a client by its shape, and sends nothing. @throws ConfigurationError that says what to hand over */
export function adaptClient(client: unknown): RedisAdapter {
  if (typeof client === 'object' && client !== null && !isInLegacyMode(client)) {
    if (isNodeRedisCluster(client)) return adaptNodeRedisCluster(client)
    if (isNodeRedisSentinel(client)) return adaptNodeRedisSentinel(client)
    if (isNodeRedisPool(client)) return adaptNodeRedisPool(client)
    if (isNodeRedisClient(client)) return adaptNodeRedisClient(client)
    if (isIoredis(client)) return adaptIoredis(client)
  }
  throw new ConfigurationError('client', `must be a client of the package redis (4 to 6) or ioredis (5 or later)${adviceFor(client)}`)
}

/** What to do with a value that is no such client, but close to one. */
function adviceFor(client: unknown): string {
  if (typeof client === 'string' || client instanceof URL) return '; of a URL, createClient({ url }) of redis makes one'
  if (typeof client === 'function') return ', and not the function that makes one'
  if (typeof client !== 'object' || client === null) return ''
  if ('then' in client) return ': await the promise first'
  if (isInLegacyMode(client)) return ', without its legacyMode'
  if ('get' in client && !('on' in client)) return ': one that talks HTTP cannot listen for changes'
  return ''
}

/** Version 4 calls back then, in place of giving promises. */
function isInLegacyMode(client: object): boolean {
  return Boolean((client as { options?: { legacyMode?: boolean } }).options?.legacyMode)
}
