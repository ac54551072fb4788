import {
  aFunction,
  aString,
  type Check,
  check,
  describeUnknown,
  nonEmptyString,
  objectOf,
  recordOf,
  required,
  trueOrFalse,
} from '../base/check.ts'
import { clientMethod, isTemplated } from './encoding.ts'
import type { Grant } from './grant.ts'
import { optionName } from './parameter-names.ts'
import type { Provider, TokenRequestProfile } from './provider.ts'
import { renewalRequest } from './renewal-request.ts'
import { aScope } from './scope.ts'
import { listPlaceholders } from './template.ts'

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

// What templates may name whatever the grant is.
const standardNames = [
  'client_id',
  'client_secret',
  'username',
  'password',
  'refresh_token',
  'access_token',
  'device_id',
  'scope',
  'grant_type',
]

const clientMissing = 'is missing: give it to the grant, or the grant to the preset'

/**
 * Checks that the grant has what the provider's way of asking needs of it.
 * @throws ConfigurationError naming the credential, or the template that names something else
 */
export function checkCredentials(provider: Provider, grant: Grant): void {
  const { grantType, clientId, clientSecret, parameters, secretParameters } = grant
  const { renewal, revocation } = provider
  const isRefresh = grantType === 'refresh_token'
  const request = isRefresh ? renewalRequest(provider) : (provider.tokenRequest ?? {})
  const has: Readonly<Record<string, unknown>> = { client_id: clientId, client_secret: clientSecret, ...parameters, ...secretParameters }
  // API calls are authorized at once: nothing is fetched for them.
  const isFound = typeof clientId !== 'function' || !listPlaceholders(provider.authorization).includes('client_id')
  check('clientId', isFound, 'must be a string here: the provider puts {client_id} into API calls')
  if (revocation?.request) checkTemplates('provider.revocation.request', revocation.request, { ...has, token: '' })
  // It asks in its own way.
  if (grant.exchange) return
  if (!isRefresh) checkTemplates('provider.tokenRequest', request, has)
  // A log-in that gets a refresh token sends these as well.
  if (isRefresh || renewal?.by !== 'grant') checkTemplates('provider.renewal.request', renewalRequest(provider), has)
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

function checkTemplates(option: string, { headers, body }: TokenRequestProfile, has: Readonly<Record<string, unknown>>): void {
  const known = [...new Set([...standardNames, ...Object.keys(has)])]
  for (const name of listPlaceholders([headers, body])) {
    if (!name.startsWith('extra.')) check(option, known.includes(name), `names {${name}}, which ${describeUnknown(name, known)}`)
    // Credentials that a log-in asks for are no detail that may be left out.
    const isCredential = /^(client_(id|secret)|username|password)$/.test(name)
    check(optionName(name), !isCredential || has[name] !== undefined, 'is missing: the provider asks for it, so give it to the grant')
  }
}
