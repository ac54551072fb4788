import type { Grant, Secret } from '../vocabulary/grant.ts'
import { requireClient, requireSecret } from './require-credential.ts'

export interface RefreshTokenOptions {
  clientId: string
  /** Public clients have none. */
  clientSecret?: Secret
  refreshToken: Secret
}

/**
 * A refresh token got elsewhere (RFC 6749 §6). It is presented only until the store holds a successor, or it is refused.
 * @throws ConfigurationError naming the option that is missing
 */
export function refreshToken({ clientId, clientSecret, refreshToken: token }: RefreshTokenOptions): Grant {
  const secret = requireSecret('refreshToken', token)
  return {
    grantType: 'refresh_token',
    ...requireClient(clientId, clientSecret),
    secretParameters: { refresh_token: secret },
    identifiedBy: secret,
  }
}
