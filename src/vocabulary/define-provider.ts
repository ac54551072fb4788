import {
  aFunction,
  anObject,
  aString,
  type Check,
  type Checks,
  check,
  listOf,
  must,
  nonEmptyString,
  objectOf,
  oneOf,
  oneOrMore,
  readFields,
  recordOf,
  required,
  trueOrFalse,
} from '../base/check.ts'
import { aBaseUrl, aPath, aUrl, clientAuthentication, encodings, extraFields, isHeader, sharedHeaders } from './checks.ts'
import { listEncodings } from './encoding.ts'
import { freezeProfile } from './freeze-profile.ts'
import type { AuthorizationProfile, Provider, RenewalProfile, TokenRequestProfile, TokenResponseProfile } from './provider.ts'

/**
 * Checks a provider's profile, written by hand, and returns a frozen copy. `http:` URLs pass: whether they may be used is
 * up to the manager's `allowInsecureRequests`.
 * @throws ConfigurationError naming the field, such as `tokenResponse.expiresInUnit`; also for unknown fields
 */
export function defineProvider(profile: Provider): Provider {
  anObject('provider', profile)
  // Checked after it was copied: what is checked is what is used.
  const provider = freezeProfile(profile)
  readFields('provider', provider, providerChecks())
  const { tokenRequest, renewal } = provider
  checkMethod('tokenRequest', tokenRequest)
  if (renewal && renewal.by !== 'grant') checkMethod('renewal.request', { ...tokenRequest, ...renewal.request })
  return provider
}

// The tables stand in functions: only who defines a provider has them in the bundle.
function providerChecks(): Checks<Provider> {
  return {
    name: required(nonEmptyString),
    apiUrl: required(aBaseUrl),
    tokenUrl: required(aUrl),
    authorizationUrl: aUrl,
    issuer: aUrl,
    headers: sharedHeaders,
    tokenRequest: objectOf(requestChecks()),
    renewal: checkRenewal,
    tokenResponse: objectOf(responseChecks()),
    authorization: objectOf<AuthorizationProfile>({
      header: must('the name of a header', (value) => isHeader(value, '')),
      scheme: must('visible ASCII', (value) => typeof value === 'string' && /^[\x20-\x7e]*$/.test(value)),
    }),
    isRejection: aFunction,
  }
}

function requestChecks(): Checks<TokenRequestProfile> {
  return {
    method: oneOf('POST', 'GET'),
    encoding: encodings,
    queryParameters: listOf(nonEmptyString),
    clientAuthentication,
    parameterNames: recordOf(must('a name or false', (value) => value === false || (typeof value === 'string' && value !== ''))),
    extraParameters: recordOf(aString),
    scopeParameter: nonEmptyString,
    scopeSeparator: nonEmptyString,
    transformSecret: aFunction,
  }
}

type RenewalBy<By extends RenewalProfile['by']> = Extract<RenewalProfile, { by: By }>

const checkRenewal: Check = (option, value) => {
  const by = required(nonEmptyString)
  const duration = must('a number of milliseconds above 0', (ms) => Number.isFinite(ms) && (ms as number) > 0)
  const request = objectOf(requestChecks())
  const byToken: Checks<RenewalBy<'refresh_token'>> = { by, url: aUrl, refreshLifetimeMs: duration, request }
  const byAccessToken: Checks<RenewalBy<'access_token'>> = {
    by,
    url: required(aUrl),
    parameter: required(nonEmptyString),
    windowMs: required(duration),
    windowFrom: nonEmptyString,
    request,
  }
  const kinds: Readonly<Record<RenewalProfile['by'], Check>> = {
    refresh_token: objectOf(byToken),
    access_token: objectOf(byAccessToken),
    grant: objectOf<RenewalBy<'grant'>>({ by }),
  }
  anObject(option, value)
  const kind = (value as RenewalProfile).by
  oneOf(...Object.keys(kinds))(`${option}.by`, kind)
  kinds[kind](option, value)
}

function responseChecks(): Checks<TokenResponseProfile> {
  const paths = oneOrMore(aPath)
  return {
    accessToken: paths,
    refreshToken: paths,
    tokenType: paths,
    scope: paths,
    expiresIn: paths,
    expiresAt: paths,
    refreshExpiresIn: paths,
    refreshExpiresAt: paths,
    expiresInUnit: oneOf('s', 'ms'),
    zeroMeansNever: trueOrFalse,
    defaultLifetimeMs: must('a number of milliseconds above 0, or Infinity', (value) => typeof value === 'number' && value > 0),
    lifetimeFrom: oneOf('response', 'jwt'),
    scopeSeparator: aString,
    extra: extraFields,
    isSuccess: aFunction,
    error: aFunction,
  }
}

/** A GET has no body. */
function checkMethod(option: string, request: TokenRequestProfile = {}): void {
  const isSendable = request.method !== 'GET' || listEncodings(request).every((encoding) => encoding === 'query')
  check(`${option}.encoding`, isSendable, "must be 'query' where the method is GET")
}
