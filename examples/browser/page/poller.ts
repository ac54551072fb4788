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
  #wasPaused = false

  constructor(options: PollerOptions) {
    this.#options = options
    document.addEventListener('visibilitychange', () => document.hidden || this.#isPaused || void this.now())
  }

  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused
    clearTimeout(this.#timer)
    if (!isPaused) void this.now()
  }

  /** Lets what is under way end, and does nothing more until it is no longer paused. */
  async rest(): Promise<void> {
    clearTimeout(this.#timer)
    const [wasPaused, running] = [this.#isPaused, this.#running]
    this.#isPaused = true
    await running
    this.#wasPaused = wasPaused
  }

  /** Goes on after {@link rest}, unless it was paused before. */
  wake(): void {
    if (!this.#wasPaused) this.isPaused = false
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
