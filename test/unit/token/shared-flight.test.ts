import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SharedFlight } from '../../../src/token/shared-flight.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function createFlight<T>() {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const onLanded = vi.fn()
  const work = vi.fn(() => promise)
  return { flight: new SharedFlight<T>(work, onLanded), resolve, reject, onLanded, work }
}

describe('SharedFlight', () => {
  it('its work → begins after whoever made the flight has kept it, once', async () => {
    const { flight, work, resolve } = createFlight<string>()
    expect(work).not.toHaveBeenCalled()
    resolve('done')
    await expect(Promise.all([flight.join(), flight.join(), flight.join()])).resolves.toEqual(['done', 'done', 'done'])
    expect(work).toHaveBeenCalledExactlyOnceWith(flight)
  })

  it('its end → is told before any waiter goes on', async () => {
    const { flight, onLanded, resolve } = createFlight<string>()
    const order: string[] = []
    onLanded.mockImplementation(() => order.push('landed'))
    const waiting = flight.join().then(() => order.push('waiter'))
    resolve('done')
    await waiting
    expect(order).toEqual(['landed', 'waiter'])
    expect(onLanded).toHaveBeenCalledExactlyOnceWith(flight)
  })

  it.each([
    ['an error', new Error('mine')],
    ['no error at all', 'just a text'],
    ['undefined', undefined],
  ])('the abort of one caller, with %s as its reason → rejects that caller with it, at once, and nobody else', async (_, reason) => {
    const { flight, resolve } = createFlight<string>()
    const controller = new AbortController()
    const other = flight.join()
    const aborted = flight.join(controller.signal)
    controller.abort(reason)
    await expect(aborted).rejects.toBe(controller.signal.reason)
    resolve('done')
    await expect(other).resolves.toBe('done')
  })

  it('a signal that is aborted already → rejects without waiting', async () => {
    const { flight } = createFlight<string>()
    await expect(flight.join(AbortSignal.abort('gone'))).rejects.toBe('gone')
    expect(flight.hasWaiters).toBe(false)
  })

  it('its failure with nobody waiting → is handled', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const { reject, flight } = createFlight<string>()
    reject(new Error('failed'))
    await vi.advanceTimersByTimeAsync(10)
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
    await expect(flight.join()).rejects.toThrow('failed')
  })

  it('waiters → keep the process alive while they wait, by one timer, and leave nothing behind', async () => {
    const { flight, resolve } = createFlight<string>()
    const controller = new AbortController()
    expect(vi.getTimerCount()).toBe(0)
    const first = flight.join()
    const second = flight.join(controller.signal)
    expect(vi.getTimerCount()).toBe(1)
    controller.abort()
    await second.catch(() => {})
    expect(vi.getTimerCount()).toBe(1)
    expect(flight.hasWaiters).toBe(true)
    resolve('done')
    await first
    expect(vi.getTimerCount()).toBe(0)
    expect(flight.hasWaiters).toBe(false)
  })

  it('a signal that outlives the wait → has a listener while that lasts, and none afterwards', async () => {
    const { flight, resolve } = createFlight<string>()
    const { signal } = new AbortController()
    const waiting = flight.join(signal)
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    resolve('done')
    await waiting
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
