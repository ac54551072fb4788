import { freezeCopy } from '../base/plain-data.ts'
import { clockSkew, readClaimInstant, readClaims, readDuration, readExpiry, readInstant } from '../token/lifetime.ts'
import { isUsableTokenText, type Token } from '../token/token.ts'
import { readPath } from '../vocabulary/paths.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { readScopes } from '../vocabulary/scope.ts'
import type { TokenReply } from './send-token-request.ts'

interface ReadContext {
  provider: Provider
  previous?: Partial<Token> | undefined
}

/**
 * The token in a granted reply (RFC 6749 §5.1), frozen through and through, or `undefined` where it has no usable one.
 * Only named fields are copied. What the reply leaves out is kept from `previous`: the refresh token, the scope (RFC 6749
 * §6), the type, extra fields.
 */
export function readToken(body: unknown, reply: TokenReply, { provider, previous = {} }: ReadContext): Token | undefined {
  const profile = provider.tokenResponse ?? {}
  const accessToken = readPath(body, profile.accessToken ?? 'access_token')
  if (!isUsableTokenText(accessToken) || (accessToken === body && !canBeBareToken(accessToken, reply))) return undefined
  const type = readPath(body, profile.tokenType ?? 'token_type')
  const newRefreshToken = readRefreshToken(readPath(body, profile.refreshToken ?? 'refresh_token'))
  const rest = {
    refreshToken: newRefreshToken ?? previous.refreshToken,
    refreshableUntil: readRenewalEnd(body, reply, accessToken, newRefreshToken, { provider, previous }),
    scope: readScopes(readPath(body, profile.scope ?? 'scope'), profile.scopeSeparator) ?? previous.scope,
    extra: profile.extra && { ...previous.extra, ...readExtra(body, profile.extra) },
  }
  const lifetime = {
    accessToken,
    expiresIn: readPath(body, profile.expiresIn ?? 'expires_in'),
    expiresAt: readPath(body, profile.expiresAt ?? []),
  }
  const token = {
    accessToken,
    tokenType: typeof type === 'string' ? type : (previous.tokenType ?? 'Bearer'),
    issuedAt: reply.requestedAt,
    expiresAt: readExpiry(lifetime, profile, reply),
  }
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) Object.assign(token, { [name]: value })
  return freezeCopy(token)
}

/** A page or broken JSON is no token, however short. */
function canBeBareToken(text: string, { contentType }: TokenReply): boolean {
  return !/html/i.test(contentType) && !/^[{[<"]/.test(text)
}

/** RFC 6749 §A.17: visible ASCII and spaces. It travels in bodies only, so spaces do no harm. */
function readRefreshToken(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x20-\x7e]{1,16384}$/.test(value) ? value : undefined
}

/** Until when the token can be renewed with what the server gave, ms since the epoch; `undefined` where nobody says. */
function readRenewalEnd(
  body: unknown,
  reply: TokenReply,
  accessToken: string,
  newRefreshToken: string | undefined,
  { provider, previous = {} }: ReadContext,
): number | undefined {
  const { renewal, tokenResponse: profile = {} } = provider
  if (renewal?.by === 'access_token') {
    const start = renewal.windowFrom && readClaimInstant(readClaims(accessToken)[renewal.windowFrom])
    if (start) return Math.min(start - clockSkew(reply), reply.requestedAt) + renewal.windowMs
    return previous.refreshableUntil ?? reply.requestedAt + renewal.windowMs
  }
  // Some servers say 0 for a refresh token that never expires.
  const lifetime = readDuration(readPath(body, profile.refreshExpiresIn ?? []), profile.expiresInUnit)
  if (lifetime) return reply.requestedAt + lifetime
  const end = readInstant(readPath(body, profile.refreshExpiresAt ?? []), profile.expiresInUnit, reply)
  if (end && end > reply.receivedAt) return end
  if (!newRefreshToken) return previous.refreshableUntil
  return renewal?.by === 'refresh_token' && renewal.refreshLifetimeMs ? reply.requestedAt + renewal.refreshLifetimeMs : undefined
}

function readExtra(body: unknown, paths: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(paths.map((path) => [path, readPath(body, path)]).filter(([, value]) => value !== undefined))
}
