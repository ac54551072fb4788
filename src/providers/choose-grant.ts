import { check } from '../base/check.ts'
import { freezeOwn } from '../base/plain-data.ts'
import type { Grant } from '../vocabulary/grant.ts'
import { listScopes, type Scope } from '../vocabulary/scope.ts'
import type { ClientId, Secret } from '../vocabulary/secret.ts'

interface GivenCredentials {
  readonly clientId?: ClientId
  readonly clientSecret?: Secret
  readonly scope?: Scope | undefined
}

/** The grant of a preset: the one that was given, completed, or else the client's own credentials. */
export function chooseGrant(options: GivenCredentials & { readonly grant?: Grant | undefined }): Grant {
  const { grant, clientId, clientSecret, scope } = options
  if (grant) return completeGrant(grant, options)
  check('clientId', clientId !== undefined, 'is missing')
  check('clientSecret', clientSecret !== undefined, 'is missing')
  return freezeOwn<Grant>({ grantType: 'client_credentials', clientId, clientSecret, scope })
}

/**
 * A grant that the caller gave in place of the usual one, with the preset's credentials where it has none: nobody has to
 * say them twice.
 * @throws ConfigurationError for what is said twice, and differs: a secret must not be joined to another client's id
 */
export function completeGrant(given: Grant, { clientId, clientSecret, scope }: GivenCredentials): Grant {
  const grant = freezeOwn(given)
  const differs = 'is not the one of the grant: give it once'
  check('clientId', isSame(clientId, grant.clientId), differs)
  check('clientSecret', isSame(clientSecret, grant.clientSecret), differs)
  check('scope', isSame(sortScopes(scope), sortScopes(grant.scope)), differs)
  return freezeOwn({ clientId, clientSecret, scope, ...grant } as Grant)
}

function isSame(here: unknown, there: unknown): boolean {
  return here === undefined || there === undefined || here === there
}

function sortScopes(scope: Scope | undefined): string | undefined {
  return scope && listScopes(scope).sort().join(' ')
}
