import type { TokenStatus } from 'tokenwell'
import { isHeld, keepRecent, type LaneEntry, type LaneId } from '../shared/lane.ts'

/** What the page knows of one token. */
export class LaneModel<Id extends string = LaneId> {
  readonly id: Id
  status: TokenStatus | undefined
  #entries: LaneEntry[] = []

  constructor(id: Id) {
    this.id = id
  }

  get entries(): readonly LaneEntry[] {
    return this.#entries
  }

  /** Whether the API has rejected the token, and there is no newer one yet. */
  get isRejected(): boolean {
    const held = this.#entries.findLast(isHeld)
    return this.#entries.some((entry) => entry.kind === 'rejected' && entry.generation === held?.generation && entry.at >= held.at)
  }

  add(entry: LaneEntry): void {
    this.#entries = keepRecent([...this.#entries, entry], entry.at)
  }

  /** Puts what a server says in place of what is known. */
  replace(entries: readonly LaneEntry[], status: TokenStatus | undefined): void {
    this.#entries = [...entries]
    this.status = status
  }
}
