export interface PollerOptions {
  everyMs: number
  task: () => Promise<void>
}

/** Does a task again and again, one at a time, while the page is seen and nobody has paused it. */
export class Poller {
  readonly #options: PollerOptions
  #timer: ReturnType<typeof setTimeout> | undefined
  #running: Promise<void> | undefined
  #isPaused = false

  constructor(options: PollerOptions) {
    this.#options = options
    document.addEventListener('visibilitychange', () => document.hidden || this.#isPaused || void this.now())
  }

  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused
    clearTimeout(this.#timer)
    if (!isPaused) void this.now()
  }

  /** Does it at once. */
  now(): Promise<void> {
    clearTimeout(this.#timer)
    this.#running ??= this.#options.task().finally(() => {
      this.#running = undefined
      clearTimeout(this.#timer)
      if (!this.#isPaused && !document.hidden) this.#timer = setTimeout(() => void this.now(), this.#options.everyMs)
    })
    return this.#running
  }
}
