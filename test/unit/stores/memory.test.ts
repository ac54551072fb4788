import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { memoryStore } from '../../../src/stores/memory.ts'
import { createRecord } from '../../../src/token/record.ts'
import type { TokenRecord, TokenStore } from '../../../src/token/token-store.ts'
import { collectGarbage } from '../../support/collect-garbage.ts'

const [hour, day] = [3_600_000, 86_400_000]

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const createStore = () => memoryStore() as TokenStore & Required<Pick<TokenStore, 'lock'>>
const recordUntil = (expiresAt: number | undefined): TokenRecord => ({
  version: 1,
  key: 'k',
  id: 'i',
  epoch: 'e',
  ...(expiresAt !== undefined && { expiresAt }),
})
const never = () => new Promise<never>(() => {})

describe('memoryStore: records', () => {
  it('two stores → share nothing', async () => {
    const store = memoryStore()
    await store.set('k', createRecord('k', ''))
    expect(await store.get('k')).toMatchObject({ key: 'k' })
    expect(await memoryStore().get('k')).toBeUndefined()
  })

  it('a record whose end has come → is a miss; before that, and without an end, it is kept', async () => {
    const store = createStore()
    await store.set('ends', recordUntil(Date.now() + 2 * hour))
    await store.set('stays', recordUntil(undefined))
    await vi.advanceTimersByTimeAsync(2 * hour - 1)
    expect(await store.get('ends')).toBeDefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(await store.get('ends')).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1_000 * day)
    expect(await store.get('stays')).toBeDefined()
  })

  it.each([
    ['a clock that steps a year ahead', 365 * day],
    ['a clock that steps a year back', -365 * day],
  ])('%s → ends no record early or late', async (_, stepMs) => {
    const store = createStore()
    await store.set('k', recordUntil(Date.now() + 2 * hour))
    vi.setSystemTime(Date.now() + stepMs)
    expect(await store.get('k')).toBeDefined()
    await vi.advanceTimersByTimeAsync(2 * hour)
    expect(await store.get('k')).toBeUndefined()
  })

  it('a record that was dated by another clock, long ago → is kept for an hour', async () => {
    const store = createStore()
    await store.set('k', recordUntil(1_000))
    await vi.advanceTimersByTimeAsync(hour - 1)
    expect(await store.get('k')).toBeDefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(await store.get('k')).toBeUndefined()
  })

  it.each([
    ['20 000 ended sessions', 20_000],
    ['50 sign-outs', 50],
  ])('%s → are let go by the operations that follow, and what lives is kept', async (_, count) => {
    const clone = vi.spyOn(globalThis, 'structuredClone')
    const store = createStore()
    const kept: WeakRef<TokenRecord>[] = []
    // What the store keeps of each is the copy that it has made.
    clone.mockImplementation((value) => {
      const copy = { ...(value as unknown as TokenRecord) }
      kept.push(new WeakRef(copy))
      return copy as never
    })
    for (let index = 0; index < count; index++) await store.set(`ended ${index}`, recordUntil(Date.now() + 2 * hour))
    for (let index = 0; index < 20; index++) await store.set(`lives ${index}`, recordUntil(Date.now() + 2 * day))
    clone.mockRestore()
    await vi.advanceTimersByTimeAsync(day)
    // Fewer operations than there are records.
    for (let operation = 0; operation < count / 2; operation++) await store.get('lives 0')
    vi.useRealTimers()
    await collectGarbage()
    expect(kept.filter((ref) => ref.deref() !== undefined)).toHaveLength(20)
    for (let index = 0; index < 20; index++) expect(await store.get(`lives ${index}`)).toBeDefined()
  })
})

describe('memoryStore: its lock', () => {
  it('many who wait → run one after another', async () => {
    const store = createStore()
    let running = 0
    const ran: number[] = []
    const all = Array.from({ length: 20 }, (_, index) =>
      store.lock(
        'k',
        async () => {
          expect(++running).toBe(1)
          await new Promise((resolve) => setTimeout(resolve, 15))
          running--
          ran.push(index)
        },
        { waitMs: 10_000 },
      ),
    )
    await vi.advanceTimersByTimeAsync(2_000)
    await Promise.all(all)
    expect(ran).toHaveLength(20)
  })

  it('a task that runs for ten minutes → nobody else gets the lock meanwhile, and the next one has it at once', async () => {
    const store = createStore()
    const held = store.lock('k', () => new Promise((resolve) => setTimeout(resolve, 10 * 60_000)), { waitMs: 0 })
    for (let minute = 0; minute < 9; minute++) {
      const other = store.lock('k', async () => 'ran', { waitMs: 100 }).catch((error: unknown) => error)
      await vi.advanceTimersByTimeAsync(60_000)
      expect(await other).toMatchObject({ code: 'lock_not_acquired' })
    }
    await vi.advanceTimersByTimeAsync(60_000)
    await held
    expect(await store.lock('k', async () => 'ran', { waitMs: 0 })).toBe('ran')
  })

  // A cancelled request of a worker: its promises never settle, and its timers end with it.
  const abandon = (store: ReturnType<typeof createStore>, key = 'k') => {
    const timers = vi.spyOn(globalThis, 'setTimeout').mockReturnValue(0 as never)
    void store.lock(key, never, { waitMs: 0 })
    timers.mockRestore()
  }
  const tryToLock = async (store: ReturnType<typeof createStore>) => {
    const attempt = store.lock('k', async () => 'ran', { waitMs: 0 }).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(50)
    return attempt
  }

  it('a holder that has gone without giving it back → blocks others for two minutes, not for ever', async () => {
    const store = createStore()
    abandon(store)
    await vi.advanceTimersByTimeAsync(115_000)
    expect(await tryToLock(store)).toMatchObject({ code: 'lock_not_acquired' })
    await vi.advanceTimersByTimeAsync(5_100)
    expect(await tryToLock(store)).toBe('ran')
  })

  it.each([
    ['ahead', day],
    ['back', -day],
  ])('a clock that steps a day %s → neither lets two in nor makes an abandoned lock hang', async (_, stepMs) => {
    const store = createStore()
    const held = store.lock('k', () => new Promise((resolve) => setTimeout(resolve, 1_000)), { waitMs: 0 })
    vi.setSystemTime(Date.now() + stepMs)
    expect(await tryToLock(store)).toMatchObject({ code: 'lock_not_acquired' })
    await vi.advanceTimersByTimeAsync(1_000)
    await held
    abandon(store)
    vi.setSystemTime(Date.now() + stepMs)
    await vi.advanceTimersByTimeAsync(120_100)
    expect(await tryToLock(store)).toBe('ran')
  })

  it('a process that sleeps for longer than a lease, with its holder → the holder keeps the lock', async () => {
    const store = createStore()
    let release = () => {}
    const held = store.lock('k', () => new Promise<void>((resolve) => (release = resolve)), { waitMs: 0 })
    const other = store.lock('k', async () => 'ran', { waitMs: 5_000 })
    await vi.advanceTimersByTimeAsync(15)
    // Nothing ran meanwhile. The timer of the one who waits is the first that is due.
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 300_000)
    await vi.advanceTimersByTimeAsync(10)
    now.mockRestore()
    const ran = vi.fn()
    void other.then(ran)
    await vi.advanceTimersByTimeAsync(50)
    expect(ran).not.toHaveBeenCalled()
    release()
    await vi.advanceTimersByTimeAsync(50)
    await held
    expect(await other).toBe('ran')
  })

  it('aborted while it waits, or before → rejects at once with the reason of the signal, and the task never runs', async () => {
    const store = createStore()
    const reason = new Error('not wanted any more')
    const task = vi.fn(async () => {})
    await expect(store.lock('k', task, { waitMs: 100, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const held = store.lock('k', () => new Promise((resolve) => setTimeout(resolve, 500)), { waitMs: 0 })
    const controller = new AbortController()
    const waiting = store.lock('k', task, { waitMs: 5_000, signal: controller.signal }).catch((error: unknown) => error)
    controller.abort(reason)
    expect(await waiting).toBe(reason)
    await vi.advanceTimersByTimeAsync(1_000)
    await held
    expect(task).not.toHaveBeenCalled()
  })

  it('what has ended, or was abandoned → leaves no timer, and no lock behind', async () => {
    const store = createStore()
    await store.lock('k', async () => {}, { waitMs: 0 })
    await store.lock('k', () => Promise.reject(new Error('of the task')), { waitMs: 0 }).catch(() => {})
    expect(vi.getTimerCount()).toBe(0)
    const leases = vi.spyOn(Map.prototype, 'delete')
    for (let index = 0; index < 50; index++) abandon(store, `abandoned ${index}`)
    await vi.advanceTimersByTimeAsync(130_000)
    for (let round = 0; round < 40; round++) {
      await store.lock('another', async () => {}, { waitMs: 0 })
      await vi.advanceTimersByTimeAsync(20)
    }
    const removed = leases.mock.calls.map(([key]) => String(key)).filter((key) => key.startsWith('abandoned'))
    leases.mockRestore()
    expect(new Set(removed).size).toBe(50)
  })
})
