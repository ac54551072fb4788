import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { memoryStore } from '../../../src/stores/memory.ts'
import { createRecord } from '../../../src/token/record.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('memoryStore', () => {
  it('two stores → share nothing', async () => {
    const store = memoryStore()
    await store.set('k', createRecord('k', ''))
    expect(await store.get('k')).toMatchObject({ key: 'k' })
    expect(await memoryStore().get('k')).toBeUndefined()
  })

  it('a holder that never gives the lock back → blocks others for two minutes, not for ever', async () => {
    const store = memoryStore()
    void store.lock?.('k', () => new Promise(() => {}), { waitMs: 0 })
    const task = vi.fn(async () => 'ran')
    const early = store.lock?.('k', task, { waitMs: 2_000 }).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(2_100)
    expect(await early).toMatchObject({ code: 'lock_not_acquired' })
    await vi.advanceTimersByTimeAsync(120_000)
    expect(await store.lock?.('k', task, { waitMs: 0 })).toBe('ran')
  })

  it('many who wait → run one after another', async () => {
    const store = memoryStore()
    let running = 0
    const ran: number[] = []
    const all = Array.from({ length: 20 }, (_, index) =>
      store.lock?.(
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
})
