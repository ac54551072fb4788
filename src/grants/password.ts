import { nonEmptyString, readFields, required } from '../base/check.ts'
import { freezeOwn } from '../base/plain-data.ts'
import { aSecret, clientChecks } from '../vocabulary/credentials.ts'
import type { Grant } from '../vocabulary/grant.ts'
import { aScope, type Scope } from '../vocabulary/scope.ts'
import type { ClientId, Secret } from '../vocabulary/secret.ts'

export interface PasswordOptions {
  /** Most logins know no clients. */
  clientId?: ClientId
  clientSecret?: Secret
  /** Devices with one account ask for none. */
  username?: string | undefined
  password: Secret
  scope?: Scope | undefined
}

/**
 * A user's name and password (RFC 6749 §4.3): for systems that offer nothing better, and for plain logins.
 * @throws ConfigurationError naming the option that is missing, wrong or unknown
 */
export function password(options: PasswordOptions): Grant {
  const {
    username,
    password: secret,
    ...client
  } = readFields<PasswordOptions>('options', options, {
    ...clientChecks,
    username: nonEmptyString,
    password: required(aSecret),
    scope: aScope,
  })
  return freezeOwn<Grant>({
    grantType: 'password',
    ...client,
    parameters: username === undefined ? undefined : { username },
    secretParameters: { password: secret },
  })
}
