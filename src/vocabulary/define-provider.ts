import { type Check, fields, listOf, must, ofType, oneOf, oneOrMore, recordOf } from '../base/check.ts'
import { ConfigurationError } from '../base/errors.ts'
import { freezeCopy } from '../base/plain-data.ts'
import { parseSecureUrl } from '../base/secure-url.ts'
import { listEncodings } from './encoding.ts'
import type { Provider, TokenRequestProfile } from './provider.ts'

/**
 * Checks a provider's profile, written by hand, and returns a frozen copy. `http:` URLs pass: whether they may be used is
 * up to the manager's `allowInsecureRequests`.
 * @throws ConfigurationError naming the field, such as `tokenResponse.expiresInUnit`; also for unknown fields
 */
export function defineProvider(profile: Provider): Provider {
  providerCheck()('provider', profile)
  const { tokenRequest, renewal } = profile
  checkMethod('tokenRequest', tokenRequest)
  if (renewal && renewal.by !== 'grant') checkMethod('renewal.request', { ...tokenRequest, ...renewal.request })
  return freezeCopy(profile)
}

// The tables stand in functions: bundlers leave out a function that nobody calls, but keep a call at module level.
function providerCheck(): Check {
  const text = textCheck()
  const request = requestCheck()
  const url: Check = (field, value) => {
    text(field, value)
    parseSecureUrl(field, value, true)
  }
  return fields({
    'name!': text,
    'apiUrl!': url,
    'tokenUrl!': url,
    authorizationUrl: url,
    issuer: url,
    headers: headersCheck,
    tokenRequest: request,
    renewal: renewalCheck(url, text, request),
    tokenResponse: responseCheck(),
    authorization: fields({
      header: must('the name of a header', (value) => isHeader(value, '')),
      scheme: must('visible ASCII', (value) => typeof value === 'string' && /^[\x20-\x7e]*$/.test(value)),
    }),
    isRejection: ofType('function'),
  })
}

function requestCheck(): Check {
  const text = textCheck()
  const string = ofType('string')
  const clientAuthentication = oneOrMore(oneOf('basic', 'basic-loose', 'basic-raw', 'body', 'query', 'none'))
  return fields({
    method: oneOf('POST', 'GET'),
    encoding: oneOrMore(oneOf('form', 'json', 'query')),
    queryParameters: listOf(text),
    clientAuthentication: (field, value) => typeof value === 'function' || clientAuthentication(field, value),
    parameterNames: recordOf(must('a name or false', (value) => value === false || (typeof value === 'string' && value !== ''))),
    extraParameters: recordOf(string),
    scopeParameter: text,
    scopeSeparator: must('a text that is not empty', (value) => typeof value === 'string' && value !== ''),
    transformSecret: ofType('function'),
  })
}

function renewalCheck(url: Check, text: Check, request: Check): Check {
  const duration = must('a number of milliseconds above 0', (value) => Number.isFinite(value) && (value as number) > 0)
  const kinds: Record<string, Check> = {
    refresh_token: fields({ by: text, url, refreshLifetimeMs: duration, request }),
    access_token: fields({ by: text, 'url!': url, 'parameter!': text, 'windowMs!': duration, windowFrom: text, request }),
    grant: fields({ by: text }),
  }
  return (field, value) => {
    const by = (value as { by?: unknown } | null)?.by
    oneOf(...Object.keys(kinds))(`${field}.by`, by)
    kinds[by as string]?.(field, value)
  }
}

function responseCheck(): Check {
  const path = must('a path such as a.b.c', (value) => typeof value === 'string' && /^$|^[^.]+(\.[^.]+)*$/.test(value))
  const names = ['accessToken', 'refreshToken', 'tokenType', 'scope', 'expiresIn', 'expiresAt', 'refreshExpiresIn', 'refreshExpiresAt']
  return fields({
    ...Object.fromEntries(names.map((name) => [name, oneOrMore(path)])),
    expiresInUnit: oneOf('s', 'ms'),
    zeroMeansNever: ofType('boolean'),
    defaultLifetimeMs: must('a number of milliseconds above 0, or Infinity', (value) => typeof value === 'number' && value > 0),
    lifetimeFrom: oneOf('response', 'jwt'),
    scopeSeparator: ofType('string'),
    extra: listOf(path),
    isSuccess: ofType('function'),
    error: ofType('function'),
  })
}

const textCheck = (): Check => must('a text that is not empty', (value) => typeof value === 'string' && value !== '')

const headersCheck: Check = (field, value) =>
  recordOf((name, inner) => must('a header that can be sent', () => isHeader(name.slice(field.length + 1), inner))(name, inner))(
    field,
    value,
  )

function isHeader(name: unknown, value: unknown): boolean {
  if (typeof name !== 'string' || typeof value !== 'string') return false
  try {
    new Headers().set(name, value)
    return true
  } catch {
    return false
  }
}

/** A GET has no body. */
function checkMethod(field: string, request: TokenRequestProfile = {}): void {
  if (request.method === 'GET' && listEncodings(request).some((encoding) => encoding !== 'query')) {
    throw new ConfigurationError(`${field}.encoding`, "must be 'query' where the method is GET")
  }
}
