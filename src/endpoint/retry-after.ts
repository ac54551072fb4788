import { longestRetryAfterMs } from '../base/retry-after-limit.ts'
import { clockSkew, parseHttpDate, type ReplyTimes, readNumber } from '../token/instant.ts'

/**
 * When a server allows the next request, ms since the epoch of our clock, at most an hour ahead. `undefined` where it does not
 * say, cannot be understood, or names a time that has passed.
 * @param headers `retry-after-ms` is preferred where it is a number; `retry-after` (RFC 9110 §10.2.3) has seconds, of which some
 * servers send fractions, or a date
 */
export function parseRetryAfter(headers: Pick<Headers, 'get'>, times: ReplyTimes): number | undefined {
  const [ms, seconds] = ['retry-after-ms', 'retry-after'].map((name) => readNumber(headers.get(name)))
  const untilDateMs = () => parseHttpDate(headers.get('retry-after')) - clockSkew(times) - times.receivedAt
  const delayMs = [ms, (seconds as number) * 1_000, untilDateMs()].find((value) => !Number.isNaN(value))
  return delayMs && delayMs > 0 ? times.receivedAt + Math.min(Math.ceil(delayMs), longestRetryAfterMs) : undefined
}
