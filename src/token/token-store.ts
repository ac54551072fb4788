import type { Token } from './token.ts'

/**
 * What a store keeps under a key: plain JSON data. Without a `token` it is a tombstone, which says that whatever was
 * asked for before it must not be stored.
 */
export interface TokenRecord {
  /** Version of this shape. A record of an older version is a miss. One of a later version is unknown, and left alone. */
  readonly version: 1
  /** The key it was stored under: a record found elsewhere is a miss. */
  readonly key: string
  /** Random, new with each write: contexts compare it, since clocks give no order. */
  readonly id: string
  /** Opaque. `clear()` renews it, a new sign-in renews the part after its dot, and everything else carries it on. */
  readonly epoch: string
  /** When the record is of no use any more, ms since the epoch: a store may drop it then. */
  readonly expiresAt?: number
  readonly token?: Token
  /** That the server refused the caller's grant, for contexts that come later: they do not send a wrong password again. */
  readonly refusal?: StoredRefusal
  /** What `encryptedStore` has encrypted, in the place of all that is secret. Of no use to others. */
  readonly sealed?: string
}

/** A refusal as a store keeps it: no secret, and none of the server's words but its code. */
export interface StoredRefusal {
  /** The code of the error that was thrown. */
  readonly code: string
  /** The server's `error`. */
  readonly error?: string
  /** The status of its reply. */
  readonly status?: number
  /** Until when the grant is not presented again, ms since the epoch. */
  readonly until: number
  /** How many refusals there were in a row. */
  readonly times: number
  /** The mark of what was refused. Other credentials are not held up by it. */
  readonly of?: number
}

/** How long to wait for a lock, and what ends the wait before that. */
export interface LockOptions {
  /** How long to wait for the lock, ms. */
  readonly waitMs: number
  /** Ends the wait: it rejects with the signal's reason. Nothing once the task runs. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Keeps tokens for all contexts that share it. Values are plain JSON data, to be returned as they were given.
 * A method that cannot do its work rejects; the caller degrades to memory. No method may wait without a bound.
 */
export interface TokenStore {
  /**
   * The record under a key, or `undefined`. A context must read what it has written, and under the lock what others have
   * written under it: of replicas, ask the primary. From a read that lags, a used refresh token would be presented again, and
   * other managers may take what a `clear()` has ended. The manager that was cleared does not.
   */
  get(key: string): Promise<TokenRecord | undefined>
  /**
   * Stores durably: when it resolves, a crash of this context loses nothing. Rejects where nothing was stored; where that
   * is not certain, with a `TokenStoreError` of code `outcome_unknown`.
   */
  set(key: string, record: TokenRecord): Promise<void>
  delete(key: string): Promise<void>
  /**
   * Runs the task while no other context runs one under the same key. Where that was not possible within `waitMs` it rejects
   * with `TokenStoreError`: the task has not run then, and never will. A store without `lock` counts as private to its context.
   */
  lock?<T>(key: string, task: () => Promise<T>, options: LockOptions): Promise<T>
  /**
   * Calls the listener after another context has written or deleted under the key. Returns the function that stops it. A
   * store may hold the listener weakly: it lives as long as that function is held.
   */
  subscribe?(key: string, listener: () => void): () => void
}
