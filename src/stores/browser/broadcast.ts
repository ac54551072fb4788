/** Tells the other contexts of one origin under which key something was written, and nothing more. Best effort. */
export class Broadcast {
  readonly #name: string
  readonly #listeners = new Map<string, Set<() => void>>()
  // One channel sends and receives: a channel does not hear itself.
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

  /** Returns the function that stops listening. */
  subscribe(key: string, listener: () => void): () => void {
    // Wrapped: a listener that is added twice is called twice, and each one stops by itself.
    const entry = (): void => listener()
    const listeners = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, listeners.add(entry))
    this.#channel ??= this.#listen()
    return () => {
      if (!listeners.delete(entry) || listeners.size > 0) return
      this.#listeners.delete(key)
      if (this.#listeners.size > 0) return
      this.#channel?.close()
      this.#channel = undefined
    }
  }

  #listen(): BroadcastChannel | undefined {
    const channel = openChannel(this.#name)
    channel?.addEventListener('message', ({ data }) => {
      for (const listener of [...(this.#listeners.get(data) ?? [])]) {
        try {
          listener()
        } catch {
          // A listener's failure is its own.
        }
      }
    })
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
