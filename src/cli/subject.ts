import type { Grant } from '../vocabulary/grant.ts'
import { isIdentified } from '../vocabulary/identity.ts'
import type { Provider } from '../vocabulary/provider.ts'
import type { UsageError } from './failure.ts'
import { isReference, type Secrets } from './secret-reference.ts'

/** What a subject has to be chosen for. */
interface Identity {
  readonly provider: Provider
  readonly grant: Grant
  readonly secrets: Secrets
  readonly at: (message: string) => UsageError
}

/**
 * Whose token it is, as far as the profile says so: a name, or a reference to one.
 * @throws UsageError where nothing says it but a secret
 */
export async function readSubject(given: string | undefined, { provider, grant, secrets, at }: Identity): Promise<string | undefined> {
  if (isReference(given)) return secrets.fetchNow('subject', given, at)
  if (given === undefined && isToldBySecret(provider, grant))
    throw at('is missing: whose token is this? Only a secret tells. Write a name, or a reference to one, such as env:USER')
  return given
}

/**
 * Whether nothing but a secret tells whose token it is. A reference may lead to another secret in each run: under the name of the
 * profile, one user would get the token of another.
 */
function isToldBySecret(provider: Provider, grant: Grant): boolean {
  const { grantType, clientSecret, parameters, secretParameters } = grant
  // The person of a sign-in says it there.
  if (grantType === 'authorization_code') return false
  if (grantType === 'refresh_token') return true
  if (grantType === 'password') return parameters?.['username'] === undefined
  return (clientSecret ?? secretParameters) !== undefined && !isIdentified(provider, grant)
}
