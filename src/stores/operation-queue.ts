// A thousand managers of one process may start at once. Their operations take turns, so that a store neither sends a thousand
// commands before the first answer, nor opens as many files.
const mostUnderWay = 64

/**
 * Runs at most so many operations of a store at a time. The others wait in order for their turn, with no time limit: the
 * limit of an operation belongs inside of it, and begins with its turn.
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
      // The turn is handed on, so that an operation that comes now cannot overtake those that wait.
      const start = this.#waiting.shift()
      if (start) start()
      else this.#free++
    }
  }
}
