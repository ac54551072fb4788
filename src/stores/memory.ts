import { sleep } from '../base/time.ts'
import type { LockOptions, TokenRecord, TokenStore } from '../token/token-store.ts'
import { lockNotAcquired } from './store-error.ts'

const pollMs = 10
// Longer than any renewal may take. A holder that never gives back (a cancelled request of a worker) blocks no longer.
const leaseMs = 120_000

/**
 * Keeps tokens in this process (tab, worker), for all managers that are given the same store. The default store of a
 * manager is one of its own.
 */
export function memoryStore(): TokenStore {
  return new MemoryStore()
}

class MemoryStore implements TokenStore {
  // Made when they are needed: an application may hold a manager, and so a store, for each of its users.
  #records: Map<string, TokenRecord> | undefined
  #leases: Map<string, number> | undefined

  async get(key: string): Promise<TokenRecord | undefined> {
    return structuredClone(this.#records?.get(key))
  }

  async set(key: string, record: TokenRecord): Promise<void> {
    this.#records ??= new Map()
    // A copy, as in every other store: nobody changes a record by changing what was stored or read.
    this.#records.set(key, structuredClone(record))
  }

  async delete(key: string): Promise<void> {
    this.#records?.delete(key)
  }

  async lock<T>(key: string, task: () => Promise<T>, { waitMs, signal }: LockOptions): Promise<T> {
    this.#leases ??= new Map()
    const leases = this.#leases
    // Polled: workers whose promises are bound to a request must not wait for a promise of another request.
    for (let waitedMs = 0; (leases.get(key) ?? 0) > Date.now(); waitedMs += pollMs) {
      if (waitedMs >= waitMs) throw lockNotAcquired(waitMs)
      await sleep(pollMs)
      signal?.throwIfAborted()
    }
    const lease = Date.now() + leaseMs
    leases.set(key, lease)
    try {
      return await task()
    } finally {
      if (leases.get(key) === lease) leases.delete(key)
    }
  }
}
