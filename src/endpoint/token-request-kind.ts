import { freezeOwn } from '../base/plain-data.ts'
import type { Way } from '../token/token-source.ts'
import type { Exchange } from '../vocabulary/exchange.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider, TokenRequestProfile } from '../vocabulary/provider.ts'
import { renewalRequest } from '../vocabulary/renewal-request.ts'

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
  /** Sends it in the caller's own way. */
  readonly exchange?: Exchange | undefined
}

export function kindOfRequest(provider: Provider, grant: Grant, way: Way): TokenRequestKind {
  const { tokenUrl, tokenRequest = {}, renewal = { by: 'refresh_token' } } = provider
  const { exchange } = grant
  const common = { provider, grant, way, url: tokenUrl, exchange }
  if (exchange) {
    const usesUp = way === 'present'
    return { ...common, profile: freezeOwn({}), presents: usesUp ? 'refresh_token' : undefined, usesUp }
  }
  // A refresh token that the caller gave is sent to where the provider wants renewals.
  if (way === 'ask' && grant.grantType !== 'refresh_token') {
    return { ...common, profile: tokenRequest, presents: undefined, usesUp: grant.oneTime === true }
  }
  const presents = renewal.by === 'access_token' ? 'access_token' : 'refresh_token'
  const url = (renewal.by !== 'grant' && renewal.url) || tokenUrl
  return { ...common, url, profile: renewalRequest(provider), presents, usesUp: presents === 'refresh_token' }
}
