import type { TokenRecord } from '../../token/token-store.ts'
import type { AfterWait } from './web-locks.ts'

/** A storage of the browser that all contexts of one origin share. */
export interface OriginStorage {
  /** Tells storages apart in the names of locks and channels. */
  readonly name: string
  /** Rejects where there is no such storage in this context, nor will be. Called before the first use. */
  open(): Promise<void>
  get(key: string): Promise<unknown>
  set(key: string, record: StoredRecord): Promise<void>
  delete(key: string): Promise<void>
  /** All keys under which something is stored, those of others too. */
  names(): Promise<readonly string[]>
  /** Called when a lock has to be waited for; what it gives is called when the lock was acquired. */
  onLockWait?(key: string): Promise<AfterWait>
}

/** A record, and beside it when it was written, for the clean-up. */
export interface StoredRecord extends TokenRecord {
  readonly writtenAt: number
}
