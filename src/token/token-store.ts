import type { Token } from './token.ts'

/**
 * What a store keeps under a key: plain JSON data. Without a `token` it is a tombstone, which says that whatever was
 * asked for before it must not be stored.
 */
export interface TokenRecord {
  /** Version of this shape. A record of another version is a miss, and a newer one is not overwritten. */
  readonly version: 1
  /** The key it was stored under: a record found elsewhere is a miss. */
  readonly key: string
  /** Random, new with each write: contexts compare it, since clocks give no order. */
  readonly id: string
  /** Changed by `clear()`, carried on by everything else. */
  readonly epoch: string
  /** When the record is of no use any more, ms since the epoch: a store may drop it then. */
  readonly expiresAt?: number
  readonly token?: Token
  /** The token as `encryptedStore` hands it to the store that it encrypts for, in the place of `token`. Of no use to others. */
  readonly sealed?: string
}

/**
 * Keeps tokens for all contexts that share it. Values are plain JSON data, to be returned as they were given.
 * A method that cannot do its work rejects; the caller degrades to memory. No method may wait without a bound.
 */
export interface TokenStore {
  /** The record under a key, or `undefined`. */
  get(key: string): Promise<TokenRecord | undefined>
  /**
   * Stores durably: when it resolves, a crash of this context loses nothing. Rejects where nothing was stored; where that
   * is not certain, with a `TokenStoreError` of code `outcome_unknown`.
   */
  set(key: string, record: TokenRecord): Promise<void>
  delete(key: string): Promise<void>
  /**
   * Runs the task while no other context runs one under the same key, or rejects with `TokenStoreError` when that was
   * not possible within `waitMs`, and then the task has not run and never will. A store without `lock` counts as
   * private to its context.
   */
  lock?<T>(key: string, task: () => Promise<T>, options: { waitMs: number; signal?: AbortSignal }): Promise<T>
  /** Calls the listener after another context has written under the key. Returns the function that stops it. */
  subscribe?(key: string, listener: () => void): () => void
}
