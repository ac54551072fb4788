import { readFields, required } from '../base/check.ts'
import { freezeOwn } from '../base/plain-data.ts'
import { aSecret, clientChecks } from '../vocabulary/credentials.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { ClientId, Secret } from '../vocabulary/secret.ts'

export interface RefreshTokenOptions {
  /** A preset that is given this grant adds its own. */
  clientId?: ClientId
  /** Public clients have none. */
  clientSecret?: Secret
  refreshToken: Secret
}

/**
 * A refresh token got elsewhere (RFC 6749 §6). It is presented only until the store holds a successor, or it is refused.
 * @throws ConfigurationError naming the option that is missing, wrong or unknown
 */
export function refreshToken(options: RefreshTokenOptions): Grant {
  const { refreshToken: secret, ...client } = readFields<RefreshTokenOptions>('options', options, {
    ...clientChecks,
    refreshToken: required(aSecret),
  })
  return freezeOwn<Grant>({ grantType: 'refresh_token', ...client, secretParameters: { refresh_token: secret }, identifiedBy: secret })
}
