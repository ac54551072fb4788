import { startBackgroundTimer } from '../../base/time.ts'
import type { LockOptions, TokenStore } from '../../token/token-store.ts'
import { memoryStore } from '../memory.ts'
import { lockNotAcquired, storeFailed } from '../store-error.ts'

/** What to do after a wait for the lock, under the lock and before the task. */
export type AfterWait = () => Promise<void>

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
   * Runs the task under the lock. `onWait` is called where another one holds it.
   * @throws TokenStoreError where the lock was not had; whatever the task throws
   */
  async run<T>(name: string, task: () => Promise<T>, options: LockOptions, onWait?: () => Promise<AfterWait>): Promise<T> {
    const locks = findWebLocks()
    if (locks) return new WebLockRequest(locks, name, task, options, onWait).result
    this.#memory ??= memoryStore()
    return (this.#memory as Required<TokenStore>).lock(name, task, options)
  }
}

// How long a browser may take to say whether a lock is free, whatever the caller's wait: a free lock is had with a wait of 0.
const answerMs = 500

/** One attempt at a lock. It ends when its time is over, whatever the browser does, and its task never runs after that. */
class WebLockRequest<T> {
  readonly result: Promise<T>
  readonly #task: () => Promise<T>
  readonly #waitMs: number
  readonly #request = new AbortController()
  readonly #waiting = new AbortController()
  #state: 'waiting' | 'running' | 'given-up' = 'waiting'
  #timer: ReturnType<typeof setTimeout> | undefined
  #resolve: (result: Promise<T>) => void = () => {}
  #reject: (reason: unknown) => void = () => {}

  constructor(
    locks: LockManager,
    name: string,
    task: () => Promise<T>,
    { waitMs, signal }: LockOptions,
    onWait?: () => Promise<AfterWait>,
  ) {
    this.#task = task
    this.#waitMs = waitMs
    this.result = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (signal?.aborted) {
      this.#giveUp(signal.reason)
      return
    }
    signal?.addEventListener('abort', () => this.#giveUp(signal.reason), { signal: this.#waiting.signal })
    this.#giveUpAfter(Math.max(waitMs, answerMs))
    this.#acquire(locks, name, onWait).catch((error: unknown) =>
      this.#giveUp(storeFailed('The Web Locks of this context do not work.', error)),
    )
  }

  async #acquire(locks: LockManager, name: string, onWait: (() => Promise<AfterWait>) | undefined): Promise<void> {
    await locks.request(name, { ifAvailable: true }, (lock) => (lock ? this.#run(this.#task) : undefined))
    if (this.#state !== 'waiting') return
    this.#giveUpAfter(this.#waitMs)
    const afterWait = await onWait?.()
    await locks.request(name, { signal: this.#request.signal }, () =>
      this.#run(async () => {
        await afterWait?.()
        return this.#task()
      }),
    )
  }

  /** Resolves when the task has ended, however it ends, and the lock with it. */
  async #run(task: () => Promise<T>): Promise<void> {
    if (this.#state !== 'waiting') return
    this.#state = 'running'
    this.#stopWaiting()
    const running = (async () => task())()
    this.#resolve(running)
    await running.catch(() => {})
  }

  #giveUpAfter(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = startBackgroundTimer(() => this.#giveUp(lockNotAcquired(this.#waitMs)), delayMs)
  }

  /** Nothing where the task runs: its result counts, even if other code steals the lock. */
  #giveUp(reason: unknown): void {
    if (this.#state !== 'waiting') return
    this.#state = 'given-up'
    this.#stopWaiting()
    this.#request.abort()
    this.#reject(reason)
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer)
    this.#waiting.abort()
  }
}
