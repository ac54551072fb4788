import type { Grant, Scope, Secret } from '../vocabulary/grant.ts'
import { optionalScope, requireSecret, requireText } from './require-credential.ts'

export interface ClientCredentialsOptions {
  clientId: string
  clientSecret: Secret
  scope?: Scope
}

/** The client itself is who asks (RFC 6749 §4.4). @throws ConfigurationError naming the option that is missing */
export function clientCredentials({ clientId, clientSecret, scope }: ClientCredentialsOptions): Grant {
  return {
    grantType: 'client_credentials',
    clientId: requireText('clientId', clientId),
    clientSecret: requireSecret('clientSecret', clientSecret),
    ...optionalScope(scope),
  }
}
