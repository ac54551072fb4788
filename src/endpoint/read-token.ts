import { freezeCopy, omitUndefined } from '../base/plain-data.ts'
import { clockSkew, readClaimInstant } from '../token/instant.ts'
import { type ReplyReading, readClaims, readExpiry, readRefreshExpiry } from '../token/lifetime.ts'
import type { Token } from '../token/token.ts'
import { type PathSource, readPath } from '../vocabulary/paths.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { readScopes } from '../vocabulary/scope.ts'
import { schemeOf } from './read-access-token.ts'

/** What the token of a reply depends on, beside its body. */
export interface TokenReading extends ReplyReading {
  readonly provider: Provider
  /** Where the reply says that the API is. */
  readonly apiUrl?: string | undefined
  /** The token that was presented. The new token keeps what the reply leaves out. */
  readonly previous?: Partial<Token> | undefined
}

/**
 * The token of a granted reply (RFC 6749 §5.1), deeply frozen. Only named fields are copied. Fields that the reply leaves out are
 * kept from the previous token: the refresh token, the scope (RFC 6749 §6), the type, the lifetime, extra fields.
 */
export function readToken(accessToken: string, source: PathSource, reading: TokenReading): Token {
  const { provider, previous = {}, requestedAt } = reading
  const { tokenResponse: profile = {} } = provider
  const type = readPath(source, profile.tokenType ?? 'token_type')
  const newRefreshToken = readRefreshToken(readPath(source, profile.refreshToken ?? 'refresh_token'))
  const sources = {
    accessToken,
    expiresIn: readPath(source, profile.expiresIn ?? 'expires_in'),
    expiresAt: readPath(source, profile.expiresAt ?? []),
    previous,
  }
  return freezeCopy({
    accessToken,
    tokenType: typeof type === 'string' ? type : (previous.tokenType ?? schemeOf(provider)),
    issuedAt: requestedAt,
    expiresAt: readExpiry(sources, profile, reading),
    ...omitUndefined({
      refreshToken: newRefreshToken ?? previous.refreshToken,
      refreshableUntil:
        provider.renewal?.by === 'access_token' ? readWindowEnd(accessToken, reading) : readRefreshEnd(source, newRefreshToken, reading),
      apiUrl: reading.apiUrl ?? previous.apiUrl,
      scope: readScopes(readPath(source, profile.scope ?? 'scope'), profile.scopeSeparator) ?? previous.scope,
      extra: profile.extra && { ...previous.extra, ...readExtra(source, profile.extra) },
    }),
  })
}

/** RFC 6749 §A.17: visible ASCII and spaces. It travels in bodies only, so spaces do no harm. */
function readRefreshToken(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x20-\x7e]{1,16384}$/.test(value) ? value : undefined
}

/** Until when an access token can be presented for the next one, ms since the epoch. */
function readWindowEnd(accessToken: string, { provider, previous = {}, ...times }: TokenReading): number | undefined {
  const { renewal } = provider
  if (renewal?.by !== 'access_token' || renewal.windowMs === undefined) return undefined
  const start = renewal.windowFrom && readClaimInstant(readClaims(accessToken)[renewal.windowFrom])
  if (start) return Math.min(start - clockSkew(times), times.requestedAt) + renewal.windowMs
  return previous.refreshableUntil ?? times.requestedAt + renewal.windowMs
}

/** Until when a refresh token can be presented, ms since the epoch; `undefined` where neither the server nor the profile says. */
function readRefreshEnd(source: PathSource, newRefreshToken: string | undefined, reading: TokenReading): number | undefined {
  const { provider, previous = {}, requestedAt } = reading
  const { renewal, tokenResponse: profile = {} } = provider
  const sources = {
    refreshToken: newRefreshToken ?? (previous.refreshableUntil === undefined ? previous.refreshToken : undefined),
    expiresIn: readPath(source, profile.refreshExpiresIn ?? []),
    expiresAt: readPath(source, profile.refreshExpiresAt ?? []),
  }
  const told = readRefreshExpiry(sources, profile, reading)
  if (told !== undefined || !newRefreshToken) return told ?? previous.refreshableUntil
  const { issuedAt = Number.NaN, refreshableUntil = Number.NaN } = previous
  const usualMs = renewal?.by === 'refresh_token' ? renewal.refreshLifetimeMs : undefined
  // The longer one. A token that counts as ended is never presented, and a person has to sign in; too long a time costs one refused request.
  const lifetimeMs = Math.max(...([usualMs, refreshableUntil - issuedAt].filter((ms) => ms !== undefined && ms > 0) as number[]))
  return lifetimeMs > 0 ? requestedAt + lifetimeMs : undefined
}

function readExtra(source: PathSource, paths: readonly string[]): Record<string, unknown> {
  return omitUndefined(Object.fromEntries(paths.map((path) => [path, readPath(source, path)])))
}
