import { cleanUrl } from '../base/redact.ts'
import type { TokenKeeper, TokenState } from '../token/token-keeper.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'

/** What a manager knows of its token, without any secret: for logs, health checks and bug reports. Instants are ms since the epoch. */
export interface TokenStatus {
  readonly provider: string
  readonly apiUrl: string
  /** Where tokens are asked for, where else they are renewed, and where people sign in; without queries. */
  readonly tokenUrl: string
  readonly renewalUrl?: string
  readonly authorizationUrl?: string
  readonly grant: string
  /** `fresh` is used; `aging` is used and renewed in the background; for `expired` and `absent` callers wait. */
  readonly state: TokenState
  /** What the next call will do, and why. */
  readonly reason: string
  readonly isRenewing: boolean
  /** Which token in a row this is; 0 where none is held. */
  readonly generation: number
  readonly issuedAt?: number
  /** From when on it is renewed in the background. */
  readonly agingAt?: number
  readonly expiresAt?: number
  readonly hasRefreshToken: boolean
  readonly refreshableUntil?: number
  readonly scope?: readonly string[]
  /** The failure that callers get at once until `retryAt`. */
  readonly failure?: { readonly code: string; readonly retryAt?: number }
}

const reasons: Record<TokenState, string> = {
  absent: 'No token is held: the next call waits for one.',
  fresh: 'The token is fresh: the next call uses it, and nothing is renewed.',
  aging: 'The token is about to expire: the next call uses it, and it is renewed in the background.',
  expired: 'The token has expired: the next call waits for a new one.',
}

function explainNextCall(state: TokenState, hasFailed: boolean, isLast = false, isResting = false): string {
  const isUsable = state === 'fresh' || state === 'aging'
  if (isUsable && isLast) return 'Nothing can renew the token: calls use it until it expires, then the user has to sign in again.'
  if (hasFailed && state !== 'fresh') {
    return isUsable
      ? 'The token is about to expire: the next call uses it, and its renewal, which failed, is tried again after retryAt.'
      : 'The last renewal failed: until retryAt calls get its error at once.'
  }
  if (state === 'aging' && isResting) return 'The token is about to expire: the next call uses it, and its renewal waits for the store.'
  return reasons[state]
}

export function buildTokenStatus(provider: Provider, grant: Grant, keeper: TokenKeeper): TokenStatus {
  const { state, held, isRenewing, isResting, failure } = keeper.status()
  const { tokenUrl, renewal, authorizationUrl } = provider
  const renewalUrl = renewal && 'url' in renewal ? renewal.url : undefined
  const { issuedAt, expiresAt, refreshToken, refreshableUntil, scope } = held?.token ?? {}
  return {
    provider: provider.name,
    apiUrl: provider.apiUrl,
    tokenUrl: cleanUrl(tokenUrl),
    ...(renewalUrl !== undefined && { renewalUrl: cleanUrl(renewalUrl) }),
    ...(authorizationUrl !== undefined && { authorizationUrl: cleanUrl(authorizationUrl) }),
    grant: grant.grantType,
    state,
    reason: explainNextCall(state, failure !== undefined, held?.isLast, isResting),
    isRenewing,
    generation: held?.generation ?? 0,
    hasRefreshToken: refreshToken !== undefined,
    ...(issuedAt !== undefined && { issuedAt }),
    ...(held && expiresAt !== undefined && { agingAt: held.agingAt, expiresAt }),
    ...(refreshableUntil !== undefined && { refreshableUntil }),
    ...(scope && { scope }),
    ...(failure && { failure: { code: failure.code, ...(failure.retryAt !== undefined && { retryAt: failure.retryAt }) } }),
  }
}
