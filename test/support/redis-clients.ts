import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { createClient as createClient4, createCluster as createCluster4 } from 'redis4'
import {
  createClient as createClient5,
  createClientPool as createClientPool5,
  createCluster as createCluster5,
  createSentinel as createSentinel5,
} from 'redis5'
import type { RedisClient } from '../../src/stores/redis/redis-store.ts'

export interface RedisPorts {
  readonly server: number
  readonly sentinel: number
}

/** A client of some kind, and how it is connected and closed. */
export interface AnyRedisClient {
  readonly client: RedisClient
  connect(): Promise<unknown>
  close(): unknown
}

interface NodeRedisLike {
  connect(): Promise<unknown>
  on(event: 'error', listener: () => void): unknown
  close?(): unknown
  destroy?(): unknown
  disconnect?(): unknown
}

interface IoredisLike {
  status: string
  on(event: 'error', listener: () => void): unknown
  once(event: 'ready', listener: () => void): unknown
  disconnect(): void
}

const urlOf = ({ server }: RedisPorts) => `redis://127.0.0.1:${server}`
const rootNodesOf = (ports: RedisPorts) => ({ rootNodes: [{ url: urlOf(ports) }] })
const sentinelsOf = ({ sentinel }: RedisPorts) => ({ name: 'primary', sentinelRootNodes: [{ host: '127.0.0.1', port: sentinel }] })
const addressOf = ({ server: port }: RedisPorts) => ({ host: '127.0.0.1', port })

/** Every kind of client that `redisStore` takes, none of them connected. A new kind costs one row. */
export const redisClientKinds: readonly [string, (ports: RedisPorts) => AnyRedisClient][] = [
  ['redis 4', (ports) => nodeRedis(createClient4({ url: urlOf(ports) }))],
  ['redis 5', (ports) => nodeRedis(createClient5({ url: urlOf(ports) }))],
  ['redis 6', (ports) => nodeRedis(createClient({ url: urlOf(ports) }))],
  ['redis 4, cluster', (ports) => nodeRedis(createCluster4(rootNodesOf(ports)))],
  ['redis 5, cluster', (ports) => nodeRedis(createCluster5(rootNodesOf(ports)))],
  ['redis 6, cluster', (ports) => nodeRedis(createCluster(rootNodesOf(ports)))],
  ['redis 5, sentinel', (ports) => nodeRedis(createSentinel5(sentinelsOf(ports)))],
  ['redis 6, sentinel', (ports) => nodeRedis(createSentinel(sentinelsOf(ports)))],
  ['redis 5, pool', (ports) => nodeRedis(createClientPool5({ url: urlOf(ports) }), 'close')],
  ['redis 6, pool', (ports) => nodeRedis(createClientPool({ url: urlOf(ports) }), 'close')],
  ['ioredis 5', (ports) => ioredis(new Redis5(addressOf(ports)))],
  ['ioredis 6', (ports) => ioredis(new Redis(addressOf(ports)))],
  ['ioredis 5, cluster', (ports) => ioredis(new Cluster5([addressOf(ports)]))],
  ['ioredis 6, cluster', (ports) => ioredis(new Cluster([addressOf(ports)]))],
  ['ioredis 6, sentinel', (ports) => ioredis(new Redis({ sentinels: [{ host: '127.0.0.1', port: ports.sentinel }], name: 'primary' }))],
]

// Version 4 has `disconnect` in the place of `destroy`; a pool that is destroyed may throw later, from a timer.
function nodeRedis<T extends NodeRedisLike & RedisClient>(client: T, way: 'close' | 'destroy' = 'destroy'): AnyRedisClient {
  client.on('error', () => {})
  return {
    client,
    connect: () => client.connect(),
    async close() {
      try {
        await (client[way] ?? client.disconnect)?.call(client)
      } catch {
        // It was closed already, or never connected.
      }
    },
  }
}

function ioredis<T extends IoredisLike & RedisClient>(client: T): AnyRedisClient {
  client.on('error', () => {})
  return {
    client,
    connect: () => (client.status === 'ready' ? Promise.resolve() : new Promise<void>((resolve) => client.once('ready', resolve))),
    close: () => client.disconnect(),
  }
}
