import { isTokenwellError, TokenStoreError } from '../base/errors.ts'
import type { Events, TokenEvents } from '../base/events.ts'
import { deadline, tooLate } from '../base/time.ts'
import { isLaterVersion, readStoredValue, type StoredAnswer } from './stored-answer.ts'
import type { LockOptions, TokenRecord, TokenStore } from './token-store.ts'

export type StoreOperation = TokenEvents['degraded']['operation']

/** What became of a write: stored, not stored, or stored perhaps, now or later. */
export type Written = 'saved' | 'refused' | 'unknown'

export interface StoreOwner {
  /** Called once each time the store goes from working to failing. */
  onDegraded(operation: StoreOperation, reason: string | undefined): void
  /** Told how long a lock was waited for. */
  readonly events?: Events
}

// Bound a store that breaks its contract and never answers; the stores of this package give up long before. One that
// has not answered is left alone for a while, so that a renewal waits once and not at each step.
const answerWithinMs = 5_000
const preciousWithinMs = 10_000
// Spent in turns: a process that is itself busy, with a thousand managers that start, does not take its store for dead.
const turnMs = 250
const silenceMs = 30_000

const doNothing = (): void => {}

/** One key of a store, as a renewal sees it: what it returns is checked, and what it throws becomes an answer. */
export class GuardedStore {
  readonly key: string
  readonly #store: TokenStore
  readonly #owner: StoreOwner
  // Made with the first failure. A full disk fails each write between two reads that work: that is one change, not many.
  #failing: Set<StoreOperation> | undefined
  // A later version of this package wrote the record: it is neither understood, replaced nor deleted.
  #isOutdated = false
  // By the monotonic clock: a wall clock that steps back must not keep a healthy store from being asked.
  #silentUntil = 0

  constructor(store: TokenStore, key: string, owner: StoreOwner) {
    this.#store = store
    this.key = key
    this.#owner = owner
  }

  async read(): Promise<StoredAnswer> {
    try {
      const stored = await this.#ask('get', async () => {
        const answer = readStoredValue(this.key, await this.#store.get(this.key))
        if (answer.is === 'unknown') throw answer.error
        return answer
      })
      this.#isOutdated = false
      return stored
    } catch (error) {
      const unknown: StoredAnswer = { is: 'unknown', error: storeError(error) }
      this.#isOutdated ||= isLaterVersion(unknown)
      return unknown
    }
  }

  async write(record: TokenRecord): Promise<Written> {
    if (this.#isOutdated) return 'refused'
    try {
      // A refresh token is worth a longer wait: its predecessor is used up, and whoever has the lock next would present it again.
      await this.#ask('set', () => this.#store.set(this.key, record), record.token?.refreshToken !== undefined)
      return 'saved'
    } catch (error) {
      return isTokenwellError(error) && error.code === 'outcome_unknown' ? 'unknown' : 'refused'
    }
  }

  /** Deletes the record. Returns whether it is gone. */
  async remove(): Promise<boolean> {
    if (this.#isOutdated) return false
    try {
      await this.#ask('delete', () => this.#store.delete(this.key), true)
      return true
    } catch {
      return false
    }
  }

  /**
   * Runs the task under the store's lock, or says that the lock was not acquired; what the task throws is thrown. A store
   * without a lock is private to this context, where the keeper's own flight is lock enough.
   */
  async withLock<T>(options: LockOptions, task: () => Promise<T>): Promise<T | 'not-acquired'> {
    if (!this.#store.lock) return task()
    const endWait = this.#timeLock()
    let running: Promise<T> | undefined
    let isTooLate = false
    const runTask = () => {
      if (isTooLate) throw new Error('The lock came too late.')
      endWait({})
      running ??= task()
      return running
    }
    try {
      const result = await inTime(this.#store.lock(this.key, runTask, options), options.waitMs, () => {
        isTooLate = !running
        return running
      })
      if (!running) throw new Error('The store did not run the task.')
      this.#failing?.delete('lock')
      return result
    } catch (error) {
      // What the task gives counts, even where the lock could not be released after it.
      if (running) return running
      isTooLate = true
      endWait({ error })
      return options.signal?.aborted ? 'not-acquired' : this.#failToLock(error)
    }
  }

  subscribe(listener: () => void): () => void {
    try {
      const unsubscribe = this.#store.subscribe?.(this.key, listener)
      Promise.resolve<unknown>(unsubscribe).catch(doNothing)
      return typeof unsubscribe === 'function' ? () => attempt(unsubscribe) : doNothing
    } catch (error) {
      // Tried once: it must not hide that reading or writing fails later.
      this.#owner.onDegraded('subscribe', storeError(error)?.message)
      return doNothing
    }
  }

  /** What the store answers in time. Notes whether the operation works. */
  async #ask<T>(operation: StoreOperation, call: () => Promise<T>, isPrecious = false): Promise<T> {
    try {
      if (!isPrecious && performance.now() < this.#silentUntil) throw new Error('The store did not answer.')
      const answer = await deadline(call(), isPrecious ? preciousWithinMs : answerWithinMs, { turnMs })
      if (answer === tooLate) {
        this.#silentUntil = performance.now() + silenceMs
        throw new TokenStoreError('outcome_unknown', 'The store did not answer in time: see why it is slow.')
      }
      this.#failing?.delete(operation)
      return answer
    } catch (error) {
      if (!isTokenwellError(error) || error.code !== 'lock_not_acquired') this.#fail(operation, error)
      throw error
    }
  }

  /** Tells how long the lock is waited for: until what this returns is called. */
  #timeLock(): (result: { error?: unknown }) => void {
    let end!: (result: { error?: unknown }) => void
    const waiting = new Promise<{ error?: unknown }>((resolve) => {
      end = resolve
    })
    this.#owner.events?.time('lock', waiting)
    return end
  }

  /** That another context has the lock is no failure. */
  #failToLock(error: unknown): 'not-acquired' {
    if (!isTokenwellError(error) || error.code !== 'lock_not_acquired') this.#fail('lock', error)
    return 'not-acquired'
  }

  #fail(operation: StoreOperation, error: unknown): void {
    this.#failing ??= new Set()
    if (this.#failing.size === 0) this.#owner.onDegraded(operation, storeError(error)?.message)
    this.#failing.add(operation)
  }
}

/** What a lock gives in time. Its task may take longer, and has bounds of its own; giving the lock back is bounded again. */
async function inTime<T>(locked: Promise<T>, waitMs: number, onLate: () => Promise<T> | undefined): Promise<T> {
  locked.catch(doNothing)
  if ((await deadline(locked, waitMs + answerWithinMs, { turnMs })) === tooLate) {
    const running = onLate()
    await running
    if (!running || (await deadline(locked, answerWithinMs, { turnMs })) === tooLate) throw new Error('The store did not answer.')
  }
  return locked
}

function attempt(call: () => void): void {
  try {
    Promise.resolve<unknown>(call()).catch(doNothing)
  } catch {
    // Nobody listens any more as far as we are concerned.
  }
}

/** A store's own error says what to do; a foreign one may say a secret. */
function storeError(error: unknown): TokenStoreError | undefined {
  return error instanceof TokenStoreError ? error : undefined
}
