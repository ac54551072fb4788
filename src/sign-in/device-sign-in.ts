import { abortable, anAbortSignal } from '../base/abortable.ts'
import { aFunction, nonEmptyString, numberFrom, readFields, required, trueOrFalse } from '../base/check.ts'
import { ConfigurationError } from '../base/errors.ts'
import { freezeOwn } from '../base/plain-data.ts'
import { parseSecureUrl } from '../base/secure-url.ts'
import { longestTimerMs } from '../base/time.ts'
import { authorizationCode } from '../grants/authorization-code.ts'
import { aClientSecret, checkCredentials } from '../vocabulary/credentials.ts'
import { freezeProfile } from '../vocabulary/freeze-profile.ts'
import type { Grant, ReceivedReply } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { aScope, type Scope } from '../vocabulary/scope.ts'
import type { Secret } from '../vocabulary/secret.ts'
import { authorizeDevice } from './device-authorization.ts'
import type { DeviceClient } from './device-request.ts'
import { pollDeviceToken } from './poll-device-token.ts'
import { checkProvider } from './sign-in-client.ts'

/** Options of `startDeviceSignIn()`. */
export interface DeviceSignInOptions {
  /** With a `deviceAuthorizationUrl`, which `discover({ issuer })` finds. */
  provider: Provider
  clientId: string
  /** Public clients have none. */
  clientSecret?: Secret
  scope?: Scope | undefined
  /** Ends the sign-in: what waits for it rejects with the signal's own reason. */
  signal?: AbortSignal | undefined
  /** Allows `http:` to hosts other than loopback, where anybody on the way can read the tokens. @default false */
  allowInsecureRequests?: boolean | undefined
  /** Called as `fetch(url, init)`. @default globalThis.fetch */
  fetch?: typeof globalThis.fetch | undefined
  /** Time for each request, ms. @default 10_000 */
  timeoutMs?: number | undefined
  /** The time, ms since the epoch; for tests. @default Date.now */
  now?: (() => number) | undefined
}

/** A sign-in that a user completes on another device. */
export interface DeviceSignIn {
  /** Show it as it is: the user types it at `verificationUri`. Up to 40 letters, digits, spaces and hyphens. */
  readonly userCode: string
  readonly verificationUri: string
  /** The same with the code in it, for a QR code or a link. Not every server gives one, and one of another origin is left out. */
  readonly verificationUriComplete?: string | undefined
  /** When the code expires, ms since the epoch. */
  readonly expiresAt: number
  /**
   * For a `TokenManager`, when the user has said yes. It hands over the tokens that came, once: a manager with a lasting store keeps
   * them, and later ones use `authorizationCode({ clientId })`. Rejects with `SignInFailedError` where the user said no or the code
   * has expired; with `TokenEndpointError` where the server refuses the client; with the reason of the signal.
   */
  readonly grant: Promise<Grant>
}

/**
 * Begins a sign-in on a device without a browser, or a keyboard (RFC 8628), and asks for the token in the server's interval until
 * the user has decided. Keeps a process alive until then. The first request is sent once.
 * @throws ConfigurationError naming the option; TokenEndpointError where the server refuses the client, or is out of order;
 * InvalidTokenResponseError where its reply has no codes; TokenNetworkError without a reply
 */
export async function startDeviceSignIn(options: DeviceSignInOptions): Promise<DeviceSignIn> {
  const { client, url, scope } = readOptions(options)
  const { signal } = client
  if (signal?.aborted) throw signal.reason
  const authorization = await abortable(authorizeDevice(client, url, scope), signal)
  const grant = abortable(pollDeviceToken(client, authorization), signal).then((reply) => handOver(client.grant, reply))
  // It may reject before anybody waits for it.
  grant.catch(() => {})
  const { userCode, verificationUri, verificationUriComplete, expiresAt } = authorization
  return Object.freeze({ userCode, verificationUri, ...(verificationUriComplete && { verificationUriComplete }), expiresAt, grant })
}

/** The grant of a code, with the reply in place of the code. A second request for it is refused, as one for a used code is. */
function handOver(grant: Grant, reply: ReceivedReply): Grant {
  let next: ReceivedReply | undefined = reply
  const used = { ...reply, status: 400, headers: new Headers(), text: '{"error":"invalid_grant"}' }
  const received = () => {
    const given = next ?? used
    next = undefined
    return given
  }
  return freezeOwn<Grant>({ ...grant, received })
}

function readOptions(options: DeviceSignInOptions): { client: DeviceClient; url: string; scope: Scope | undefined } {
  const own = readFields<DeviceSignInOptions>('options', options, {
    provider: required((_, value) => checkProvider(value as Provider), 'use the one of a preset, of discover(…), or defineProvider(…)'),
    clientId: required(nonEmptyString),
    clientSecret: aClientSecret,
    scope: aScope,
    signal: anAbortSignal,
    allowInsecureRequests: trueOrFalse,
    fetch: aFunction,
    timeoutMs: numberFrom(1, longestTimerMs),
    now: aFunction,
  })
  const { clientId, clientSecret, scope, signal, fetch = globalThis.fetch, timeoutMs = 10_000, now = Date.now } = own
  const provider = freezeProfile(own.provider)
  const { deviceAuthorizationUrl, tokenUrl } = provider
  if (deviceAuthorizationUrl === undefined) {
    throw new ConfigurationError('provider.deviceAuthorizationUrl', 'is missing: the provider does not say where devices sign in')
  }
  const url = parseSecureUrl('provider.deviceAuthorizationUrl', deviceAuthorizationUrl, own.allowInsecureRequests).href
  parseSecureUrl('provider.tokenUrl', tokenUrl, own.allowInsecureRequests)
  const grant = authorizationCode({ clientId, ...(clientSecret !== undefined && { clientSecret }) })
  checkCredentials(provider, grant)
  return { client: { provider, grant, fetch, timeoutMs, now, signal }, url, scope }
}
