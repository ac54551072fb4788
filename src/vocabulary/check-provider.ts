import {
  aFunction,
  anObject,
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
  required,
  trueOrFalse,
} from '../base/check.ts'
import { anApiOrigin } from './api-origins.ts'
import { aBaseUrl, aUrl, isHeader, sharedHeaders } from './checks.ts'
import { freezeProfile } from './freeze-profile.ts'
import type { AuthorizationProfile, Provider, RenewalProfile, RevocationProfile } from './provider.ts'
import { renewalRequest } from './renewal-request.ts'
import { aReplyMatch } from './reply-match-checks.ts'
import { aTemplate, listPlaceholders } from './template.ts'
import { checkRequest, headerTemplates, requestChecks } from './token-request-checks.ts'
import { responseChecks } from './token-response-checks.ts'

/**
 * Checks a provider's profile, written by hand or read from JSON, and returns a frozen copy. `http:` URLs pass: whether they
 * may be used is up to the manager's `allowInsecureRequests`.
 * @throws ConfigurationError naming the field, such as `tokenResponse.expiresInUnit`; also for unknown fields
 */
export function checkProvider(profile: Provider): Provider {
  anObject('provider', profile)
  // Checked after it was copied: what is checked is what is used.
  const provider = freezeProfile(profile)
  readFields('provider', provider, providerChecks())
  checkRequests(provider)
  checkAuthorization(provider)
  const { tokenResponse, apiOrigins } = provider
  checkLiterals(provider)
  check('apiOrigins', !tokenResponse?.apiUrl || apiOrigins !== undefined, 'is missing: say where tokenResponse.apiUrl may lead')
  return provider
}

// The tables stand in functions: only who defines a provider has them in the bundle.
function providerChecks(): Checks<Provider> {
  return {
    name: required(nonEmptyString),
    apiUrl: required(aBaseUrl),
    apiOrigins: listOf(anApiOrigin),
    tokenUrl: required(aUrl),
    authorizationUrl: aUrl,
    deviceAuthorizationUrl: aUrl,
    issuer: aUrl,
    issuerInResponse: trueOrFalse,
    headers: sharedHeaders,
    tokenRequest: objectOf(requestChecks()),
    renewal: checkRenewal,
    revocation: (option, value) => {
      const { method, ...request } = requestChecks()
      objectOf<RevocationProfile>({ url: required(aUrl), as: oneOf('client', 'token'), method, request: objectOf(request) })(option, value)
    },
    tokenResponse: objectOf(responseChecks()),
    authorization: (option, value) => (typeof value === 'function' ? aFunction : objectOf(authorizationChecks()))(option, value),
    isRejection: (option, value) => (typeof value === 'function' ? aFunction : oneOrMore(aReplyMatch))(option, value),
  }
}

function authorizationChecks(): Checks<AuthorizationProfile> {
  return {
    header: must('the name of a header', (value) => isHeader(value, '')),
    scheme: must(
      'visible ASCII, with no space around it',
      (value) => typeof value === 'string' && /^[\x20-\x7e]*$/.test(value) && value === value.trim(),
    ),
    format: aTemplate,
    query: nonEmptyString,
    cookie: must('the name of a cookie', (value) => typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value)),
    headers: headerTemplates,
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
    parameter: nonEmptyString,
    windowMs: duration,
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

/** What the requests of a profile must be, each as it is sent. */
function checkRequests(provider: Provider): void {
  const { tokenRequest, renewal, revocation } = provider
  checkRequest('tokenRequest', tokenRequest)
  checkExtra('tokenRequest', tokenRequest, provider)
  if (renewal && renewal.by !== 'grant') {
    checkRequest('renewal.request', renewalRequest(provider))
    checkExtra('renewal.request', renewal.request, provider)
  }
  if (renewal?.by === 'access_token') {
    const isNamed = listPlaceholders([renewal.request?.headers, renewal.request?.body]).includes('access_token')
    check(
      'renewal.parameter',
      renewal.parameter !== undefined || isNamed,
      'is missing: name it, or {access_token} in request.headers or request.body',
    )
  }
  if (revocation) {
    checkRequest('revocation.request', { ...revocation.request, method: revocation.method })
    checkExtra('revocation.request', revocation.request, provider)
  }
}

/** A placeholder where nothing is filled in would be sent as it stands. */
function checkLiterals({ headers, tokenRequest, renewal, revocation }: Provider): void {
  const requests = [tokenRequest, renewal && 'request' in renewal ? renewal.request : undefined, revocation?.request]
  for (const [option, values] of [
    ['headers', headers],
    ...requests.map((request) => ['extraParameters', request?.extraParameters]),
  ] as const) {
    const name = listPlaceholders(values).find((one) => /^\w+$/.test(one))
    check(
      String(option),
      name === undefined,
      `names {${name}}, which is filled in only in tokenRequest.headers, tokenRequest.body and authorization`,
    )
  }
}

function checkAuthorization(provider: Provider): void {
  const { authorization } = provider
  if (authorization === undefined || typeof authorization === 'function') return
  const { header, query, cookie, scheme, format, headers } = authorization
  const places = Object.entries({ header, query, cookie }).filter(([, place]) => place !== undefined)
  check('authorization', places.length < 2, `has both ${places.map(([name]) => name).join(' and ')}: the token travels in one of them`)
  check('authorization.scheme', scheme === undefined || format === undefined, 'has no place beside format')
  const isHeaderText = scheme === undefined && format === undefined
  check('authorization', isHeaderText || (!query && !cookie), 'a query or a cookie carries the bare token: leave out scheme and format')
  const isTokenNamed = format === undefined || listPlaceholders(format).includes('access_token')
  check('authorization.format', isTokenNamed, 'must contain {access_token}')
  for (const name of listPlaceholders([format, headers])) {
    const isKnown = name === 'access_token' || name === 'client_id' || name.startsWith('extra.')
    check('authorization', isKnown, `names {${name}}; there are {access_token}, {client_id} and {extra.NAME}`)
  }
  checkExtra('authorization', [format, headers], provider)
}

/** What is taken from `token.extra` has to be kept there. */
function checkExtra(option: string, templates: unknown, { tokenResponse }: Provider): void {
  for (const name of listPlaceholders(templates)) {
    const field = /^extra\.(.+)/.exec(name)?.[1]
    check(
      option,
      field === undefined || (tokenResponse?.extra ?? []).includes(field),
      `names {${name}}: add '${field}' to tokenResponse.extra`,
    )
  }
}
