import { deadline, tooLate } from '../../base/time.ts'
import type { LockOptions, TokenStore } from '../../token/token-store.ts'
import { memoryStore } from '../memory.ts'
import { lockNotAcquired, storeFailed } from '../store-error.ts'

/** What to do after a wait for the lock, under the lock and before the task. */
export type AfterWait = () => Promise<void>

/** A task, and what is done where another context holds its lock. */
export interface LockedTask<T> {
  readonly task: () => Promise<T>
  readonly onWait?: () => Promise<AfterWait>
}

/** The Web Locks of this context. Pages without TLS, Node 22 and Bun have none. */
export function findWebLocks(): LockManager | undefined {
  return globalThis.navigator?.locks
}

/**
 * Excludes the contexts of one origin from one another by Web Locks, which the browser releases when their holder dies;
 * without them, those who use this object.
 */
export class ContextLock {
  #memory: TokenStore | undefined

  /**
   * Runs the task under the lock.
   * @throws TokenStoreError where the lock was not acquired; whatever the task throws
   */
  async run<T>(name: string, locked: LockedTask<T>, options: LockOptions): Promise<T> {
    const locks = findWebLocks()
    if (locks) return new WebLockRequest(locks, name, locked).run(options)
    this.#memory ??= memoryStore()
    return (this.#memory as Required<TokenStore>).lock(name, locked.task, options)
  }
}

// How long a browser may take to say whether a lock is free, whatever the caller's wait: a free lock is acquired with a wait of 0.
const answerMs = 500

/** One attempt at a lock. It ends when its time is over, whatever the browser does, and its task never runs after that. */
class WebLockRequest<T> {
  readonly #locks: LockManager
  readonly #name: string
  readonly #locked: LockedTask<T>
  // Aborted, a request leaves the queue of the browser.
  readonly #ended = new AbortController()
  #running: Promise<T> | undefined

  constructor(locks: LockManager, name: string, locked: LockedTask<T>) {
    this.#locks = locks
    this.#name = name
    this.#locked = locked
  }

  async run({ waitMs, signal }: LockOptions): Promise<T> {
    signal?.throwIfAborted()
    const { task, onWait } = this.#locked
    const wait = async (begun: Promise<void>, limitMs: number): Promise<void> => {
      if ((await deadline(this.#unless(signal, begun), limitMs)) === tooLate) throw lockNotAcquired(waitMs)
    }
    try {
      await wait(this.#request({ ifAvailable: true }, task), Math.max(waitMs, answerMs))
      if (!this.#running) await wait(this.#queue(onWait), waitMs)
    } catch (error) {
      // Once the task runs, its result counts: even if the caller aborts, or other code steals the lock.
      if (!this.#running) throw error
    } finally {
      this.#ended.abort()
    }
    return this.#running as Promise<T>
  }

  async #queue(onWait: LockedTask<T>['onWait']): Promise<void> {
    const afterWait = await onWait?.()
    await this.#request({ signal: this.#ended.signal }, async () => {
      await afterWait?.()
      return this.#locked.task()
    })
  }

  /** Resolves when the task has begun, or the browser says that the lock is not free. */
  #request(options: { ifAvailable?: true; signal?: AbortSignal }, task: () => Promise<T>): Promise<void> {
    return new Promise((resolve, reject) => {
      const hold = async (lock: Lock | null): Promise<void> => {
        if (!lock || this.#ended.signal.aborted) return
        this.#running = (async () => task())()
        resolve()
        await this.#running.catch(() => {})
      }
      const fail = (error: unknown): void => reject(storeFailed('The Web Locks of this context do not work.', error))
      this.#locks.request(this.#name, options, hold).then(() => resolve(), fail)
    })
  }

  /** The same, but rejects with the reason of the signal where that aborts first. */
  #unless(signal: AbortSignal | undefined, begun: Promise<void>): Promise<void> {
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { signal: this.#ended.signal })
    })
    return Promise.race([begun, aborted])
  }
}
