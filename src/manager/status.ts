import { omitUndefined } from '../base/plain-data.ts'
import { cleanDescription, cleanUrl } from '../base/redact.ts'
import { findSecretsOf } from '../http/find-secrets.ts'
import type { TokenState } from '../token/held-token.ts'
import type { Token } from '../token/token.ts'
import type { TokenKeeper } from '../token/token-keeper.ts'
import { readApiUrl } from '../vocabulary/api-url.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'

/** What a manager knows of its token, without any secret: for logs, health checks and bug reports. Instants are ms since the epoch. */
export interface TokenStatus {
  readonly provider: string
  /** Where the API is: what the reply with the token held says, else the provider. */
  readonly apiUrl: string
  /** `token` where the replies of the token endpoint say where the API is. */
  readonly apiUrlFrom?: 'token'
  /** The origins that may receive the token, whatever replies say beside. */
  readonly origins: readonly string[]
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
  /**
   * The failure that callers get at once until `retryAt`. `forced_renewals_paused`: no token is renewed for being rejected until
   * then, and calls go on with the one that is held.
   */
  readonly failure?: { readonly code: string; readonly retryAt?: number }
}

const aging = 'The token is about to expire'
const rejected = 'The token was rejected, or a newer one asked for'

const reasons: Record<TokenState, string> = {
  absent: 'No token is held: the next call waits for one.',
  fresh: 'The token is fresh: the next call uses it, and nothing is renewed.',
  aging: `${aging}: the next call uses it, and it is renewed in the background.`,
  expired: 'The token has expired: the next call waits for a new one.',
}

type Status = ReturnType<TokenKeeper['status']>

function explainNextCall({ state, held, failure, isPostponed, isSignInRequired }: Status, isPaused: boolean): string {
  const isUsable = state === 'fresh' || state === 'aging'
  if (isSignInRequired && (!isUsable || held?.isRejected)) return 'The user has to sign in: nothing is left that can get a token.'
  if (isUsable && held?.isUnrenewable) return 'The next call uses the token. When it expires, the user has to sign in again.'
  if (failure && !isUsable) return 'The last renewal failed: until retryAt calls get its error at once.'
  const need = held?.isRejected ? rejected : state === 'aging' ? aging : undefined
  if (failure && need) return `${need}: the next call uses it. Its renewal failed, and is tried again after retryAt.`
  if (isPaused) return 'Too many new tokens were of no use: the next call uses the one held, and rejections renew none until retryAt.'
  if (state === 'fresh' && need) return `${need}: the next call uses it, and has it renewed if it is rejected again.`
  if (state === 'aging' && isPostponed) return `${aging}: the next call uses it. Its renewal is postponed while the store is unreachable.`
  return reasons[state]
}

interface StatusOptions {
  readonly provider: Provider
  readonly grant: Grant
  readonly origins: readonly string[]
}

/** @param pausedUntil until when rejections renew no token */
export function buildTokenStatus({ provider, grant, origins }: StatusOptions, keeper: TokenKeeper, pausedUntil?: number): TokenStatus {
  const status = keeper.status()
  const { state, held, isRenewing, isSignInRequired } = status
  // Who holds no token that works gets a new one all the same.
  const isPaused = pausedUntil !== undefined && (state === 'fresh' || state === 'aging')
  const failure = status.failure ?? (isPaused ? { code: 'forced_renewals_paused', retryAt: pausedUntil } : undefined)
  const { tokenUrl, renewal, authorizationUrl, tokenResponse } = provider
  const renewalUrl = renewal && 'url' in renewal ? renewal.url : undefined
  const { issuedAt, expiresAt, refreshToken, refreshableUntil, scope } = held?.token ?? {}
  return omitUndefined({
    provider: provider.name,
    apiUrl: showApiUrl(held?.token, { provider, grant }) ?? provider.apiUrl,
    apiUrlFrom: tokenResponse?.apiUrl === undefined ? undefined : ('token' as const),
    origins,
    tokenUrl: cleanUrl(tokenUrl),
    renewalUrl: renewalUrl && cleanUrl(renewalUrl),
    authorizationUrl: authorizationUrl && cleanUrl(authorizationUrl),
    grant: grant.grantType,
    state,
    reason: explainNextCall(status, isPaused),
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

/** Of a URL with a secret in its path (some APIs have the token there) the origin alone. */
function showApiUrl(token: Token | undefined, { provider, grant }: Omit<StatusOptions, 'origins'>): string | undefined {
  const url = token && readApiUrl(token.apiUrl, provider)
  return url && findSecretsOf(token, grant)(url) ? new URL(url).origin : url
}

/** Whatever a server put into scopes: a secret among them is not shown, nor a control character. */
function cleanScope(scope: readonly string[], token: Token, grant: Grant): string[] {
  const holdsSecret = findSecretsOf(token, grant)
  return scope.map((one) => cleanDescription(one, holdsSecret) ?? '[secret]')
}
