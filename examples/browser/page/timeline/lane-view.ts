import type { LaneId } from '../../shared/lane.ts'
import type { Disturbance } from '../../shared/messages.ts'
import { element, setText } from '../dom.ts'
import type { LaneModel } from '../lane-model.ts'
import { stateIcon } from './state-icon.ts'
import { findOutage } from './timeline-model.ts'
import { type Stretch, Track } from './track.ts'
import { explainAbsence, formatDuration, laneHomes, laneTitles, signIns, stateNames, summarize } from './words.ts'

/** One lane: whose token it is, its picture, and what can be done to it. */
export class LaneView {
  readonly node: HTMLElement
  readonly #lane: LaneModel
  readonly #track = new Track()
  readonly #state = element('span', { class: 'state' })
  readonly #summary = element('p', { class: 'summary' })
  readonly #reason = element('p', { class: 'reason' })
  readonly #frame = element('div', { class: 'track-frame' })
  readonly #actions = element('div', { class: 'actions' })
  readonly #revoke: HTMLButtonElement
  readonly #cutOff: HTMLButtonElement

  constructor(lane: LaneModel, disturb: (act: Disturbance['act'], lane: LaneId) => void) {
    this.#lane = lane
    const title = laneTitles[lane.id]
    const heading = `lane-${lane.id}`
    this.#revoke = element(
      'button',
      { class: 'button quiet', type: 'button', 'data-act': 'revoke', 'data-lane': lane.id, 'aria-label': `Revoke the token: ${title}` },
      'Revoke the token',
    )
    this.#cutOff = element('button', { class: 'button quiet', type: 'button', 'data-lane': lane.id })
    this.#revoke.addEventListener('click', () => disturb('revoke', lane.id))
    this.#cutOff.addEventListener('click', () => disturb(this.#cutOff.dataset['act'] as Disturbance['act'], lane.id))
    this.#frame.append(this.#track.node)
    this.#actions.append(this.#revoke, this.#cutOff)
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
      this.#actions,
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
    const outage = findOutage(entries, now)
    const isAbsent = state === 'absent'
    if (isAbsent) this.#tellAbsence(now)
    else setText(this.#reason, status?.reason ?? '')
    // What is not there cannot be revoked. A server that is away can come back all the same.
    this.#revoke.hidden = isAbsent
    this.#cutOff.hidden = isAbsent && !outage
    const title = laneTitles[this.#lane.id]
    const act = outage ? 'restore' : 'cutOff'
    setText(this.#cutOff, outage ? `Reconnect (${formatDuration(outage.to - now)})` : 'Cut the server off')
    if (this.#cutOff.dataset['act'] === act) return
    this.#cutOff.dataset['act'] = act
    this.#cutOff.setAttribute('aria-label', `${outage ? 'Reconnect the server' : 'Cut the server off'}: ${title}`)
  }

  /** In words, with a link to where a user signs in. */
  #tellAbsence(now: number): void {
    const { id, status } = this.#lane
    const { text, canSignIn } = explainAbsence(id, status, now)
    const signIn = canSignIn ? signIns[id] : undefined
    const whole = `${text}${signIn ? `${signIn.text}.` : ''}`
    // Drawn anew where it differs: a link that has the focus keeps it.
    if (this.#reason.textContent === whole) return
    this.#reason.replaceChildren(text, ...(signIn ? [element('a', { href: signIn.href }, signIn.text), '.'] : []))
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
