import { aString, oneOrMore, readFields, recordOf, required } from '../base/check.ts'
import { aBaseUrl, aUrl, clientAuthentication, extraFields } from '../vocabulary/checks.ts'
import { aGrant, clientChecks } from '../vocabulary/credentials.ts'
import { freezeProfile } from '../vocabulary/freeze-profile.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { ClientAuthentication, Provider } from '../vocabulary/provider.ts'
import { aScope, type Scope } from '../vocabulary/scope.ts'
import type { ClientId, Secret } from '../vocabulary/secret.ts'
import { completeGrant } from './choose-grant.ts'

export interface OAuth2Options {
  tokenUrl: string
  /** Base of `createClient`, without a query; its origin receives the token. */
  apiUrl: string
  /** Required: an API that knows no clients needs a provider of its own. A grant without a client takes it over, with its secret. */
  clientId: ClientId
  /** Without it, a public client: only `client_id` is sent, in the body. */
  clientSecret?: Secret
  scope?: Scope | undefined
  /** How the client proves who it is (RFC 6749 §2.3): see `TokenRequestProfile`. @default 'basic' */
  clientAuthentication?: ClientAuthentication | undefined
  /** More parameters for the token endpoint, under the wire's names: `audience`, `resource` (RFC 8707). A list repeats its name. */
  parameters?: Readonly<Record<string, string | readonly string[]>> | undefined
  /** Paths of the reply that are kept in `token.extra`, each under its path. */
  extra?: readonly string[] | undefined
  /** @default the client credentials */
  grant?: Grant | undefined
  /** For `tokenwell/sign-in`. */
  authorizationUrl?: string | undefined
  /** For `startDeviceSignIn()` of `tokenwell/sign-in` (RFC 8628). */
  deviceAuthorizationUrl?: string | undefined
  /** The `iss` to expect (RFC 9207), to the letter. @default the origin of `authorizationUrl`, or a path above it */
  issuer?: string | undefined
}

/**
 * Any server that keeps to RFC 6749. `http:` URLs pass: whether they may be used is up to the manager.
 * @throws ConfigurationError naming the option that is missing, wrong or unknown
 */
export function oauth2(options: OAuth2Options): { provider: Provider; grant: Grant } {
  const own = readFields<OAuth2Options>('options', options, {
    ...clientChecks,
    tokenUrl: required(aUrl),
    apiUrl: required(aBaseUrl),
    clientId: required(clientChecks.clientId, 'for a log-in that knows no clients, use defineProvider(…)'),
    scope: aScope,
    clientAuthentication,
    parameters: recordOf(oneOrMore(aString)),
    extra: extraFields,
    grant: aGrant,
    authorizationUrl: aUrl,
    deviceAuthorizationUrl: aUrl,
    issuer: aUrl,
  })
  const { tokenUrl, apiUrl, authorizationUrl, deviceAuthorizationUrl, issuer, parameters, extra } = own
  const { grant = { grantType: 'client_credentials' } } = own
  const provider = freezeProfile({
    name: 'oauth2',
    apiUrl,
    tokenUrl,
    authorizationUrl,
    deviceAuthorizationUrl,
    issuer,
    tokenRequest:
      own.clientAuthentication || parameters ? { clientAuthentication: own.clientAuthentication, extraParameters: parameters } : undefined,
    tokenResponse: extra && { extra },
  })
  return { provider, grant: completeGrant(grant, own) }
}
