import { check } from '../../base/check.ts'
import { sleep } from '../../base/time.ts'
import type { TokenStore } from '../../token/token-store.ts'
import type { OriginStorage, StoredRecord } from './origin-storage.ts'
import { OriginStore } from './origin-store.ts'
import type { AfterWait } from './web-locks.ts'
import { type WriteEntry, WriteRegister } from './write-register.ts'

const pollMs = 5
// A write of another process arrives within some ms. An old record that is still there after this is an error.
const arrivalMs = 1_000
// A storage with nothing in it was most likely emptied by the page itself.
const emptyMs = 250
// For a write that the holder of the lock made just before it died, without an entry in the register.
const settleMs = 100

/** What a `Storage` has. Not named as such: programs without DOM types have no type of that name. */
export interface StorageLike {
  readonly length: number
  key(index: number): string | null
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/**
 * Keeps tokens in `localStorage` (all tabs of an origin, for ever) or `sessionStorage` (one tab, until it is closed).
 * Tabs exclude one another by Web Locks, and adopt what another one has got. Where there is no storage (private mode,
 * blocked cookies, workers) the first operation rejects with `TokenStoreError`, and tokens are kept in memory; so does a
 * write over the quota. Pages without TLS have no Web Locks: there tabs do not exclude one another, so do not keep
 * rotating refresh tokens there. Any script of the origin can read what it keeps: see `encryptedStore`. A tab that is
 * duplicated takes along a copy of its `sessionStorage`, refresh token included.
 * Records that ended more than a day ago are removed with later writes.
 * @param storage looked up at the first use. @default localStorage
 * @throws ConfigurationError where `storage` is none
 */
export function webStorageStore(storage?: StorageLike): TokenStore {
  check(
    'storage',
    storage === undefined || isStorage(storage),
    'must be localStorage, sessionStorage, or have getItem, setItem and removeItem',
  )
  return new OriginStore(new WebStorage(storage))
}

/** A stored record, and which write it is. */
interface Item {
  readonly record: unknown
  readonly order: number
}

class WebStorage implements OriginStorage {
  readonly #given: StorageLike | undefined
  #storage: StorageLike | undefined
  // Only for localStorage: the frames that share a sessionStorage are in one process.
  #register: WriteRegister | undefined

  constructor(given: StorageLike | undefined) {
    this.#given = given
  }

  get name(): string {
    if (this.#given === undefined) return 'localStorage'
    if (!isPlatformStorage(this.#given)) return 'storage'
    return this.#given === globalThis.sessionStorage ? 'sessionStorage' : 'localStorage'
  }

  async open(): Promise<void> {
    // The getter throws where storage is blocked, and in Node it prints a warning: not before it is used.
    const storage = this.#given ?? globalThis.localStorage
    storage.getItem('tokenwell')
    if (this.name === 'localStorage' && isPlatformStorage(storage)) this.#register = new WriteRegister(this.name)
    this.#storage = storage
  }

  async get(key: string): Promise<unknown> {
    const latest = await this.#register?.latest(key)
    for (let waitedMs = 0; ; waitedMs += pollMs) {
      const item = this.#read(key)
      if (!latest || this.#register?.isOwn(key, latest) || isUpToDate(item, latest)) return item?.record
      if (!item && waitedMs >= emptyMs) return undefined
      // Not a record that may hold a refresh token that was used: nobody knows what the latest one is.
      if (waitedMs >= arrivalMs) throw new Error('The record that another tab has written did not arrive.')
      await sleep(pollMs)
    }
  }

  async set(key: string, record: StoredRecord): Promise<void> {
    const order = await this.#nextOrder(key)
    try {
      this.#storage?.setItem(key, JSON.stringify(this.#register ? { ...record, order } : record))
    } catch (error) {
      // The record that could not be replaced may hold a refresh token that was used up: better none.
      await this.#remove(key, order)
      throw error
    }
    await this.#register?.enter(key, { order, isDeletion: false })
  }

  async delete(key: string): Promise<void> {
    await this.#remove(key, await this.#nextOrder(key))
  }

  async names(): Promise<readonly string[]> {
    const { length = 0 } = this.#storage ?? {}
    return Array.from({ length }, (_, index) => this.#storage?.key(index) ?? '')
  }

  async onLockWait(key: string): Promise<AfterWait> {
    const before = await this.#register?.latest(key)
    return async () => {
      const after = await this.#register?.latest(key)
      if (this.#register && (after?.order ?? 0) <= (before?.order ?? 0)) await sleep(settleMs)
    }
  }

  async #remove(key: string, order: number): Promise<void> {
    this.#storage?.removeItem(key)
    await this.#register?.enter(key, { order, isDeletion: true })
  }

  async #nextOrder(key: string): Promise<number> {
    // Where nobody answers, the write counts more than its place among others.
    const latest = await this.#register?.latest(key).catch(() => undefined)
    const order = this.#read(key)?.order ?? 0
    return 1 + Math.max(order === foreign ? 0 : order, latest?.order ?? 0)
  }

  #read(key: string): Item | undefined {
    const text = this.#storage?.getItem(key)
    if (text === null || text === undefined) return undefined
    try {
      const { order, ...record } = JSON.parse(text)
      return { record, order: typeof order === 'number' ? order : foreign }
    } catch {
      return { record: undefined, order: foreign }
    }
  }
}

/** The order of a value that no store of this kind wrote: nothing newer is on its way. */
const foreign = Infinity

function isUpToDate(item: Item | undefined, { order, isDeletion }: WriteEntry): boolean {
  return item ? item.order >= order : isDeletion
}

function isStorage(value: unknown): boolean {
  const { getItem, setItem, removeItem } = (value ?? {}) as Partial<StorageLike>
  return [getItem, setItem, removeItem].every((method) => typeof method === 'function')
}

/** As against an object that somebody made in its image. */
function isPlatformStorage(storage: StorageLike): boolean {
  return Object.prototype.toString.call(storage) === '[object Storage]'
}
