import type { TokenRecord, TokenStore } from '../../token/token-store.ts'
import { sleep } from '../sleep.ts'
import { createContractRecord, expectThat, type StoreContractCase } from './contract-case.ts'

const noticeWithinMs = 2_000

type SubscribableStore = TokenStore & Required<Pick<TokenStore, 'subscribe'>>

/** What `subscribe` promises. Its cases need two contexts: a store is not told of what it writes itself. */
export const subscribeContract: readonly StoreContractCase[] = [
  subscribeCase('a listener is called after another context has written, and then reads what was written', async (one, other) => {
    const notices = new Notices()
    let firstRead: Promise<TokenRecord | undefined> | undefined
    const stop = other.subscribe('k', () => {
      firstRead ??= other.get('k')
      notices.add()
    })
    await one.set('k', createContractRecord('k', 'a'))
    expectThat(await notices.reach(1), 'the listener was not called after another context had written')
    const accessToken = (await firstRead)?.token?.accessToken
    expectThat(accessToken === 'a', 'the listener was called before the record could be read')
    await one.set('k', createContractRecord('k', 'b'))
    expectThat(await notices.reach(2), 'the listener was not called after a second write')
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

  async reach(count: number): Promise<boolean> {
    const startedAt = performance.now()
    while (this.count < count && performance.now() - startedAt < noticeWithinMs) await sleep(5)
    return this.count >= count
  }
}
