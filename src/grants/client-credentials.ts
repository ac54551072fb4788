import { readFields } from '../base/check.ts'
import { freezeOwn } from '../base/plain-data.ts'
import { clientChecks } from '../vocabulary/credentials.ts'
import type { Grant } from '../vocabulary/grant.ts'
import { aScope, type Scope } from '../vocabulary/scope.ts'
import type { ClientId, Secret } from '../vocabulary/secret.ts'

export interface ClientCredentialsOptions {
  /** May be left out where the secret is a key that stands for itself. */
  clientId?: ClientId
  /** May be left out where the provider proves the client in another way, or knows public clients. */
  clientSecret?: Secret
  scope?: Scope | undefined
}

/**
 * The client itself is who asks (RFC 6749 §4.4). The manager refuses it where the provider needs what was left out.
 * @throws ConfigurationError naming the option that is wrong or unknown
 */
export function clientCredentials(options: ClientCredentialsOptions): Grant {
  const client = readFields<ClientCredentialsOptions>('options', options, { ...clientChecks, scope: aScope })
  return freezeOwn<Grant>({ grantType: 'client_credentials', ...client })
}
