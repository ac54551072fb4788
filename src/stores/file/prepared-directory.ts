import { TokenStoreError } from '../../base/errors.ts'
import { deadline, tooLate } from '../../base/time.ts'
import { asStoreError } from '../store-error.ts'
import { errorCode, hasGone } from './platform.ts'

// A sweep of another container, which cannot see our process, may take a file that is being written: once more, then.
const attempts = 3
// A disk answers within milliseconds. A preparation that hangs must not block all operations that share it.
const preparationLimitMs = 1_500

/** A directory that is prepared before its first use, and again after it has gone. One preparation serves all who wait for it. */
export class PreparedDirectory {
  readonly #path: string
  readonly #prepare: () => Promise<void>
  #preparing: Promise<void> | undefined

  constructor(path: string, prepare: () => Promise<void>) {
    this.#path = path
    this.#prepare = prepare
  }

  /**
   * Does something with the directory.
   * @throws TokenStoreError that says what to do
   */
  async use<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const preparing = this.prepare()
      try {
        await within(preparationLimitMs, preparing)
        return await work()
      } catch (error) {
        if (!hasGone(error) || attempt === attempts) throw this.#toStoreError(error)
        this.#forget(preparing)
      }
    }
  }

  /** Prepares the directory, where that has not been done or has failed. */
  prepare(): Promise<void> {
    if (!this.#preparing) {
      const preparing = this.#prepare()
      this.#preparing = preparing
      preparing.catch(() => this.#forget(preparing))
    }
    return this.#preparing
  }

  /** Notes that the directory has gone: the next use prepares it again. */
  lose(): void {
    this.#preparing = undefined
  }

  #forget(preparing: Promise<void>): void {
    if (this.#preparing === preparing) this.#preparing = undefined
  }

  #toStoreError(thrown: unknown): TokenStoreError {
    const code = errorCode(thrown)
    const reason = code ? ` (${code})` : ''
    return asStoreError(
      thrown,
      `The store's directory ${this.#path} cannot be used${reason}: check its disk, its owner and its permissions.`,
    )
  }
}

/** @throws TokenStoreError of that code where the work takes too long; it may go on */
export async function within<T>(limitMs: number, work: Promise<T>, code: 'store_failed' | 'outcome_unknown' = 'store_failed'): Promise<T> {
  const answer = await deadline(work, limitMs)
  if (answer === tooLate) throw new TokenStoreError(code, `The disk did not answer within ${limitMs} ms: see why it is slow.`)
  return answer
}
