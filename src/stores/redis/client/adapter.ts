/** A script with what it is given: the one kind of command that the store sends. */
export interface RedisCommand {
  readonly script: string
  /** All keys that the script touches, in one slot of a cluster. */
  readonly keys: string[]
  readonly values: string[]
}

/** Called by a connection that listens to a channel. */
export interface ChannelListener {
  onMessage(message: string): void
  /** It listens from now on. Messages from before may have been missed. */
  onOpen(): void
  /** It does not listen any more, and will not again: the connection broke, could not be made, or its client was closed. */
  onEnd(): void
}

/** The user's client as the store uses it, whatever package made it. */
export interface RedisAdapter {
  /** Whether commands are answered now: not before it is connected, and not while its connection is being restored. */
  isReady(): boolean
  /** How many commands it carries at a time; one that sends them one after another lets the others wait for longer than they may. @default 64 */
  readonly atOnce?: number
  /** What its owner has to do before it is ready: completes a sentence. */
  readonly howToConnect: string
  eval(command: RedisCommand): Promise<unknown>
  /** Listens to a channel until the function that it returns is called. Keeps no process alive. */
  listen(channel: string, listener: ChannelListener): () => void
}

/** Something that says when it is closed. */
export interface Closable {
  on(event: 'end', listener: () => void): unknown
  off(event: 'end', listener: () => void): unknown
}

/** Whether a value has these methods: clients are known by their shape, since several versions and copies may be installed. */
export function hasMethods(value: object, ...names: string[]): boolean {
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}
