import { randomId } from '../../base/random-id.ts'
import { startBackgroundTimer } from '../../base/time.ts'
import { Listeners } from '../listeners.ts'
import { OperationQueue } from '../operation-queue.ts'
import type { ChannelListener, RedisAdapter } from './client/adapter.ts'

// Soon after a break, then less often; at random, so that a fleet does not reconnect all at once.
const reopen = { firstMs: 250, longestMs: 5_000 }
// Catching up leaves turns for the operations that a caller waits for.
const mostLooks = 16

export interface NoticesOptions {
  readonly client: RedisAdapter
  readonly channel: string
  /** Reads the id of the record under a key, '' where there is none; rejects where nobody knows. */
  readId(key: string): Promise<string>
}

/**
 * Hears what other contexts write, over one connection and one channel for all keys: opened with the first listener, closed
 * with the last one. It keeps no process alive. After a gap it looks up what it may have missed.
 */
export class RedisNotices {
  // Sent with our own messages, so that we can ignore them.
  readonly #sender = randomId()
  readonly #options: NoticesOptions
  readonly #looks = new OperationQueue(mostLooks)
  /** The id of the record that was last seen under a key that is listened to; none where that is not known. */
  readonly #seen = new Map<string, string>()
  readonly #listeners = new Listeners({ onKeyEnd: (key) => this.#seen.delete(key), onEmpty: () => this.#close() })
  readonly #listener: ChannelListener = {
    onMessage: (message) => this.#hear(message),
    onOpen: () => {
      this.#breaks = 0
      for (const key of this.#listeners.keys()) this.#catchUp(key)
    },
    onEnd: () => {
      this.#stop = undefined
      this.#reopenLater()
    },
  }
  #stop: (() => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #breaks = 0

  constructor(options: NoticesOptions) {
    this.#options = options
  }

  add(key: string, listener: () => void): () => void {
    const stop = this.#listeners.add(key, listener)
    if (!this.#timer) this.#open()
    return stop
  }

  /** What is published when this context writes under a key. */
  messageOf(key: string): string {
    return `${this.#sender} ${key}`
  }

  /** The id of the record that was last seen under a key, '' for none. Nothing where that is not known, or nobody listens. */
  lastSeen(key: string): string | undefined {
    return this.#seen.get(key)
  }

  /** Takes back what was noted: another record stands there. */
  forget(key: string): void {
    this.#seen.delete(key)
  }

  /** Notes the id of a record that was read, '' for none. If it has changed unnoticed, all that listen are told. */
  noteRead(key: string, id: string): void {
    const before = this.#noteSeen(key, id)
    if (before !== undefined && before !== id) this.#listeners.notify(key)
  }

  /** Notes the id of a record that this context has written. */
  noteWritten(key: string, id: string): void {
    this.#noteSeen(key, id)
  }

  #noteSeen(key: string, id: string): string | undefined {
    const before = this.#seen.get(key)
    if (this.#listeners.has(key)) this.#seen.set(key, id)
    return before
  }

  #open(): void {
    this.#timer = undefined
    if (this.#stop || this.#listeners.size === 0) return
    const { client, channel } = this.#options
    if (client.isReady()) this.#stop = client.listen(channel, this.#listener)
    else this.#reopenLater()
  }

  #reopenLater(): void {
    if (this.#listeners.size === 0) return
    const delayMs = Math.min(reopen.firstMs * 2 ** this.#breaks++, reopen.longestMs) * (0.5 + Math.random() / 2)
    this.#timer = startBackgroundTimer(() => this.#open(), delayMs)
  }

  #close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#stop?.()
  }

  #hear(message: string): void {
    const [sender = '', ...rest] = message.split(' ')
    const key = rest.join(' ')
    if (sender === this.#sender || !this.#listeners.has(key)) return
    // The read that follows brings no further news.
    this.#seen.delete(key)
    this.#listeners.notify(key)
  }

  /** Tells the listeners, if the record is another one than they have seen. */
  async #catchUp(key: string): Promise<void> {
    try {
      const id = await this.#looks.run(() => this.#options.readId(key))
      const before = this.#noteSeen(key, id) ?? ''
      if (before !== id) this.#listeners.notify(key)
    } catch {
      // The change is noticed at the next read.
    }
  }
}
