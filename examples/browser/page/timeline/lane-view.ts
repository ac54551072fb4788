import type { LaneId } from '../../shared/lane.ts'
import type { Disturbance } from '../../shared/messages.ts'
import { element, setText } from '../dom.ts'
import type { LaneModel } from '../lane-model.ts'
import { stateIcon } from './state-icon.ts'
import { findOutage } from './timeline-model.ts'
import { type Stretch, Track } from './track.ts'
import { formatDuration, laneHomes, laneTitles, stateNames, summarize } from './words.ts'

/** One lane: whose token it is, its picture, and what can be done to it. */
export class LaneView {
  readonly node: HTMLElement
  readonly #lane: LaneModel
  readonly #track = new Track()
  readonly #state = element('span', { class: 'state' })
  readonly #summary = element('p', { class: 'summary' })
  readonly #reason = element('p', { class: 'reason' })
  readonly #frame = element('div', { class: 'track-frame' })
  readonly #cutOff: HTMLButtonElement

  constructor(lane: LaneModel, disturb: (act: Disturbance['act'], lane: LaneId) => void) {
    this.#lane = lane
    const title = laneTitles[lane.id]
    const heading = `lane-${lane.id}`
    const revoke = element(
      'button',
      { class: 'button quiet', type: 'button', 'data-act': 'revoke', 'data-lane': lane.id, 'aria-label': `Revoke the token: ${title}` },
      'Revoke the token',
    )
    this.#cutOff = element('button', { class: 'button quiet', type: 'button', 'data-lane': lane.id })
    revoke.addEventListener('click', () => disturb('revoke', lane.id))
    this.#cutOff.addEventListener('click', () => disturb(this.#cutOff.dataset['act'] as Disturbance['act'], lane.id))
    this.#frame.append(this.#track.node)
    this.node = element(
      'section',
      { class: 'lane', id: `lane-of-${lane.id}`, 'aria-labelledby': heading },
      element(
        'div',
        { class: 'lane-head' },
        element('h3', { id: heading }, title),
        element('p', { class: 'lane-state' }, this.#state),
        element('p', { class: 'home' }, laneHomes[lane.id]),
        this.#summary,
      ),
      this.#frame,
      element('div', { class: 'actions' }, revoke, this.#cutOff),
      this.#reason,
    )
  }

  /** What it says in words; each second, and when something has happened. */
  tell(now: number): void {
    const { status, entries } = this.#lane
    const state = this.#lane.isRejected ? 'rejected' : (status?.state ?? 'absent')
    if (this.node.dataset['state'] !== state) {
      this.node.dataset['state'] = state
      this.#state.replaceChildren(stateIcon(state), state === 'rejected' ? 'Rejected' : stateNames[state])
    }
    setText(this.#summary, summarize(status, now))
    setText(this.#reason, status?.reason ?? (this.#lane.id === 'camdram' ? 'Nobody is signed in on the server.' : 'Not known yet.'))
    const outage = findOutage(entries, now)
    const title = laneTitles[this.#lane.id]
    const act = outage ? 'restore' : 'cutOff'
    setText(this.#cutOff, outage ? `Reconnect (${formatDuration(outage.to - now)})` : 'Cut the server off')
    if (this.#cutOff.dataset['act'] === act) return
    this.#cutOff.dataset['act'] = act
    this.#cutOff.setAttribute('aria-label', `${outage ? 'Reconnect the server' : 'Cut the server off'}: ${title}`)
  }

  draw(now: number, stretch: Stretch): void {
    const { entries, status, id } = this.#lane
    const label = `${laneTitles[id]}: ${stateNames[status?.state ?? 'absent']}. ${summarize(status, now)}`
    this.#track.draw(entries, now, this.#frame.clientWidth, stretch, label)
  }

  move(now: number): void {
    this.#track.move(now)
  }

  get width(): number {
    return this.#frame.clientWidth
  }
}
