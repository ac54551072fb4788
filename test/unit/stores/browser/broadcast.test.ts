import { afterEach, describe, expect, it, vi } from 'vitest'
import { Broadcast } from '../../../../src/stores/browser/broadcast.ts'
import { collectGarbage } from '../../../support/collect-garbage.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Counts the channels that are open. */
function countChannels() {
  const open = new Set<BroadcastChannel>()
  let opened = 0
  class CountedChannel extends BroadcastChannel {
    constructor(name: string) {
      super(name)
      opened++
      open.add(this)
    }

    override close() {
      open.delete(this)
      super.close()
    }
  }
  vi.stubGlobal('BroadcastChannel', CountedChannel)
  return { open, opened: () => opened }
}

const heard = (listener: () => void) => vi.waitFor(() => expect(listener).toHaveBeenCalled())
const quiet = () => new Promise((resolve) => setTimeout(resolve, 50))

describe('Broadcast', () => {
  it('an announcement → the listeners of its key in other contexts are called, once each', async () => {
    const [one, other] = [new Broadcast('a'), new Broadcast('a')]
    const [own, called, foreign] = [vi.fn(), vi.fn(), vi.fn()]
    const stops = [one.subscribe('k', own), other.subscribe('k', called), other.subscribe('another', foreign)]
    one.announce('k')
    await heard(called)
    await quiet()
    expect([own, called, foreign].map(({ mock }) => mock.calls.length)).toEqual([0, 1, 0])
    for (const stop of stops) stop()
  })

  it('subscribed, stopped, subscribed again → its own announcement calls nobody, and another’s once', async () => {
    const [one, other] = [new Broadcast('b'), new Broadcast('b')]
    one.subscribe('k', vi.fn())()
    const called = vi.fn()
    const stop = one.subscribe('k', called)
    one.announce('k')
    await quiet()
    expect(called).not.toHaveBeenCalled()
    other.announce('k')
    await heard(called)
    await quiet()
    expect(called).toHaveBeenCalledTimes(1)
    stop()
  })

  it('the last listener stops → the channel is closed; announcing opens none that stays', () => {
    const { open, opened } = countChannels()
    const broadcast = new Broadcast('c')
    const stops = [broadcast.subscribe('k', vi.fn()), broadcast.subscribe('another', vi.fn())]
    stops[0]?.()
    expect(open.size).toBe(1)
    broadcast.announce('k')
    stops[1]?.()
    expect([open.size, opened()]).toEqual([0, 1])
    broadcast.announce('k')
    expect([open.size, opened()]).toEqual([0, 2])
  })

  it('2 000 subscriptions of which nobody holds one → one channel, and none when they have been collected', async () => {
    const { open, opened } = countChannels()
    const broadcast = new Broadcast('d')
    const called = vi.fn()
    for (let count = 0; count < 2_000; count++) broadcast.subscribe(`k${count % 500}`, () => called())
    expect([open.size, opened()]).toEqual([1, 1])
    await collectGarbage()
    expect(open.size).toBe(0)
    new Broadcast('d').announce('k1')
    await quiet()
    expect(called).not.toHaveBeenCalled()
  })

  it('no BroadcastChannel in this context → nobody is told, and nothing fails', () => {
    vi.stubGlobal('BroadcastChannel', undefined)
    const broadcast = new Broadcast('e')
    const stop = broadcast.subscribe('k', vi.fn())
    broadcast.announce('k')
    stop()
  })

  it('a channel that refuses the message → nothing fails', () => {
    const close = vi.fn()
    vi.stubGlobal(
      'BroadcastChannel',
      class {
        close = close
        postMessage() {
          throw new DOMException('', 'InvalidStateError')
        }
      },
    )
    new Broadcast('f').announce('k')
    expect(close).toHaveBeenCalledTimes(1)
  })
})
