import { type ChannelListener, type Closable, hasMethods, type RedisAdapter, type RedisCommand } from './adapter.ts'
import { startListening } from './listen.ts'

/** What every client of the package `redis` can do. */
export interface NodeRedisCommands extends Closable {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** What `createClient()` of the package `redis` makes, version 4 or later. */
export interface NodeRedisClient extends NodeRedisCommands {
  readonly isReady: boolean
  /** A connection with the same options: one that listens can do nothing else. */
  duplicate(): NodeRedisListener
}

/** A connection that listens. */
export interface NodeRedisListener {
  connect(): Promise<unknown>
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  /** Version 4 has `disconnect` in its place. */
  destroy?(): unknown
  disconnect?(): unknown
  unref(): void
  on(event: 'error', listener: () => void): unknown
}

export const howToConnect = 'call connect() first, or wait for it'

export function isNodeRedisClient(client: object): client is NodeRedisClient {
  return typeof Reflect.get(client, 'isReady') === 'boolean' && hasMethods(client, 'eval', 'duplicate', 'on', 'off')
}

export function adaptNodeRedisClient(client: NodeRedisClient): RedisAdapter {
  return {
    isReady: () => client.isReady,
    howToConnect,
    eval: (command) => evalOn(client, command),
    listen: (channel, listener) => listenOnDuplicate({ owner: client, duplicate: () => client.duplicate() }, channel, listener),
  }
}

export function evalOn(client: Pick<NodeRedisCommands, 'eval'>, { script, keys, values }: RedisCommand): Promise<unknown> {
  return client.eval(script, { keys, arguments: values })
}

export interface DuplicateSource {
  readonly owner: Closable
  duplicate(): NodeRedisListener | Promise<NodeRedisListener>
}

export function listenOnDuplicate({ owner, duplicate }: DuplicateSource, channel: string, listener: ChannelListener): () => void {
  let connection: NodeRedisListener | undefined
  return startListening(owner, listener, {
    async open(life) {
      const made = duplicate()
      connection = 'connect' in made ? made : await made
      if (life.isOver) return
      // Emitted whenever the connection breaks. Without a listener it would end the process.
      connection.on('error', life.end)
      connection.unref()
      await connection.connect()
      await connection.subscribe(channel, listener.onMessage)
    },
    close: () => (connection?.destroy ?? connection?.disconnect)?.call(connection),
  })
}
