import { bringAlong } from '../base/abilities.ts'
import { ConfigurationError } from '../base/errors.ts'
import { createRevocation } from '../endpoint/revocation.ts'
import { freezeProfile } from '../vocabulary/freeze-profile.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { ClientAuthenticationMethod, Provider } from '../vocabulary/provider.ts'
import { type OAuth2Options, oauth2 } from './oauth2.ts'
import type { Issuer, ServerMetadata } from './server-metadata.ts'
import { refuseSecrets } from './unpinned-issuer.ts'

/** What the caller says of the client and the API. */
export type OwnOptions = Omit<OAuth2Options, 'tokenUrl' | 'authorizationUrl' | 'deviceAuthorizationUrl' | 'issuer'>

/**
 * A preset of what an issuer says of itself, and the caller of its client. Of `oauth2`, so that a program that learns to discover
 * finds its stored tokens.
 * @throws ConfigurationError where the client has a secret that the issuer takes in no way we know
 */
export function buildPreset(own: OwnOptions, server: ServerMetadata, from: Issuer): { provider: Provider; grant: Grant } {
  const { tokenUrl, authorizationUrl, deviceAuthorizationUrl, revocationUrl, issuerInResponse, tokenMethods, revocationMethods } = server
  const { issuer, isPinned } = from
  const hasSecret = (own.clientSecret ?? own.grant?.clientSecret) !== undefined
  const isChosen = own.clientAuthentication === undefined && hasSecret
  const method = isChosen ? chooseMethod(tokenMethods) : undefined
  const preset = oauth2({
    ...own,
    tokenUrl,
    authorizationUrl,
    deviceAuthorizationUrl,
    issuer,
    clientAuthentication: own.clientAuthentication ?? method,
  })
  // RFC 8414 §2: where it is not said, the usual way is `client_secret_basic`; servers take what the token endpoint takes.
  const other = isChosen && revocationMethods ? chooseMethod(revocationMethods) : undefined
  const revocation = revocationUrl === undefined ? undefined : { url: revocationUrl, request: other && { clientAuthentication: other } }
  const provider = freezeProfile({ ...preset.provider, issuerInResponse, revocation })
  const abilities = { 'provider.revocation': createRevocation, ...(!isPinned && { 'provider.issuer': refuseSecrets }) }
  return { ...preset, provider: bringAlong(provider, abilities) }
}

/** RFC 8414 §2: where it is not said, `client_secret_basic`. */
function chooseMethod(supported: readonly string[] = ['client_secret_basic']): ClientAuthenticationMethod {
  if (supported.includes('client_secret_basic')) return 'basic'
  if (supported.includes('client_secret_post')) return 'body'
  const shown = supported.filter((method) => /^\w{1,40}$/.test(method)).slice(0, 8)
  throw new ConfigurationError('clientSecret', `is not what the issuer takes: it names ${shown.join(', ') || 'no method'}`)
}
