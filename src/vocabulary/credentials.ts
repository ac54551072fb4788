import { findAbility } from '../base/abilities.ts'
import { aFunction, aString, type Check, check, nonEmptyString, objectOf, recordOf, required, trueOrFalse } from '../base/check.ts'
import { clientMethod, isTemplated } from './encoding.ts'
import type { Grant } from './grant.ts'
import type { Provider, TokenRequestProfile } from './provider.ts'
import { renewalRequest } from './renewal-request.ts'
import { aScope } from './scope.ts'
import { templatesOf } from './templates-of.ts'

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
export const clientChecks = { clientId: aSecret, clientSecret: aClientSecret }

/** What one of the functions in `grants/` has made, or the caller by hand. */
export const aGrant: Check = (option, value) => {
  check(option, typeof value !== 'string', 'must be what a function returns, such as password(…)')
  objectOf<Grant>({
    grantType: required(nonEmptyString, 'use clientCredentials(…) or another grant'),
    ...clientChecks,
    scope: aScope,
    parameters: recordOf(aString),
    secretParameters: recordOf(aSecret),
    identifiedBy: aSecret,
    needsSubject: trueOrFalse,
    oneTime: trueOrFalse,
    received: aFunction,
    exchange: aFunction,
    usesUp: trueOrFalse,
  })(option, value)
}

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

const clientMissing = 'is missing: give it to the grant, or the grant to the preset'

/**
 * Checks that the grant has what the provider's way of asking needs of it.
 * @throws ConfigurationError naming the credential, or the template that names something else
 */
export function checkCredentials(provider: Provider, grant: Grant): void {
  // Of `discover()`: some issuers must not get a secret.
  findAbility<typeof checkCredentials>(provider, 'provider.issuer')?.(provider, grant)
  const { grantType, clientId, clientSecret, parameters, secretParameters } = grant
  const { renewal, revocation } = provider
  const isRefresh = grantType === 'refresh_token'
  const request = isRefresh ? renewalRequest(provider) : (provider.tokenRequest ?? {})
  const has: Readonly<Record<string, unknown>> = { client_id: clientId, client_secret: clientSecret, ...parameters, ...secretParameters }
  const checkTemplates = (option: string, asked: TokenRequestProfile, values = has) =>
    templatesOf(provider, asked)?.checkTemplates(option, asked, values)
  if (revocation?.request) checkTemplates('provider.revocation.request', revocation.request, { ...has, token: '' })
  // It asks in its own way.
  if (grant.exchange) return
  if (!isRefresh) checkTemplates('provider.tokenRequest', request)
  // A log-in that gets a refresh token sends these as well.
  if (isRefresh || renewal?.by !== 'grant') checkTemplates('provider.renewal.request', renewalRequest(provider))
  const method = clientMethod(request)
  if (typeof method === 'function') {
    check('clientId', !method.provesClientId || clientId !== undefined, clientMissing)
    return
  }
  const methods: readonly string[] = [method].flat()
  // HTTP Basic joins an id and a secret with a colon.
  const isPair = methods.includes('basic') || methods.includes('basic-loose')
  // A plain login knows no clients, unless its profile says so.
  const isWanted = request.clientAuthentication ? String(methods) !== 'none' : grantType !== 'password' && !isTemplated(request)
  const isMissing = clientId === undefined && (clientSecret ? isPair : isWanted && standardGrants.includes(grantType))
  check('clientId', !isMissing, clientMissing)
  const isCut = clientSecret && methods.includes('basic-loose') && typeof clientId === 'string' && clientId.includes(':')
  check('clientId', !isCut, 'must not contain a colon: basic-loose ends it there')
}
