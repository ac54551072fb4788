import { bringAlong } from '../base/abilities.ts'
import { type Check, check, nonEmptyString, oneOf, readFields } from '../base/check.ts'
import { freezeOwn } from '../base/plain-data.ts'
import { readByRules } from '../endpoint/error-rules.ts'
import { deviceCredentials } from '../grants/device-credentials.ts'
import { encodings } from '../vocabulary/checks.ts'
import { aClientSecret, aGrant, aSecret } from '../vocabulary/credentials.ts'
import { freezeProfile } from '../vocabulary/freeze-profile.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Encoding, ErrorRule, Provider } from '../vocabulary/provider.ts'
import type { Secret } from '../vocabulary/secret.ts'
import { md5 } from './md5.ts'
import { presetChecks, trimBaseUrl } from './preset-options.ts'

export interface DiveOptions {
  /** The API key. Sent as it is. May be left out where the `grant` has a client secret. */
  clientKey?: Secret
  /** The device that asks; goes without `username`. */
  deviceId?: string | undefined
  username?: string | undefined
  /** In clear: its MD5 is sent. */
  password?: Secret
  /** The MD5 of the password in hex, in place of `password`. */
  passwordMd5?: Secret
  /** Which of Dive's two products is asked. @default 'device_credentials' */
  grantType?: 'device_credentials' | 'user_credentials' | undefined
  /** @default ['form', 'json']: the SDKs' way, and the document's where the server wants that */
  encoding?: Encoding | readonly Encoding[] | undefined
  /** @default the device's or the user's credentials */
  grant?: Grant | undefined
  /** @default 'https://rest.dive.tv/v1' */
  baseUrl?: string | undefined
}

/** Spring Security OAuth's words, where they are not the RFC's: here, `invalid_token` is an expired refresh token. */
function listErrors(): ErrorRule[] {
  const refusal = { status: [400, 401, 403], path: 'error', description: 'error_description' }
  return [
    { ...refusal, is: 'invalid_token', error: 'invalid_grant' },
    { ...refusal, is: 'unauthorized', error: 'invalid_client' },
  ]
}

const halfYearMs = 180 * 86_400_000

/**
 * Dive: movies and channels. Its refresh tokens live for 180 days: keep them in a store that lasts.
 * @throws ConfigurationError naming the option that is missing, wrong or unknown
 */
export function dive(options: DiveOptions): { provider: Provider; grant: Grant } {
  const own = readFields<DiveOptions>('options', options, {
    clientKey: aClientSecret,
    deviceId: nonEmptyString,
    username: nonEmptyString,
    password: aSecret,
    passwordMd5: anMd5,
    grantType: oneOf('device_credentials', 'user_credentials'),
    encoding: encodings,
    grant: aGrant,
    baseUrl: presetChecks.baseUrl,
  })
  const base = trimBaseUrl(own.baseUrl ?? 'https://rest.dive.tv/v1')
  const profile = freezeProfile({
    name: 'dive',
    apiUrl: base,
    tokenUrl: `${base}/token`,
    tokenRequest: {
      encoding: own.encoding ?? ['form', 'json'],
      queryParameters: ['grant_type'],
      clientAuthentication: 'basic-raw',
    },
    renewal: { by: 'refresh_token', refreshLifetimeMs: halfYearMs },
    tokenResponse: { extra: ['device_id', 'client_id', 'jti'], error: listErrors() },
  })
  const provider = bringAlong(profile, { 'provider.tokenResponse.error': readByRules })
  return { provider, grant: own.grant ? completeWithKey(own.grant, own) : chooseDiveGrant(own) }
}

function chooseDiveGrant({ clientKey, deviceId, username, password, passwordMd5, grantType = 'device_credentials' }: DiveOptions): Grant {
  check('username', username !== undefined || grantType === 'device_credentials', 'is missing')
  check('passwordMd5', passwordMd5 === undefined || password === undefined, 'goes without password')
  const hash = typeof passwordMd5 === 'string' ? passwordMd5.toLowerCase() : (passwordMd5 ?? hashPassword(password))
  // Which of them go together, and what is missing, the grant says.
  const credentials = freezeOwn({ clientKey, deviceId, username, password: hash }) as Parameters<typeof deviceCredentials>[0]
  return freezeOwn<Grant>({ ...deviceCredentials(credentials), grantType })
}

function hashPassword(password: Secret | undefined): Secret | undefined {
  if (typeof password !== 'function') return password === undefined ? undefined : md5(password)
  return async () => {
    const text = await password()
    // Handed on: what is no password must not become the hash of one.
    return typeof text === 'string' && text ? md5(text) : text
  }
}

const anMd5: Check = (option, value) => {
  aSecret(option, value)
  check(option, typeof value !== 'string' || /^[0-9a-f]{32}$/i.test(value), 'must be 32 hexadecimal digits')
}

function completeWithKey(grant: Grant, { clientKey, deviceId, username, password, passwordMd5, grantType }: DiveOptions): Grant {
  for (const [option, value] of Object.entries({ deviceId, username, password, passwordMd5, grantType }))
    check(option, value === undefined, 'goes without grant')
  const isOther = clientKey !== undefined && grant.clientSecret !== undefined && grant.clientSecret !== clientKey
  check('clientKey', !isOther, 'is not the one of the grant: give it once')
  return freezeOwn({ clientSecret: clientKey, identifiedBy: clientKey, ...freezeOwn(grant) } as Grant)
}
