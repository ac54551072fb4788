import { ConfigurationError } from '../base/errors.ts'
import { deviceCredentials } from '../grants/device-credentials.ts'
import { requireSecret, requireText } from '../grants/require-credential.ts'
import type { Grant, Secret } from '../vocabulary/grant.ts'
import { readPath } from '../vocabulary/paths.ts'
import type { Encoding, Provider } from '../vocabulary/provider.ts'
import { parseBaseUrl } from './base-url.ts'
import { md5 } from './md5.ts'

export interface DiveOptions {
  /** The API key. Sent as it is. May be left out where the `grant` has a client secret. */
  clientKey?: Secret
  /** The device that asks; goes without `username`. */
  deviceId?: string
  username?: string
  /** In clear: its MD5 is sent. */
  password?: Secret
  /** The MD5 of the password in hex, in place of `password`. */
  passwordMd5?: Secret
  /** Which of Dive's two products is asked. @default 'device_credentials' */
  grantType?: 'device_credentials' | 'user_credentials'
  /** @default ['form', 'json']: the SDKs' way, and the document's where the server wants that */
  encoding?: Encoding | readonly Encoding[]
  /** @default the device's or the user's credentials */
  grant?: Grant
  /** @default 'https://rest.dive.tv/v1' */
  baseUrl?: string
}

const halfYearMs = 180 * 86_400_000

/**
 * Dive: movies and channels. Its refresh tokens live for 180 days: keep them in a store that lasts.
 * @throws ConfigurationError naming the option that is missing or wrong
 */
export function dive(options: DiveOptions): { provider: Provider; grant: Grant } {
  const { baseUrl = 'https://rest.dive.tv/v1', encoding = ['form', 'json'] } = options
  const base = parseBaseUrl(baseUrl)
  return {
    provider: {
      name: 'dive',
      apiUrl: base,
      tokenUrl: `${base}/token`,
      tokenRequest: {
        encoding,
        queryParameters: ['grant_type'],
        clientAuthentication: 'basic-raw',
      },
      renewal: { by: 'refresh_token', refreshLifetimeMs: halfYearMs },
      tokenResponse: { extra: ['device_id', 'client_id', 'jti'], error: readSpringError },
    },
    grant: options.grant ? completeWithKey(options.grant, options.clientKey) : chooseGrant(options),
  }
}

function chooseGrant({ clientKey, deviceId, username, password, passwordMd5, grantType = 'device_credentials' }: DiveOptions): Grant {
  if (!/^(device|user)_credentials$/.test(grantType)) {
    throw new ConfigurationError('grantType', "must be 'device_credentials' or 'user_credentials'")
  }
  if (grantType === 'user_credentials') requireText('username', username as string)
  if (password !== undefined && passwordMd5 !== undefined) throw new ConfigurationError('passwordMd5', 'goes without password')
  const hash = passwordMd5 !== undefined ? requireMd5(passwordMd5) : password !== undefined ? hashPassword(password) : undefined
  // Which of them go together, and what is missing, the grant says.
  const credentials = { clientKey, deviceId, username, password: hash } as Parameters<typeof deviceCredentials>[0]
  return { ...deviceCredentials(credentials), grantType }
}

function hashPassword(password: Secret): Secret {
  if (typeof password !== 'function') return md5(requireText('password', password))
  return async () => {
    const text = await password()
    // Handed on: what is no password must not become the hash of one.
    return typeof text === 'string' && text ? md5(text) : text
  }
}

function requireMd5(hash: Secret): Secret {
  if (typeof hash === 'function') return hash
  if (!/^[0-9a-f]{32}$/i.test(requireText('passwordMd5', hash)))
    throw new ConfigurationError('passwordMd5', 'must be 32 hexadecimal digits')
  return hash.toLowerCase()
}

function completeWithKey(grant: Grant, clientKey: Secret | undefined): Grant {
  if (clientKey === undefined) return grant
  const clientSecret = requireSecret('clientKey', clientKey)
  return { clientSecret, identifiedBy: clientSecret, ...grant }
}

const springCodes = new Map<unknown, string>([
  ['invalid_token', 'invalid_grant'],
  ['unauthorized', 'invalid_client'],
])

/** Spring Security OAuth's words, where they are not the RFC's: at the token endpoint `invalid_token` is an expired refresh token. */
function readSpringError(status: number, body: unknown) {
  const error = springCodes.get(readPath(body, 'error'))
  const errorDescription = readPath(body, 'error_description')
  if (!error || status >= 500) return undefined
  return { error, ...(typeof errorDescription === 'string' && { errorDescription }) }
}
