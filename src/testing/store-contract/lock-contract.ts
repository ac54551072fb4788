import type { TokenStore } from '../../token/token-store.ts'
import { sleep } from '../sleep.ts'
import { createContractRecord, expectThat, type StoreContractCase } from './contract-case.ts'

/** Generous, for busy machines. The waits that the contract bounds are far shorter. */
const slackMs = 1_500

type LockingStore = TokenStore & Required<Pick<TokenStore, 'lock'>>

/** What `lock` promises. */
export const lockContract: readonly StoreContractCase[] = [
  lockCase('a lock runs its task and gives its result', async (store) => {
    const result = await store.lock('k', async () => 'result', { waitMs: 1_000 })
    expectThat(result === 'result', 'lock() does not resolve with what the task returned')
  }),

  lockCase('tasks under one key run one after another, in all contexts', async (one, other) => {
    let running = 0
    const count = async (store: LockingStore): Promise<void> => {
      expectThat(++running === 1, 'two tasks under one key ran at the same time')
      const before = Number((await store.get('k'))?.id ?? 0)
      await sleep(1)
      await store.set('k', { ...createContractRecord('k', 'a'), id: String(before + 1) })
      running--
    }
    const stores = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? one : other))
    await Promise.all(stores.map((store) => store.lock('k', () => count(store), { waitMs: 30_000 })))
    const total = (await one.get('k'))?.id
    expectThat(total === '12', `12 tasks that each added one made ${total}: a task did not see what the one before had written`)
  }),

  lockCase('a lock does not hinder tasks under other keys', async (one, other) => {
    await holding(one, 'k', async () => {
      const result = await other.lock('another', async () => 'ran', { waitMs: slackMs })
      expectThat(result === 'ran', 'a task under another key did not run')
    })
  }),

  lockCase('records can be read, written and deleted while another context holds the lock', async (one, other) => {
    await holding(one, 'k', async () => {
      const startedAt = performance.now()
      await other.set('k', createContractRecord('k', 'a'))
      const accessToken = (await other.get('k'))?.token?.accessToken
      expectThat(accessToken === 'a', 'a record that was written beside the lock is not returned')
      await other.delete('k')
      expectThat(performance.now() - startedAt < slackMs, 'an operation waited for a lock that another context held')
    })
  }),

  lockCase('a lock that is not acquired in time rejects with TokenStoreError, and its task never runs', async (one, other) => {
    let ran = false
    const task = async (): Promise<void> => {
      ran = true
    }
    await holding(one, 'k', async () => {
      const startedAt = performance.now()
      const error = await rejectionOf(other.lock('k', task, { waitMs: 100 }))
      const waitedMs = performance.now() - startedAt
      expectThat(nameOf(error) === 'TokenStoreError', `lock() rejected with ${nameOf(error)} instead of TokenStoreError`)
      expectThat(waitedMs < 100 + slackMs, `lock() with waitMs 100 waited ${Math.round(waitedMs)} ms`)
      expectThat(waitedMs > 50, `lock() with waitMs 100 gave up after ${Math.round(waitedMs)} ms`)
    })
    // The lock is free now: a waiter that was left in a queue would run.
    await other.lock('k', async () => {}, { waitMs: slackMs })
    await sleep(100)
    expectThat(!ran, 'the task of a lock that was not acquired in time ran later')
  }),

  lockCase('a lock is released after a task that throws, and passes on what it threw', async (one, other) => {
    const thrown = new Error('of the task')
    const error = await rejectionOf(one.lock('k', () => Promise.reject(thrown), { waitMs: slackMs }))
    expectThat(error === thrown, 'lock() does not reject with what the task threw')
    const result = await other.lock('k', async () => 'ran', { waitMs: slackMs })
    expectThat(result === 'ran', 'the lock was not free after a task that threw')
  }),

  lockCase('an abort ends the wait at once, with the reason of its signal, and the task never runs', async (one, other) => {
    let ran = false
    const task = async (): Promise<void> => {
      ran = true
    }
    await holding(one, 'k', async () => {
      const controller = new AbortController()
      const startedAt = performance.now()
      const waiting = rejectionOf(other.lock('k', task, { waitMs: 20_000, signal: controller.signal }))
      await sleep(50)
      const reason = new Error('not wanted any more')
      controller.abort(reason)
      expectThat((await waiting) === reason, 'lock() does not reject with the reason of its signal')
      expectThat(performance.now() - startedAt < 50 + slackMs, 'lock() went on waiting after its signal had aborted')
    })
    await other.lock('k', async () => {}, { waitMs: slackMs })
    await sleep(100)
    expectThat(!ran, 'the task of an aborted lock() ran later')
  }),

  lockCase('a signal that has aborted before rejects with its reason, and the task never runs', async (store) => {
    let ran = false
    const task = async (): Promise<void> => {
      ran = true
    }
    const reason = new Error('not wanted')
    const error = await rejectionOf(store.lock('k', task, { waitMs: slackMs, signal: AbortSignal.abort(reason) }))
    expectThat(error === reason, 'lock() does not reject with the reason of a signal that had aborted before')
    await store.lock('k', async () => {}, { waitMs: slackMs })
    expectThat(!ran, 'the task ran, though its signal had aborted before')
  }),

  lockCase('an abort while the task runs changes nothing', async (one, other) => {
    const controller = new AbortController()
    const task = async (): Promise<string> => {
      controller.abort(new Error('too late'))
      await sleep(50)
      const error = await rejectionOf(other.lock('k', async () => {}, { waitMs: 50 }))
      expectThat(error !== undefined, 'the lock was given up while its task was running')
      return 'result'
    }
    const result = await one.lock('k', task, { waitMs: slackMs, signal: controller.signal })
    expectThat(result === 'result', 'lock() does not resolve with what its task returned, when its signal aborts meanwhile')
  }),
]

function lockCase(name: string, check: (one: LockingStore, other: LockingStore) => Promise<void>): StoreContractCase {
  return {
    name,
    about: 'lock',
    async run(createStores) {
      const [one, other] = await createStores()
      if (canLock(one) && canLock(other)) await check(one, other)
    },
  }
}

const canLock = (store: TokenStore): store is LockingStore => store.lock !== undefined

/** Runs the check while the store holds the lock. */
async function holding(store: LockingStore, key: string, check: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    store.lock(key, () => check().then(resolve, reject), { waitMs: slackMs }).catch(reject)
  })
}

/** What a lock rejects with; `undefined` where it resolves. Never rejects itself: it may be looked at late. */
function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error)
