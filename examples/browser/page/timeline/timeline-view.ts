import type { LaneId } from '../../shared/lane.ts'
import type { Disturbance } from '../../shared/messages.ts'
import { element, find, svg } from '../dom.ts'
import type { LaneModel } from '../lane-model.ts'
import { chooseStretch, drawAxis } from './axis.ts'
import { LaneView } from './lane-view.ts'
import { drawLegend } from './legend.ts'
import { LogView } from './log-view.ts'

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
    const stretch = chooseStretch(this.#lifetimeMs, width)
    if (width !== this.#width) drawAxis(this.#axis, width, stretch)
    this.#width = width
    for (const view of this.#views) {
      view.tell(now)
      view.draw(now, stretch)
    }
    this.#log.draw(this.#lanes)
  }
}
