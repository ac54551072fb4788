import { ConfigurationError } from '../base/errors.ts'
import { requireText } from '../grants/require-credential.ts'
import type { Grant, Scope, Secret } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { completeGrant } from './complete-grant.ts'

export interface OAuth2Options {
  tokenUrl: string
  /** Base of `createClient`; its origin receives the token. */
  apiUrl: string
  clientId: string
  /** Without it, a public client: only `client_id` is sent, in the body. */
  clientSecret?: Secret
  scope?: Scope
  /** How the secret is sent (RFC 6749 §2.3.1). @default 'basic' */
  clientAuthentication?: 'basic' | 'body'
  /** @default the client credentials */
  grant?: Grant
  /** For `tokenwell/sign-in`. */
  authorizationUrl?: string
  /** The `iss` to expect (RFC 9207), to the letter. @default the origin of `authorizationUrl`, or a path above it */
  issuer?: string
}

/**
 * Any server that keeps to RFC 6749. The manager checks the URLs.
 * @throws ConfigurationError naming the option that is missing or wrong
 */
export function oauth2(options: OAuth2Options): { provider: Provider; grant: Grant } {
  const { tokenUrl, apiUrl, authorizationUrl, issuer, clientAuthentication, clientId } = options
  if (clientAuthentication && !/^(basic|body)$/.test(clientAuthentication)) {
    throw new ConfigurationError('clientAuthentication', "must be 'basic' or 'body'")
  }
  requireText('clientId', clientId)
  return {
    provider: {
      name: 'oauth2',
      apiUrl,
      tokenUrl,
      ...(authorizationUrl && { authorizationUrl }),
      ...(issuer && { issuer }),
      ...(clientAuthentication && { tokenRequest: { clientAuthentication } }),
    },
    grant: completeGrant(options.grant ?? { grantType: 'client_credentials' }, options),
  }
}
