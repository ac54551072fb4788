import { isTokenwellError } from '../errors.ts'
import type { TokenEvents } from '../events.ts'
import { startBackgroundTimer } from './background-timer.ts'
import { parseRecord } from './record.ts'
import type { TokenRecord, TokenStore } from './token-store.ts'

export type StoreOperation = TokenEvents['degraded']['operation']

export interface StoreOwner {
  /** Called once each time the store goes from working to failing. */
  onDegraded(operation: StoreOperation): void
}

// Bounds a store that breaks its contract and never answers; the stores of this package give up long before.
const answerWithinMs = 5_000

/**
 * A store as a renewal sees it: what it returns is checked, and what it throws becomes an answer.
 */
export class GuardedStore {
  readonly #store: TokenStore | undefined
  readonly #owner: StoreOwner
  // Made with the first failure. A full disk fails each write between two reads that work: that is one change, not many.
  #failing: Set<StoreOperation> | undefined
  // A later version of this package wrote the record: it is neither understood nor overwritten.
  #isOutdated = false

  /** Without a store nothing is found and nothing is saved, which is no failure: the token lives in its manager alone. */
  constructor(store: TokenStore | undefined, owner: StoreOwner) {
    this.#store = store
    this.#owner = owner
  }

  get isPresent(): boolean {
    return this.#store !== undefined
  }

  /** The record, `undefined` where there is none of ours, or `'failed'` where nobody knows. */
  async read(key: string): Promise<TokenRecord | undefined | 'failed'> {
    if (!this.#store) return undefined
    try {
      const record = parseRecord(await answerOf(this.#store.get(key)), key)
      this.#isOutdated = record === 'newer'
      if (record === 'newer') return this.#fail('get')
      this.#failing?.delete('get')
      return record
    } catch {
      return this.#fail('get')
    }
  }

  /** Whether the record is durably stored. */
  async write(key: string, record: TokenRecord): Promise<boolean> {
    if (!this.#store || this.#isOutdated) return false
    try {
      await answerOf(this.#store.set(key, record))
      this.#failing?.delete('set')
      return true
    } catch {
      this.#fail('set')
      return false
    }
  }

  /**
   * Runs the task under the store's lock, or says that the lock was not had; what the task throws is thrown. A store
   * without a lock is private to this context, where the keeper's own flight is lock enough.
   */
  async withLock<T>(key: string, waitMs: number, task: () => Promise<T>): Promise<T | 'not-acquired'> {
    if (!this.#store?.lock) return task()
    let running: Promise<T> | undefined
    try {
      const result = await this.#store.lock(key, () => (running = task()), { waitMs })
      this.#failing?.delete('lock')
      return result
    } catch (error) {
      // What the task gives counts, even where the lock could not be released after it.
      if (running) return running
      if (!isTokenwellError(error) || error.code !== 'lock_not_acquired') this.#fail('lock')
      return 'not-acquired'
    }
  }

  subscribe(key: string, listener: () => void): () => void {
    try {
      return this.#store?.subscribe?.(key, listener) ?? doNothing
    } catch {
      this.#fail('subscribe')
      return doNothing
    }
  }

  #fail(operation: StoreOperation): 'failed' {
    this.#failing ??= new Set()
    if (this.#failing.size === 0) this.#owner.onDegraded(operation)
    this.#failing.add(operation)
    return 'failed'
  }
}

const doNothing = (): void => {}

async function answerOf<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = startBackgroundTimer(() => reject(new Error('The store did not answer.')), answerWithinMs)
  })
  try {
    return await Promise.race([answer, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
