// A time limit for each test file. Vitest's own limits are timers in the process of the tests: a file with an endless loop
// stops them too, and the run would hang for ever. This one is held by the process that has started it.
import { ForksPoolWorker, type PoolOptions, type PoolRunnerInitializer, type WorkerRequest } from 'vitest/node'

/** Runs each test file in a process of its own, as `forks` does, and ends a process whose file takes longer than `limitMs`. */
export const limitedForks = (limitMs: number): PoolRunnerInitializer => ({
  name: 'limited-forks',
  createPoolWorker: (options) => new LimitedFork(options, limitMs),
})

class LimitedFork extends ForksPoolWorker {
  readonly #limitMs: number
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Vitest's own: what it is called with fails the run, and has the process killed. */
  #fail: (error: Error) => void = () => {}

  constructor(options: PoolOptions, limitMs: number) {
    super(options)
    this.#limitMs = limitMs
  }

  override on(event: string, callback: (...args: unknown[]) => void): void {
    if (event === 'error') this.#fail = callback
    super.on(event, callback)
  }

  override send(message: WorkerRequest): void {
    super.send(message)
    if (message.type !== 'run') return
    const files = message.context.files.map(({ filepath }) => filepath)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#fail(tooLong(files, this.#limitMs)), this.#limitMs)
  }

  override stop(): Promise<void> {
    clearTimeout(this.#timer)
    return super.stop()
  }
}

function tooLong(files: readonly string[], limitMs: number): Error {
  const error = new Error(`${files.join(', ')} took longer than ${limitMs / 1_000} s, and was ended`)
  // Where it was made says nothing.
  error.stack = `${error.name}: ${error.message}`
  return error
}
