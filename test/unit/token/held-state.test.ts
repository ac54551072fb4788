import { describe, expect, it, vi } from 'vitest'
import { TokenNetworkError } from '../../../src/base/errors.ts'
import { Events } from '../../../src/base/events.ts'
import { HeldState } from '../../../src/token/held-state.ts'
import { createRecord, createTombstone } from '../../../src/token/record.ts'
import { readStoredValue } from '../../../src/token/stored-answer.ts'
import { createScriptedSource, createToken } from '../../support/scripted-source.ts'
import { useVirtualTime } from '../../support/virtual-time.ts'

const key = 'tokenwell:2:test'
const hour = 3_600_000
const day = 24 * hour

useVirtualTime()

function create(isScheduled = true, now = Date.now) {
  const onTime = vi.fn()
  const options = {
    source: createScriptedSource({ now }),
    events: new Events({ now: () => 0 }),
    now,
    window: {},
    isScheduled,
  }
  const state = new HeldState(options, { onTime })
  const record = createRecord(key, 'e', createToken(Date.now()))
  const hold = () => state.hold({ token: record.token, record, written: 'saved', replaces: undefined }, 'acquired')
  return { state, onTime, record, hold }
}

describe('what is held', () => {
  it('a token, and its own record heard of again → one generation', () => {
    const { state, hold } = create()
    expect(hold()).toBe(hold())
    expect(state.held).toMatchObject({ generation: 1, epoch: 0 })
  })

  it('forgotten → nothing is held, of another epoch, and what failed is forgotten too', () => {
    const { state, hold } = create()
    hold()
    state.noteFailure(new TokenNetworkError('network_failed', 'away'), true)
    state.forget()
    expect([state.held, state.epoch, state.failures.isEmpty]).toEqual([undefined, 1, true])
  })

  it('found last, and nothing held → the record of another epoch settles that it has ended', () => {
    const { state, record } = create()
    const [found, tombstone] = [record, createTombstone(key, record, Date.now())].map((each) => readStoredValue(key, each))
    if (!found || !tombstone) throw new Error('no records')
    expect(state.settledBy(tombstone)).toBeUndefined()
    state.noteFound(found)
    expect(state.settledBy(tombstone)).toEqual({ is: 'cleared' })
    state.forget()
    expect(state.settledBy(tombstone)).toBeUndefined()
  })
})

describe('when it is renewed with no call needed', () => {
  it.each([
    ['used three times → told once', true, true, 1],
    ['not used → not told', true, false, 0],
    ['used, where timers are not allowed → not told', false, true, 0],
  ])('%s', async (_, isScheduled, isUsed, times) => {
    const { state, onTime, hold } = create(isScheduled)
    const held = hold()
    if (isUsed) for (let uses = 0; uses < 3; uses++) state.use(held)
    await vi.advanceTimersByTimeAsync(hour)
    expect(onTime).toHaveBeenCalledTimes(times)
  })

  it.each([2_000, 20_000, hour, 30 * day, 365 * day])('used, with a life of %i ms → told when it ages, once and not before', (lifeMs) => {
    const { state, onTime } = create()
    const token = createToken(Date.now(), { expiresAt: Date.now() + lifeMs })
    const held = state.use(state.hold({ token, record: undefined, written: 'refused', replaces: undefined }, 'acquired'))
    vi.advanceTimersByTime(held.agingAt - Date.now() - 1)
    expect(onTime).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1_001)
    expect(onTime).toHaveBeenCalledOnce()
    vi.advanceTimersByTime(365 * day)
    expect(onTime).toHaveBeenCalledOnce()
  })

  it('used, by a clock that falls behind the timer → not told before the clock says so', () => {
    let skewMs = 0
    const { state, onTime, hold } = create(true, () => Date.now() + skewMs)
    const held = state.use(hold())
    skewMs = -hour / 2
    vi.advanceTimersByTime(held.agingAt - Date.now() + hour / 2 - 1)
    expect(onTime).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1_001)
    expect(onTime).toHaveBeenCalledOnce()
  })

  it('used, and never to expire → no timer', () => {
    const { state } = create()
    const token = createToken(Date.now(), { expiresAt: undefined })
    state.use(state.hold({ token, record: undefined, written: 'refused', replaces: undefined }, 'acquired'))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('another one held in its place → its timer is stopped', () => {
    const { state, hold } = create()
    state.use(hold())
    expect(vi.getTimerCount()).toBe(1)
    const token = createToken(Date.now())
    state.hold({ token, record: undefined, written: 'refused', replaces: undefined }, 'renewed')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('failed, to be tried again while it lives → told then; later than it lives → told when it ages', () => {
    for (const [isWithin, waitMs] of [
      [true, hour - 60_000],
      [false, 2 * hour],
    ] as const) {
      const { state, onTime, hold } = create()
      const held = state.use(hold())
      const retryAt = Date.now() + waitMs
      state.noteFailure(new TokenNetworkError('network_failed', 'away', { retryAt }), true)
      vi.advanceTimersByTime((isWithin ? retryAt : held.agingAt) - Date.now() - 1)
      expect(onTime).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1_001)
      expect(onTime).toHaveBeenCalledOnce()
      state.dispose()
    }
  })

  it('forgotten, or disposed of, after its use → not told', async () => {
    for (const end of ['forget', 'dispose'] as const) {
      const { state, onTime, hold } = create()
      state.use(hold())
      state[end]()
      await vi.advanceTimersByTimeAsync(hour)
      expect(onTime).not.toHaveBeenCalled()
    }
  })

  it('postponed while it ages → told again in time, and until then it can be postponed further', async () => {
    const { state, onTime, hold } = create()
    const held = hold()
    vi.setSystemTime(held.agingAt)
    expect(state.canPostpone).toBe(true)
    state.postpone('store_failed')
    await vi.advanceTimersByTimeAsync(30_000)
    expect(onTime).toHaveBeenCalledTimes(1)
    state.dispose()
    expect(state.canPostpone).toBe(false)
  })
})
