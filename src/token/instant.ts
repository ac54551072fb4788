/** When a reply was asked for and received, by our clock and by the server's. */
export interface ReplyTimes {
  /** Start of the request, ms since the epoch. Lifetimes count from it, since the server's count began no earlier. */
  readonly requestedAt: number
  /** End of the reply, ms since the epoch. */
  readonly receivedAt: number
  /** The reply's `Date` header. */
  readonly date?: string | null | undefined
}

/** Stands for a value that is present and cannot be understood as a time. */
export const unclear: unique symbol = Symbol('unclear')

// A `Date` header has whole seconds, and a second passes easily between two machines that agree.
const toleratedSkewMs = 2_000
// As seconds this is the year 5138, as milliseconds 1973: a token has one of both only if its unit was mistaken.
const largestSeconds = 1e11
// The year 2001. Anything smaller cannot be an instant, and anything larger cannot be a lifetime.
const earliestMs = 1e12
const latestMs = 8.64e15

/**
 * The end of a lifetime, ms since the epoch of our clock. A lifetime of 1e9 s or more, or a date, is taken for the instant of the
 * end. `unclear` for anything else that is present.
 */
export function readLifetime(value: unknown, unit: 's' | 'ms' = 's', times: ReplyTimes): number | typeof unclear | undefined {
  const number = readNumber(value)
  const lifetimeMs = number * (unit === 's' ? 1_000 : 1)
  return lifetimeMs < earliestMs ? times.requestedAt + Math.trunc(lifetimeMs) : readInstant(value, undefined, times)
}

/**
 * An instant of the server's clock, converted to ours: a number in `unit` since the epoch (without a unit, seconds up to 1e11, else
 * milliseconds), or a date of ISO 8601 (UTC unless it has an offset) or HTTP. An instant that has passed on arrival counts as
 * absent: a wrong clock would otherwise cause a renewal for each call.
 */
export function readInstant(value: unknown, unit: 's' | 'ms' | undefined, times: ReplyTimes): number | typeof unclear | undefined {
  if (value === undefined) return undefined
  const number = readNumber(value)
  const instant = Number.isNaN(number) ? readDate(value) : number * ((unit ?? unitOf(number)) === 's' ? 1_000 : 1)
  if (!(instant >= earliestMs && instant <= latestMs)) return unclear
  const ours = Math.trunc(instant) - clockSkew(times)
  return ours > times.receivedAt ? ours : undefined
}

/** A JWT claim as an instant of the server's clock, ms since the epoch: RFC 7519 §2 says seconds, some servers send ms. */
export function readClaimInstant(value: unknown): number | undefined {
  const number = readNumber(value)
  const instant = Math.trunc(number * (unitOf(number) === 's' ? 1_000 : 1))
  return instant <= latestMs ? instant : undefined
}

/** A number that is not negative, also as a string; NaN for anything else. */
export function readNumber(value: unknown): number {
  const number = typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value
  return typeof number === 'number' && number >= 0 && number < Infinity ? number : NaN
}

const unitOf = (instant: number): 's' | 'ms' => (instant <= largestSeconds ? 's' : 'ms')

function readDate(value: unknown): number {
  if (typeof value !== 'string') return NaN
  const [, day, time = '00:00', fraction = '', hours = '+00', minutes = '00'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))? ?(?:Z|UTC|GMT|([+-]\d\d)(?::?(\d\d))?)?)?$/i.exec(value.trim()) ?? []
  // All engines parse three digits of a fraction, and an offset with a colon.
  return day
    ? Date.parse(`${day}T${time}${fraction && `.${fraction.slice(0, 3).padEnd(3, '0')}`}${hours}:${minutes}`)
    : parseHttpDate(value)
}

/** How far the server's clock is ahead of ours, ms; 0 where they agree within 2 s, or where the server does not say. */
export function clockSkew({ requestedAt, receivedAt, date }: ReplyTimes): number {
  const serverTime = parseHttpDate(date)
  return serverTime > receivedAt + toleratedSkewMs || serverTime < requestedAt - toleratedSkewMs ? serverTime - requestedAt : 0
}

/** An HTTP date (RFC 9110 §5.6.7) in ms since the epoch; NaN for anything else: `Date.parse` alone takes `'1 banana'` for a date. */
export function parseHttpDate(text: string | null | undefined): number {
  return /^[A-Z][a-z]{2,8}, .{5,30} GMT$/.test(text ?? '') ? Date.parse(text as string) : NaN
}
