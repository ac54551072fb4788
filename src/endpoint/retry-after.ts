import { clockSkew, parseHttpDate, type ReplyTimes } from '../token/lifetime.ts'

const longestMs = 60_000

/**
 * When a `Retry-After` header (RFC 9110 §10.2.3: seconds or a date) allows the next request, ms since the epoch of our
 * clock; at most a minute ahead. `undefined` for none, garbage, or a time that has come.
 */
export function parseRetryAfter(header: string | null | undefined, times: ReplyTimes): number | undefined {
  const delayMs = /^\d+$/.test(header ?? '') ? Number(header) * 1000 : parseHttpDate(header) - clockSkew(times) - times.receivedAt
  return delayMs > 0 ? times.receivedAt + Math.min(delayMs, longestMs) : undefined
}
