import { notConnected } from '../store-failed.ts'
import { hasMethods, type RedisAdapter } from './adapter.ts'
import {
  evalOn,
  howToConnect,
  listenOnDuplicate,
  type NodeRedisClient,
  type NodeRedisCommands,
  type NodeRedisListener,
} from './node-redis.ts'

/** What `createClientPool()` of the package `redis` makes, version 5 or later. */
export interface NodeRedisPool extends NodeRedisCommands {
  readonly isOpen: boolean
  readonly totalClients: number
  /** Lends a client to a task, typed by all that it was configured with. */
  execute(task: never): Promise<unknown>
}

export function isNodeRedisPool(client: object): client is NodeRedisPool {
  return typeof Reflect.get(client, 'totalClients') === 'number' && hasMethods(client, 'eval', 'execute', 'on', 'off')
}

export function adaptNodeRedisPool(pool: NodeRedisPool): RedisAdapter {
  const lend = (task: (client: NodeRedisClient) => unknown) => pool.execute(task as never)
  const duplicate = async () => (await lend((client) => client.duplicate())) as NodeRedisListener
  return {
    isReady: () => pool.isOpen,
    howToConnect,
    // A pool is open while its server is down. The client that it lends knows whether it is connected.
    eval: (command) =>
      lend(async (client) => {
        if (!client.isReady) throw notConnected(howToConnect)
        return evalOn(client, command)
      }),
    listen: (channel, listener) => listenOnDuplicate({ owner: pool, duplicate }, channel, listener),
  }
}
