import type { Grant, Scope, Secret } from '../vocabulary/grant.ts'
import { clientCredentials } from './client-credentials.ts'
import { requireSecret, requireText } from './require-credential.ts'

export interface PasswordOptions {
  clientId: string
  clientSecret: Secret
  username: string
  password: Secret
  scope?: Scope
}

/**
 * A user's name and password (RFC 6749 §4.3): for systems that offer nothing better.
 * @throws ConfigurationError naming the option that is missing
 */
export function password({ username, password: secret, ...client }: PasswordOptions): Grant {
  return {
    ...clientCredentials(client),
    grantType: 'password',
    parameters: { username: requireText('username', username) },
    secretParameters: { password: requireSecret('password', secret) },
  }
}
