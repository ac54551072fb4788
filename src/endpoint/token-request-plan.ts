import type { Token } from '../token/token.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { ClientCredentials, TokenRequestProfile } from '../vocabulary/provider.ts'
import type { Scope } from '../vocabulary/scope.ts'
import type { RequestSecrets } from './request-secrets.ts'
import type { TokenRequestKind } from './token-request-kind.ts'

/** What to ask a token endpoint, secrets resolved. */
export interface TokenRequestPlan {
  readonly kind: TokenRequestKind
  readonly profile: TokenRequestProfile
  readonly client: ClientCredentials
  /** Under their standard names. */
  readonly parameters: Readonly<Record<string, string>>
  readonly scope?: Scope | undefined
  /** What of it must not be shown. */
  readonly secrets: readonly string[]
  /** What the new token takes over where the reply is silent. */
  readonly previous?: Partial<Token> | undefined
}

/** Asks with the caller's grant (RFC 6749 §4). */
export function planByGrant(kind: TokenRequestKind, secrets: RequestSecrets): TokenRequestPlan {
  const { grant, profile, presents } = kind
  const refreshToken = secrets.parameters['refresh_token']
  if (presents && refreshToken) return presentation(kind, secrets, refreshToken, presents === 'refresh_token' ? { refreshToken } : {})
  return {
    kind,
    profile,
    client: clientOf(grant, secrets),
    parameters: { ...grant.parameters, ...secrets.parameters, grant_type: grant.grantType },
    scope: grant.scope,
    secrets: Object.values(secrets.parameters),
  }
}

/** Presents a refresh token (RFC 6749 §6), or the access token itself where the provider renews by that. */
export function planByToken(kind: TokenRequestKind, secrets: RequestSecrets, token: Token): TokenRequestPlan {
  return presentation(kind, secrets, (kind.presents === 'access_token' ? token.accessToken : token.refreshToken) ?? '', token)
}

function presentation(kind: TokenRequestKind, secrets: RequestSecrets, presented: string, previous: Partial<Token>): TokenRequestPlan {
  const { grant, profile, provider } = kind
  const { renewal } = provider
  const common = {
    kind,
    client: clientOf(grant, secrets),
    secrets: [presented, previous.accessToken ?? '', previous.refreshToken ?? ''],
    previous,
  }
  if (renewal?.by !== 'access_token') return { ...common, profile, parameters: { grant_type: 'refresh_token', refresh_token: presented } }
  const extraParameters = { ...profile.extraParameters, [renewal.parameter]: presented }
  return { ...common, profile: { ...profile, extraParameters }, parameters: {} }
}

function clientOf({ clientId }: Grant, { clientSecret }: RequestSecrets): ClientCredentials {
  return { ...(clientId && { clientId }), ...(clientSecret && { clientSecret }) }
}
