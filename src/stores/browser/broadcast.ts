import { Listeners } from '../listeners.ts'

/** Tells the other contexts of one origin under which key something was written, and nothing more. Best effort. */
export class Broadcast {
  readonly #name: string
  readonly #listeners = new Listeners({
    onEmpty: () => {
      this.#channel?.close()
      this.#channel = undefined
    },
  })
  // One for all keys, there while somebody listens. It sends and receives: a channel does not hear itself.
  #channel: BroadcastChannel | undefined

  constructor(name: string) {
    this.#name = name
  }

  announce(key: string): void {
    const channel = this.#channel ?? openChannel(this.#name)
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel knows one origin only
      channel?.postMessage(key)
    } catch {
      // Others read what was written when their own token ages.
    }
    if (channel !== this.#channel) channel?.close()
  }

  /** Listens, as long as the listener or the function that stops it is held. */
  subscribe(key: string, listener: () => void): () => void {
    this.#channel ??= this.#open()
    return this.#listeners.add(key, listener)
  }

  #open(): BroadcastChannel | undefined {
    const channel = openChannel(this.#name)
    channel?.addEventListener('message', ({ data }) => this.#listeners.notify(data))
    return channel
  }
}

function openChannel(name: string): BroadcastChannel | undefined {
  try {
    const channel = new globalThis.BroadcastChannel(name)
    // Node: listening keeps no process alive.
    ;(channel as { unref?: () => void }).unref?.()
    return channel
  } catch {
    // There is none in this context.
    return undefined
  }
}
