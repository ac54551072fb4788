// A thousand managers of one process may start at once: their operations take turns, so that no store has to answer a
// thousand before it answers the first, or to open as many files.
const mostUnderWay = 64

/**
 * Runs at most so many operations of a store at a time. The others wait in order for their turn, and for no time limit:
 * what bounds an operation belongs inside of it.
 */
export class OperationQueue {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(limit: number = mostUnderWay) {
    this.#free = limit
  }

  /** Runs an operation, at once where there is room. Its turn ends when it settles, however it does. */
  async run<T>(operation: () => T | PromiseLike<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((start) => this.#waiting.push(start))
    try {
      return await operation()
    } finally {
      // The turn is handed on: who comes now cannot get before those who wait.
      const start = this.#waiting.shift()
      if (start) start()
      else this.#free++
    }
  }
}
