const maxStrikes = 3
const windowMs = 60_000

/**
 * Keeps an API that rejects every token from causing a renewal for each call: after three new tokens in a row were
 * rejected within a minute, forced renewals pause for a minute.
 */
export class RejectionBrake {
  #strikes = 0
  #firstStrikeAt = 0
  #lastGeneration = 0
  #pausedUntil = 0

  isPaused(now: number): boolean {
    // A pause that is further away was begun by a clock that has jumped back since.
    return now < this.#pausedUntil && this.#pausedUntil - now <= windowMs
  }

  /** Notes that a newly got token was rejected; once for each generation. Returns whether a pause begins with it. */
  strike(generation: number, now: number): boolean {
    if (generation <= this.#lastGeneration) return false
    this.#lastGeneration = generation
    if (now - this.#firstStrikeAt >= windowMs) this.#strikes = 0
    if (this.#strikes++ === 0) this.#firstStrikeAt = now
    if (this.#strikes < maxStrikes) return false
    this.#strikes = 0
    this.#pausedUntil = now + windowMs
    return true
  }

  /** Notes that a newly got token was accepted. */
  reset(): void {
    this.#strikes = 0
  }
}
