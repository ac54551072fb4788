import { ConfigurationError } from '../base/errors.ts'
import { clientCredentials } from '../grants/client-credentials.ts'
import { password } from '../grants/password.ts'
import { requireText } from '../grants/require-credential.ts'
import type { Grant, Secret } from '../vocabulary/grant.ts'
import { readPath } from '../vocabulary/paths.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { parseBaseUrl } from './base-url.ts'
import { type ClientOrGrant, completeGrant } from './complete-grant.ts'

export type MusementOptions = ClientOrGrant & {
  /** With it and `password`, the token is that customer's. */
  username?: string
  password?: Secret
  /** How the login is asked: as the API's document has it, or with a JSON body, which current servers prefer. @default 'GET' */
  method?: 'GET' | 'POST'
  /** Sent as `X-Musement-Application`, which current servers demand. */
  application?: string
  /** `X-Musement-Version` */
  version?: string
  /** `X-Musement-Currency` */
  currency?: string
  /** `X-Musement-Market` */
  market?: string
  /** `Accept-Language` */
  language?: string
  /** @default 'https://api.musement.com/api/v3' */
  baseUrl?: string
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
 * @throws ConfigurationError naming the option that is missing or wrong
 */
export function musement(options: MusementOptions): { provider: Provider; grant: Grant } {
  const { baseUrl = 'https://api.musement.com/api/v3', method = 'GET' } = options
  const base = parseBaseUrl(baseUrl)
  if (!/^(GET|POST)$/.test(method)) throw new ConfigurationError('method', "must be 'GET' or 'POST'")
  return {
    provider: {
      name: 'musement',
      apiUrl: base,
      tokenUrl: `${base}/login`,
      headers: buildHeaders(options),
      tokenRequest: { method, encoding: method === 'GET' ? 'query' : 'json', clientAuthentication: 'body' },
      tokenResponse: { scopeSeparator: ',', error: readMusementError },
    },
    grant: chooseGrant(options),
  }
}

function chooseGrant(options: MusementOptions): Grant {
  if (options.grant) return completeGrant(options.grant, options)
  const { clientId, clientSecret, username, password: secret } = options
  const client = { clientId, clientSecret }
  if (username === undefined && secret === undefined) return clientCredentials(client)
  return password({ ...client, username: username as string, password: secret as Secret })
}

function buildHeaders(options: MusementOptions): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [option, name] of Object.entries(headerNames) as [keyof typeof headerNames, string][]) {
    const value = options[option]
    if (value !== undefined) headers[name] = requireText(option, value)
  }
  return headers
}

/** Beside OAuth's errors there are the API's own, `{ code: '2271', message }`: a header is missing, say. */
function readMusementError(status: number, body: unknown) {
  const [code, message] = [readPath(body, 'code'), readPath(body, 'message')]
  if (![400, 401, 403].includes(status) || !code || readPath(body, 'error')) return undefined
  const errorDescription = typeof message === 'string' ? `${code}: ${message}` : String(code)
  return { error: status === 401 ? 'invalid_grant' : 'invalid_request', errorDescription }
}
