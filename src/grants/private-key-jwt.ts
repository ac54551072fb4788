import { check, nonEmptyString, readFields } from '../base/check.ts'
import type { ClientAuthenticationFunction } from '../vocabulary/provider.ts'
import { createSigner, type SigningOptions, signingChecks } from './sign-jwt.ts'

/** Options of `privateKeyJwt()`. */
export interface PrivateKeyJwtOptions extends SigningOptions {
  /** Who the assertion is for (`aud`). @default the provider's `issuer`, else its `tokenUrl` */
  audience?: string | undefined
}

/**
 * The client proves who it is with a signed assertion (RFC 7523 §2.2), in the place of a secret: `clientAuthentication:
 * privateKeyJwt({ key })`. Each attempt has a new one, with a `jti` of its own, that is good for 60 s.
 * @throws ConfigurationError naming the option that is missing, wrong or unknown; where the algorithm does not fit the key
 */
export function privateKeyJwt(options: PrivateKeyJwtOptions): ClientAuthenticationFunction {
  const { audience, ...signing } = readFields<PrivateKeyJwtOptions>('options', options, { ...signingChecks(), audience: nonEmptyString })
  const signJwt = createSigner(signing)
  const prove: ClientAuthenticationFunction = async ({ clientId }, request) => {
    check('clientId', clientId !== undefined, 'is missing: give it to the grant, or the grant to the preset')
    // RFC 7523 §3: `iss` and `sub` are the client's id.
    const claims = { iss: clientId, sub: clientId, aud: audience ?? request.audience }
    return {
      parameters: {
        // RFC 7521 §4.2: optional, and some servers ask for it.
        client_id: clientId,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await signJwt(claims, request.now),
      },
    }
  }
  return Object.freeze(Object.assign(prove, { provesClientId: true as const }))
}
