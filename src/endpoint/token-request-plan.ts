import { freezeOwn } from '../base/plain-data.ts'
import type { Token } from '../token/token.ts'
import { withAllowedApiUrl } from '../vocabulary/api-url.ts'
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
  /** What else templates may name. */
  readonly named: Readonly<Record<string, unknown>>
  /** What of it must not be shown. */
  readonly secrets: readonly string[]
  /** What the new token takes over where the reply is silent. */
  readonly previous?: Partial<Token> | undefined
}

/**
 * Asks with the caller's grant (RFC 6749 §4), or presents a refresh token (RFC 6749 §6): that of the grant, or that of a token.
 * Where the provider renews by the access token, that one is presented.
 */
export function planRequest(
  kind: TokenRequestKind,
  { clientId, clientSecret, parameters }: RequestSecrets,
  token?: Token,
): TokenRequestPlan {
  const { grant, profile, presents, provider } = kind
  const { renewal } = provider
  const given = parameters['refresh_token']
  const presented = token ? (presents === 'access_token' ? token.accessToken : (token.refreshToken ?? '')) : presents && given
  const previous: Partial<Token> = token
    ? withAllowedApiUrl(token, provider)
    : presents === 'refresh_token' && given
      ? { refreshToken: given }
      : {}
  const common = {
    kind,
    profile,
    client: freezeOwn({ ...(clientId && { clientId }), ...(clientSecret && { clientSecret }) }),
    named: {
      ...grant.parameters,
      ...parameters,
      access_token: previous.accessToken,
      refresh_token: previous.refreshToken,
      extra: previous.extra,
    },
    secrets: [...Object.values(parameters), previous.accessToken ?? '', previous.refreshToken ?? ''],
    previous,
  }
  if (kind.exchange) return { ...common, parameters }
  if (presented === undefined) {
    return { ...common, parameters: { ...grant.parameters, ...parameters, grant_type: grant.grantType }, scope: grant.scope }
  }
  if (renewal?.by !== 'access_token') return { ...common, parameters: { grant_type: 'refresh_token', refresh_token: presented } }
  return {
    ...common,
    ...(renewal.parameter && {
      profile: freezeOwn({ ...profile, extraParameters: { ...profile.extraParameters, [renewal.parameter]: presented } }),
    }),
    parameters: {},
  }
}
