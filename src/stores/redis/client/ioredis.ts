import { type ChannelListener, type Closable, hasMethods, type RedisAdapter } from './adapter.ts'
import { startListening } from './listen.ts'

/** What `new Redis()` and `new Cluster()` of the package `ioredis` make, version 5 or later. */
export interface IoredisClient extends Closable {
  readonly status: string
  readonly isCluster: boolean
  eval(script: string, numberOfKeys: number, ...keysAndValues: string[]): Promise<unknown>
}

/** One connection, as against a cluster. */
interface IoredisConnection extends IoredisClient {
  readonly stream?: { unref?(): void } | undefined
  duplicate(options: object): IoredisConnection
  connect(): Promise<unknown>
  disconnect(): void
  subscribe(channel: string): Promise<unknown>
  on(event: 'error' | 'close' | 'connect' | 'end', listener: () => void): unknown
  on(event: 'message', listener: (channel: string, message: string) => void): unknown
}

interface IoredisCluster extends IoredisClient {
  nodes(role: 'master'): IoredisConnection[]
}

// Connected by us and never restored, so that we know when messages may have been missed.
const listeningOptions = { lazyConnect: true, enableOfflineQueue: true, autoResubscribe: false, retryStrategy: () => null }

export function isIoredis(client: object): client is IoredisClient {
  return typeof Reflect.get(client, 'status') === 'string' && hasMethods(client, 'eval', 'duplicate', 'subscribe', 'call', 'on', 'off')
}

export function adaptIoredis(client: IoredisClient): RedisAdapter {
  return {
    isReady: () => client.status === 'ready',
    howToConnect: "wait for its 'ready' event first",
    eval: ({ script, keys, values }) => client.eval(script, keys.length, ...keys, ...values),
    listen: (channel, listener) => listenOnDuplicate(client, channel, listener),
  }
}

function listenOnDuplicate(client: IoredisClient, channel: string, listener: ChannelListener): () => void {
  let connection: IoredisConnection | undefined
  return startListening(client, listener, {
    async open(life) {
      connection = duplicate(client)
      // ioredis prints errors that nobody listens to.
      connection.on('error', life.end)
      connection.on('close', life.end)
      connection.on('connect', () => connection?.stream?.unref?.())
      connection.on('message', (_, message) => listener.onMessage(message))
      await connection.connect()
      await connection.subscribe(channel)
    },
    close: () => connection?.disconnect(),
  })
}

function duplicate(client: IoredisClient): IoredisConnection {
  if (!client.isCluster) return (client as IoredisConnection).duplicate(listeningOptions)
  // Every node of a cluster passes on messages. Each time one is chosen at random, since the last one may be gone for good.
  const nodes = (client as IoredisCluster).nodes('master')
  const node = nodes[Math.floor(Math.random() * nodes.length)]
  if (!node) throw new Error('No node is known.')
  return node.duplicate(listeningOptions)
}
