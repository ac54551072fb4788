import { freezeOwn } from '../base/plain-data.ts'
import type { Way } from '../token/token-source.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider, RenewalProfile, TokenRequestProfile } from '../vocabulary/provider.ts'

/** What all requests of one way have in common, before any secret is known. */
export interface TokenRequestKind {
  readonly provider: Provider
  readonly grant: Grant
  readonly way: Way
  readonly url: string
  readonly profile: TokenRequestProfile
  /** The token that is presented; `undefined` where the caller's credentials are. */
  readonly presents: 'refresh_token' | 'access_token' | undefined
  /** Whether a granted request uses up what it presents. A request whose reply was lost is sent only once more then. */
  readonly usesUp: boolean
}

export function kindOfRequest(provider: Provider, grant: Grant, way: Way): TokenRequestKind {
  const { tokenUrl, tokenRequest = {}, renewal = { by: 'refresh_token' } } = provider
  const common = { provider, grant, way }
  // A refresh token that the caller gave is sent to where the provider wants renewals.
  if (way === 'ask' && grant.grantType !== 'refresh_token') {
    return { ...common, url: tokenUrl, profile: tokenRequest, presents: undefined, usesUp: grant.oneTime === true }
  }
  const presents = renewal.by === 'access_token' ? 'access_token' : 'refresh_token'
  const { url = tokenUrl, request } = renewal as Exclude<RenewalProfile, { by: 'grant' }>
  return { ...common, url, profile: freezeOwn({ ...tokenRequest, ...request }), presents, usesUp: presents === 'refresh_token' }
}
