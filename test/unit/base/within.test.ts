import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { within } from '../../../src/base/within.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('what comes in time → itself, a rejection too, and no timer is left', async () => {
  expect(await within(Promise.resolve(1), 10, 'late')).toBe(1)
  expect(await within(2, 10, 'late')).toBe(2)
  await expect(within(Promise.reject(new Error('mine')), 10, 'late')).rejects.toThrow('mine')
  expect(vi.getTimerCount()).toBe(0)
})

it('what comes too late → the fallback', async () => {
  const waiting = within(new Promise(() => {}), 10, 'late')
  await vi.advanceTimersByTimeAsync(10)
  expect(await waiting).toBe('late')
})

it('its timer → keeps no process alive, unless it is set to', async () => {
  const unref = vi.fn()
  const start = vi.fn(() => ({ unref }) as never)
  const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(start)
  await within(1, 10, 'late')
  expect(unref).toHaveBeenCalledOnce()
  await within(1, 10, 'late', start)
  spy.mockRestore()
  expect(start).toHaveBeenCalledTimes(2)
  expect(unref).toHaveBeenCalledOnce()
})
