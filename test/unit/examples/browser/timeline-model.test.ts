import { describe, expect, it } from 'vitest'
import { buildTimeline, findOutage, spread } from '../../../../examples/browser/page/timeline/timeline-model.ts'
import { keepRecent, type LaneEntry } from '../../../../examples/browser/shared/lane.ts'

const held = (at: number, generation: number, kind: 'acquired' | 'renewed' | 'adopted' = 'renewed'): LaneEntry => ({
  kind,
  at,
  generation,
  issuedAt: at,
  agingAt: at + 75,
  expiresAt: at + 100,
})
const forever = Number.POSITIVE_INFINITY

describe('the bars of a timeline', () => {
  it('one token → fresh, aging, and expired for ever', () => {
    expect(buildTimeline([held(0, 1, 'acquired')]).segments).toEqual([
      { kind: 'fresh', generation: 1, from: 0, to: 75 },
      { kind: 'aging', generation: 1, from: 75, to: 100 },
      { kind: 'expired', generation: 1, from: 100, to: forever },
    ])
  })

  it('a renewal while it is aging → the old token ends where the new one begins', () => {
    expect(buildTimeline([held(0, 1), held(80, 2)]).segments.slice(0, 3)).toEqual([
      { kind: 'fresh', generation: 1, from: 0, to: 75 },
      { kind: 'aging', generation: 1, from: 75, to: 80 },
      { kind: 'fresh', generation: 2, from: 80, to: 155 },
    ])
  })

  it('a token that never expires → fresh for ever', () => {
    const entry: LaneEntry = { kind: 'acquired', at: 5, generation: 1, issuedAt: 5 }
    expect(buildTimeline([entry]).segments).toEqual([{ kind: 'fresh', generation: 1, from: 5, to: forever }])
  })

  it('a token that is adopted when it is aging already → no fresh window', () => {
    const entry: LaneEntry = { kind: 'adopted', at: 90, generation: 1, issuedAt: 0, agingAt: 75, expiresAt: 100 }
    expect(buildTimeline([entry]).segments.map(({ kind, from }) => [kind, from])).toEqual([
      ['aging', 90],
      ['expired', 100],
    ])
  })

  it('the API rejects the token → rejected until the next one is there', () => {
    const entries: LaneEntry[] = [held(0, 1), { kind: 'rejected', at: 20, generation: 1, status: 401 }, held(25, 2)]
    expect(buildTimeline(entries).segments.slice(0, 2)).toEqual([
      { kind: 'fresh', generation: 1, from: 0, to: 20 },
      { kind: 'rejected', generation: 1, from: 20, to: 25 },
    ])
  })

  it('a late call is rejected with a token that was replaced → nothing changes', () => {
    const entries: LaneEntry[] = [held(0, 1), held(25, 2), { kind: 'rejected', at: 30, generation: 1, status: 401 }]
    expect(buildTimeline(entries).segments.some(({ kind }) => kind === 'rejected')).toBe(false)
  })

  it('the token is forgotten → nothing goes on after it', () => {
    expect(buildTimeline([held(0, 1), { kind: 'cleared', at: 40 }]).segments).toEqual([{ kind: 'fresh', generation: 1, from: 0, to: 40 }])
  })

  it('entries out of order → drawn in the order of time', () => {
    expect(buildTimeline([held(80, 2), held(0, 1)])).toEqual(buildTimeline([held(0, 1), held(80, 2)]))
  })
})

describe('outages', () => {
  const cutOff: LaneEntry = { kind: 'cutOff', at: 10, until: 50 }

  it.each([
    [9, undefined],
    [10, 50],
    [49, 50],
    [50, undefined],
  ])('at %d → ends at %s', (now, to) => {
    expect(findOutage([cutOff], now)?.to).toBe(to)
  })

  it('the server is put back early → over from then on', () => {
    const entries: LaneEntry[] = [cutOff, { kind: 'restored', at: 30 }]
    expect(buildTimeline(entries).outages).toEqual([{ from: 10, to: 30 }])
    expect(findOutage(entries, 35)).toBeUndefined()
  })
})

describe('calls and marks', () => {
  it('calls are ticks, everything else is a mark', () => {
    const { calls, marks } = buildTimeline([{ kind: 'call', at: 1, status: 200 }, { kind: 'call', at: 2, status: 503 }, held(0, 1)])
    expect(calls).toEqual([
      { at: 1, isAnswered: true },
      { at: 2, isAnswered: false },
    ])
    expect(marks.map(({ kind }) => kind)).toEqual(['renewed'])
  })

  it('marks that would cover one another → one beside the other, in their order', () => {
    expect(spread([0, 1, 2, 100], 18)).toEqual([0, 18, 36, 100])
  })
})

describe('what is kept', () => {
  it('a token that was got long ago and is still held → kept, while older calls are not', () => {
    const long = held(0, 1)
    const recent: LaneEntry = { kind: 'call', at: 400_000, status: 200 }
    expect(keepRecent([long, { kind: 'call', at: 1, status: 200 }, recent], 400_000)).toEqual([long, recent])
  })

  it('more than there is room for → the latest', () => {
    const calls = Array.from({ length: 700 }, (_, at): LaneEntry => ({ kind: 'call', at, status: 200 }))
    expect(keepRecent(calls, 700)).toEqual(calls.slice(100))
  })
})
