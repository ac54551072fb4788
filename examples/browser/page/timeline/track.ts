import type { LaneEntry } from '../../shared/lane.ts'
import { svg } from '../dom.ts'
import { drawMark } from './marks.ts'
import { buildTimeline, spread } from './timeline-model.ts'
import { describeEntry } from './words.ts'

/** Which stretch of time is shown, ms before and after now. */
export interface Stretch {
  pastMs: number
  futureMs: number
}

export const trackHeight = 64
const markY = 12
const barY = 26
const barHeight = 18
const callY = 51
const markDistance = 18

let tracks = 0

/**
 * The picture of one token's life. What is drawn moves as a whole, so that a frame costs one attribute; it is drawn anew
 * when something has happened.
 */
export class Track {
  readonly node: SVGSVGElement
  readonly #grid = svg('g', { class: 'grid' })
  readonly #moving = svg('g')
  readonly #veil = svg('rect', { class: 'veil', y: 0, height: trackHeight })
  readonly #now = svg('line', { class: 'now', y1: 0, y2: trackHeight })
  readonly #id = `track-${++tracks}`
  #pxPerMs = 0
  #nowX = 0
  // Positions are counted from here: instants are too long for what a picture can hold.
  #origin = 0

  constructor() {
    this.node = svg(
      'svg',
      { class: 'track', role: 'img', height: trackHeight },
      this.#definePatterns(),
      this.#grid,
      this.#moving,
      this.#veil,
      this.#now,
    )
  }

  /** Draws everything anew. */
  draw(entries: readonly LaneEntry[], now: number, width: number, { pastMs, futureMs }: Stretch, label: string): void {
    if (width <= 0) return
    this.#pxPerMs = width / (pastMs + futureMs)
    this.#nowX = pastMs * this.#pxPerMs
    this.#origin = now
    this.node.setAttribute('aria-label', label)
    this.node.setAttribute('viewBox', `0 0 ${width} ${trackHeight}`)
    this.#veil.setAttribute('x', String(this.#nowX))
    this.#veil.setAttribute('width', String(Math.max(0, width - this.#nowX)))
    this.#now.setAttribute('x1', String(this.#nowX))
    this.#now.setAttribute('x2', String(this.#nowX))
    this.#grid.replaceChildren(
      svg('line', { x1: 0, x2: width, y1: barY + barHeight / 2, y2: barY + barHeight / 2 }),
      ...gridOffsets({ pastMs, futureMs }).map((ms) => {
        const x = this.#nowX + ms * this.#pxPerMs
        return svg('line', { x1: x, x2: x, y1: 0, y2: trackHeight })
      }),
    )
    this.#moving.replaceChildren(...this.#drawLife(entries, now - pastMs, now + futureMs * 2))
    this.move(now)
  }

  /** Moves what was drawn to where it is now. */
  move(now: number): void {
    this.#moving.setAttribute('transform', `translate(${(this.#nowX - (now - this.#origin) * this.#pxPerMs).toFixed(2)} 0)`)
  }

  #drawLife(entries: readonly LaneEntry[], from: number, to: number): SVGElement[] {
    const { segments, outages, marks, calls } = buildTimeline(entries)
    const isSeen = (at: number): boolean => at >= from - 2_000 && at <= to
    const bars = [...outages.map((outage) => ({ ...outage, kind: 'outage' as const, generation: 0 })), ...segments]
      .filter((bar) => bar.to > from && bar.from < to)
      .flatMap((bar) => this.#drawBar({ ...bar, from: Math.max(bar.from, from - 2_000), to: Math.min(bar.to, to) }))
    const ticks = calls
      .filter(({ at }) => isSeen(at))
      .map(({ at, isAnswered }) => {
        const x = this.#x(at)
        return isAnswered
          ? svg('line', { class: 'call', x1: x, x2: x, y1: callY, y2: callY + 8 })
          : svg('path', { class: 'call-failed', d: `M${x - 3} ${callY + 1}l6 6m0-6l-6 6` })
      })
    const seen = marks.filter(({ at }) => isSeen(at))
    const places = spread(
      seen.map(({ at }) => this.#x(at)),
      markDistance,
    )
    const drawn = seen.flatMap((entry, index) => {
      const [x, place] = [this.#x(entry.at), places[index] ?? 0]
      const mark = drawMark(entry.kind, describeEntry(entry))
      mark.setAttribute('transform', `translate(${place} ${markY})`)
      return [svg('path', { class: 'leader', d: `M${place} ${markY + 8}L${x} ${barY}` }), mark]
    })
    return [...bars, ...ticks, ...drawn]
  }

  #drawBar({ kind, generation, from, to }: { kind: string; generation: number; from: number; to: number }): SVGElement[] {
    const [x, end] = [this.#x(from), this.#x(to)]
    const width = Math.max(0, end - x)
    if (kind === 'outage') {
      const band = { class: 'outage', x, width, y: 0, height: trackHeight, fill: `url(#${this.#id}-outage)` }
      return [svg('rect', band), svg('path', { class: 'outage-edge', d: `M${x} 0V${trackHeight}M${end} 0V${trackHeight}` })]
    }
    const bar = svg('rect', { class: `bar ${kind}`, x, width, y: barY, height: barHeight, rx: 3 })
    const pattern = svg('rect', { x, width, y: barY, height: barHeight, rx: 3, fill: `url(#${this.#id}-${kind})` })
    const name = kind === 'fresh' && width > 24 && svg('text', { class: 'bar-name', x: x + 7, y: barY + 13 }, String(generation))
    return [bar, ...(kind === 'fresh' ? [] : [pattern]), ...(name ? [name] : [])]
  }

  #x(at: number): number {
    return Math.round((at - this.#origin) * this.#pxPerMs * 10) / 10
  }

  /** What tells the windows apart where colours do not. Identifiers belong to the whole page: each track has its own. */
  #definePatterns(): SVGDefsElement {
    const pattern = (name: string, size: number, d: string) =>
      svg(
        'pattern',
        { id: `${this.#id}-${name}`, class: `pattern ${name}`, width: size, height: size, patternUnits: 'userSpaceOnUse' },
        svg('path', { d }),
      )
    return svg(
      'defs',
      {},
      pattern('aging', 7, 'M-1 8 8-1M-1 1 1-1M6 8 8 6'),
      pattern('rejected', 7, 'M0 0 7 7M0 7 7 0'),
      pattern('expired', 6, 'M3 2.5v1'),
      pattern('outage', 10, 'M-1 11 11-1M-1 1 1-1M9 11 11 9'),
    )
  }
}

/** Where the lines of the grid are, ms from now. */
export function gridOffsets({ pastMs, futureMs }: Stretch): number[] {
  const steps = [1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 300_000, 900_000, 3_600_000]
  const step = steps.find((ms) => (pastMs + futureMs) / ms <= 9) ?? 3_600_000
  const offsets: number[] = []
  for (let ms = -Math.floor(pastMs / step) * step; ms <= futureMs; ms += step) offsets.push(ms)
  return offsets
}
