import { longestRetryAfterMs } from '../base/retry-after-limit.ts'
import { clockSkew, parseHttpDate, type ReplyTimes, readNumber } from '../token/instant.ts'

/**
 * When a server allows the next request, ms since the epoch of our clock; at most an hour ahead. `undefined` for nothing,
 * garbage, or a time that has come.
 * @param headers the reply's `retry-after-ms`, which counts where it is understood, and `retry-after` (RFC 9110 §10.2.3: seconds
 * or a date; some servers send fractions of seconds)
 */
export function parseRetryAfter(headers: Pick<Headers, 'get'>, times: ReplyTimes): number | undefined {
  const [ms, seconds] = ['retry-after-ms', 'retry-after'].map((name) => readNumber(headers.get(name)))
  const untilDateMs = () => parseHttpDate(headers.get('retry-after')) - clockSkew(times) - times.receivedAt
  const delayMs = [ms, (seconds as number) * 1_000, untilDateMs()].find((value) => !Number.isNaN(value))
  return delayMs && delayMs > 0 ? times.receivedAt + Math.min(Math.ceil(delayMs), longestRetryAfterMs) : undefined
}
