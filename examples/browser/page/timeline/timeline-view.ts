import type { LaneId } from '../../shared/lane.ts'
import type { Disturbance } from '../../shared/messages.ts'
import { element, find, svg } from '../dom.ts'
import type { LaneModel } from '../lane-model.ts'
import { LaneView } from './lane-view.ts'
import { LogView } from './log-view.ts'
import { drawIcon, type MarkKind } from './marks.ts'
import { gridOffsets, type Stretch } from './track.ts'
import { formatDuration } from './words.ts'

export interface TimelineOptions {
  lanes: ReadonlyMap<LaneId, LaneModel>
  lifetimeMs: number
  disturb: (act: Disturbance['act'], lane: LaneId | 'all') => void
}

/** The panel with a lane for each token. It moves with time; whoever wants less motion gets a step each second. */
export class TimelineView {
  readonly #lanes: readonly LaneModel[]
  readonly #views: readonly LaneView[]
  readonly #log = new LogView(find('#log'))
  readonly #axis = svg('svg', { class: 'axis', 'aria-hidden': 'true' })
  readonly #axisFrame = element('div', { class: 'axis-frame' })
  readonly #lifetimeMs: number
  readonly #lessMotion = matchMedia('(prefers-reduced-motion: reduce)')
  #isStale = true
  #toldAt = 0
  #width = 0

  constructor({ lanes, lifetimeMs, disturb }: TimelineOptions) {
    this.#lanes = [...lanes.values()]
    this.#lifetimeMs = lifetimeMs
    this.#views = this.#lanes.map((lane) => new LaneView(lane, disturb))
    this.#axisFrame.append(this.#axis)
    find('#lanes').replaceChildren(this.#axisFrame, ...this.#views.map(({ node }) => node))
    find('#legend').replaceChildren(...drawLegend())
    for (const button of document.querySelectorAll<HTMLButtonElement>('#timeline > .panel-head [data-act]')) {
      button.addEventListener('click', () => disturb(button.dataset['act'] as Disturbance['act'], 'all'))
    }
  }

  /** Says that something has happened: the next frame shows it. */
  changed(): void {
    this.#isStale = true
  }

  start(): void {
    const frame = (): void => {
      this.#frame(Date.now())
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  }

  #frame(now: number): void {
    const width = this.#views[0]?.width ?? 0
    const isNextSecond = now - this.#toldAt >= 1_000
    if (this.#isStale || isNextSecond || width !== this.#width) {
      this.#isStale = false
      this.#toldAt = now
      this.#draw(now, width)
    } else if (!this.#lessMotion.matches) {
      for (const view of this.#views) view.move(now)
    }
  }

  #draw(now: number, width: number): void {
    const stretch = this.#stretch(width)
    if (width !== this.#width) this.#drawAxis(width, stretch)
    this.#width = width
    for (const view of this.#views) {
      view.tell(now)
      view.draw(now, stretch)
    }
    this.#log.draw(this.#lanes)
  }

  /** Two lives of a token back and one ahead; on a phone about half of it. */
  #stretch(width: number): Stretch {
    const share = width < 480 ? 0.55 : 1
    return { pastMs: this.#lifetimeMs * 2 * share, futureMs: this.#lifetimeMs * 1.1 * share }
  }

  #drawAxis(width: number, stretch: Stretch): void {
    const { pastMs, futureMs } = stretch
    const pxPerMs = width / (pastMs + futureMs)
    this.#axis.setAttribute('viewBox', `0 0 ${Math.max(1, width)} 22`)
    const labels = gridOffsets(stretch).map((ms) => {
      const x = (pastMs + ms) * pxPerMs
      const anchor = x < 24 ? 'start' : x > width - 24 ? 'end' : 'middle'
      const text = ms === 0 ? 'now' : `${ms < 0 ? '−' : '+'}${formatDuration(Math.abs(ms))}`
      return svg('text', { x, y: 15, 'text-anchor': anchor, class: ms === 0 ? 'axis-now' : undefined }, text)
    })
    this.#axis.replaceChildren(...labels)
  }
}

function drawLegend(): HTMLElement[] {
  const bars = ['fresh', 'aging', 'expired', 'rejected', 'outage'] as const
  const names = { fresh: 'fresh', aging: 'aging', expired: 'expired', rejected: 'rejected', outage: 'server cut off' }
  const marks: [MarkKind, string][] = [
    ['acquired', 'got'],
    ['renewed', 'renewed'],
    ['replayed', 'recovered'],
    ['adopted', 'adopted'],
    ['failed', 'failed'],
  ]
  return [
    ...bars.map((kind) => element('li', {}, element('span', { class: `swatch ${kind}` }), names[kind])),
    element('li', {}, element('span', { class: 'swatch call' }), 'API call'),
    ...marks.map(([kind, name]) => element('li', {}, drawIcon(kind), name)),
  ]
}
