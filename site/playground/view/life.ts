import { element, setText, svg } from '../../../examples/browser/page/dom.ts'
import { chooseStretch, drawAxis } from '../../../examples/browser/page/timeline/axis.ts'
import { drawLegend } from '../../../examples/browser/page/timeline/legend.ts'
import { drawIcon } from '../../../examples/browser/page/timeline/marks.ts'
import { stateIcon } from '../../../examples/browser/page/timeline/state-icon.ts'
import { Track } from '../../../examples/browser/page/timeline/track.ts'
import { describeEntry, stateNames, summarize } from '../../../examples/browser/page/timeline/words.ts'
import type { LaneEntry } from '../../../examples/browser/shared/lane.ts'
import type { Playground } from '../playground.ts'

// A picture of hours would show calls of minutes as one.
const longestShownMs = 60_000
const shownEntries = 30
const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

/** The life of the token: as a picture, and in words. */
export class Life {
  readonly node: HTMLElement
  readonly #playground: Playground
  readonly #track = new Track()
  readonly #frame = element('div', { class: 'track-frame' })
  readonly #axis = svg('svg', { class: 'axis', 'aria-hidden': 'true' })
  readonly #state = element('p', { class: 'state', id: 'state' })
  readonly #summary = element('p', { class: 'summary' })
  readonly #reason = element('p', { class: 'why', id: 'reason' })
  readonly #log = element('ol', { class: 'happenings', tabindex: 0, 'aria-label': 'What happened, the newest first' })
  #newest: LaneEntry | undefined

  constructor(playground: Playground) {
    this.#playground = playground
    this.#frame.append(this.#track.node)
    this.node = element(
      'section',
      { class: 'panel life', 'aria-labelledby': 'life-heading' },
      element('h2', { id: 'life-heading' }, 'The life of the token'),
      element('div', { class: 'now-line' }, this.#state, this.#summary),
      this.#axis,
      this.#frame,
      this.#reason,
      element('ul', { class: 'legend', 'aria-label': 'Legend' }, ...drawLegend()),
      this.#log,
    )
  }

  draw(now: number): void {
    const { lane, status } = this.#playground.session
    const state = lane.isRejected ? 'rejected' : status.state
    const name = state === 'rejected' ? 'Rejected' : stateNames[state]
    if (this.node.dataset['state'] !== state) {
      this.node.dataset['state'] = state
      this.#state.replaceChildren(stateIcon(state), name)
    }
    const summary = summarize(status, now)
    setText(this.#summary, summary)
    setText(this.#reason, status.reason)
    const width = this.#frame.clientWidth
    const stretch = chooseStretch(Math.min(this.#playground.lifetimeMs, longestShownMs), width)
    drawAxis(this.#axis, width, stretch)
    this.#track.draw(lane.entries, now, width, stretch, `${name}. ${summary}`)
    this.#drawLog(lane.entries)
  }

  move(now: number): void {
    this.#track.move(now)
  }

  #drawLog(entries: readonly LaneEntry[]): void {
    const told = entries.filter((entry) => entry.kind !== 'call')
    const newest = told.at(-1)
    if (newest === this.#newest && newest) return
    this.#newest = newest
    const lines = told.slice(-shownEntries).toReversed().map(drawLine)
    this.#log.replaceChildren(...(lines.length > 0 ? lines : [element('li', { class: 'nothing' }, 'Nothing has happened yet.')]))
  }
}

function drawLine(entry: Exclude<LaneEntry, { kind: 'call' }>): HTMLElement {
  return element(
    'li',
    { 'data-kind': entry.kind },
    drawIcon(entry.kind),
    element('p', {}, describeEntry(entry)),
    element('time', { datetime: new Date(entry.at).toISOString() }, time.format(entry.at)),
  )
}
