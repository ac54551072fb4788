import { TokenNetworkError } from '../base/errors.ts'

/**
 * What is left of an attempt's time, ms.
 * @throws TokenNetworkError `timed_out` where nothing is left: then nothing is sent, since no reply could be waited for
 */
export type TimeLeft = () => number

/** Starts the time of one attempt, by the monotonic clock. */
export function startBudget(ms: number): TimeLeft {
  const endsAt = performance.now() + ms
  return () => {
    const leftMs = endsAt - performance.now()
    if (leftMs > 0) return leftMs
    throw new TokenNetworkError('timed_out', 'The time of a token request was over before it was sent: try again, or raise timeoutMs.')
  }
}
