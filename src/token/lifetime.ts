import { jwtDecode } from 'jwt-decode'
import { clockSkew, type ReplyTimes, readClaimInstant, readInstant, readLifetime, readNumber, unclear } from './instant.ts'
import type { Token } from './token.ts'

/** What says how long a token lives. */
export interface LifetimeSources {
  accessToken: string
  /** The reply's lifetime, in the policy's unit. */
  expiresIn?: unknown
  /** The reply's instant. */
  expiresAt?: unknown
  /** The token that was presented: its lifetime counts where a reply tells none. */
  previous?: Partial<Token> | undefined
}

/** How a provider's lifetimes are to be read. */
export interface LifetimePolicy {
  /** @default 's' for lifetimes; instants are told by their size */
  readonly expiresInUnit?: 's' | 'ms' | undefined
  /** Whether a lifetime of 0 means that the token never expires. @default false */
  readonly zeroMeansNever?: boolean | undefined
  /** Where nothing says; `Infinity`, or `'never'`, means never. @default 3_600_000 */
  readonly defaultLifetimeMs?: number | 'never' | undefined
  /** Which one is asked first. @default 'response' */
  readonly lifetimeFrom?: 'response' | 'jwt' | undefined
}

/** The times of a reply, and a listener for values that are present and cannot be understood. */
export interface ReplyReading extends ReplyTimes {
  readonly onUnclear?: (() => void) | undefined
}

const maxLifetimeMs = 365 * 86_400_000

/**
 * When a token expires, ms since the epoch; `undefined` where it never does. Always within 365 days of the request. Values that
 * cannot be understood count as absent. A renewal that tells no lifetime keeps the one that was told last.
 */
export function readExpiry(sources: LifetimeSources, policy: LifetimePolicy, reading: ReplyReading): number | undefined {
  const { requestedAt } = reading
  const said = readReplyExpiry(sources, policy, reading)
  const claimed = readJwtExpiry(sources.accessToken, reading)
  const told = policy.lifetimeFrom === 'jwt' ? (claimed ?? said) : (said ?? claimed)
  const expiresAt = told ?? requestedAt + (lastTold(sources.previous) ?? defaultLifetime(policy))
  return expiresAt === Infinity ? undefined : Math.min(Math.max(expiresAt, requestedAt), requestedAt + maxLifetimeMs)
}

/** Until when a refresh token can be presented, ms since the epoch: as the reply says, else as the token says where it is a JWT. */
export function readRefreshExpiry(
  { refreshToken = '', expiresIn, expiresAt }: { refreshToken: string | undefined; expiresIn: unknown; expiresAt: unknown },
  { expiresInUnit }: LifetimePolicy,
  reading: ReplyReading,
): number | undefined {
  // Some servers send 0 for a refresh token that never expires.
  const [lifetime, instant] = [expiresIn, expiresAt].map((value) => (readNumber(value) === 0 ? undefined : value))
  return (
    known(readLifetime(lifetime, expiresInUnit, reading), reading) ??
    known(readInstant(instant, expiresInUnit, reading), reading) ??
    readJwtExpiry(refreshToken, reading)
  )
}

function readReplyExpiry(
  { expiresIn, expiresAt }: LifetimeSources,
  { expiresInUnit, zeroMeansNever }: LifetimePolicy,
  reading: ReplyReading,
): number | undefined {
  if (zeroMeansNever && readNumber(expiresIn) === 0) return Infinity
  return known(readLifetime(expiresIn, expiresInUnit, reading), reading) ?? known(readInstant(expiresAt, expiresInUnit, reading), reading)
}

function known(end: number | typeof unclear | undefined, { onUnclear }: ReplyReading): number | undefined {
  if (end !== unclear) return end
  onUnclear?.()
  return undefined
}

function readJwtExpiry(token: string, times: ReplyTimes): number | undefined {
  const claims = readClaims(token)
  const exp = readClaimInstant(claims['exp'])
  if (exp === undefined) return undefined
  const lifetimeMs = exp - (readClaimInstant(claims['iat']) ?? exp)
  // No wrong clock can break this bound, ours or that of the `Date` header: it does not change the difference of the two claims.
  const latest = lifetimeMs > 0 ? times.requestedAt + lifetimeMs : undefined
  const expiresAt = exp - clockSkew(times)
  return expiresAt > times.receivedAt ? Math.min(expiresAt, latest ?? expiresAt) : latest
}

function lastTold({ issuedAt, expiresAt }: Partial<Token> = {}): number | undefined {
  return issuedAt === undefined ? undefined : (expiresAt ?? Infinity) - issuedAt
}

function defaultLifetime({ defaultLifetimeMs = 3_600_000 }: LifetimePolicy): number {
  return defaultLifetimeMs === 'never' ? Infinity : defaultLifetimeMs
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
