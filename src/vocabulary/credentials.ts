import { aString, type Check, check, nonEmptyString, objectOf, recordOf, required, trueOrFalse } from '../base/check.ts'
import type { Grant } from './grant.ts'
import type { Provider, TokenRequestProfile } from './provider.ts'
import { aScope } from './scope.ts'

/** A secret. The message does not repeat it. */
export const aSecret: Check = (option, value) =>
  check(
    option,
    typeof value === 'function' || (typeof value === 'string' && value !== ''),
    'must be a non-empty string, or a function that returns one',
  )

/** A client's secret or key: as they come from files and terminals, with a line break at the end, no server knows them. */
export const aClientSecret: Check = (option, value) => {
  aSecret(option, value)
  check(option, typeof value !== 'string' || value.trim() === value, 'must not begin or end with white space')
}

/** What says which client asks. Each may be left out: what is needed is for the provider to say. */
export const clientChecks = { clientId: nonEmptyString, clientSecret: aClientSecret }

/** What one of the functions in `grants/` has made, or the caller by hand. */
export const aGrant: Check = (option, value) =>
  objectOf<Grant>({
    grantType: required(nonEmptyString, 'use clientCredentials(…) or another grant'),
    ...clientChecks,
    scope: aScope,
    parameters: recordOf(aString),
    secretParameters: recordOf(aSecret),
    identifiedBy: aSecret,
    needsSubject: trueOrFalse,
    oneTime: trueOrFalse,
  })(option, value)

/**
 * Twelve bits that tell one set of secrets from another: too few to tell which, since thousands have the same. `undefined` where
 * functions give them.
 */
export function markCredentials({ clientSecret, secretParameters }: Grant): number | undefined {
  const secrets = [clientSecret, ...Object.values(secretParameters ?? {})]
  if (secrets.some((secret) => typeof secret === 'function')) return undefined
  // FNV-1a: what is asked of it is only that a corrected password seldom has the mark of the wrong one.
  let hash = 0x811c9dc5
  for (const char of JSON.stringify(secrets)) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193)
  return hash >>> 20
}

// Extension grants may prove in their own way who asks.
const standardGrants = ['client_credentials', 'authorization_code', 'refresh_token', 'password']

/**
 * Checks that the grant has what the provider's way of asking needs of a client.
 * @throws ConfigurationError naming the credential
 */
export function checkCredentials({ tokenRequest, renewal }: Provider, { grantType, clientId, clientSecret }: Grant): void {
  const renewalRequest = grantType === 'refresh_token' && renewal && 'request' in renewal ? renewal.request : undefined
  const { clientAuthentication }: TokenRequestProfile = { ...tokenRequest, ...renewalRequest }
  if (typeof clientAuthentication === 'function') return
  const methods: readonly string[] = [clientAuthentication ?? 'basic'].flat()
  // HTTP Basic joins an id and a secret with a colon.
  const isPair = methods.includes('basic') || methods.includes('basic-loose')
  // A plain login knows no clients, unless its profile says so.
  const isWanted = clientAuthentication ? String(methods) !== 'none' : grantType !== 'password'
  const isMissing = clientId === undefined && (clientSecret ? isPair : isWanted && standardGrants.includes(grantType))
  check('clientId', !isMissing, 'is missing: give it to the grant, or the grant to the preset')
  const isCut = clientSecret && methods.includes('basic-loose') && clientId?.includes(':')
  check('clientId', !isCut, 'must not contain a colon: basic-loose ends it there')
}
