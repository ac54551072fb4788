import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TokenStoreError } from '../../../../src/base/errors.ts'
import { type CreateStores, tokenStoreContract } from '../../../../src/testing.ts'
import type { TokenRecord, TokenStore } from '../../../../src/token/token-store.ts'
import { createTinyPlace, createTinyStore, type TinyPlace } from './tiny-store.ts'

const contract = tokenStoreContract()

beforeAll(() => {
  setFlagsFromString('--expose-gc')
  Object.assign(globalThis, { gc: runInNewContext('gc') })
})
afterAll(() => void Reflect.deleteProperty(globalThis, 'gc'))

/** Two contexts over one new place, each store spoilt. */
function spoilt(spoil: (store: Required<TokenStore>, place: TinyPlace) => Partial<TokenStore>): CreateStores {
  return () => {
    const place = createTinyPlace()
    const make = (): TokenStore => {
      const store = createTinyStore(place)
      return { ...store, ...spoil(store, place) }
    }
    return [make(), make()]
  }
}

describe('a store that keeps the contract passes', () => {
  it.each(contract.map(({ name, run }) => [name, run] as const))('%s', async (_, run) => {
    await run(spoilt(() => ({})))
  })
})

it('a store without lock and subscribe passes: both are optional', async () => {
  const createStores: CreateStores = () => {
    const place = createTinyPlace()
    const { get, set, delete: remove } = createTinyStore(place)
    const store = { get, set, delete: remove }
    return [store, store]
  }
  for (const { run } of contract) await run(createStores)
})

// Concurrent: each waits for something that does not happen.
describe.concurrent('a store that breaks the contract is caught', () => {
  const liveRecords = new WeakMap<TinyPlace, Map<string, TokenRecord>>()
  const liveOf = (place: TinyPlace): Map<string, TokenRecord> => {
    const records = liveRecords.get(place) ?? new Map<string, TokenRecord>()
    liveRecords.set(place, records)
    return records
  }

  it.each<[string, CreateStores, string]>([
    [
      'null for a miss',
      spoilt(({ get }) => ({ get: async (key) => (await get(key)) ?? (null as never) })),
      'a key that was never set is a miss',
    ],
    [
      'a field is lost',
      spoilt(({ set }) => ({
        set: (key, { version, id, epoch, token }) => set(key, { version, key, id, epoch, ...(token ? { token } : {}) }),
      })),
      'a record that was set is returned as it was given',
    ],
    [
      'a tombstone counts as absent',
      spoilt(({ get }) => ({ get: async (key) => ((await get(key))?.token ? get(key) : undefined) })),
      'a tombstone, a record without a token, is kept like any other',
    ],
    [
      'the first record stays',
      spoilt(({ get, set }) => ({ set: async (key, record) => ((await get(key)) ? undefined : set(key, record)) })),
      'a later record replaces the one before',
    ],
    [
      'delete does nothing',
      spoilt(() => ({ delete: async () => {} })),
      'a deleted record is a miss, and deleting what is not there is no error',
    ],
    [
      'delete of what is not there rejects',
      spoilt((_, { records }) => ({
        delete: async (key) => {
          if (!records.delete(key)) throw new Error('not found')
        },
      })),
      'a deleted record is a miss, and deleting what is not there is no error',
    ],
    [
      'a deleted record cannot be written again',
      spoilt(({ delete: remove, set }) => {
        const deleted = new Set<string>()
        return {
          set: async (key, record) => (deleted.has(key) ? undefined : set(key, record)),
          delete: async (key) => {
            deleted.add(key)
            await remove(key)
          },
        }
      }),
      'a deleted record is a miss, and deleting what is not there is no error',
    ],
    [
      'writes that begin together are lost',
      spoilt((_, { records }) => {
        let writing = 0
        return {
          set: async (key, record) => {
            if (++writing === 1) records.set(key, JSON.stringify(record))
            await new Promise((resolve) => setTimeout(resolve, 1))
            writing--
          },
        }
      }),
      'a hundred operations that begin together are all carried out',
    ],
    [
      'keys are compared without case',
      spoilt(({ get, set }) => ({ get: (key) => get(key.toLowerCase()), set: (key, record) => set(key.toLowerCase(), record) })),
      'keys are kept apart, however similar',
    ],
    [
      'keys are cut',
      spoilt(({ get, set }) => ({ get: (key) => get(key.slice(0, 250)), set: (key, record) => set(key.slice(0, 250), record) })),
      'keys are kept apart, however similar',
    ],
    [
      'live objects',
      spoilt((_, place) => ({
        get: async (key) => liveOf(place).get(key),
        set: async (key, record) => void liveOf(place).set(key, record),
      })),
      'changes to a record that was given or returned do not change the stored one',
    ],
    [
      'each context has a place of its own',
      () => [createTinyStore(createTinyPlace()), createTinyStore(createTinyPlace())],
      'what one context writes or deletes, the other one sees',
    ],
    [
      'lock loses the result',
      spoilt(({ lock }) => ({ lock: async (...args) => void (await lock(...args)) as never })),
      'a lock runs its task and gives its result',
    ],
    ['lock does not lock', spoilt(() => ({ lock: (_, task) => task() })), 'tasks under one key run one after another, in all contexts'],
    [
      'operations wait for the lock',
      spoilt(({ get, lock }) => ({ get: (key) => lock(key, () => get(key), { waitMs: 1_900 }) })),
      'records can be read, written and deleted while another context holds the lock',
    ],
    [
      'an abort rejects with an error of the store',
      spoilt(({ lock }) => ({
        lock: (key, task, options) =>
          lock(key, task, options).catch((error: Error) => {
            throw options.signal?.aborted ? new TokenStoreError('lock_not_acquired', 'Aborted.') : error
          }),
      })),
      'an abort ends the wait at once, with the reason of its signal, and the task never runs',
    ],
    [
      'a signal that has aborted before is not looked at',
      spoilt(({ lock }) => ({
        lock: (key, task, { waitMs, signal }) => lock(key, task, { waitMs, signal: signal?.aborted ? undefined : signal }),
      })),
      'a signal that has aborted before rejects with its reason, and the task never runs',
    ],
    [
      'an abort ends the lock of a task that runs',
      spoilt(({ lock }) => ({
        lock: (key, task, options) =>
          Promise.race([
            lock(key, task, options),
            new Promise<never>((_, reject) => options.signal?.addEventListener('abort', () => reject(options.signal?.reason))),
          ]),
      })),
      'an abort while the task runs changes nothing',
    ],
    [
      'one lock for all keys',
      spoilt(({ lock }) => ({ lock: (_, task, options) => lock('all', task, options) })),
      'a lock does not hinder tasks under other keys',
    ],
    [
      'lock waits without a bound',
      spoilt(({ lock }) => ({ lock: (key, task, options) => lock(key, task, { ...options, waitMs: 1_900 }) })),
      'a lock that is not acquired in time rejects with TokenStoreError, and its task never runs',
    ],
    [
      'lock goes on without the lock when time is up',
      spoilt(({ lock }) => ({ lock: (key, task, options) => lock(key, task, options).catch(task) })),
      'a lock that is not acquired in time rejects with TokenStoreError, and its task never runs',
    ],
    [
      'the task of a lock that was given up runs later',
      spoilt(({ lock }) => ({
        lock: (key, task, options) => {
          const waiting = lock(key, task, { ...options, waitMs: 1_900 })
          waiting.catch(() => {})
          return Promise.race([waiting, lock(key, (async () => {}) as never, options).then(() => waiting)])
        },
      })),
      'a lock that is not acquired in time rejects with TokenStoreError, and its task never runs',
    ],
    [
      'lock rejects with something else',
      spoilt(({ lock }) => ({
        lock: (key, task, options) =>
          lock(key, task, options).catch((error: Error) => {
            throw error.name === 'TokenStoreError' ? new Error('timeout') : error
          }),
      })),
      'a lock that is not acquired in time rejects with TokenStoreError, and its task never runs',
    ],
    [
      'a task that throws keeps the lock',
      spoilt(({ lock }) => ({
        lock: (key, task, options) =>
          lock(key, task, options).catch((error: unknown) => {
            lock(key, () => new Promise(() => {}), options).catch(() => {})
            throw error
          }),
      })),
      'a lock is released after a task that throws, and passes on what it threw',
    ],
    [
      'lock wraps what the task throws',
      spoilt(({ lock }) => ({
        lock: (key, task, options) =>
          lock(key, () => task().catch((error: unknown) => Promise.reject(new Error('wrapped', { cause: error }))), options),
      })),
      'a lock is released after a task that throws, and passes on what it threw',
    ],
    [
      'lock does not look at its signal',
      spoilt(({ lock }) => ({ lock: (key, task, { waitMs }) => lock(key, task, { waitMs: Math.min(waitMs, 1_900) }) })),
      'an abort ends the wait at once, with the reason of its signal, and the task never runs',
    ],
    [
      'subscribe never calls',
      spoilt(() => ({ subscribe: () => () => {} })),
      'a listener is called after another context has written, and then reads what was written',
    ],
    [
      'the listener is called before the write',
      spoilt((_, { listeners, records }) => ({
        set: async (key, record) => {
          for (const { listener } of listeners) listener.deref()?.()
          await new Promise((resolve) => setTimeout(resolve, 30))
          records.set(key, JSON.stringify(record))
        },
      })),
      'a listener is called after another context has written, and then reads what was written',
    ],
    [
      'the listener is called before a second write, and not after it',
      spoilt(({ get, set }, { listeners, records }) => ({
        set: async (key, record) => {
          if (!records.has(key)) return set(key, record)
          for (const { listener } of listeners) listener.deref()?.()
          await new Promise((resolve) => setTimeout(resolve, 30))
          records.set(key, JSON.stringify(record))
          await get(key)
        },
      })),
      'a listener is called after another context has written, and then reads what was written',
    ],
    [
      'a deletion is not announced',
      spoilt((_, { records }) => ({ delete: async (key) => void records.delete(key) })),
      'a listener is called after another context has deleted, and then reads nothing',
    ],
    [
      'a deletion is announced before it is done',
      spoilt((_, { records, listeners }) => ({
        delete: async (key) => {
          for (const { listener } of listeners) listener.deref()?.()
          await new Promise((resolve) => setTimeout(resolve, 30))
          records.delete(key)
        },
      })),
      'a listener is called after another context has deleted, and then reads nothing',
    ],
    [
      'listeners are held',
      spoilt(({ subscribe }) => {
        const held: (() => void)[] = []
        return {
          subscribe: (key, listener) => {
            held.push(listener)
            return subscribe(key, listener)
          },
        }
      }),
      'a listener is let go when it was stopped, or when nobody holds it or its stop function any more',
    ],
    [
      'a stopped listener is held',
      spoilt(({ subscribe }) => {
        const stops: (() => void)[] = []
        return {
          subscribe: (key, listener) => {
            const stop = subscribe(key, listener)
            return () => {
              stops.push(stop)
              stop()
            }
          },
        }
      }),
      'a listener is let go when it was stopped, or when nobody holds it or its stop function any more',
    ],
    [
      'the stop function does not hold its listener',
      spoilt((_, { listeners }) => ({
        subscribe: (key, listener) => {
          const entry = { owner: {}, key, listener: new WeakRef(listener) }
          listeners.add(entry)
          return () => void listeners.delete(entry)
        },
      })),
      'a listener lives as long as its stop function is held',
    ],
    [
      'a channel is not opened a second time',
      spoilt(({ subscribe }) => {
        let isFirst = true
        return {
          subscribe: (key, listener) => {
            if (!isFirst) return () => {}
            isFirst = false
            return subscribe(key, listener)
          },
        }
      }),
      'when all listeners were stopped, a new one is called',
    ],
    [
      'a listener that throws breaks off the others',
      spoilt((store, { listeners }) => ({
        set: async (key, record) => {
          const entries = [...listeners]
          listeners.clear()
          await store.set(key, record)
          for (const { listener } of entries) listener.deref()?.()
        },
      })),
      'a listener that throws hinders neither the others nor the one who writes',
    ],
    [
      'one channel for all keys',
      spoilt((store, { listeners }) => ({
        set: async (key, record) => {
          await store.set(key, record)
          for (const { listener } of listeners) listener.deref()?.()
        },
      })),
      'a listener is not called for other keys',
    ],
    [
      'a stopped listener is still called',
      spoilt(({ subscribe }) => ({
        subscribe: (key, listener) => {
          subscribe(key, listener)
          return () => {}
        },
      })),
      'a listener that was stopped is not called, and others still are',
    ],
    [
      'one stop stops all',
      spoilt(({ subscribe }, { listeners }) => ({
        subscribe: (key, listener) => {
          subscribe(key, listener)
          return () => listeners.clear()
        },
      })),
      'a listener that was stopped is not called, and others still are',
    ],
  ])(
    '%s',
    async (_, createStores, name) => {
      await expect(contract.find((one) => one.name === name)?.run(createStores)).rejects.toThrow()
    },
    20_000,
  )
})
