import type { Events } from '../base/events.ts'
import { cleanUrl } from '../base/redact.ts'
import { ForbiddenPaths } from './forbidden-paths.ts'

const pauseMs = 60_000
const mostInVain = 3
const mostRenewals = 10

export interface RejectionBrakeOptions {
  readonly events: Events
  readonly now: () => number
}

/** What the brake looks at of a token. */
interface Rejected {
  readonly generation: number
  /** Whether the API has accepted it before. */
  readonly isAccepted: boolean
}

/**
 * Keeps rejections from causing a renewal each: those of paths that reject every token, and of an API that accepts none.
 * After three tokens in a row that nobody accepted, or ten forced renewals within a minute, there are none for a minute.
 */
export class RejectionBrake {
  readonly #options: RejectionBrakeOptions
  readonly #paths = new ForbiddenPaths()
  // The generation from which a renewal was forced last, and when the last ten were.
  #renewedFrom = 0
  #renewedAt: number[] = []
  // The last generation that was got in vain, when that was seen, and how many there were in a row.
  #vain = { generation: 0, at: 0, count: 0 }
  #pause = { until: 0, endsWhenAccepted: false }

  constructor(options: RejectionBrakeOptions) {
    this.#options = options
  }

  /** Until when no renewal is forced, ms since the epoch. */
  get pausedUntil(): number | undefined {
    const leftMs = this.#pause.until - this.#options.now()
    // A pause that is further away was begun by a clock that has jumped back since.
    return leftMs > 0 && leftMs <= pauseMs ? this.#pause.until : undefined
  }

  /** Whether a token that a call to this URL rejected may be renewed; also where its renewal is under way, and joined. */
  mayRenew({ generation, isAccepted }: Rejected, url = ''): boolean {
    // The token is right elsewhere, and this path rejects every one.
    if (isAccepted && this.#paths.has(cleanUrl(url), this.#options.now())) return false
    return generation === this.#renewedFrom || this.pausedUntil === undefined
  }

  /** Notes that a renewal is forced; once for each generation. */
  noteRenewal({ generation }: Rejected): void {
    if (generation === this.#renewedFrom) return
    const now = this.#options.now()
    this.#renewedFrom = generation
    this.#renewedAt = [...this.#renewedAt.filter((at) => at <= now && now - at < pauseMs), now]
    if (this.#renewedAt.length >= mostRenewals) this.#begin(now, false)
  }

  /** Notes that a token was rejected. */
  noteRejection({ generation, isAccepted }: Rejected): void {
    const isForced = this.#renewedFrom > 0 && generation > this.#renewedFrom
    if (isAccepted || !isForced || generation <= this.#vain.generation) return
    const now = this.#options.now()
    const { at, count } = this.#vain
    // So long that a single try after a pause counts with those before it.
    const isInRow = now >= at && now - at <= 2 * pauseMs
    this.#vain = { generation, at: now, count: isInRow ? count + 1 : 1 }
    if (this.#vain.count >= mostInVain) this.#begin(now, true)
  }

  /** Notes how a call fared that was sent again with a newly got token. */
  noteReplay(held: Rejected, url: string, isRejected: boolean): void {
    const path = cleanUrl(url)
    if (isRejected) {
      this.#paths.add(path, this.#options.now())
      this.noteRejection(held)
    } else {
      this.#paths.delete(path)
    }
  }

  /** Notes that a token was accepted. */
  noteAcceptance({ generation, isAccepted }: Rejected, url = ''): void {
    this.#paths.noteAcceptance(url)
    if (isAccepted || generation < this.#vain.generation) return
    this.#vain.count = 0
    if (this.#pause.endsWhenAccepted) this.#pause.until = 0
  }

  #begin(now: number, endsWhenAccepted: boolean): void {
    const isPaused = this.pausedUntil !== undefined
    // One that acceptance does not end stays.
    if (isPaused && !this.#pause.endsWhenAccepted) return
    this.#pause = { until: now + pauseMs, endsWhenAccepted }
    // Told once: a pause that goes on after a single try is no news.
    if (!isPaused && this.#vain.count <= mostInVain) this.#options.events.emit('warning', { code: 'forced_renewals_paused' })
  }
}
