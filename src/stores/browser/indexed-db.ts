import { nonEmptyString, readFields } from '../../base/check.ts'
import type { TokenStore } from '../../token/token-store.ts'
import { IdbConnection } from './idb-connection.ts'
import type { OriginStorage, StoredRecord } from './origin-storage.ts'
import { OriginStore } from './origin-store.ts'

/** Options of `indexedDbStore()`. */
export interface IndexedDbStoreOptions {
  /** The database. @default 'tokenwell' */
  name?: string | undefined
}

/**
 * Keeps tokens in IndexedDB: for all tabs and workers of an origin, until the browser is told to forget them. Contexts
 * exclude one another by Web Locks, and adopt what another one has got. Where there is no IndexedDB, or it does not open
 * within 2 s, the first operation rejects with `TokenStoreError`, and tokens are kept in memory. Pages without TLS have
 * no Web Locks: there tabs do not exclude one another. Any script of the origin can read what it keeps: see
 * `encryptedStore`. Records that ended more than a day ago are removed with later writes.
 * @throws ConfigurationError where an option is unknown or wrong
 */
export function indexedDbStore(options: IndexedDbStoreOptions = {}): TokenStore {
  const { name = 'tokenwell' } = readFields('options', options, { name: nonEmptyString })
  return new OriginStore(new IndexedDb(name))
}

/** IndexedDB orders its transactions in all processes: here a lock is enough. */
class IndexedDb implements OriginStorage {
  readonly name: string
  readonly #connection: IdbConnection

  constructor(name: string) {
    this.name = `indexedDB:${name}`
    this.#connection = new IdbConnection(name, 'records')
  }

  open(): Promise<void> {
    return this.#connection.open()
  }

  get(key: string): Promise<unknown> {
    return this.#connection.run('readonly', (records) => records.get(key))
  }

  async set(key: string, record: StoredRecord): Promise<void> {
    try {
      await this.#connection.run('readwrite', (records) => records.put(record, key))
    } catch (error) {
      // As in web storage: a record that could not be replaced may hold a refresh token that was used up.
      if ((error as { name?: unknown } | undefined)?.name === 'QuotaExceededError') await this.delete(key)
      throw error
    }
  }

  async delete(key: string): Promise<void> {
    await this.#connection.run('readwrite', (records) => records.delete(key))
  }

  async names(): Promise<readonly string[]> {
    const keys = await this.#connection.run('readonly', (records) => records.getAllKeys())
    return keys.filter((key) => typeof key === 'string')
  }
}
