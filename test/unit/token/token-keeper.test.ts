import { describe, expect, it, vi } from 'vitest'
import { SignInRequiredError, TokenEndpointError, TokenNetworkError, TokenStoreError } from '../../../src/base/errors.ts'
import type { TokenEvents } from '../../../src/base/events.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { TokenStore } from '../../../src/token/token-store.ts'
import { createKeeper } from '../../support/keeper.ts'
import { createToken } from '../../support/scripted-source.ts'
import { useVirtualTime } from '../../support/virtual-time.ts'

const minute = 60_000
const hour = 60 * minute

useVirtualTime()

const outage = () => new TokenNetworkError('network_failed', 'away')
const refusal = (error = 'invalid_client') => new TokenEndpointError('refused', 'no', { error })
/** Lets everything happen that is due now. */
const settle = () => vi.advanceTimersByTimeAsync(20)
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

describe('a token that is absent', () => {
  it('any number of callers → one request, one token', async () => {
    const { keeper, source, heard } = createKeeper()
    const held = await Promise.all(Array.from({ length: 100 }, () => keeper.get()))
    expect(source.asked).toEqual(['grant'])
    expect(new Set(held).size).toBe(1)
    expect(heard).toEqual(['acquired'])
  })

  it('the first of two callers aborts → the second one gets the token, from the same request', async () => {
    const { keeper, source } = createKeeper()
    const controller = new AbortController()
    const first = keeper.get({ signal: controller.signal })
    const second = keeper.get()
    controller.abort('not me')
    await expect(first).rejects.toBe('not me')
    await expect(second).resolves.toMatchObject({ generation: 1 })
    expect(source.asked).toEqual(['grant'])
  })

  it('all callers abort → the request goes on, and its token serves the next one', async () => {
    const { keeper, source } = createKeeper()
    const controller = new AbortController()
    const first = keeper.get({ signal: controller.signal })
    controller.abort()
    await expect(first).rejects.toBe(controller.signal.reason)
    await settle()
    expect((await keeper.get()).generation).toBe(1)
    expect(source.asked).toEqual(['grant'])
  })

  it('an aborted signal → nothing is asked', async () => {
    const { keeper, source } = createKeeper()
    await expect(keeper.get({ signal: AbortSignal.abort('gone') })).rejects.toBe('gone')
    await settle()
    expect(source.asked).toEqual([])
  })
})

describe('a fresh token', () => {
  it('a fresh token → is returned at once; nothing is asked, no store is read', async () => {
    const store = memoryStore()
    const { keeper, source } = createKeeper({ store })
    await keeper.get()
    const get = vi.spyOn(store, 'get')
    pass(54 * minute)
    expect(keeper.current()?.token.accessToken).toBe('token-1')
    expect((await keeper.get()).token.accessToken).toBe('token-1')
    expect(get).not.toHaveBeenCalled()
    expect(source.asked).toHaveLength(1)
  })

  it('of 60, 200 or 240 seconds, five calls in its first half → one request', async () => {
    for (const seconds of [60, 200, 240]) {
      const { keeper, source } = createKeeper()
      source.answer = () => createToken(Date.now(), { lifetimeMs: seconds * 1_000 })
      for (let call = 0; call < 5; call++) {
        await keeper.get()
        pass(seconds * 100)
      }
      expect(source.asked).toHaveLength(1)
    }
  })

  it('of 30 days, looked at for 2 seconds → one request', async () => {
    const { keeper, source } = createKeeper({ isScheduled: true })
    source.answer = () => createToken(Date.now(), { lifetimeMs: 30 * 24 * hour })
    await keeper.get()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(source.asked).toHaveLength(1)
  })
})

describe('an aging token', () => {
  it('an aging token → is returned, and renewed once in the background', async () => {
    const { keeper, source, heard } = createKeeper()
    await keeper.get()
    pass(56 * minute)
    expect(keeper.current()?.generation).toBe(1)
    expect(keeper.current()?.generation).toBe(1)
    await settle()
    expect(keeper.current()?.generation).toBe(2)
    expect(source.asked).toEqual(['grant', 'grant'])
    expect(heard).toEqual(['acquired', 'renewed'])
  })

  it('an outage → the old token is served till its end, the endpoint is asked with back-off, and no rejection is left alone', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const { keeper, source, heard } = createKeeper({ isScheduled: true })
    await keeper.get()
    source.answer = outage
    pass(55 * minute)
    for (let second = 0; second < 270; second++) {
      expect(keeper.current()?.generation).toBe(1)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    // 0.5, 1, 2, 4, 8, 16, then 30 s apart.
    expect(source.asked.length).toBeGreaterThanOrEqual(12)
    expect(source.asked.length).toBeLessThanOrEqual(16)
    expect(heard.filter((event) => event === 'failed')).toHaveLength(source.asked.length - 1)
    expect(unhandled).not.toHaveBeenCalled()
    process.off('unhandledRejection', unhandled)
  })

  it('the end of the outage → the token is renewed by the timer alone', async () => {
    const { keeper, source } = createKeeper({ isScheduled: true })
    await keeper.get()
    source.answer = outage
    await vi.advanceTimersByTimeAsync(55 * minute + 1_200)
    expect(source.asked.length).toBeGreaterThan(1)
    source.answer = (_, count) => createToken(Date.now(), { accessToken: `token-${count}` })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(keeper.status()).toMatchObject({ state: 'fresh', held: { generation: 2 }, failure: undefined })
  })

  it('nothing that can renew it → it is served till its end, the sign-in is called for once, and asked for at its end', async () => {
    const { keeper, source, heard } = createKeeper({ grant: 'one-time' })
    await keeper.get()
    pass(56 * minute)
    for (let call = 0; call < 5; call++) {
      expect(keeper.current()?.generation).toBe(1)
      await settle()
    }
    expect(heard).toEqual(['acquired', 'failed', 'signInRequired'])
    pass(4 * minute)
    await expect(keeper.get()).rejects.toBeInstanceOf(SignInRequiredError)
    expect(source.asked).toHaveLength(1)
  })
})

describe('an expired token', () => {
  it('an expired token → callers wait for one renewal', async () => {
    const { keeper, source } = createKeeper()
    await keeper.get()
    pass(hour)
    expect(keeper.current()).toBeUndefined()
    const held = await Promise.all([keeper.get(), keeper.get(), keeper.get()])
    expect(held.map(({ generation }) => generation)).toEqual([2, 2, 2])
    expect(source.asked).toHaveLength(2)
  })

  it('after the machine slept for 8 hours → one renewal', async () => {
    const { keeper, source } = createKeeper({ isScheduled: true })
    await keeper.get()
    pass(8 * hour)
    expect((await keeper.get()).generation).toBe(2)
    await settle()
    expect(source.asked).toHaveLength(2)
  })

  it('whose server says that it lives for no time → 100 calls within a second cost one request', async () => {
    const { keeper, source } = createKeeper()
    source.answer = () => createToken(Date.now(), { lifetimeMs: 0 })
    for (let call = 0; call < 100; call++) {
      await keeper.get()
      pass(5)
    }
    expect(source.asked).toHaveLength(1)
    pass(1_000)
    await keeper.get()
    expect(source.asked).toHaveLength(2)
  })
})

describe('scheduled renewal', () => {
  it('a token that was used → is renewed when it starts aging, with no call; the new one, unused, is left to lapse', async () => {
    const { keeper, source } = createKeeper({ isScheduled: true })
    await keeper.get()
    await vi.advanceTimersByTimeAsync(55 * minute - 1)
    expect(source.asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(source.asked).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(10 * hour)
    expect(source.asked).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('used each time → one request per life less the window, for a day', async () => {
    const { keeper, source } = createKeeper({ isScheduled: true })
    for (let minutes = 0; minutes < 24 * 60; minutes++) {
      await keeper.get()
      await vi.advanceTimersByTimeAsync(minute)
    }
    expect(source.asked.length).toBe(Math.ceil((24 * 60) / 55))
  })

  it('disposed → no timer is left, and calls still work', async () => {
    const { keeper, source } = createKeeper({ isScheduled: true })
    await keeper.get()
    keeper.dispose()
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(2 * hour)
    expect(source.asked).toHaveLength(1)
    expect((await keeper.get()).generation).toBe(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('switched off → nothing happens without a call', async () => {
    const { keeper, source } = createKeeper({ isScheduled: false })
    await keeper.get()
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(hour)
    expect(source.asked).toHaveLength(1)
  })
})

describe('asking for a newer token', () => {
  it('than the one that is held → renews a fresh one; together with whoever asks for the same', async () => {
    const { keeper, source } = createKeeper()
    await keeper.get()
    const held = await Promise.all([keeper.get({ newerThan: 1 }), keeper.get({ newerThan: 1 }), keeper.get({ newerThan: 1 })])
    expect(held.map(({ generation }) => generation)).toEqual([2, 2, 2])
    expect(source.asked).toHaveLength(2)
  })

  it('than an older one → the held one serves; nothing is asked', async () => {
    const { keeper, source } = createKeeper()
    await keeper.get()
    await keeper.get({ newerThan: 1 })
    expect((await keeper.get({ newerThan: 1 })).generation).toBe(2)
    expect(source.asked).toHaveLength(2)
  })

  it('while a renewal is under way → joins it', async () => {
    const { keeper, source } = createKeeper()
    await keeper.get()
    pass(56 * minute)
    keeper.current()
    await keeper.get({ newerThan: 1 })
    expect(source.asked).toHaveLength(2)
  })

  it('after a failure that still stands → gets that failure at once', async () => {
    const { keeper, source } = createKeeper()
    await keeper.get()
    const error = refusal()
    source.answer = () => error
    await expect(keeper.get({ newerThan: 1 })).rejects.toBe(error)
    await expect(keeper.get({ newerThan: 1 })).rejects.toBe(error)
    expect(source.asked).toHaveLength(2)
    expect(keeper.current()?.generation).toBe(1)
  })

  it('with nobody waiting → renews even a fresh one, and a failure is nobody’s', async () => {
    const { keeper, source, heard } = createKeeper()
    await keeper.get()
    keeper.renew()
    keeper.renew()
    await settle()
    expect(keeper.generation).toBe(2)
    source.answer = outage
    keeper.renew()
    await settle()
    expect(heard).toEqual(['acquired', 'renewed', 'failed'])
  })
})

describe('failures', () => {
  it('a refusal → 1 000 callers within 30 s cost one request, and get retryAt', async () => {
    const { keeper, source } = createKeeper()
    source.answer = () => refusal()
    for (let call = 0; call < 1_000; call++) {
      await expect(keeper.get()).rejects.toMatchObject({ error: 'invalid_client', retryAt: Date.UTC(2026, 0, 1) + 30_000 })
    }
    expect(source.asked).toHaveLength(1)
    pass(30_000)
    await expect(keeper.get()).rejects.toThrow()
    expect(source.asked).toHaveLength(2)
  })

  it('an outage → one probe at a time, then success forgets it', async () => {
    const { keeper, source, heard } = createKeeper()
    source.answer = outage
    await Promise.allSettled([keeper.get(), keeper.get(), keeper.get()])
    await expect(keeper.get()).rejects.toMatchObject({ code: 'network_failed' })
    expect(source.asked).toHaveLength(1)
    pass(500)
    source.answer = () => createToken(Date.now())
    await Promise.all([keeper.get(), keeper.get()])
    expect(source.asked).toHaveLength(2)
    expect(heard).toEqual(['failed', 'acquired'])
    expect(keeper.status().failure).toBeUndefined()
  })

  it('while a failure stands → a token that another context stored is used all the same', async () => {
    const store = memoryStore()
    const failing = createKeeper({ store })
    failing.source.answer = outage
    await expect(failing.keeper.get()).rejects.toThrow()
    await createKeeper({ store }).keeper.get()
    expect((await failing.keeper.get()).token.accessToken).toBe('token-1')
    expect(failing.source.asked).toHaveLength(1)
    expect(failing.heard).toEqual(['failed', 'adopted'])
  })
})

describe('clear', () => {
  it('clear → the token is gone, here and in the store; the next caller gets a new one', async () => {
    const { keeper, source, store, heard } = createKeeper({ isScheduled: true })
    await keeper.get()
    await keeper.clear()
    expect(keeper.status().state).toBe('absent')
    expect((await store.get('tokenwell:2:test'))?.token).toBeUndefined()
    expect(vi.getTimerCount()).toBe(0)
    await keeper.get()
    expect(source.asked).toHaveLength(2)
    expect(heard).toEqual(['acquired', 'cleared', 'acquired'])
  })

  it('during a renewal → its result is dropped, and those who wait start anew', async () => {
    const { keeper, source, store } = createKeeper()
    const reply = Promise.withResolvers<void>()
    source.answer = async (_, count) => {
      if (count === 1) await reply.promise
      return createToken(Date.now(), { accessToken: `token-${count}` })
    }
    const waiting = keeper.get()
    await settle()
    const cleared = keeper.clear()
    await settle()
    reply.resolve()
    await settle()
    await cleared
    expect((await waiting).token.accessToken).toBe('token-2')
    expect(await store.get('tokenwell:2:test')).toMatchObject({ token: { accessToken: 'token-2' } })
    expect(source.asked).toHaveLength(2)
  })

  it('during a renewal that nobody waits for → nothing is held or stored after it', async () => {
    const { keeper, source, store, heard } = createKeeper()
    await keeper.get()
    const reply = Promise.withResolvers<void>()
    source.answer = async () => {
      await reply.promise
      return createToken(Date.now(), { accessToken: 'late' })
    }
    keeper.renew()
    await settle()
    const cleared = keeper.clear()
    reply.resolve()
    await settle()
    await cleared
    expect(keeper.status().state).toBe('absent')
    expect((await store.get('tokenwell:2:test'))?.token).toBeUndefined()
    expect(heard).toEqual(['acquired', 'cleared'])
  })

  it('in another context → noticed at the next look into the store', async () => {
    const store = memoryStore()
    const [here, there] = [createKeeper({ store }), createKeeper({ store })]
    await here.keeper.get()
    await there.keeper.get()
    await there.keeper.clear()
    here.keeper.renew()
    await settle()
    expect(here.keeper.status().state).toBe('absent')
    expect(here.heard).toEqual(['acquired', 'cleared'])
    expect(here.source.asked).toHaveLength(1)
  })

  it('during another context’s renewal → that one drops its result too', async () => {
    const store = memoryStore()
    const [here, there] = [createKeeper({ store }), createKeeper({ store })]
    const reply = Promise.withResolvers<void>()
    here.source.answer = async (_, count) => {
      if (count === 1) await reply.promise
      return createToken(Date.now(), { accessToken: `here-${count}` })
    }
    const waiting = here.keeper.get()
    await settle()
    const cleared = there.keeper.clear()
    await settle()
    reply.resolve()
    await vi.advanceTimersByTimeAsync(100)
    await cleared
    expect((await waiting).token.accessToken).toBe('here-2')
  })
})

describe('calls beside clear', () => {
  const slowStore = (ms: number): TokenStore => {
    const inner = memoryStore()
    return {
      get: (key) => inner.get(key),
      set: async (key, record) => {
        await new Promise((resolve) => setTimeout(resolve, ms))
        await inner.set(key, record)
      },
      delete: (key) => inner.delete(key),
    }
  }

  it('a call while the store is being cleared → does not find the old token again', async () => {
    const { keeper, source } = createKeeper({ store: slowStore(30) })
    const first = keeper.get()
    await settle()
    await settle()
    await first
    const cleared = keeper.clear()
    const next = keeper.get()
    await vi.advanceTimersByTimeAsync(200)
    await cleared
    expect((await next).token.accessToken).toBe('token-2')
    expect(source.asked).toHaveLength(2)
  })

  it('a store that takes no tombstone, and deletes nothing → TokenStoreError, and the token is not used again here', async () => {
    const inner = memoryStore()
    const store: TokenStore = {
      get: (key) => inner.get(key),
      set: (key, record) => inner.set(key, record),
      delete: (key) => inner.delete(key),
    }
    const { keeper } = createKeeper({ store })
    await keeper.get()
    const { set, delete: remove } = store
    store.set = store.delete = async () => {
      throw new Error('disk broken')
    }
    await expect(keeper.clear()).rejects.toMatchObject({ code: 'store_failed' })
    Object.assign(store, { set, delete: remove })
    expect((await keeper.get()).token.accessToken).toBe('token-2')
  })

  it('call, clear and call in one go → one request, and one generation', async () => {
    const { keeper, source, heard } = createKeeper()
    const before = keeper.get()
    const cleared = keeper.clear()
    const after = keeper.get()
    await vi.advanceTimersByTimeAsync(50)
    await cleared
    expect((await before).generation).toBe(1)
    expect((await after).generation).toBe(1)
    expect(source.asked).toEqual(['grant'])
    expect(heard).toEqual(['cleared', 'acquired'])
  })

  it('cleared before the renewal has asked → it does not ask any more', async () => {
    const inner = memoryStore()
    let locks = 0
    const store: TokenStore = {
      get: (key) => inner.get(key),
      set: (key, record) => inner.set(key, record),
      delete: (key) => inner.delete(key),
      lock: async (_, task) => {
        if (++locks === 1) await new Promise((resolve) => setTimeout(resolve, 50))
        return task()
      },
    }
    const { keeper, source } = createKeeper({ store, grant: 'refresh-token' })
    const before = keeper.get()
    await settle()
    const cleared = keeper.clear()
    await vi.advanceTimersByTimeAsync(200)
    await cleared
    expect((await before).generation).toBe(1)
    expect(source.asked).toEqual(['grant'])
  })

  it('who waits for a renewal that is cleared → starts anew at once, and not when that one ends', async () => {
    const { keeper, source } = createKeeper()
    source.answer = async (_, count) => {
      if (count === 1) await new Promise((resolve) => setTimeout(resolve, 60_000))
      return createToken(Date.now(), { accessToken: `token-${count}` })
    }
    const waiting = keeper.get()
    await settle()
    const cleared = keeper.clear()
    await vi.advanceTimersByTimeAsync(2_500)
    expect((await waiting).token.accessToken).toBe('token-2')
    await cleared
  })
})

describe('clocks that jump', () => {
  it('back by 8 hours after a failure → it is forgotten, and the endpoint asked', async () => {
    const { keeper, source } = createKeeper()
    source.answer = outage
    await expect(keeper.get()).rejects.toThrow()
    pass(-8 * hour)
    source.answer = () => createToken(Date.now())
    expect((await keeper.get()).generation).toBe(1)
  })
})

describe('a forced renewal of a fresh token that fails', () => {
  it('a forced renewal of a fresh token that fails → is not tried again by the timer before the token is aging', async () => {
    const { keeper, source } = createKeeper({ isScheduled: true })
    await keeper.get()
    source.answer = outage
    await expect(keeper.get({ newerThan: 1 })).rejects.toThrow()
    await vi.advanceTimersByTimeAsync(50 * minute)
    expect(source.asked).toHaveLength(2)
  })
})

describe('several contexts over one store', () => {
  it('a second one → adopts the token, without a request', async () => {
    const store = memoryStore()
    const [here, there] = [createKeeper({ store }), createKeeper({ store })]
    await here.keeper.get()
    expect((await there.keeper.get()).token).toEqual(here.keeper.current()?.token)
    expect(there.source.asked).toEqual([])
    expect(there.heard).toEqual(['adopted'])
  })

  it('twenty of them, cold → one request', async () => {
    const store = memoryStore()
    const all = Array.from({ length: 20 }, () => createKeeper({ store }))
    const waiting = all.map(({ keeper }) => keeper.get())
    await vi.advanceTimersByTimeAsync(1_000)
    await Promise.all(waiting)
    expect(all.flatMap(({ source }) => source.asked)).toEqual(['grant'])
  })

  it('two whose tokens are rejected → one renews, the other one adopts', async () => {
    const store = memoryStore()
    const [here, there] = [createKeeper({ store }), createKeeper({ store })]
    await here.keeper.get()
    await there.keeper.get()
    await here.keeper.get({ newerThan: here.keeper.generation })
    await there.keeper.get({ newerThan: there.keeper.generation })
    expect(here.source.asked).toHaveLength(2)
    expect(there.source.asked).toHaveLength(0)
  })

  it('a store that tells → the others adopt at once, and stop listening when disposed', async () => {
    const inner = memoryStore()
    const contexts: { listener?: (() => void) | undefined }[] = []
    const createContext = () => {
      const context: (typeof contexts)[number] = {}
      contexts.push(context)
      const store: TokenStore = {
        get: (key) => inner.get(key),
        delete: (key) => inner.delete(key),
        set: async (key, record) => {
          await inner.set(key, record)
          for (const other of contexts) if (other !== context) other.listener?.()
        },
        subscribe: (_, listener) => {
          context.listener = listener
          return () => {
            context.listener = undefined
          }
        },
      }
      return createKeeper({ store })
    }
    const [here, there] = [createContext(), createContext()]
    await here.keeper.get()
    await there.keeper.get()
    await here.keeper.get({ newerThan: 1 })
    await settle()
    expect(there.keeper.current()?.token.accessToken).toBe('token-2')
    expect(here.heard).toEqual(['acquired', 'renewed'])
    await here.keeper.clear()
    await settle()
    expect(there.keeper.status().state).toBe('absent')
    here.keeper.dispose()
    there.keeper.dispose()
    expect(contexts.every(({ listener }) => listener === undefined)).toBe(true)
  })
})

describe('a key that cannot be made', () => {
  it('a key that cannot be made → its error, and nothing is asked', async () => {
    const { keeper, source } = createKeeper({
      key: async () => {
        throw new Error('no key')
      },
    })
    await expect(keeper.get()).rejects.toThrow('no key')
    expect(source.asked).toEqual([])
  })
})

describe('an aging token, and a store that fails', () => {
  /** A store that can be switched off; another context shares it. */
  function createStores() {
    const inner = memoryStore()
    const state = { isAway: false, isLocked: false }
    const away = async () => {
      throw new Error('away')
    }
    const store: TokenStore = {
      get: (key) => (state.isAway ? away() : inner.get(key)),
      set: (key, record) => (state.isAway ? away() : inner.set(key, record)),
      delete: inner.delete,
      lock: (key, task, options) => {
        if (state.isLocked) return Promise.reject(new TokenStoreError('lock_not_acquired', 'busy'))
        return state.isAway ? away() : (inner.lock as NonNullable<TokenStore['lock']>)(key, task, options)
      },
    }
    return { store, state }
  }

  async function createAging(setup: { isScheduled?: boolean; seconds?: number } = {}) {
    const { store, state } = createStores()
    const { isScheduled = true, seconds = 3_600 } = setup
    const context = createKeeper({ store, isScheduled })
    context.source.answer = (_, count) => createToken(Date.now(), { accessToken: `token-${count}`, lifetimeMs: seconds * 1_000 })
    const { agingAt, expiredAt } = await context.keeper.get()
    return { ...context, state, agingAt, expiredAt }
  }

  it('an aging token, and a store that fails → the endpoint is not asked while half of its aging is ahead, then once; callers wait for nothing', async () => {
    const { keeper, source, events, state, agingAt } = await createAging()
    const failures: TokenEvents['failed'][] = []
    events.on('failed', (event) => failures.push(event))
    state.isAway = true
    await vi.advanceTimersByTimeAsync(agingAt - Date.now())
    for (let second = 0; second < 145; second++) {
      expect(keeper.current()?.generation).toBe(1)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(source.asked).toHaveLength(1)
    expect(failures).toHaveLength(5)
    expect(failures[0]).toEqual({ at: agingAt, code: 'store_failed', retryAt: agingAt + 30_000, waiting: false })
    for (let second = 0; second < 60; second++) {
      expect(keeper.current()).toBeDefined()
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(source.asked).toHaveLength(2)
    expect(keeper.generation).toBe(2)
  })

  it('with no call at all → the timer tries again, and renews it before it expires', async () => {
    const { keeper, source, state, expiredAt } = await createAging()
    state.isAway = true
    await vi.advanceTimersByTimeAsync(expiredAt - Date.now() - 60_000)
    expect(keeper.generation).toBe(2)
    expect(source.asked).toHaveLength(2)
  })

  it('and comes back with what another context has got → that is adopted, and nothing is asked', async () => {
    const { keeper, source, store, state, agingAt, heard } = await createAging()
    const other = createKeeper({ store })
    state.isAway = true
    await vi.advanceTimersByTimeAsync(agingAt - Date.now() + 10)
    state.isAway = false
    await other.keeper.get({ newerThan: 1 })
    await vi.advanceTimersByTimeAsync(30_000)
    expect(keeper.current()?.token.accessToken).toBe('token-1')
    expect(source.asked).toHaveLength(1)
    expect(heard).toEqual(['acquired', 'degraded', 'failed', 'adopted'])
  })

  it('a lock that another context does not give back → the endpoint is not asked', async () => {
    const { keeper, source, events, state, agingAt } = await createAging()
    const failures: unknown[] = []
    events.on('failed', ({ code }) => failures.push(code))
    state.isLocked = true
    await vi.advanceTimersByTimeAsync(agingAt - Date.now() + 100)
    expect(keeper.current()?.generation).toBe(1)
    expect(source.asked).toHaveLength(1)
    expect(failures).toEqual(['lock_not_acquired'])
  })

  it('a caller that wants a newer one while the renewal is postponed → gets it without the store', async () => {
    const { keeper, source, state, agingAt } = await createAging()
    state.isAway = true
    await vi.advanceTimersByTimeAsync(agingAt - Date.now() + 10)
    expect(source.asked).toHaveLength(1)
    expect((await keeper.get({ newerThan: 1 })).generation).toBe(2)
    expect(source.asked).toHaveLength(2)
  })

  it('a caller that joins a renewal which nobody had waited for, at whatever moment → gets a newer token', async () => {
    for (let turns = 0; turns < 40; turns++) {
      const { keeper, source, state, agingAt } = await createAging()
      vi.setSystemTime(agingAt)
      state.isAway = true
      keeper.current()
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      expect((await keeper.get({ newerThan: 1 })).generation).toBe(2)
      expect(source.asked).toHaveLength(2)
      keeper.dispose()
    }
  })

  it('and a token that the API has refused → is asked for without the store', async () => {
    const { keeper, source, state, agingAt } = await createAging()
    state.isAway = true
    await vi.advanceTimersByTimeAsync(agingAt - Date.now() + 10)
    keeper.renew()
    await settle()
    expect(source.asked).toHaveLength(2)
  })

  it('without timers → the endpoint is asked at once: the next call may come too late', async () => {
    const { keeper, source, state, agingAt } = await createAging({ isScheduled: false })
    state.isAway = true
    vi.setSystemTime(agingAt)
    keeper.current()
    await settle()
    expect(source.asked).toHaveLength(2)
  })

  it('of 20 seconds → the endpoint is asked at once: there is no time to wait', async () => {
    const { keeper, source, state, agingAt } = await createAging({ seconds: 20 })
    state.isAway = true
    await vi.advanceTimersByTimeAsync(agingAt - Date.now() + 100)
    expect(keeper.generation).toBe(2)
    expect(source.asked).toHaveLength(2)
  })

  /** A context that is told when the test says so, and that waits for a lock which the other one has. */
  function createListening() {
    const { store } = createStores()
    let tell = () => {}
    const listening: TokenStore = {
      ...store,
      subscribe: (_, listener) => {
        tell = listener
        return () => {}
      },
      // Until the wait is given up.
      lock: (_, __, { signal }) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    }
    return { store, listening, tell: () => tell() }
  }

  it('told of a new one while it waits for the lock, and then unable to read → uses that one, and nothing is asked', async () => {
    const { store, listening, tell } = createListening()
    const { keeper, source } = createKeeper({ store: listening })
    const waiting = keeper.get()
    await settle()
    await createKeeper({ store }).keeper.get()
    // The one read that the notice causes, and nothing after it.
    vi.spyOn(listening, 'get').mockImplementationOnce(store.get).mockRejectedValue(new Error('away'))
    tell()
    expect((await waiting).token.accessToken).toBe('token-1')
    expect(source.asked).toEqual([])
  })

  it('told of a new one while it waits for the lock, and then finds its sign-out, of which nobody tells → lets it go', async () => {
    const { store, listening, tell } = createListening()
    const { keeper, heard } = createKeeper({ store: listening })
    const waiting = keeper.get()
    await settle()
    const other = createKeeper({ store }).keeper
    await other.get()
    vi.spyOn(listening, 'get').mockImplementationOnce(async (name) => {
      const found = await store.get(name)
      await other.clear()
      return found
    })
    tell()
    expect((await waiting).token.accessToken).toBe('token-1')
    await settle()
    expect(keeper.current()).toBeUndefined()
    expect(heard).toContain('cleared')
  })
})
