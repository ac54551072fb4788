import { describe, expect, it, vi } from 'vitest'
import { TokenNetworkError } from '../../../src/base/errors.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { TokenStore } from '../../../src/token/token-store.ts'
import { collectGarbage } from '../../support/collect-garbage.ts'
import { createKeeper } from '../../support/keeper.ts'
import { createScriptedSource, createToken } from '../../support/scripted-source.ts'
import { useVirtualTime } from '../../support/virtual-time.ts'

const hour = 3_600_000

describe('with a clock of its own', () => {
  useVirtualTime()

  const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

  it('a token that came in and that no call has used → starts no timer; its first use does', async () => {
    const store = memoryStore()
    await createKeeper({ store }).keeper.get()
    const { keeper } = createKeeper({ store, isScheduled: true })
    keeper.renew()
    await vi.advanceTimersByTimeAsync(50)
    expect(keeper.generation).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
    keeper.current()
    expect(vi.getTimerCount()).toBe(1)
    keeper.current()
    expect(vi.getTimerCount()).toBe(1)
  })

  it('the call that got a token → counts as its use', async () => {
    const { keeper } = createKeeper({ isScheduled: true })
    await keeper.get()
    expect(vi.getTimerCount()).toBe(1)
  })

  it('disposed while it renews in the background → a request that uses up nothing is ended', async () => {
    const source = createScriptedSource({ now: Date.now })
    const signals: (AbortSignal | undefined)[] = []
    const ask = source.ask
    source.ask = (options) => {
      signals.push(options?.signal)
      return ask(options)
    }
    const { keeper, heard } = createKeeper({ source })
    await keeper.get()
    pass(56 * 60_000)
    source.answer = () =>
      new Promise((_, reject) => {
        signals.at(-1)?.addEventListener('abort', () => reject(new TokenNetworkError('network_failed', 'ended')))
      })
    keeper.current()
    await vi.advanceTimersByTimeAsync(50)
    keeper.dispose()
    expect(signals.map((signal) => signal?.aborted)).toEqual([false, true])
    await vi.advanceTimersByTimeAsync(50)
    expect(heard).toEqual(['acquired'])
  })

  describe('disposed while it renews in the background, and somebody comes as that ends', () => {
    const ticks = Array.from({ length: 41 }, (_, count) => count)

    /** A keeper whose renewal in the background `dispose()` has just ended. */
    async function disposed(agedMs: number) {
      const source = createScriptedSource({ now: Date.now })
      const { keeper } = createKeeper({ source })
      const { generation } = await keeper.get()
      pass(56 * 60_000)
      const { ask } = source
      source.ask = ({ signal } = {}) => {
        source.ask = ask
        source.asked.push('grant')
        return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new TokenNetworkError('network_failed', 'ended'))))
      }
      keeper.current()
      await vi.advanceTimersByTimeAsync(50)
      pass(agedMs)
      keeper.dispose()
      return { keeper, source, generation }
    }

    it.each([
      ['whose token has expired', hour, () => 0],
      ['whose token was rejected', 0, (generation: number) => generation],
      ['whose token has expired, and was rejected', hour, (generation: number) => generation],
    ] as const)('%s → gets a token by a renewal of its own, in whichever microtask', async (_, agedMs, newerThan) => {
      for (const count of ticks) {
        const { keeper, source, generation } = await disposed(agedMs)
        for (let tick = 0; tick < count; tick++) await Promise.resolve()
        const outcome = await keeper.get({ newerThan: newerThan(generation) }).catch(String)
        expect([count, outcome, source.asked.length]).toEqual([count, expect.objectContaining({ generation: generation + 1 }), 3])
      }
    })
  })

  it('disposed while somebody waits → the request goes on', async () => {
    const { keeper, source } = createKeeper()
    const reply = Promise.withResolvers<ReturnType<typeof createToken>>()
    source.answer = () => reply.promise
    const waiting = keeper.get()
    await vi.advanceTimersByTimeAsync(50)
    keeper.dispose()
    reply.resolve(createToken(Date.now()))
    expect((await waiting).token.accessToken).toBe('token')
  })

  it('disposed → an aging token is used, and nothing is renewed in the background', async () => {
    const { keeper, source } = createKeeper({ isScheduled: true })
    await keeper.get()
    keeper.dispose()
    pass(56 * 60_000)
    expect(keeper.current()).toBeDefined()
    await vi.advanceTimersByTimeAsync(50)
    expect(source.asked).toEqual(['grant'])
    pass(hour)
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'grant'])
  })

  it('settle → resolves when the renewal under way has stored what it got', async () => {
    const store = memoryStore()
    const { keeper, source } = createKeeper({ store })
    source.answer = () => createToken(Date.now(), { refreshToken: 'r1' })
    await keeper.get()
    pass(56 * 60_000)
    source.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      return createToken(Date.now(), { refreshToken: 'r2' })
    }
    keeper.current()
    let isSettled = false
    const settled = keeper.settle().then(() => {
      isSettled = true
    })
    await vi.advanceTimersByTimeAsync(500)
    expect(isSettled).toBe(false)
    await vi.advanceTimersByTimeAsync(1_000)
    await settled
    expect((await store.get('tokenwell:2:test'))?.token?.refreshToken).toBe('r2')
    await keeper.settle()
  })

  it('an outage, success, an outage → the back-off begins anew', async () => {
    const { keeper, source } = createKeeper()
    for (let round = 0; round < 2; round++) {
      source.answer = () => new TokenNetworkError('network_failed', 'away')
      await expect(keeper.get({ newerThan: keeper.generation })).rejects.toMatchObject({ retryAt: Date.now() + 500 })
      pass(500)
      await expect(keeper.get({ newerThan: keeper.generation })).rejects.toMatchObject({ retryAt: Date.now() + 1_000 })
      source.answer = () => createToken(Date.now())
      pass(1_000)
      await keeper.get({ newerThan: keeper.generation })
    }
  })

  it('a slow look after a notice → does not bring an older token back', async () => {
    const inner = memoryStore()
    let notice = () => {}
    let release: (() => void) | undefined
    let isSlow = false
    const store: TokenStore = {
      get: async (key) => {
        const record = await inner.get(key)
        if (isSlow) {
          isSlow = false
          await new Promise<void>((resolve) => {
            release = resolve
          })
        }
        return record
      },
      set: (key, record) => inner.set(key, record),
      delete: (key) => inner.delete(key),
      subscribe: (_, listener) => {
        notice = listener
        return () => {}
      },
    }
    const { keeper, source } = createKeeper({ store })
    source.answer = (_, count) => createToken(Date.now(), { accessToken: `here-${count}` })
    await keeper.get()
    const there = createKeeper({ store: inner })
    there.source.answer = () => createToken(Date.now(), { accessToken: 'there' })
    await there.keeper.get()
    await there.keeper.get({ newerThan: 1 })
    isSlow = true
    notice()
    await vi.advanceTimersByTimeAsync(10)
    const adopted = await keeper.get({ newerThan: 1 })
    expect(adopted.token.accessToken).toBe('there')
    const renewed = await keeper.get({ newerThan: adopted.generation })
    expect(renewed.token.accessToken).toBe('here-2')
    release?.()
    await vi.advanceTimersByTimeAsync(10)
    expect(keeper.current()?.token.accessToken).toBe('here-2')
  })
})

describe('a manager that nobody holds any more', () => {
  it('a manager that nobody holds any more → is collected, though its store still has its listener and its timer runs; a notice then does nothing', async () => {
    const listeners: (() => void)[] = []
    const inner = memoryStore()
    const store: TokenStore = {
      get: (key) => inner.get(key),
      set: (key, record) => inner.set(key, record),
      delete: (key) => inner.delete(key),
      subscribe: (_, listener) => {
        listeners.push(listener)
        return () => {}
      },
    }
    const use = async () => {
      const { keeper } = createKeeper({ store, isScheduled: true })
      await keeper.get()
      return new WeakRef(keeper)
    }
    const refs = [await use(), await use(), await use()]
    await collectGarbage()
    expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined])
    for (const listener of listeners) expect(listener).not.toThrow()
    expect(listeners).toHaveLength(3)
  })
})
