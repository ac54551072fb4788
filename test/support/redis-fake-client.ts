import type { NodeRedisClient, NodeRedisListener } from '../../src/stores/redis/client/node-redis.ts'
import {
  acquireScript,
  beatScript,
  deleteScript,
  endScript,
  readScript,
  releaseScript,
  writeScript,
} from '../../src/stores/redis/scripts.ts'

const names = new Map([
  [readScript, 'read'],
  [writeScript, 'write'],
  [deleteScript, 'delete'],
  [endScript, 'end'],
  [acquireScript, 'acquire'],
  [beatScript, 'beat'],
  [releaseScript, 'release'],
])

export interface FakeCommand {
  name: string
  keys: string[]
  arguments: string[]
}
export type FakeAnswer = unknown | ((command: FakeCommand) => unknown)

/** A client as `createClient()` makes it, whose answers are scripted by the name of the command; what is not scripted works. */
export class FakeRedisClient implements NodeRedisClient {
  isReady = true
  readonly sent: FakeCommand[] = []
  readonly answers: Record<string, FakeAnswer[]> = {}
  readonly listeners: FakeRedisListener[] = []
  readonly onEnd = new Set<() => void>()

  eval = async (script: string, { keys, arguments: values }: { keys: string[]; arguments: string[] }) => {
    const command = { name: names.get(script) ?? 'unknown', keys, arguments: values }
    this.sent.push(command)
    const working: Record<string, unknown> = { read: ['', '1'], acquire: values[0], write: 'done', delete: 'done' }
    const scripted = this.answers[command.name]
    const answer = scripted?.length ? scripted.shift() : (working[command.name] ?? null)
    const found = await (typeof answer === 'function' ? answer(command) : answer)
    if (found instanceof Error) throw found
    return found
  }
  duplicate = () => {
    const listener = new FakeRedisListener()
    this.listeners.push(listener)
    return listener
  }
  on = (event: string, listener: () => void) => event === 'end' && this.onEnd.add(listener)
  off = (event: string, listener: () => void) => event === 'end' && this.onEnd.delete(listener)

  script(name: string, ...answers: FakeAnswer[]): void {
    this.answers[name] = [...(this.answers[name] ?? []), ...answers]
  }

  namesSent(): string[] {
    return this.sent.map(({ name }) => name)
  }
}

/** The connection that listens. It connects when it is told to. */
export class FakeRedisListener implements NodeRedisListener {
  isDestroyed = false
  isUnref = false
  readonly connects = Promise.withResolvers<void>()
  readonly handlers: Record<string, () => void> = {}
  readonly channels = new Map<string, (message: string) => void>()
  connect = () => this.connects.promise
  subscribe = async (channel: string, listener: (message: string) => void) => void this.channels.set(channel, listener)
  destroy = () => {
    this.isDestroyed = true
  }
  unref = () => {
    this.isUnref = true
  }
  on = (event: string, handler: () => void) => {
    this.handlers[event] = handler
  }

  /** Gives a message to whoever listens to the one channel. */
  publish(message: string): void {
    for (const listener of this.channels.values()) listener(message)
  }
}

/** The error of a promise; looked at from the start, so that nothing is unhandled. */
export function errorOf(promise: Promise<unknown>): Promise<any> {
  return promise.then(
    () => undefined,
    (error) => error,
  )
}
