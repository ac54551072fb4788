import { InvalidTokenResponseError } from '../base/errors.ts'
import { cleanUrl } from '../base/redact.ts'
import { isSecureUrl } from '../base/secure-url.ts'
import { readRefusal } from '../endpoint/reply-errors.ts'
import { clientMethod, listEncodings } from '../vocabulary/encoding.ts'
import { readPath } from '../vocabulary/paths.ts'
import type { Provider, TokenRequestProfile } from '../vocabulary/provider.ts'
import type { Scope } from '../vocabulary/scope.ts'
import { type DeviceClient, sendDeviceRequest } from './device-request.ts'

/** What the server has begun (RFC 8628 §3.2). */
export interface DeviceAuthorization {
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete: string | undefined
  /** ms since the epoch. */
  readonly expiresAt: number
  readonly intervalMs: number
}

/** RFC 8628 §3.2: if no value is provided, clients MUST use 5 as the default. */
const usualInterval = 5
/** `expires_in` is required. Where a server leaves it out, its codes live no shorter than those of most others. */
const usualLifetime = 600

/**
 * Begins a device sign-in (RFC 8628 §3.1). The provider's further parameters for the token endpoint, such as an audience, go along.
 * @throws TokenEndpointError where the server refuses, or is out of order; InvalidTokenResponseError where its reply has no codes
 */
export async function authorizeDevice(client: DeviceClient, url: string, scope: Scope | undefined): Promise<DeviceAuthorization> {
  const { source, meaning, context, reply } = await sendDeviceRequest(client, {
    url,
    profile: authorizationRequest(client.provider),
    parameters: {},
    scope,
    secrets: [],
    response: { accessToken: 'device_code', error: client.provider.tokenResponse?.error },
  })
  if (meaning.is !== 'granted' && meaning.is !== 'without-token') {
    const answer = readRefusal(context, meaning)
    if (answer.is === 'refused') throw answer.error
  }
  return readAuthorization(source, { name: client.provider.name, url: cleanUrl(url), ...reply })
}

function authorizationRequest({ tokenRequest = {} }: Provider): TokenRequestProfile {
  const { parameterNames, extraParameters, scopeParameter, scopeSeparator, transformSecret } = tokenRequest
  const clientAuthentication = clientMethod(tokenRequest)
  // RFC 8628 §3.1 has a form. Some APIs want JSON everywhere.
  const encoding = listEncodings(tokenRequest).find((one) => one === 'form' || one === 'json')
  return { encoding, clientAuthentication, parameterNames, extraParameters, scopeParameter, scopeSeparator, transformSecret }
}

function readAuthorization(
  source: { readonly body: unknown },
  { name, url, status, requestedAt }: { name: string; url: string; status: number; requestedAt: number },
): DeviceAuthorization {
  // Google's name for it is `verification_url`.
  const uri = readPath(source, ['verification_uri', 'verification_url'])
  const found = {
    device_code: readPath(source, 'device_code'),
    user_code: showable(readPath(source, 'user_code')),
    verification_uri: showableUrl(uri),
  }
  const complete = showableUrl(readPath(source, ['verification_uri_complete', 'verification_url_complete']))
  const missing = Object.entries(found).flatMap(([field, value]) => (typeof value === 'string' ? [] : [field]))
  if (missing.length > 0) {
    const message = `${name}: ${url} answered ${status} without a usable ${missing.join(', ')}. Check deviceAuthorizationUrl.`
    throw new InvalidTokenResponseError('invalid_token_response', message, { status, url })
  }
  return {
    deviceCode: found.device_code as string,
    userCode: found.user_code as string,
    verificationUri: found.verification_uri as string,
    verificationUriComplete: isSameOrigin(complete, found.verification_uri) ? complete : undefined,
    expiresAt: requestedAt + (readSeconds(readPath(source, 'expires_in')) ?? usualLifetime) * 1_000,
    intervalMs: (readSeconds(readPath(source, 'interval')) ?? usualInterval) * 1_000,
  }
}

/** Shown on terminals and pages: what a person types, and no sentence with an address in it. */
function showable(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\p{L}\p{N} -]{1,40}$/u.test(value) ? value : undefined
}

/** A person opens it: none that runs code, and none that others on the way can change. As the browser will show it. */
function showableUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^[^\p{C}\s]{1,2000}$/u.test(value) || !URL.canParse(value)) return undefined
  const url = new URL(value)
  return isSecureUrl(url) && !url.username && !url.password ? url.href : undefined
}

/** Whoever compares what they see with `verificationUri` is not led elsewhere. */
function isSameOrigin(url: string | undefined, other: string | undefined): boolean {
  return url !== undefined && other !== undefined && new URL(url).origin === new URL(other).origin
}

/** A number, or a string with one; a second at least, and at most a day. */
export function readSeconds(value: unknown): number | undefined {
  const seconds = typeof value === 'number' || (typeof value === 'string' && value.trim()) ? Number(value) : Number.NaN
  return seconds > 0 ? Math.max(1, Math.min(seconds, 86_400)) : undefined
}
