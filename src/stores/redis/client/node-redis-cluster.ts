import { hasMethods, type RedisAdapter } from './adapter.ts'
import { evalOn, howToConnect, listenOnDuplicate, type NodeRedisClient, type NodeRedisCommands } from './node-redis.ts'

/** What `createCluster()` of the package `redis` makes, version 4 or later. */
export interface NodeRedisCluster extends NodeRedisCommands {
  readonly isOpen: boolean
  readonly masters: readonly NodeRedisClusterNode[]
  nodeClient(node: never): unknown
}

interface NodeRedisClusterNode {
  /** A client, a promise of one, or nothing while no command had to go there. */
  readonly client?: unknown
}

export function isNodeRedisCluster(client: object): client is NodeRedisCluster {
  return typeof Reflect.get(client, 'isOpen') === 'boolean' && hasMethods(client, 'eval', 'nodeClient', 'on', 'off')
}

export function adaptNodeRedisCluster(cluster: NodeRedisCluster): RedisAdapter {
  return {
    // A cluster is open while its nodes are down, and would queue the command.
    isReady: () => cluster.isOpen && usableNodes(cluster).length > 0,
    howToConnect,
    eval: (command) => evalOn(cluster, command),
    listen: (channel, listener) => listenOnDuplicate({ owner: cluster, duplicate: () => duplicateNode(cluster) }, channel, listener),
  }
}

function usableNodes({ masters }: NodeRedisCluster): readonly NodeRedisClusterNode[] {
  return masters.filter(({ client }) => (client as Partial<NodeRedisClient> | undefined)?.isReady !== false)
}

/** Every node of a cluster passes on messages. Each time one is chosen at random, since the last one may be gone for good. */
async function duplicateNode(cluster: NodeRedisCluster) {
  const nodes = usableNodes(cluster)
  const node = nodes[Math.floor(Math.random() * nodes.length)]
  return ((await cluster.nodeClient(node as never)) as NodeRedisClient).duplicate()
}
