import { describe, expect, it, vi } from 'vitest'
import { Events } from '../../../src/base/events.ts'
import { settle } from '../../support/service.ts'

const cleared = { at: 1 }

it('an event without listeners → nothing happens', () => {
  expect(() => new Events(Date).emit('cleared', cleared)).not.toThrow()
})

it('an event → reaches its listeners in order, at once, and no others', () => {
  const events = new Events(Date)
  const told: string[] = []
  events.on('cleared', () => void told.push('first'))
  events.on('cleared', () => void told.push('second'))
  events.on('degraded', () => void told.push('other'))
  events.emit('cleared', cleared)
  expect(told).toEqual(['first', 'second'])
})

it('an event → is frozen: one listener cannot change what the next one sees', () => {
  const events = new Events(Date)
  const seen: unknown[] = []
  events.on('cleared', (event) => {
    ;(event as { at: number }).at = 99
  })
  events.on('cleared', (event) => void seen.push(event))
  events.emit('cleared', { at: 1 })
  expect(seen).toEqual([{ at: 1 }])
  expect(Object.isFrozen(seen[0])).toBe(true)
})

describe('a listener that', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('of the listener')
      },
    ],
    ['rejects', () => Promise.reject(new Error('of the listener'))],
    [
      'throws what is no error',
      () => {
        throw undefined
      },
    ],
    [
      'returns a thenable that throws',
      () => ({
        then: () => {
          throw new Error('of the listener')
        },
      }),
    ],
  ])('%s → keeps no other from being told, breaks nothing, and nothing is unhandled', async (_, broken) => {
    // Vitest fails a run with an unhandled rejection.
    const events = new Events(Date)
    const next = vi.fn()
    events.on('cleared', broken)
    events.on('cleared', next)
    expect(() => events.emit('cleared', cleared)).not.toThrow()
    await settle()
    expect(next).toHaveBeenCalledOnce()
  })

  it('is added twice → is called twice, and each stops by itself', () => {
    const events = new Events(Date)
    const listener = vi.fn()
    const stop = events.on('cleared', listener)
    events.on('cleared', listener)
    events.emit('cleared', cleared)
    stop()
    stop()
    events.emit('cleared', cleared)
    expect(listener).toHaveBeenCalledTimes(3)
  })

  it('stops itself or adds others while it is told → the others of this event are told all the same, the new ones from the next on', () => {
    const events = new Events(Date)
    const [next, added] = [vi.fn(), vi.fn()]
    const stop = events.on('cleared', () => {
      stop()
      events.on('cleared', added)
    })
    events.on('cleared', next)
    events.emit('cleared', cleared)
    expect([next.mock.calls.length, added.mock.calls.length]).toEqual([1, 0])
    events.emit('cleared', cleared)
    expect([next.mock.calls.length, added.mock.calls.length]).toEqual([2, 1])
  })
})
