import { bringAlong } from '../base/abilities.ts'
import { readFields } from '../base/check.ts'
import { readByRules } from '../endpoint/error-rules.ts'
import { rejectionAbility } from '../http/find-rejection.ts'
import { encodings } from '../vocabulary/checks.ts'
import { freezeProfile } from '../vocabulary/freeze-profile.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Encoding, ErrorRule, Provider } from '../vocabulary/provider.ts'
import type { ReplyMatch } from '../vocabulary/reply-match.ts'
import { chooseGrant } from './choose-grant.ts'
import { type ClientOrGrant, presetChecks, trimBaseUrl } from './preset-options.ts'

export type Cam2Options = ClientOrGrant & {
  /**
   * How the server wants its requests: versions up to July 2017 take both, later ones JSON only. With one of them nothing is
   * sent twice.
   * @default ['form', 'json']: JSON where a form is refused, which is remembered
   */
  encoding?: Encoding | readonly Encoding[] | undefined
  /** @default 'http://127.0.0.1:8000' */
  baseUrl?: string | undefined
}

const oneDayMs = 86_400_000

// The rules stand in functions: bundlers keep an object that spreads another one at module level, used or not.

/**
 * Django REST framework's errors: a list under `non_field_errors`, or under the name of a field that is wrong. Refusals of a
 * token and of a client differ in their words only.
 */
function listErrors(): ErrorRule[] {
  const refusal = { status: [400, 401, 403], description: ['*.*', '*', ''] }
  const ofToken = ['xpired', 'ecod', 'ignature', 'ayload', 'orig_iat', 'nvalid token', 'nvalid Token', 'refreshable']
  return [
    { ...refusal, path: 'token', error: 'invalid_grant' },
    { ...refusal, path: '', contains: ofToken, error: 'invalid_grant' },
    { ...refusal, path: ['non_field_errors', 'client_id', 'client_secret'], error: 'invalid_client' },
  ]
}

/** A rejected token and a missing right are 403 alike: only the text tells them apart. Its full stop comes and goes. */
function listRejections(): ReplyMatch[] {
  const whole = ['Signature has expired', 'Decode Error', 'Invalid Token']
  return [
    { status: 403, path: 'detail', is: whole.flatMap((text) => [text, `${text}.`]) },
    { status: 403, path: 'detail', contains: ['Please provide JWT authentication credentials', 'Invalid Payload.'] },
  ]
}

/**
 * CAM2: network cameras. Its access tokens hold the client secret in clear. It sends no CORS headers: web pages need
 * `tokenwell/proxy`.
 * @throws ConfigurationError naming the option that is missing, wrong or unknown
 */
export function cam2(options: Cam2Options): { provider: Provider; grant: Grant } {
  const own = readFields<Cam2Options>('options', options, { ...presetChecks, encoding: encodings })
  const base = trimBaseUrl(own.baseUrl ?? 'http://127.0.0.1:8000')
  const profile = freezeProfile({
    name: 'cam2',
    apiUrl: base,
    // Without the last slash it redirects, and a redirect turns into a GET.
    tokenUrl: `${base}/token/`,
    tokenRequest: {
      encoding: own.encoding ?? ['form', 'json'],
      clientAuthentication: 'body',
      parameterNames: { grant_type: false },
    },
    renewal: {
      by: 'access_token',
      url: `${base}/refresh_token/`,
      parameter: 'token',
      windowMs: oneDayMs,
      windowFrom: 'orig_iat',
      request: { clientAuthentication: 'none', parameterNames: { client_id: false } },
    },
    tokenResponse: {
      accessToken: 'token',
      // The document's spelling, and the server's.
      tokenType: ['token_type', 'token type'],
      expiresIn: ['expires in', 'expires_in'],
      // The field says 60 where the token lives for an hour.
      lifetimeFrom: 'jwt',
      error: listErrors(),
    },
    authorization: { scheme: 'JWT' },
    isRejection: listRejections(),
  })
  const provider = bringAlong(profile, { 'provider.isRejection': rejectionAbility, 'provider.tokenResponse.error': readByRules })
  return { provider, grant: chooseGrant(own) }
}
