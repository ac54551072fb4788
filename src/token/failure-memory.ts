import { isTokenwellError, SignInRequiredError, TokenEndpointError, type TokenwellError } from '../base/errors.ts'
import { longestRetryAfterMs } from '../base/retry-after-limit.ts'

const refusalMs = 30_000
const firstOutageMs = 500
const longestOutageMs = 30_000

/**
 * Remembers why there was no token, so that callers in between get that error at once: a refusal, which will repeat,
 * for 30 s; an outage for 0.5 s, doubling with each probe that fails, up to 30 s; or for as long as the server's
 * `Retry-After` says. The error carries it as `retryAt`.
 */
export class FailureMemory {
  #error: TokenwellError | undefined
  #outages = 0

  /** The error to hand to callers at `now`, if one still stands. */
  recall(now: number): TokenwellError | undefined {
    // No server can ask for a longer wait: the clock has been set back since.
    const leftMs = (this.#error?.retryAt ?? 0) - now
    return leftMs > 0 && leftMs <= longestRetryAfterMs ? this.#error : undefined
  }

  /** Keeps a failure. Not what asks for a person: that costs no request, and ends as soon as the store changes. */
  remember(error: unknown, now: number): void {
    if (!isTokenwellError(error) || error instanceof SignInRequiredError) return
    const isRefusal = error instanceof TokenEndpointError && !error.retryable
    const retryAt = error.retryAt ?? now + (isRefusal ? refusalMs : this.#nextOutageMs())
    Object.defineProperty(error, 'retryAt', { value: retryAt, enumerable: true, configurable: true })
    this.#error = error
  }

  #nextOutageMs(): number {
    const delayMs = Math.min(longestOutageMs, firstOutageMs * 2 ** this.#outages++)
    // Up to a fifth less, by chance: a fleet that failed together does not come back together.
    return Math.round(delayMs * (1 - Math.random() / 5))
  }
}
