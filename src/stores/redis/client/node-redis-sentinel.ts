import { randomId } from '../../../base/random-id.ts'
import { deadline, sleep, tooLate } from '../../../base/time.ts'
import { type ChannelListener, hasMethods, type RedisAdapter } from './adapter.ts'
import { type ListeningLife, startListening } from './listen.ts'
import { evalOn, howToConnect, type NodeRedisCommands } from './node-redis.ts'

/** What `createSentinel()` of the package `redis` makes, version 5 or later. */
export interface NodeRedisSentinel extends NodeRedisCommands {
  readonly isReady: boolean
  readonly isOpen: boolean
  acquire(): Promise<unknown>
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  /** Typed for the listener of any message, where that of strings was subscribed. */
  unsubscribe(channel: string, listener: never): Promise<unknown>
  on(event: 'end' | 'error' | 'topology-change', listener: () => void): unknown
  off(event: 'end' | 'error' | 'topology-change', listener: () => void): unknown
}

export function isNodeRedisSentinel(client: object): client is NodeRedisSentinel {
  return (
    typeof Reflect.get(client, 'isReady') === 'boolean' && hasMethods(client, 'eval', 'acquire', 'getMasterNode', 'subscribe', 'on', 'off')
  )
}

export function adaptNodeRedisSentinel(sentinel: NodeRedisSentinel): RedisAdapter {
  return {
    isReady: () => sentinel.isReady,
    howToConnect,
    // It takes a connection of its own pool for each command, which has one by default.
    atOnce: 8,
    eval: (command) => evalOn(sentinel, command),
    listen: (channel, listener) => listenOn(sentinel, channel, listener),
  }
}

// Signs that its connection for messages may have broken. It restores that one by itself, and does not say when.
const signsOfTrouble = ['error', 'topology-change'] as const
const retry = { firstMs: 250, longestMs: 5_000 }
// A request to a connection that a failover has replaced is never answered.
const attemptMs = 1_000

function listenOn(sentinel: NodeRedisSentinel, channel: string, listener: ChannelListener): () => void {
  const subscribe = () => sentinel.subscribe(channel, listener.onMessage)
  // A sentinel that is closed would open a connection for that.
  const unsubscribe = async () => sentinel.isOpen && sentinel.unsubscribe(channel, listener.onMessage as never)
  let stopWatching = () => {}
  let troubles = 0
  let isRestoring = false
  const restore = async (life: ListeningLife) => {
    if (isRestoring) return
    isRestoring = true
    let seen = 0
    let delayMs = retry.firstMs
    do {
      seen = troubles
      await sleep(delayMs)
      delayMs = Math.min(delayMs * 2, retry.longestMs)
    } while (!life.isOver && sentinel.isOpen && !((await listensAgain(sentinel, channel, subscribe)) && seen === troubles))
    isRestoring = false
    if (life.isOver) await unsubscribe()
    else listener.onOpen()
  }
  return startListening(sentinel, listener, {
    open(life) {
      const onTrouble = () => {
        troubles++
        restore(life).catch(() => {})
      }
      for (const sign of signsOfTrouble) sentinel.on(sign, onTrouble)
      stopWatching = () => {
        for (const sign of signsOfTrouble) sentinel.off(sign, onTrouble)
      }
      return subscribe()
    },
    close() {
      stopWatching()
      return unsubscribe()
    },
  })
}

/** Whether messages arrive again. A subscription to a new channel has to be confirmed over the connection in question. */
async function listensAgain(sentinel: NodeRedisSentinel, channel: string, subscribe: () => Promise<unknown>): Promise<boolean> {
  const [probe, ignore] = [`${channel}:${randomId()}`, () => {}]
  const attempt = async () => {
    // Needed only where the connection could not be restored.
    await subscribe()
    await sentinel.subscribe(probe, ignore)
    await sentinel.unsubscribe(probe, ignore as never)
  }
  try {
    return (await deadline(attempt(), attemptMs)) !== tooLate
  } catch {
    return false
  }
}
