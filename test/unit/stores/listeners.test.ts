import { describe, expect, it, vi } from 'vitest'
import { Listeners } from '../../../src/stores/listeners.ts'
import { collectGarbage } from '../../support/collect-garbage.ts'

describe('a notice', () => {
  it('of a key → each of its listeners is called once, and no other', () => {
    const listeners = new Listeners()
    const [one, other, foreign] = [vi.fn(), vi.fn(), vi.fn()]
    const stops = [listeners.add('k', one), listeners.add('k', other), listeners.add('another', foreign)]
    listeners.notify('k')
    expect([one, other, foreign].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 0])
    for (const key of listeners.keys()) listeners.notify(key)
    expect([one, other, foreign].map(({ mock }) => mock.calls.length)).toEqual([2, 2, 1])
    expect(stops).toHaveLength(3)
  })

  it('of a key that nobody listens to → nothing happens', () => {
    const listeners = new Listeners()
    listeners.notify('k')
    expect(listeners.has('k')).toBe(false)
    expect(listeners.size).toBe(0)
  })

  it('a listener that throws → the others are called', () => {
    const listeners = new Listeners()
    const [failing, other] = [vi.fn(() => expect.unreachable()), vi.fn()]
    const stops = [listeners.add('k', failing), listeners.add('k', other)]
    listeners.notify('k')
    expect(failing).toHaveBeenCalledTimes(1)
    expect(other).toHaveBeenCalledTimes(1)
    expect(stops).toHaveLength(2)
  })

  it('listeners that stop, and others that are added, while they are called → no one is called twice, and none is skipped', () => {
    const listeners = new Listeners()
    const added = vi.fn()
    const stops: (() => void)[] = []
    const first = vi.fn(() => {
      stops[0]!()
      stops.push(listeners.add('k', added))
    })
    const second = vi.fn()
    stops.push(listeners.add('k', first), listeners.add('k', second))
    listeners.notify('k')
    listeners.notify('k')
    expect([first, second, added].map(({ mock }) => mock.calls.length)).toEqual([1, 2, 1])
  })
})

describe('a stop function', () => {
  it('called twice → ends its own listener alone, though the same function listens elsewhere too', () => {
    const onEmpty = vi.fn()
    const listeners = new Listeners({ onEmpty })
    const listener = vi.fn()
    const stops = [listeners.add('k', listener), listeners.add('k', listener), listeners.add('another', listener)]
    stops[0]!()
    stops[0]!()
    for (const key of listeners.keys()) listeners.notify(key)
    expect(listener).toHaveBeenCalledTimes(2)
    expect(listeners.keys()).toEqual(['k', 'another'])
    stops[1]!()
    expect(listeners.has('k')).toBe(false)
    expect(listeners.size).toBe(1)
    expect(onEmpty).not.toHaveBeenCalled()
    stops[2]!()
    stops[2]!()
    expect(onEmpty).toHaveBeenCalledTimes(1)
  })

  it('of the last listener → says so each time that happens', () => {
    const onEmpty = vi.fn()
    const listeners = new Listeners({ onEmpty })
    listeners.add('k', vi.fn())()
    listeners.add('k', vi.fn())()
    expect(onEmpty).toHaveBeenCalledTimes(2)
  })

  it('of the last listener of a key → says which key it was', () => {
    const [onKeyEnd, onEmpty] = [vi.fn(), vi.fn()]
    const listeners = new Listeners({ onKeyEnd, onEmpty })
    const stops = [listeners.add('k', vi.fn()), listeners.add('k', vi.fn()), listeners.add('another', vi.fn())]
    stops[0]!()
    expect(onKeyEnd).not.toHaveBeenCalled()
    stops[1]!()
    expect(onKeyEnd.mock.calls).toEqual([['k']])
    expect(onEmpty).not.toHaveBeenCalled()
    stops[2]!()
    expect(onKeyEnd.mock.calls).toEqual([['k'], ['another']])
  })
})

describe('garbage collection', () => {
  it('neither listener nor stop function is held → the entry goes, with no notice needed', async () => {
    const onEmpty = vi.fn()
    const listeners = new Listeners({ onEmpty })
    const called = vi.fn()
    for (let count = 0; count < 100; count++) listeners.add(`k${count}`, () => called())
    expect(listeners.size).toBe(100)
    await collectGarbage()
    expect(listeners.size).toBe(0)
    expect(onEmpty).toHaveBeenCalledTimes(1)
    for (const key of listeners.keys()) listeners.notify(key)
    expect(called).not.toHaveBeenCalled()
  })

  it('the stop function is held → its listener lives', async () => {
    const listeners = new Listeners()
    const called = vi.fn()
    const stop = listeners.add('k', () => called())
    await collectGarbage()
    listeners.notify('k')
    expect(called).toHaveBeenCalledTimes(1)
    stop()
    expect(listeners.size).toBe(0)
  })

  it('the listener is held, and its stop function is not → it lives', async () => {
    const listeners = new Listeners()
    const called = vi.fn()
    const listener = () => called()
    listeners.add('k', listener)
    await collectGarbage()
    listeners.notify('k')
    expect(called).toHaveBeenCalledTimes(1)
    expect(listener).toBeTypeOf('function')
  })

  it('an object that holds its own stop function, as a manager does → both go', async () => {
    const listeners = new Listeners()
    const called = vi.fn()
    const subscribe = () => {
      const manager: { stop?: () => void } = {}
      manager.stop = listeners.add('k', () => called(manager))
      return new WeakRef(manager)
    }
    const manager = subscribe()
    await collectGarbage()
    expect(manager.deref()).toBeUndefined()
    expect(listeners.size).toBe(0)
  })

  it('one of two listeners of a key is dropped → the other one is still called', async () => {
    const onEmpty = vi.fn()
    const listeners = new Listeners({ onEmpty })
    const called = vi.fn()
    listeners.add('k', () => called('dropped'))
    const stop = listeners.add('k', () => called('held'))
    await collectGarbage()
    listeners.notify('k')
    expect(called.mock.calls).toEqual([['held']])
    expect(onEmpty).not.toHaveBeenCalled()
    stop()
  })
})

describe('old runtimes', () => {
  it('no weak references → listeners are held, and stop all the same', () => {
    vi.stubGlobal('WeakRef', undefined)
    vi.stubGlobal('FinalizationRegistry', undefined)
    const onEmpty = vi.fn()
    const listeners = new Listeners({ onEmpty })
    vi.unstubAllGlobals()
    const called = vi.fn()
    const stop = listeners.add('k', called)
    listeners.notify('k')
    expect(called).toHaveBeenCalledTimes(1)
    stop()
    expect(onEmpty).toHaveBeenCalledTimes(1)
  })
})
