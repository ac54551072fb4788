import { sleep } from '../base/time.ts'
import type { LockOptions, TokenRecord, TokenStore } from '../token/token-store.ts'
import { MemoryLease } from './memory-lease.ts'
import { lockNotAcquired } from './store-error.ts'

const pollMs = 10
// An abandoned lock is seen to be one at the second look.
const leastWaitMs = 2 * pollMs
// A record that is over when it is written was dated by another clock than ours, such as the `now` of a test.
const leastLifeMs = 3_600_000
// With each operation: more than one operation can add.
const sweptEach = 4

/**
 * Keeps tokens in this process (tab, worker), for all managers that are given the same store. Records are dropped some time
 * after their `expiresAt`. It has no `subscribe`: a manager notices what another one has written when it next reads.
 */
export function memoryStore(): TokenStore {
  return new MemoryStore()
}

interface Kept {
  readonly record: TokenRecord
  /** By the monotonic clock: no step of the other one ends a record early. */
  readonly endsAt: number
}

// No notices: in a worker they would call the manager of another request, whose promises, signals and timers are its own.
class MemoryStore implements TokenStore {
  // Made when they are needed: an application may hold a manager, and so a store, for each of its users.
  #records: Map<string, Kept> | undefined
  #leases: Map<string, MemoryLease> | undefined
  #sweep: Iterator<[string, Kept]> | undefined

  async get(key: string): Promise<TokenRecord | undefined> {
    this.#removeEnded()
    const kept = this.#records?.get(key)
    return kept && !hasEnded(kept) ? structuredClone(kept.record) : undefined
  }

  async set(key: string, record: TokenRecord): Promise<void> {
    this.#removeEnded()
    this.#records ??= new Map()
    const { expiresAt = Number.POSITIVE_INFINITY } = record
    const endsAt = performance.now() + Math.max(expiresAt - Date.now(), leastLifeMs)
    // A copy, as in every other store: nobody changes a record by changing what was stored or read.
    this.#records.set(key, { record: structuredClone(record), endsAt })
  }

  async delete(key: string): Promise<void> {
    this.#records?.delete(key)
  }

  async lock<T>(key: string, task: () => Promise<T>, { waitMs, signal }: LockOptions): Promise<T> {
    if (signal?.aborted) throw signal.reason
    this.#leases ??= new Map()
    const leases = this.#leases
    removeAbandoned(leases)
    const isHeld = () => leases.get(key)?.isAbandoned() === false
    // Polled: workers whose promises are bound to a request must not wait for a promise of another request.
    for (let waitedMs = 0; isHeld(); waitedMs += pollMs) {
      if (waitedMs >= Math.max(waitMs, leastWaitMs)) throw lockNotAcquired(waitMs)
      await sleep(pollMs, { signal })
    }
    const lease = new MemoryLease()
    leases.set(key, lease)
    try {
      return await task()
    } finally {
      lease.end()
      if (leases.get(key) === lease) leases.delete(key)
    }
  }

  /** Looks at the next few records, round and round, and drops those that have ended. */
  #removeEnded(): void {
    for (let looked = 0; looked < sweptEach; looked++) {
      this.#sweep ??= this.#records?.entries()
      const next = this.#sweep?.next()
      if (!next || next.done) {
        this.#sweep = undefined
        return
      }
      const [key, kept] = next.value
      if (hasEnded(kept)) this.#records?.delete(key)
    }
  }
}

const hasEnded = ({ endsAt }: Kept): boolean => performance.now() >= endsAt

/** The oldest ones come first. */
function removeAbandoned(leases: Map<string, MemoryLease>): void {
  let looked = 0
  for (const [key, lease] of leases) {
    if (lease.isAbandoned()) leases.delete(key)
    if (++looked === sweptEach) return
  }
}
