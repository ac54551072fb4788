import { jwtDecode } from 'jwt-decode'

/** When a reply was asked for and received, by our clock and by the server's. */
export interface ReplyTimes {
  /** Start of the request, ms since the epoch. Lifetimes count from it, since the server's count began no earlier. */
  requestedAt: number
  /** End of the reply, ms since the epoch. */
  receivedAt: number
  /** The reply's `Date` header. */
  date?: string | null
}

/** What says how long a token lives. */
export interface LifetimeSources {
  accessToken: string
  /** Lifetime in the policy's unit. */
  expiresIn?: unknown
  /** Instant in the policy's unit since the epoch, or an ISO 8601 date. */
  expiresAt?: unknown
}

/** How a provider's lifetimes are to be read. */
export interface LifetimePolicy {
  /** @default 's' */
  readonly expiresInUnit?: 's' | 'ms' | undefined
  /** Whether a lifetime of 0 means that the token never expires. @default false */
  readonly zeroMeansNever?: boolean | undefined
  /** Where nothing says; `Infinity` means never. @default 3_600_000 */
  readonly defaultLifetimeMs?: number | undefined
  /** Which one is asked first. @default 'response' */
  readonly lifetimeFrom?: 'response' | 'jwt' | undefined
}

const maxLifetimeMs = 365 * 86_400_000
// A `Date` header has whole seconds, and a second passes easily between two machines that agree.
const toleratedSkewMs = 2000
// As seconds this is the year 5138, as milliseconds 1973: a token has one of both only if its unit was mistaken.
const largestSeconds = 1e11

/**
 * When a token expires, ms since the epoch; `undefined` where it never does. Always within 365 days of the request.
 * What is no number, negative or absurd counts as absent, and so does an instant that is past when it arrives: a wrong
 * clock or a server's slip would else cause a renewal for each call.
 */
export function readExpiry(sources: LifetimeSources, policy: LifetimePolicy, times: ReplyTimes): number | undefined {
  const { requestedAt } = times
  const expiresAt =
    (policy.lifetimeFrom === 'jwt' ? readJwtExpiry(sources.accessToken, times) : undefined) ??
    readReplyExpiry(sources, policy, times) ??
    readJwtExpiry(sources.accessToken, times) ??
    requestedAt + (policy.defaultLifetimeMs ?? 3_600_000)
  return expiresAt === Infinity ? undefined : Math.min(Math.max(expiresAt, requestedAt), requestedAt + maxLifetimeMs)
}

function readReplyExpiry(
  { expiresIn, expiresAt }: LifetimeSources,
  { expiresInUnit, zeroMeansNever }: LifetimePolicy,
  times: ReplyTimes,
): number | undefined {
  const lifetime = readDuration(expiresIn, expiresInUnit)
  if (lifetime === 0 && zeroMeansNever) return Infinity
  if (lifetime !== undefined) return times.requestedAt + lifetime
  const instant = readInstant(expiresAt, expiresInUnit, times)
  return instant !== undefined && instant > times.receivedAt ? instant : undefined
}

function readJwtExpiry(accessToken: string, times: ReplyTimes): number | undefined {
  const claims = readClaims(accessToken)
  const exp = readClaimInstant(claims['exp'])
  if (exp === undefined) return undefined
  const expiresAt = exp - clockSkew(times)
  if (expiresAt > times.receivedAt) return expiresAt
  const lifetime = exp - (readClaimInstant(claims['iat']) ?? exp)
  return lifetime > 0 ? times.requestedAt + lifetime : undefined
}

/** A duration in ms: a number or numeric text that is not negative and no larger than a safe integer. */
export function readDuration(value: unknown, unit: 's' | 'ms' = 's'): number | undefined {
  const number = typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value
  const ms = typeof number === 'number' ? number * (unit === 's' ? 1000 : 1) : -1
  return ms >= 0 && ms <= Number.MAX_SAFE_INTEGER ? Math.trunc(ms) : undefined
}

/** An instant of the server's clock as one of ours: numeric in `unit` since the epoch, or an ISO 8601 date (UTC unless it says else). */
export function readInstant(value: unknown, unit: 's' | 'ms' | undefined, times: ReplyTimes): number | undefined {
  const [, day, time, zone] =
    (typeof value === 'string' && /^(\d{4}-\d\d-\d\d)(?:[T ]([\d:.]{5,}) ?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(value)) || []
  const instant = day ? Date.parse(time ? `${day}T${time}${zone ?? 'Z'}` : day) : readDuration(value, unit)
  // A date such as 2026-13-45 gives NaN.
  return instant === undefined || Number.isNaN(instant) ? undefined : instant - clockSkew(times)
}

/** A JWT claim as an instant of the server's clock, ms since the epoch: RFC 7519 §2 says seconds, some servers send ms. */
export function readClaimInstant(value: unknown): number | undefined {
  const instant = readDuration(value, 'ms')
  return instant !== undefined && instant <= largestSeconds ? instant * 1000 : instant
}

/** The claims of a JWT, unverified: a hint about times, never a proof. Of anything else, none. */
export function readClaims(token: string): Record<string, unknown> {
  try {
    return jwtDecode<Record<string, unknown> | null>(token) ?? {}
  } catch {
    // Its error quotes the token.
    return {}
  }
}

/** How far the server's clock is ahead of ours, ms; 0 where they agree within 2 s, or where the server does not say. */
export function clockSkew({ requestedAt, receivedAt, date }: ReplyTimes): number {
  const serverTime = parseHttpDate(date)
  return serverTime > receivedAt + toleratedSkewMs || serverTime < requestedAt - toleratedSkewMs ? serverTime - requestedAt : 0
}

/** An HTTP date (RFC 9110 §5.6.7) in ms since the epoch; NaN for anything else: `Date.parse` alone takes `'1 banana'` for a date. */
export function parseHttpDate(text: string | null | undefined): number {
  return /^[A-Z][a-z]{2,8}, .{5,30} GMT$/.test(text ?? '') ? Date.parse(text as string) : Number.NaN
}
