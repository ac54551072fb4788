import type { LaneEntry, LaneId } from '../../shared/lane.ts'
import { element } from '../dom.ts'
import type { LaneModel } from '../lane-model.ts'
import { drawIcon } from './marks.ts'
import { describeEntry, laneTitles } from './words.ts'

const shown = 60
const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

/** The same as the pictures, as a list of sentences, the newest one first. */
export class LogView {
  readonly #node: HTMLElement
  readonly #lines = new Map<LaneEntry, HTMLElement>()

  constructor(node: HTMLElement) {
    this.#node = node
    // Reached by Tab, so that it can be scrolled with the keys: not every browser does that by itself.
    node.tabIndex = 0
  }

  draw(lanes: Iterable<LaneModel>): void {
    const all: { id: LaneId; entry: Exclude<LaneEntry, { kind: 'call' }> }[] = []
    for (const { id, entries } of lanes) for (const entry of entries) if (entry.kind !== 'call') all.push({ id, entry })
    // Of what happened at the same time, what came later stands above.
    const newest = all
      .toSorted((a, b) => a.entry.at - b.entry.at)
      .toReversed()
      .slice(0, shown)
    const known = new Set(newest.map(({ entry }) => entry))
    for (const [entry, line] of this.#lines) {
      if (known.has(entry as (typeof newest)[number]['entry'])) continue
      line.remove()
      this.#lines.delete(entry)
    }
    let previous: Element | undefined
    for (const { id, entry } of newest) {
      const line = this.#lines.get(entry) ?? this.#add(id, entry)
      const place = previous ? previous.nextElementSibling : this.#node.firstElementChild
      if (line !== place) this.#node.insertBefore(line, place)
      previous = line
    }
  }

  #add(id: LaneId, entry: Exclude<LaneEntry, { kind: 'call' }>): HTMLElement {
    const line = element(
      'li',
      { 'data-lane': id, 'data-kind': entry.kind },
      drawIcon(entry.kind),
      element('p', {}, element('b', {}, laneTitles[id]), ` ${describeEntry(entry)}`),
      element('time', { datetime: new Date(entry.at).toISOString() }, time.format(entry.at)),
    )
    this.#lines.set(entry, line)
    return line
  }
}
