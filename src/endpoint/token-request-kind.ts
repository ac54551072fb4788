import type { Way } from '../token/token-source.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider, TokenRequestProfile } from '../vocabulary/provider.ts'

/** A kind of request to a token endpoint: what does not change from one to the next. */
export interface TokenRequestKind {
  readonly provider: Provider
  readonly grant: Grant
  readonly way: Way
  readonly url: string
  readonly profile: TokenRequestProfile
  /** What goes back to the server that gave it; else the caller's credentials ask. */
  readonly presents: 'refresh_token' | 'access_token' | undefined
  /** Whether a granted request uses up what it presents: then one whose reply is lost is sent only once more. */
  readonly usesUp: boolean
}

export function kindOfRequest(provider: Provider, grant: Grant, way: Way): TokenRequestKind {
  const { tokenUrl, tokenRequest = {}, renewal = { by: 'refresh_token' } } = provider
  const common = { provider, grant, way }
  // A refresh token of the caller's own goes where the provider wants renewals.
  if (way === 'ask' && grant.grantType !== 'refresh_token') {
    return { ...common, url: tokenUrl, profile: tokenRequest, presents: undefined, usesUp: grant.oneTime === true }
  }
  const presents = renewal.by === 'access_token' ? 'access_token' : 'refresh_token'
  const { url = tokenUrl, request } = renewal.by === 'grant' ? {} : renewal
  return { ...common, url, profile: { ...tokenRequest, ...request }, presents, usesUp: presents === 'refresh_token' }
}
