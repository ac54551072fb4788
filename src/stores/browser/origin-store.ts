import type { LockOptions, TokenRecord, TokenStore } from '../../token/token-store.ts'
import { memoryStore } from '../memory.ts'
import { asStoreError } from '../store-error.ts'
import { Broadcast } from './broadcast.ts'
import { type AfterWait, ContextLock } from './web-locks.ts'

/** Where records lie, for all contexts of one origin. */
export interface Place {
  /** Tells places apart in the names of locks and channels. */
  readonly name: string
  /** Rejects where there is no such place in this context, nor will be. Called before the first use. */
  open(): Promise<void>
  get(key: string): Promise<unknown>
  set(key: string, record: TokenRecord): Promise<void>
  delete(key: string): Promise<void>
  /** Called when a lock has to be waited for; what it gives is called when the lock was had. */
  onLockWait?(key: string): Promise<AfterWait>
}

/**
 * A store over a place of the browser, with what all of them need: a lock, a broadcast, and a memory for contexts that
 * do not have the place. There the first operation rejects, so that it is noticed, and later ones work in memory.
 */
export class OriginStore implements TokenStore {
  readonly #place: Place
  readonly #lock = new ContextLock()
  #broadcast: Broadcast | undefined
  #opening: Promise<void> | undefined
  #memory: TokenStore | undefined

  constructor(place: Place) {
    this.#place = place
  }

  async get(key: string): Promise<TokenRecord | undefined> {
    if (this.#memory) return this.#memory.get(key)
    return this.#use(() => this.#place.get(key)) as Promise<TokenRecord | undefined>
  }

  async set(key: string, record: TokenRecord): Promise<void> {
    if (this.#memory) return this.#memory.set(key, record)
    await this.#use(() => this.#place.set(key, record))
    this.#channel().announce(key)
  }

  async delete(key: string): Promise<void> {
    if (this.#memory) return this.#memory.delete(key)
    await this.#use(() => this.#place.delete(key))
    this.#channel().announce(key)
  }

  async lock<T>(key: string, task: () => Promise<T>, options: LockOptions): Promise<T> {
    if (this.#memory) return (this.#memory as Required<TokenStore>).lock(key, task, options)
    const onWait = async (): Promise<AfterWait> => (await this.#place.onLockWait?.(key)) ?? (async () => {})
    return this.#lock.run(`tokenwell:${this.#place.name}:${key}`, task, options, onWait)
  }

  subscribe(key: string, listener: () => void): () => void {
    return this.#channel().subscribe(key, listener)
  }

  #channel(): Broadcast {
    this.#broadcast ??= new Broadcast(`tokenwell:${this.#place.name}`)
    return this.#broadcast
  }

  async #use<T>(operation: () => Promise<T>): Promise<T> {
    try {
      this.#opening ??= this.#place.open()
      await this.#opening
    } catch (error) {
      this.#memory ??= memoryStore()
      throw asStoreError(error, 'This context has no such storage: tokens are kept in memory.')
    }
    try {
      return await operation()
    } catch (error) {
      throw asStoreError(error, 'The storage of this browser failed.')
    }
  }
}
