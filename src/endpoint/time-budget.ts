import { TokenNetworkError } from '../base/errors.ts'

/**
 * The time that an attempt has left, ms.
 * @throws TokenNetworkError `timed_out` where none is left: nothing may be sent then, since there is no time to wait for a reply
 */
export type TimeLeft = () => number

/** Starts the time of one attempt, by the monotonic clock. */
export function startBudget(ms: number): TimeLeft {
  const endsAt = performance.now() + ms
  return () => {
    const leftMs = endsAt - performance.now()
    if (leftMs > 0) return leftMs
    throw new TokenNetworkError('timed_out', 'No time was left to send the token request. Try again, or raise timeoutMs.')
  }
}
