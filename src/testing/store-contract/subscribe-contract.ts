import type { TokenRecord, TokenStore } from '../../token/token-store.ts'
import { sleep } from '../sleep.ts'
import { createContractRecord, expectThat, type StoreContractCase } from './contract-case.ts'

const noticeWithinMs = 2_000

type SubscribableStore = TokenStore & Required<Pick<TokenStore, 'subscribe'>>

/** What `subscribe` promises. Its cases need two contexts: a store is not told of what it writes itself. */
export const subscribeContract: readonly StoreContractCase[] = [
  subscribeCase('a listener is called after another context has written, and then reads what was written', async (one, other) => {
    const reader = new Reader(other)
    const stop = other.subscribe('k', reader.notice)
    for (const accessToken of ['a', 'b']) {
      await one.set('k', createContractRecord('k', accessToken))
      const isRead = await reader.reads((record) => record?.token?.accessToken === accessToken)
      expectThat(isRead, 'no call of the listener after another context had written led to what was written')
    }
    stop()
  }),

  subscribeCase('a listener is called after another context has deleted, and then reads nothing', async (one, other) => {
    const reader = new Reader(other)
    const stop = other.subscribe('k', reader.notice)
    await one.set('k', createContractRecord('k', 'a'))
    expectThat(await reader.reads((record) => record !== undefined), 'the listener was not called after another context had written')
    await one.delete('k')
    expectThat(await reader.reads((record) => record === undefined), 'the listener was not called after another context had deleted')
    stop()
  }),

  subscribeCase('a listener is not called for other keys', async (one, other) => {
    const [notices, barrier] = [new Notices(), new Notices()]
    const stops = [other.subscribe('k', notices.add), other.subscribe('another', barrier.add)]
    await one.set('another', createContractRecord('another', 'a'))
    expectThat(await barrier.reach(1), 'the listener was not called after another context had written')
    await sleep(50)
    for (const stop of stops) stop()
    expectThat(notices.count === 0, 'a listener was called for a key that is not its own')
  }),

  subscribeCase('a listener that was stopped is not called, and others still are', async (one, other) => {
    const [stopped, barrier] = [new Notices(), new Notices()]
    const stop = other.subscribe('k', stopped.add)
    const stopBarrier = other.subscribe('k', barrier.add)
    stop()
    stop()
    await one.set('k', createContractRecord('k', 'a'))
    expectThat(await barrier.reach(1), 'stopping one listener stopped another one')
    await sleep(50)
    stopBarrier()
    expectThat(stopped.count === 0, 'a listener was called after it had been stopped')
  }),

  subscribeCase('when all listeners were stopped, a new one is called', async (one, other) => {
    other.subscribe('k', () => {})()
    const notices = new Notices()
    const stop = other.subscribe('k', notices.add)
    await one.set('k', createContractRecord('k', 'a'))
    expectThat(await notices.reach(1), 'a listener that was added after all others had stopped was not called')
    stop()
  }),

  subscribeCase('a listener that throws hinders neither the others nor the one who writes', async (one, other) => {
    const notices = new Notices()
    const fail = (): never => {
      throw new Error('of the listener')
    }
    const stops = [other.subscribe('k', fail), other.subscribe('k', notices.add), one.subscribe('k', fail)]
    await one.set('k', createContractRecord('k', 'a'))
    expectThat(await notices.reach(1), 'a listener was not called, since another one threw')
    for (const stop of stops) stop()
  }),

  subscribeCase('a listener is let go when it was stopped, or when nobody holds it or its stop function any more', async (_, other) => {
    const refs = [subscribeAndForget(other), subscribeAndStop(other)]
    if (!(await collectGarbage())) return
    const held = refs.filter((ref) => ref.deref() !== undefined)
    expectThat(held.length === 0, 'the store holds a listener that nobody else holds: each manager that is dropped would stay for ever')
  }),

  subscribeCase('a listener lives as long as its stop function is held', async (one, other) => {
    const notices = new Notices()
    const stop = other.subscribe('k', () => notices.add())
    await collectGarbage()
    await one.set('k', createContractRecord('k', 'a'))
    expectThat(await notices.reach(1), 'a listener whose stop function is held was let go')
    stop()
  }),
]

function subscribeCase(name: string, check: (one: SubscribableStore, other: SubscribableStore) => Promise<void>): StoreContractCase {
  return {
    name,
    about: 'subscribe',
    async run(createStores) {
      const [one, other] = await createStores()
      if (one !== other && canSubscribe(one) && canSubscribe(other)) await check(one, other)
    },
  }
}

const canSubscribe = (store: TokenStore): store is SubscribableStore => store.subscribe !== undefined

/** Counts calls of a listener. A store may call it more than once a write. */
class Notices {
  count = 0
  readonly add = (): void => {
    this.count++
  }

  reach(count: number): Promise<boolean> {
    return untilTrue(() => this.count >= count)
  }
}

/** Reads with each call, as a manager does. */
class Reader {
  readonly #store: TokenStore
  // The result of the latest call.
  #read: { record: TokenRecord | undefined } | undefined

  constructor(store: TokenStore) {
    this.#store = store
  }

  readonly notice = (): void => {
    this.#store.get('k').then(
      (record) => {
        this.#read = { record }
      },
      () => {},
    )
  }

  reads(isRight: (record: TokenRecord | undefined) => boolean): Promise<boolean> {
    return untilTrue(() => this.#read !== undefined && isRight(this.#read.record))
  }
}

async function untilTrue(isTrue: () => boolean): Promise<boolean> {
  const startedAt = performance.now()
  while (!isTrue() && performance.now() - startedAt < noticeWithinMs) await sleep(5)
  return isTrue()
}

// Functions of their own: their variables hold nothing after they have returned.
function subscribeAndForget(store: SubscribableStore): WeakRef<() => void> {
  const notices = new Notices()
  store.subscribe('k', notices.add)
  return new WeakRef(notices.add)
}

function subscribeAndStop(store: SubscribableStore): WeakRef<() => void> {
  const notices = new Notices()
  store.subscribe('k', notices.add)()
  return new WeakRef(notices.add)
}

/** Whether the runtime could be told to collect what nobody holds. */
async function collectGarbage(): Promise<boolean> {
  const { gc } = globalThis as { gc?: () => void }
  if (!gc) return false
  // The target of a WeakRef is held until the end of the task that read it.
  for (let round = 0; round < 5; round++) {
    await sleep(1)
    gc()
  }
  return true
}
