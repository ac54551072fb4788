import { longestTimerMs } from '../base/time.ts'

/**
 * One piece of work that any number of callers wait for. It is never cancelled by a caller: each one's signal rejects
 * that caller only, at once, with its own reason. It needs no caller: its failure is handled here in any case.
 */
export class SharedFlight<T> {
  /** What the work itself comes to, abandoned or not. */
  readonly work: Promise<T>
  readonly #result: Promise<T>
  readonly #unwanted = new AbortController()
  #abandon: (result: T) => void = () => {}
  #waiting = 0
  #keepAlive: ReturnType<typeof setTimeout> | undefined

  /** Begins the work, and calls `onLanded` with this flight when it has ended, before any waiter goes on. */
  constructor(work: (flight: SharedFlight<T>) => Promise<T>, onLanded: (flight: SharedFlight<T>) => void) {
    const abandoned = new Promise<T>((resolve) => {
      this.#abandon = resolve
    })
    // Begun in a microtask of its own: whoever made the flight keeps it before anything of it runs.
    this.work = Promise.resolve().then(() => work(this))
    this.#result = Promise.race([this.work, abandoned]).finally(() => onLanded(this))
    this.#result.catch(() => {})
  }

  /** Whether somebody waits for it now. */
  get hasWaiters(): boolean {
    return this.#waiting > 0
  }

  /** Aborted when nobody wants what the work gives: the work ends what it can end without loss. */
  get signal(): AbortSignal {
    return this.#unwanted.signal
  }

  /** Says that nobody wants what the work gives. */
  end(): void {
    // With a reason of its own: without one the platform makes an exception with a stack.
    this.#unwanted.abort('unwanted')
  }

  /** Gives all who wait this result, now. The work itself goes on until it is ended. */
  abandon(result: T): void {
    this.#abandon(result)
  }

  /** Waits for the result, or for the caller's signal. */
  async join(signal?: AbortSignal | null): Promise<T> {
    // Not every platform's signal has throwIfAborted.
    if (signal?.aborted) throw signal.reason
    // The timers of the work itself (back-off, deadline) are unref'd, so that a renewal in the background keeps no script
    // alive. While somebody waits, this one does: else Node would exit in mid-wait.
    if (this.#waiting++ === 0) this.#keepAlive = setTimeout(() => {}, longestTimerMs)
    let onAbort = () => {}
    try {
      if (!signal) return await this.#result
      const aborted = new Promise<never>((_, reject) => {
        onAbort = () => reject(signal.reason)
        signal.addEventListener('abort', onAbort)
      })
      return await Promise.race([this.#result, aborted])
    } finally {
      signal?.removeEventListener('abort', onAbort)
      if (--this.#waiting === 0) clearTimeout(this.#keepAlive)
    }
  }
}
