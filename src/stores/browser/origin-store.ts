import type { LockOptions, TokenRecord, TokenStore } from '../../token/token-store.ts'
import { memoryStore } from '../memory.ts'
import { OperationQueue } from '../operation-queue.ts'
import { asStoreError } from '../store-error.ts'
import { Broadcast } from './broadcast.ts'
import { removeEnded } from './clean-up.ts'
import type { OriginStorage, StoredRecord } from './origin-storage.ts'
import { type AfterWait, ContextLock } from './web-locks.ts'

// With the first write of a page, which may be its only one, and with every 16th after it.
const cleanUpEach = 16

/**
 * A store over a storage of the browser, with what all of them need: a lock, a broadcast, a clean-up, and a memory for
 * contexts that do not have the storage. There the first operation rejects, so that it is noticed, and later ones work in
 * memory.
 */
export class OriginStore implements TokenStore {
  readonly #storage: OriginStorage
  readonly #lock = new ContextLock()
  readonly #queue = new OperationQueue()
  #broadcast: Broadcast | undefined
  #opening: Promise<void> | undefined
  #memory: TokenStore | undefined
  #writes = 0

  constructor(storage: OriginStorage) {
    this.#storage = storage
  }

  async get(key: string): Promise<TokenRecord | undefined> {
    if (this.#memory) return this.#memory.get(key)
    return asRecord(await this.#use(() => this.#storage.get(key)))
  }

  async set(key: string, record: TokenRecord): Promise<void> {
    if (this.#memory) return this.#memory.set(key, record)
    // At once: later changes by the caller are not stored.
    const stored = structuredClone({ ...record, writtenAt: Date.now() })
    await this.#use(() => this.#storage.set(key, stored))
    // After the write: others read it when they hear of it.
    this.#channel().announce(key)
    // In the background: no caller waits for the clean-up.
    if (this.#writes++ % cleanUpEach === 0) removeEnded(this.#storage, this.#withFreeLock).catch(() => {})
  }

  async delete(key: string): Promise<void> {
    if (this.#memory) return this.#memory.delete(key)
    await this.#use(() => this.#storage.delete(key))
    this.#channel().announce(key)
  }

  async lock<T>(key: string, task: () => Promise<T>, options: LockOptions): Promise<T> {
    if (this.#memory) return (this.#memory as Required<TokenStore>).lock(key, task, options)
    const onWait = async (): Promise<AfterWait> => (await this.#storage.onLockWait?.(key)) ?? (async () => {})
    return this.#lock.run(this.#lockName(key), { task, onWait }, options)
  }

  subscribe(key: string, listener: () => void): () => void {
    return this.#channel().subscribe(key, listener)
  }

  #channel(): Broadcast {
    this.#broadcast ??= new Broadcast(`tokenwell:${this.#storage.name}`)
    return this.#broadcast
  }

  #lockName(key: string): string {
    return `tokenwell:${this.#storage.name}:${key}`
  }

  readonly #withFreeLock = (key: string, task: () => Promise<void>): Promise<void> =>
    this.#lock.run(this.#lockName(key), { task }, { waitMs: 0 })

  async #use<T>(operation: () => Promise<T>): Promise<T> {
    try {
      this.#opening ??= this.#storage.open()
      await this.#opening
    } catch (error) {
      this.#memory ??= memoryStore()
      throw asStoreError(error, 'This context has no such storage: tokens are kept in memory.')
    }
    try {
      return await this.#queue.run(operation)
    } catch (error) {
      throw asStoreError(error, 'The storage of this browser failed.')
    }
  }
}

/** Gives any object: the caller judges whether it is a record. */
function asRecord(stored: unknown): TokenRecord | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined
  const { writtenAt: _, ...record } = stored as StoredRecord
  return record
}
