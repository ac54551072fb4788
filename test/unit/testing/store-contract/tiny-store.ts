import { TokenStoreError } from '../../../../src/base/errors.ts'
import type { TokenRecord, TokenStore } from '../../../../src/token/token-store.ts'

/** One place for several contexts. */
export interface TinyPlace {
  readonly records: Map<string, string>
  /** The end of each key's queue. */
  readonly queues: Map<string, Promise<unknown>>
  readonly listeners: Set<{ owner: unknown; key: string; listener: WeakRef<() => void> }>
}

export const createTinyPlace = (): TinyPlace => ({ records: new Map(), queues: new Map(), listeners: new Set() })

/** The smallest store that keeps the contract, for tests of the contract. */
export function createTinyStore(place: TinyPlace): Required<TokenStore> {
  const owner = {}
  const tell = (key: string): void => {
    for (const entry of place.listeners) {
      if (entry.owner !== owner && entry.key === key)
        Promise.resolve()
          .then(entry.listener.deref(), undefined)
          .catch(() => {})
    }
  }
  return {
    async get(key) {
      const text = place.records.get(key)
      return text === undefined ? undefined : (JSON.parse(text) as TokenRecord)
    },
    async set(key, record) {
      place.records.set(key, JSON.stringify(record))
      tell(key)
    },
    async delete(key) {
      place.records.delete(key)
      tell(key)
    },
    async lock(key, task, { waitMs, signal }) {
      signal?.throwIfAborted()
      const before = place.queues.get(key) ?? Promise.resolve()
      let release = (): void => {}
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      place.queues.set(
        key,
        before.then(() => held),
      )
      const outcome = await Promise.race([
        before.then(() => 'mine' as const),
        new Promise<'late'>((resolve) => setTimeout(resolve, waitMs, 'late')),
        new Promise<'aborted'>((resolve) => signal?.addEventListener('abort', () => resolve('aborted'))),
      ])
      try {
        if (outcome === 'late') throw new TokenStoreError('lock_not_acquired', 'Not in time.')
        if (outcome === 'aborted') throw signal?.reason
        return await task()
      } finally {
        release()
      }
    },
    subscribe(key, listener) {
      const entry = { owner, key, listener: new WeakRef(listener) }
      place.listeners.add(entry)
      // Its use here holds the listener.
      return () => void (entry.listener.deref() === listener && place.listeners.delete(entry))
    },
  }
}
