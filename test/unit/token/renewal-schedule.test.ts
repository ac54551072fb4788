import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startRenewalTimer, timerDelay } from '../../../src/token/renewal-schedule.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a timer', () => {
  it('started → tells its owner once, then and not before', () => {
    const owner = { onTimer: vi.fn() }
    startRenewalTimer(owner, 500)
    vi.advanceTimersByTime(499)
    expect(owner.onTimer).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10_000)
    expect(owner.onTimer).toHaveBeenCalledOnce()
  })

  it('whose owner has gone → tells nobody', () => {
    const owner = { onTimer: vi.fn() }
    const deref = vi.spyOn(WeakRef.prototype, 'deref').mockReturnValue(undefined)
    startRenewalTimer(owner, 500)
    vi.advanceTimersByTime(10_000)
    expect(deref).toHaveBeenCalledOnce()
    deref.mockRestore()
    expect(owner.onTimer).not.toHaveBeenCalled()
  })

  it('where timers can be unref’d → is', () => {
    const unref = vi.fn()
    const spy = vi.spyOn(globalThis, 'setTimeout').mockReturnValue({ unref } as never)
    startRenewalTimer({ onTimer: () => {} }, 100)
    spy.mockRestore()
    expect(unref).toHaveBeenCalledOnce()
  })
})

describe('timerDelay', () => {
  it.each([
    [-5, 0],
    [0, 0],
    [999, 999],
    [9_999, 9_999],
    [10_001, 11_000],
    [300_001, 300_000],
    [2 ** 31, 300_000],
    [Infinity, 300_000],
  ])('%d ms → %d ms', (delay, expected) => {
    expect(timerDelay(delay)).toBe(expected)
  })
})
