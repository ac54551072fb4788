import { ConfigurationError } from '../base/errors.ts'
import type { Grant, Secret } from '../vocabulary/grant.ts'
import { requireClient, requireSecret, requireText } from './require-credential.ts'

export interface AuthorizationCodeOptions {
  clientId: string
  /** Public clients have none. */
  clientSecret?: Secret
  /** Without it: whoever signed in here before, as the store knows, else `SignInRequiredError`. */
  code?: Secret
  /** The PKCE verifier (RFC 7636) that belongs to the code. */
  codeVerifier?: Secret
  /** The redirect URI that the code was asked for with. */
  redirectUri?: string
}

/**
 * A sign-in of a person (RFC 6749 §4.1). The code is used once; from then on the token is renewed.
 * @throws ConfigurationError naming the option that is missing, or that goes with a code only
 */
export function authorizationCode({ clientId, clientSecret, code, codeVerifier, redirectUri }: AuthorizationCodeOptions): Grant {
  const client = { grantType: 'authorization_code', ...requireClient(clientId, clientSecret), oneTime: true }
  if (redirectUri !== undefined) requireText('redirectUri', redirectUri)
  if (code === undefined) {
    if (codeVerifier !== undefined) throw new ConfigurationError('codeVerifier', 'goes with a code only')
    return client
  }
  return {
    ...client,
    ...(redirectUri && { parameters: { redirect_uri: redirectUri } }),
    secretParameters: {
      code: requireSecret('code', code),
      ...(codeVerifier !== undefined && { code_verifier: requireSecret('codeVerifier', codeVerifier) }),
    },
  }
}
