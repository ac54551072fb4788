import { cleanUrl } from '../base/redact.ts'
import { ForbiddenPaths } from './forbidden-paths.ts'

const pauseMs = 60_000
const mostInVain = 3
const mostRenewals = 10

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
  readonly #onPause: (now: number) => void
  readonly #paths = new ForbiddenPaths()
  // The generation from which a renewal was forced last, and when the last ten were.
  #renewedFrom = 0
  #renewedAt: number[] = []
  // The last generation that was got in vain, when that was seen, and how many there were in a row.
  #vain = { generation: 0, at: 0, count: 0 }
  #pause = { until: 0, endsWhenAccepted: false }

  /** @param onPause called where a pause begins, and not where it goes on after a single try */
  constructor(onPause: (now: number) => void) {
    this.#onPause = onPause
  }

  /** Until when no renewal is forced, ms since the epoch. */
  pausedUntil(now: number): number | undefined {
    const { until } = this.#pause
    // A pause that is further away was begun by a clock that has jumped back since.
    return now < until && until - now <= pauseMs ? until : undefined
  }

  /** Whether a token that a call to this URL rejected may be renewed; also where its renewal is under way, and joined. */
  mayRenew({ generation, isAccepted }: Rejected, now: number, url = ''): boolean {
    // The token is right elsewhere, and this path rejects every one.
    if (isAccepted && this.#paths.has(cleanUrl(url), now)) return false
    return generation === this.#renewedFrom || this.pausedUntil(now) === undefined
  }

  /** Notes that a renewal is forced; once for each generation. */
  noteRenewal({ generation }: Rejected, now: number): void {
    if (generation === this.#renewedFrom) return
    this.#renewedFrom = generation
    this.#renewedAt = [...this.#renewedAt.filter((at) => at <= now && now - at < pauseMs), now]
    if (this.#renewedAt.length >= mostRenewals) this.#begin(now, false)
  }

  /** Notes that a token was rejected. */
  noteRejection({ generation, isAccepted }: Rejected, now: number): void {
    const isForced = this.#renewedFrom > 0 && generation > this.#renewedFrom
    if (isAccepted || !isForced || generation <= this.#vain.generation) return
    const { at, count } = this.#vain
    // So long that a single try after a pause counts with those before it.
    const isInRow = now >= at && now - at <= 2 * pauseMs
    this.#vain = { generation, at: now, count: isInRow ? count + 1 : 1 }
    if (this.#vain.count >= mostInVain) this.#begin(now, true)
  }

  /** Notes how a call fared that was sent again with a newly got token. */
  noteReplay({ held, isRejected }: { held: Rejected; isRejected: boolean }, url: string, now: number): void {
    const path = cleanUrl(url)
    if (isRejected) {
      this.#paths.add(path, now)
      this.noteRejection(held, now)
    } else {
      this.#paths.delete(path)
    }
  }

  /** Notes that a token was accepted for the first time. */
  noteAcceptance({ generation }: Rejected): void {
    if (generation < this.#vain.generation) return
    this.#vain.count = 0
    if (this.#pause.endsWhenAccepted) this.#pause.until = 0
  }

  #begin(now: number, endsWhenAccepted: boolean): void {
    const isPaused = this.pausedUntil(now) !== undefined
    // One that acceptance does not end stays.
    if (isPaused && !this.#pause.endsWhenAccepted) return
    this.#pause = { until: now + pauseMs, endsWhenAccepted }
    if (!isPaused && this.#vain.count <= mostInVain) this.#onPause(now)
  }
}
