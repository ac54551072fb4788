import { poll } from './timing.ts'

/**
 * Finds out whether the holder of a lease still lives, by looking at it again and again: in one wait, or in several where
 * Redis fails in between.
 */
export class HolderWatch {
  #text: unknown
  #lookedAt = 0
  #unchangedMs = 0

  see(text: unknown): void {
    const now = performance.now()
    // Counts no more than a pause between two looks: the holder cannot show that it lives while a machine sleeps or Redis is down.
    const pauseMs = Math.min(now - this.#lookedAt, 1.5 * poll.longestMs)
    this.#unchangedMs = text === this.#text ? this.#unchangedMs + pauseMs : 0
    this.#text = text
    this.#lookedAt = now
  }

  /** The text of the lease that a dead holder has left, or ''. */
  deadText(deadAfterMs: number): string {
    return typeof this.#text === 'string' && this.#unchangedMs >= deadAfterMs ? this.#text : ''
  }
}

// More than wait for locks at one time. The watch that was used longest ago is dropped.
const mostWatches = 1_000

/** The watches of a store, by key: kept from one wait to the next one, and dropped when the lease was acquired. */
export class HolderWatches {
  readonly #watches = new Map<string, HolderWatch>()

  of(key: string): HolderWatch {
    const watch = this.#watches.get(key) ?? new HolderWatch()
    this.#watches.delete(key)
    this.#watches.set(key, watch)
    const [oldest] = this.#watches.keys()
    if (oldest !== undefined && this.#watches.size > mostWatches) this.#watches.delete(oldest)
    return watch
  }

  drop(key: string): void {
    this.#watches.delete(key)
  }
}
