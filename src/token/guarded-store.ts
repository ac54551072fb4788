import { isTokenwellError, TokenStoreError } from '../base/errors.ts'
import type { TokenEvents } from '../base/events.ts'
import { deadline, tooLate } from '../base/time.ts'
import { parseRecord } from './record.ts'
import type { LockOptions, TokenRecord, TokenStore } from './token-store.ts'

export type StoreOperation = TokenEvents['degraded']['operation']

export interface StoreOwner {
  now(): number
  /** Called once each time the store goes from working to failing. */
  onDegraded(operation: StoreOperation, reason: string | undefined): void
}

// Bound a store that breaks its contract and never answers; the stores of this package give up long before. One that
// has not answered is left alone for a while, so that a renewal waits once and not at each step.
const answerWithinMs = 5_000
const silenceMs = 30_000

const doNothing = (): void => {}

/** A store as a renewal sees it: what it returns is checked, and what it throws becomes an answer. */
export class GuardedStore {
  readonly #store: TokenStore | undefined
  readonly #owner: StoreOwner
  // Made with the first failure. A full disk fails each write between two reads that work: that is one change, not many.
  #failing: Set<StoreOperation> | undefined
  // A later version of this package wrote the record: it is neither understood nor overwritten.
  #isOutdated = false
  #silentUntil = 0
  #lastError: TokenStoreError | undefined

  /** Without a store nothing is found and nothing is saved, which is no failure: the token lives in its manager alone. */
  constructor(store: TokenStore | undefined, owner: StoreOwner) {
    this.#store = store
    this.#owner = owner
  }

  /** What the store said when it failed last, if it said it in our words. */
  get lastError(): TokenStoreError | undefined {
    return this.#lastError
  }

  get isPresent(): boolean {
    return this.#store !== undefined
  }

  /** The record, `undefined` where there is none of ours, or `'failed'` where nobody knows. */
  async read(key: string): Promise<TokenRecord | undefined | 'failed'> {
    const store = this.#store
    if (!store) return undefined
    try {
      const record = parseRecord(await this.#answerOf(() => store.get(key)), key)
      this.#isOutdated = record === 'newer'
      if (record === 'newer') return this.#fail('get')
      this.#failing?.delete('get')
      return record
    } catch (error) {
      return this.#fail('get', error)
    }
  }

  /** Stores a record; `'unknown'` where it may have been stored, now or later, and nobody can tell. */
  async write(key: string, record: TokenRecord): Promise<'saved' | 'refused' | 'unknown'> {
    const store = this.#store
    if (!store || this.#isOutdated) return 'refused'
    try {
      // A refresh token is worth a wait of its own: its predecessor is used up.
      await this.#answerOf(() => store.set(key, record), record.token?.refreshToken !== undefined)
      this.#failing?.delete('set')
      return 'saved'
    } catch (error) {
      this.#fail('set', error)
      return isTokenwellError(error) && error.code === 'outcome_unknown' ? 'unknown' : 'refused'
    }
  }

  /**
   * Runs the task under the store's lock, or says that the lock was not had; what the task throws is thrown. A store
   * without a lock is private to this context, where the keeper's own flight is lock enough.
   */
  async withLock<T>(key: string, options: LockOptions, task: () => Promise<T>): Promise<T | 'not-acquired'> {
    const store = this.#store
    if (!store?.lock) return task()
    let running: Promise<T> | undefined
    let isTooLate = false
    const runTask = () => {
      if (isTooLate) throw new Error('The lock came too late.')
      running = task()
      return running
    }
    try {
      const locked = store.lock(key, runTask, options)
      locked.catch(doNothing)
      // Bounded until the task runs: a renewal may take longer, and has bounds of its own.
      if ((await deadline(locked, options.waitMs + answerWithinMs)) === tooLate && !running) {
        isTooLate = true
        throw new Error('The store did not answer.')
      }
      const result = await locked
      this.#failing?.delete('lock')
      return result
    } catch (error) {
      // What the task gives counts, even where the lock could not be released after it.
      if (running) return running
      const hasGivenUp = options.signal?.aborted || (isTokenwellError(error) && error.code === 'lock_not_acquired')
      if (!hasGivenUp) this.#fail('lock', error)
      return 'not-acquired'
    }
  }

  subscribe(key: string, listener: () => void): () => void {
    try {
      return this.#store?.subscribe?.(key, listener) ?? doNothing
    } catch (error) {
      // Tried once: it must not hide that reading or writing fails later.
      this.#owner.onDegraded('subscribe', storeError(error)?.message)
      return doNothing
    }
  }

  async #answerOf<T>(ask: () => Promise<T>, isPrecious = false): Promise<T> {
    if (!isPrecious && this.#owner.now() < this.#silentUntil) throw new Error('The store does not answer.')
    const answer = await deadline(ask(), answerWithinMs)
    if (answer !== tooLate) return answer
    this.#silentUntil = this.#owner.now() + silenceMs
    throw new TokenStoreError('outcome_unknown', 'The store did not answer in time: see why it is slow.')
  }

  #fail(operation: StoreOperation, error?: unknown): 'failed' {
    this.#failing ??= new Set()
    this.#lastError = storeError(error)
    if (this.#failing.size === 0) this.#owner.onDegraded(operation, this.#lastError?.message)
    this.#failing.add(operation)
    return 'failed'
  }
}

/** A store's own error says what to do; a foreign one may say a secret. */
function storeError(error: unknown): TokenStoreError | undefined {
  return error instanceof TokenStoreError ? error : undefined
}
