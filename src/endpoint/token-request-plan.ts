import type { Token } from '../token/token.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { ClientCredentials, Provider, TokenRequestProfile } from '../vocabulary/provider.ts'
import type { Scope } from '../vocabulary/scope.ts'
import { resolveSecret } from '../vocabulary/secret.ts'

/** What to ask a token endpoint, secrets resolved. */
export interface TokenQuestion {
  readonly url: string
  readonly profile: TokenRequestProfile
  readonly client: ClientCredentials
  /** Under their standard names. */
  readonly parameters: Readonly<Record<string, string>>
  readonly scope?: Scope | undefined
  /** What of it must not be shown. */
  readonly secrets: readonly string[]
  /** Whether a granted request uses up what it presents: then one whose reply is lost is sent only once more. */
  readonly usesUp: boolean
  /** What the new token takes over where the reply is silent. */
  readonly previous?: Partial<Token> | undefined
}

/** Asks with the grant (RFC 6749 §4). A refresh token goes where the provider wants renewals. */
export async function questionByGrant(provider: Provider, grant: Grant): Promise<TokenQuestion> {
  const secrets = await resolveParameters(grant)
  const refreshToken = secrets['refresh_token']
  if (grant.grantType === 'refresh_token' && refreshToken) {
    return questionByToken(provider, grant, refreshToken, provider.renewal?.by === 'access_token' ? undefined : { refreshToken })
  }
  const profile = provider.tokenRequest ?? {}
  return {
    url: provider.tokenUrl,
    profile,
    client: await resolveClient(grant, profile),
    parameters: { ...grant.parameters, ...secrets, grant_type: grant.grantType },
    scope: grant.scope,
    secrets: Object.values(secrets),
    usesUp: grant.oneTime === true,
  }
}

/** Presents a refresh token (RFC 6749 §6), or the access token itself where the provider renews by that. */
export async function questionByToken(
  { tokenUrl, tokenRequest, renewal = { by: 'refresh_token' } }: Provider,
  grant: Grant,
  presented: string,
  previous: Partial<Token> | undefined,
): Promise<TokenQuestion> {
  const profile: TokenRequestProfile = { ...tokenRequest, ...(renewal.by !== 'grant' && renewal.request) }
  const secrets = [presented, previous?.accessToken ?? '', previous?.refreshToken ?? '']
  const common = { client: await resolveClient(grant, profile), secrets, previous }
  if (renewal.by === 'access_token') {
    const extraParameters = { ...profile.extraParameters, [renewal.parameter]: presented }
    return { ...common, url: renewal.url, profile: { ...profile, extraParameters }, parameters: {}, usesUp: false }
  }
  const url = (renewal.by === 'refresh_token' && renewal.url) || tokenUrl
  return { ...common, url, profile, parameters: { grant_type: 'refresh_token', refresh_token: presented }, usesUp: true }
}

async function resolveParameters({ secretParameters = {} }: Grant): Promise<Record<string, string>> {
  const resolved: Record<string, string> = {}
  for (const [name, secret] of Object.entries(secretParameters)) {
    // The wire's code_verifier is the option codeVerifier.
    const option = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    resolved[name] = await resolveSecret(option, secret)
  }
  return resolved
}

async function resolveClient({ clientId, clientSecret }: Grant, { clientAuthentication }: TokenRequestProfile): Promise<ClientCredentials> {
  // Nobody is asked for a secret that will not be sent.
  const isWanted = clientSecret && (clientAuthentication !== 'none' || typeof clientSecret === 'string')
  return {
    ...(clientId && { clientId }),
    ...(isWanted && { clientSecret: await resolveSecret('clientSecret', clientSecret) }),
  }
}
