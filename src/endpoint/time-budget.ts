import { TokenNetworkError } from '../base/errors.ts'

/**
 * What is left of an attempt's time, ms.
 * @throws TokenNetworkError `function_failed` where nothing is left: so long as it is asked, only functions of the caller's have used it up
 */
export type TimeLeft = () => number

/** Starts the time of one attempt, by the monotonic clock. */
export function startBudget(ms: number): TimeLeft {
  const endsAt = performance.now() + ms
  return () => {
    const leftMs = endsAt - performance.now()
    if (leftMs > 0) return leftMs
    throw new TokenNetworkError(
      'function_failed',
      `The ${Math.round(ms)} ms of a token request were over before it was sent. Try again, or raise timeoutMs.`,
    )
  }
}
