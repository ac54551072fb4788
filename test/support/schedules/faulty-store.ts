import { TokenStoreError } from '../../../src/base/errors.ts'
import type { SeededRandom } from '../../../src/testing/seeded-random.ts'
import type { TokenRecord, TokenStore } from '../../../src/token/token-store.ts'
import { sleep } from './family-server.ts'

export interface FaultyStoreOptions {
  readonly inner: TokenStore
  readonly random: SeededRandom
  /** How likely an operation is struck, 0 to 1. */
  readonly faultRate: () => number
  /** Told of a record that is not where others will look for it. */
  readonly onLostWrite: (record: TokenRecord) => void
  /** Told when an operation is left without an answer, which the contract forbids: the caller then leaves the store alone for a while. */
  readonly onSilence: () => void
}

const silenceMs = 20_000

/**
 * One context's way to a store that all share: operations fail, are slow, are never answered, and end in ways that
 * nobody can tell; locks are not had, or fail when they are given back. What the task of a lock does is always alone.
 */
export function faultyStore({ inner, random, faultRate, onLostWrite, onSilence }: FaultyStoreOptions): TokenStore {
  const lock = inner.lock?.bind(inner) as NonNullable<TokenStore['lock']>
  const choose = <T extends string>(faults: readonly T[]): T | undefined =>
    random.next() < faultRate() ? faults[Math.floor(random.next() * faults.length)] : undefined
  const staySilent = () => {
    onSilence()
    return sleep(silenceMs)
  }
  const failed = () => new TokenStoreError('store_failed', 'The store fails.')
  return {
    async get(key) {
      const fault = choose(['fails', 'slow', 'slow', 'silent'])
      if (fault === 'fails') throw failed()
      if (fault === 'slow') await sleep(random.next() * 1500)
      if (fault === 'silent') await staySilent()
      return inner.get(key)
    },
    async set(key, record) {
      const fault = choose(['fails', 'slow', 'slow', 'unknown', 'unknown, stored', 'silent', 'silent, stored'])
      if (fault === 'slow') await sleep(random.next() * 1500)
      const isLost = fault === 'fails' || fault === 'unknown' || fault === 'silent'
      if (isLost) onLostWrite(record)
      else await inner.set(key, record)
      if (fault === 'fails') throw failed()
      if (fault?.startsWith('unknown')) throw new TokenStoreError('outcome_unknown', 'Nobody knows.')
      if (fault?.startsWith('silent')) await staySilent()
    },
    async delete(key) {
      if (choose(['fails'])) throw failed()
      await inner.delete(key)
    },
    async lock(key, task, options) {
      const fault = choose(['fails', 'not had', 'slow', 'not given back', 'silent'])
      if (fault === 'fails') throw failed()
      if (fault === 'not had') throw new TokenStoreError('lock_not_acquired', 'The lock was not free.')
      if (fault === 'silent') await sleep(silenceMs)
      if (fault === 'slow') await sleep(random.next() * 1500)
      const result = await lock(key, task, options)
      if (fault === 'not given back') throw failed()
      return result
    },
  }
}

/** The same store for several contexts, each told of what the others write, as tabs and machines are. */
export function sharedWithNotices(inner: TokenStore, count: number): TokenStore[] {
  const listeners = Array.from({ length: count }, () => new Set<() => void>())
  return listeners.map((own) => {
    const tell = () => {
      for (const others of listeners) if (others !== own) for (const listener of others) setTimeout(listener, 5)
    }
    return {
      get: (key) => inner.get(key),
      set: (key, record) => inner.set(key, record).then(tell),
      delete: (key) => inner.delete(key).then(tell),
      lock: (key, task, options) => (inner.lock as NonNullable<TokenStore['lock']>)(key, task, options),
      subscribe: (_, listener) => {
        own.add(listener)
        return () => own.delete(listener)
      },
    }
  })
}
