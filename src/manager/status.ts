import { omitUndefined } from '../base/plain-data.ts'
import { cleanDescription, cleanUrl, createSecretFinder } from '../base/redact.ts'
import type { TokenState } from '../token/held-token.ts'
import type { Token } from '../token/token.ts'
import type { TokenKeeper } from '../token/token-keeper.ts'
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
  /** Whether a person has to sign in before there is a token again. */
  readonly signInRequired: boolean
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

function explainNextCall({ state, held, failure, isPostponed, isSignInRequired }: ReturnType<TokenKeeper['status']>): string {
  const isUsable = state === 'fresh' || state === 'aging'
  if (isSignInRequired && (!isUsable || held?.isRejected)) return 'The user has to sign in: nothing is left that can get a token.'
  if (isUsable && held?.isUnrenewable) return 'The next call uses the token. When it expires, the user has to sign in again.'
  if (failure && state !== 'fresh') {
    return isUsable
      ? 'The token is about to expire: the next call uses it. Its renewal failed, and is tried again after retryAt.'
      : 'The last renewal failed: until retryAt calls get its error at once.'
  }
  if (state === 'aging' && isPostponed)
    return 'The token is about to expire: the next call uses it. Its renewal is postponed while the store is unreachable.'
  return reasons[state]
}

export function buildTokenStatus(provider: Provider, grant: Grant, keeper: TokenKeeper): TokenStatus {
  const status = keeper.status()
  const { state, held, isRenewing, isSignInRequired, failure } = status
  const { tokenUrl, renewal, authorizationUrl } = provider
  const renewalUrl = renewal && 'url' in renewal ? renewal.url : undefined
  const { issuedAt, expiresAt, refreshToken, refreshableUntil, scope } = held?.token ?? {}
  return omitUndefined({
    provider: provider.name,
    apiUrl: provider.apiUrl,
    tokenUrl: cleanUrl(tokenUrl),
    renewalUrl: renewalUrl && cleanUrl(renewalUrl),
    authorizationUrl: authorizationUrl && cleanUrl(authorizationUrl),
    grant: grant.grantType,
    state,
    reason: explainNextCall(status),
    isRenewing,
    signInRequired: isSignInRequired,
    generation: held?.generation ?? 0,
    hasRefreshToken: refreshToken !== undefined,
    issuedAt,
    agingAt: expiresAt && held?.agingAt,
    expiresAt,
    refreshableUntil,
    scope: held && scope && cleanScope(scope, held.token, grant),
    failure: failure && omitUndefined({ code: failure.code, retryAt: failure.retryAt }),
  })
}

/** Whatever a server put into scopes: a secret among them is not shown, nor a control character. */
function cleanScope(scope: readonly string[], { accessToken, refreshToken }: Token, { clientSecret, secretParameters }: Grant): string[] {
  const secrets = [accessToken, refreshToken, clientSecret, ...Object.values(secretParameters ?? {})]
  const holdsSecret = createSecretFinder(secrets.filter((secret) => typeof secret === 'string'))
  return scope.map((one) => cleanDescription(one, holdsSecret) ?? '[secret]')
}
