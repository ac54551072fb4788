import { randomId } from '../../base/random-id.ts'
import type { RedisClient, RedisListener } from './connection.ts'

interface Channel {
  readonly key: string
  readonly listeners: Set<{ notice: () => void }>
  readonly onMessage: (sender: string) => void
  /** The id of the record as it was last looked at; `undefined` where nobody could. */
  seen: Promise<string | undefined>
}

export interface NoticesOptions {
  readonly client: RedisClient
  channelOf(key: string): string
  /** The id of the record under a key, '' where there is none; rejects where nobody knows. */
  readId(key: string): Promise<string>
}

/**
 * Hears what other contexts write, over a connection of its own: made with the first listener, closed with the last one. It
 * keeps no process alive. What it misses is noticed at the next read.
 */
export class RedisNotices {
  /** Sent with our own writes, to know them again. */
  readonly sender = randomId()
  readonly #options: NoticesOptions
  readonly #channels = new Map<string, Channel>()
  #listener: RedisListener | undefined

  constructor(options: NoticesOptions) {
    this.#options = options
  }

  add(key: string, notice: () => void): () => void {
    const channel = this.#channels.get(key) ?? this.#open(key)
    if (!this.#listener) this.#connect()
    const entry = { notice }
    channel.listeners.add(entry)
    return () => {
      channel.listeners.delete(entry)
      if (channel.listeners.size === 0 && this.#channels.get(key) === channel) this.#close(channel)
    }
  }

  #open(key: string): Channel {
    const channel: Channel = {
      key,
      listeners: new Set(),
      onMessage: (sender) => sender !== this.sender && this.#notify(channel),
      seen: this.#look(key),
    }
    this.#channels.set(key, channel)
    if (this.#listener) this.#subscribe(this.#listener, channel)
    return channel
  }

  #close({ key, onMessage }: Channel): void {
    this.#channels.delete(key)
    if (this.#channels.size === 0) this.#disconnect()
    else this.#listener?.unsubscribe(this.#options.channelOf(key), onMessage).catch(() => {})
  }

  #connect(): void {
    const { client } = this.#options
    const listener = client.duplicate()
    this.#listener = listener
    client.on('end', this.#disconnect)
    // Without a listener for it, an `error` would end the process.
    listener.on('error', () => {})
    // No reason for a process to stay alive.
    listener.unref()
    listener.on('ready', () => {
      // Whatever was said while it was away was missed.
      for (const channel of this.#channels.values()) this.#catchUp(channel)
    })
    // When the user's reconnectStrategy gives up, so does this; the next listener tries again.
    listener.connect().catch(() => this.#listener === listener && this.#disconnect())
    for (const channel of this.#channels.values()) this.#subscribe(listener, channel)
  }

  // The user has closed the client, or nobody listens any more.
  readonly #disconnect = (): void => {
    this.#options.client.off('end', this.#disconnect)
    this.#listener?.destroy()
    this.#listener = undefined
  }

  #subscribe(listener: RedisListener, channel: Channel): void {
    listener.subscribe(this.#options.channelOf(channel.key), channel.onMessage).then(
      () => this.#catchUp(channel),
      () => {},
    )
  }

  /** Says so, if the record has changed since it was last looked at. */
  async #catchUp(channel: Channel): Promise<void> {
    const before = channel.seen
    channel.seen = this.#look(channel.key)
    const [was, is] = [await before, await channel.seen]
    if (was !== is && is !== undefined) this.#notify(channel)
  }

  #notify({ listeners }: Channel): void {
    for (const { notice } of [...listeners]) notice()
  }

  #look(key: string): Promise<string | undefined> {
    return this.#options.readId(key).catch(() => undefined)
  }
}
