import { check, nonEmptyString, readFields } from '../base/check.ts'
import { freezeOwn } from '../base/plain-data.ts'
import { aSecret, clientChecks } from '../vocabulary/credentials.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { ClientId, Secret } from '../vocabulary/secret.ts'

export interface AuthorizationCodeOptions {
  /** A preset that is given this grant adds its own. */
  clientId?: ClientId
  /** Public clients have none. */
  clientSecret?: Secret
  /** Without it: the sign-in that the store holds, else `SignInRequiredError`. */
  code?: Secret
  /** The PKCE verifier (RFC 7636) that belongs to the code. */
  codeVerifier?: Secret | undefined
  /** The redirect URI that the code was asked for with. */
  redirectUri?: string | undefined
}

/**
 * A sign-in of a person (RFC 6749 §4.1). The code is used once; from then on the token is renewed.
 * @throws ConfigurationError naming the option that is wrong or unknown, or that goes with a code only
 */
export function authorizationCode(options: AuthorizationCodeOptions): Grant {
  const { code, codeVerifier, redirectUri, ...client } = readFields<AuthorizationCodeOptions>('options', options, {
    ...clientChecks,
    code: aSecret,
    codeVerifier: aSecret,
    redirectUri: nonEmptyString,
  })
  check('codeVerifier', code !== undefined || codeVerifier === undefined, 'goes with a code only')
  const presented = code !== undefined && {
    parameters: redirectUri === undefined ? undefined : { redirect_uri: redirectUri },
    secretParameters: { code, ...(codeVerifier !== undefined && { code_verifier: codeVerifier }) },
  }
  return freezeOwn<Grant>({ grantType: 'authorization_code', ...client, oneTime: true, ...presented })
}
