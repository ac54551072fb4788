import { check, nonEmptyString, oneOf, readFields } from '../base/check.ts'
import { freezeOwn } from '../base/plain-data.ts'
import { aSecret } from '../vocabulary/credentials.ts'
import { freezeProfile } from '../vocabulary/freeze-profile.ts'
import type { Grant } from '../vocabulary/grant.ts'
import { readPath } from '../vocabulary/paths.ts'
import type { Provider } from '../vocabulary/provider.ts'
import type { Secret } from '../vocabulary/secret.ts'
import { chooseGrant } from './choose-grant.ts'
import { type ClientOrGrant, presetChecks, trimBaseUrl } from './preset-options.ts'

export type MusementOptions = ClientOrGrant & {
  /** With it and `password`, the token is that customer's. */
  username?: string | undefined
  password?: Secret
  /** How the login is asked: as the API's document has it, or with a JSON body, which current servers prefer. @default 'GET' */
  method?: 'GET' | 'POST' | undefined
  /** Sent as `X-Musement-Application`, which current servers demand. */
  application?: string | undefined
  /** `X-Musement-Version` */
  version?: string | undefined
  /** `X-Musement-Currency` */
  currency?: string | undefined
  /** `X-Musement-Market` */
  market?: string | undefined
  /** `Accept-Language` */
  language?: string | undefined
  /** @default 'https://api.musement.com/api/v3' */
  baseUrl?: string | undefined
}

const headerNames = {
  application: 'X-Musement-Application',
  version: 'X-Musement-Version',
  currency: 'X-Musement-Currency',
  market: 'X-Musement-Market',
  language: 'Accept-Language',
} as const

/**
 * Musement: cities and what to do in them.
 * @throws ConfigurationError naming the option that is missing, wrong or unknown
 */
export function musement(options: MusementOptions): { provider: Provider; grant: Grant } {
  const own = readFields<MusementOptions>('options', options, {
    ...presetChecks,
    username: nonEmptyString,
    password: aSecret,
    method: oneOf('GET', 'POST'),
    application: nonEmptyString,
    version: nonEmptyString,
    currency: nonEmptyString,
    market: nonEmptyString,
    language: nonEmptyString,
  })
  const { baseUrl = 'https://api.musement.com/api/v3', method = 'GET' } = own
  const base = trimBaseUrl(baseUrl)
  const headers = Object.entries(headerNames).map(([option, name]) => [name, own[option as keyof typeof headerNames]] as const)
  const provider = freezeProfile({
    name: 'musement',
    apiUrl: base,
    tokenUrl: `${base}/login`,
    headers: Object.fromEntries(headers) as Record<string, string>,
    tokenRequest: { method, encoding: method === 'GET' ? 'query' : 'json', clientAuthentication: 'body' },
    tokenResponse: { scopeSeparator: ',', error: readMusementError },
  })
  return { provider, grant: chooseMusementGrant(own) }
}

/** With a customer's name and password, that customer's (RFC 6749 §4.3). */
function chooseMusementGrant(options: MusementOptions): Grant {
  const { grant, username, password } = options
  const ofClient = chooseGrant(options)
  if (username === undefined && password === undefined) return ofClient
  check('grant', grant === undefined, 'goes without username and password')
  check('username', username !== undefined, 'is missing')
  check('password', password !== undefined, 'is missing')
  return freezeOwn<Grant>({ ...ofClient, grantType: 'password', parameters: { username }, secretParameters: { password } })
}

/** Beside OAuth's errors there are the API's own, `{ code: '2271', message }`: a header is missing, say. */
function readMusementError(status: number, body: unknown) {
  const [code, message] = [readPath(body, 'code'), readPath(body, 'message')]
  if (![400, 401, 403].includes(status) || !code || readPath(body, 'error')) return undefined
  const errorDescription = typeof message === 'string' ? `${code}: ${message}` : String(code)
  return { error: status === 401 ? 'invalid_grant' : 'invalid_request', errorDescription }
}
