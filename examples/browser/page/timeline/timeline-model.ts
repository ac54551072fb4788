import { isHeld, type LaneEntry } from '../../shared/lane.ts'

/** What a token was worth, from one instant to another (ms since the epoch; `Infinity` where nothing ends it yet). */
export interface Segment {
  kind: 'fresh' | 'aging' | 'expired' | 'rejected'
  generation: number
  from: number
  to: number
}

export interface Outage {
  from: number
  to: number
}

/** What a lane shows, without where. */
export interface Timeline {
  segments: Segment[]
  outages: Outage[]
  /** Everything but calls. */
  marks: Exclude<LaneEntry, { kind: 'call' }>[]
  calls: { at: number; isAnswered: boolean }[]
}

/** Makes of what happened to a token what there is to draw. */
export function buildTimeline(entries: readonly LaneEntry[]): Timeline {
  const ordered = entries.toSorted((a, b) => a.at - b.at)
  return {
    segments: buildSegments(ordered),
    outages: buildOutages(ordered),
    marks: ordered.filter((entry) => entry.kind !== 'call'),
    calls: ordered.flatMap((entry) => (entry.kind === 'call' ? [{ at: entry.at, isAnswered: entry.status < 400 }] : [])),
  }
}

function buildSegments(entries: readonly LaneEntry[]): Segment[] {
  let segments: Segment[] = []
  for (const entry of entries) {
    if (isHeld(entry)) {
      const { generation, at, agingAt = Number.POSITIVE_INFINITY, expiresAt = Number.POSITIVE_INFINITY } = entry
      const life: Segment[] = [
        { kind: 'fresh', generation, from: at, to: agingAt },
        { kind: 'aging', generation, from: Math.max(at, agingAt), to: expiresAt },
        { kind: 'expired', generation, from: Math.max(at, expiresAt), to: Number.POSITIVE_INFINITY },
      ]
      segments = [...endAt(segments, at), ...life.filter(({ from, to }) => from < to)]
    } else if (entry.kind === 'cleared') {
      segments = endAt(segments, entry.at)
    } else if (entry.kind === 'rejected') {
      const held = segments.at(-1)
      // Late calls are rejected with a token that has been replaced already.
      if (held?.generation !== entry.generation || held.kind === 'rejected') continue
      const { at, generation } = entry
      segments = [...endAt(segments, at), { kind: 'rejected', generation, from: at, to: Number.POSITIVE_INFINITY }]
    }
  }
  return segments
}

function endAt(segments: readonly Segment[], at: number): Segment[] {
  return segments.flatMap((segment) => (segment.from >= at ? [] : [{ ...segment, to: Math.min(segment.to, at) }]))
}

function buildOutages(entries: readonly LaneEntry[]): Outage[] {
  const outages: Outage[] = []
  for (const entry of entries) {
    if (entry.kind === 'cutOff') outages.push({ from: entry.at, to: entry.until })
    const last = outages.at(-1)
    if (entry.kind === 'restored' && last) last.to = Math.min(last.to, entry.at)
  }
  return outages
}

/** The outage that goes on now, if one does. */
export function findOutage(entries: readonly LaneEntry[], now: number): Outage | undefined {
  return buildOutages(entries.toSorted((a, b) => a.at - b.at)).findLast(({ from, to }) => from <= now && now < to)
}

/** Moves marks that would cover one another to the right, in their order. `positions` are sorted. */
export function spread(positions: readonly number[], distance: number): number[] {
  const placed: number[] = []
  for (const position of positions) placed.push(Math.max(position, (placed.at(-1) ?? Number.NEGATIVE_INFINITY) + distance))
  return placed
}
