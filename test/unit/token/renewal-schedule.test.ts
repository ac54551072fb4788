import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RenewalSchedule, type ScheduleOwner, timerDelay } from '../../../src/token/renewal-schedule.ts'

const day = 86_400_000

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

// A schedule holds its owner weakly: the tests hold it.
const owners: ScheduleOwner[] = []

function createTimer(onTime: () => void, now: () => number = Date.now): RenewalSchedule {
  owners.push({ now, onTime })
  return new RenewalSchedule(owners.at(-1) as ScheduleOwner)
}

describe('RenewalSchedule', () => {
  it.each([500, 5_000, 3_300_000, 30 * day, 365 * day])('set for %i ms ahead → runs once, then and not before', (at) => {
    const task = vi.fn()
    createTimer(task).set(at)
    vi.advanceTimersByTime(at - 1)
    expect(task).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1_001)
    expect(task).toHaveBeenCalledOnce()
    vi.advanceTimersByTime(365 * day)
    expect(task).toHaveBeenCalledOnce()
  })

  it('a clock that is behind the timer → waits on; one that is ahead → runs when the timer does', () => {
    const task = vi.fn()
    let skew = -1_800_000
    createTimer(task, () => Date.now() + skew).set(3_600_000)
    skew = -3_600_000
    vi.advanceTimersByTime(5_400_000)
    expect(task).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1_800_000)
    expect(task).toHaveBeenCalledOnce()
  })

  it('set again, stopped, or set for never → what was set before does not run', () => {
    const task = vi.fn()
    const timer = createTimer(task)
    timer.set(100)
    timer.set(200)
    vi.advanceTimersByTime(150)
    expect(task).not.toHaveBeenCalled()
    timer.set(Infinity)
    expect(vi.getTimerCount()).toBe(0)
    timer.set(300)
    timer.stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('where timers can be unref’d → they are', () => {
    const unref = vi.fn()
    const spy = vi.spyOn(globalThis, 'setTimeout').mockReturnValue({ unref } as never)
    createTimer(() => {}).set(100)
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
