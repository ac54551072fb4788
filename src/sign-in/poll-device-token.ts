import { isTokenwellError, SignInFailedError, type TokenEndpointError, type TokenwellError } from '../base/errors.ts'
import { sleep } from '../base/time.ts'
import { readRefusal } from '../endpoint/reply-errors.ts'
import type { ReceivedReply } from '../vocabulary/grant.ts'
import { readPath } from '../vocabulary/paths.ts'
import { type DeviceAuthorization, readSeconds } from './device-authorization.ts'
import { type DeviceClient, sendDeviceRequest } from './device-request.ts'

type PollAnswer =
  | { readonly is: 'granted'; readonly reply: ReceivedReply }
  | { readonly is: 'pending' }
  | { readonly is: 'slow-down'; readonly intervalMs: number }
  | { readonly is: 'failed'; readonly error: TokenwellError }

/** RFC 8628 §3.5: the interval MUST be increased by 5 seconds for this and all subsequent requests. */
const slowDownMs = 5_000
/** The longest pause after failures, unless the interval or a `Retry-After` is longer. */
const longestPauseMs = 60_000

/**
 * Asks until the user has said yes or no (RFC 8628 §3.4, §3.5), in the server's interval. Network faults and outages are survived,
 * with pauses that double.
 * @throws SignInFailedError where the user said no, or the code has expired; what else the token endpoint says that is final
 */
export async function pollDeviceToken(client: DeviceClient, { deviceCode, expiresAt, ...authorization }: DeviceAuthorization) {
  const { now, signal } = client
  let { intervalMs } = authorization
  let failures = 0
  let lastFailure: TokenwellError | undefined
  for (;;) {
    const askAgainMs = Math.min(intervalMs * 2 ** failures, Math.max(longestPauseMs, intervalMs))
    const pauseMs = Math.max(askAgainMs, (lastFailure?.retryAt ?? 0) - now())
    await sleep(Math.max(0, Math.min(pauseMs, expiresAt - now())), { signal, isForeground: true })
    if (now() >= expiresAt) throw expired(lastFailure)
    const answer = await poll(client, deviceCode)
    if (answer.is === 'granted') return answer.reply
    lastFailure = answer.is === 'failed' ? answer.error : undefined
    failures = answer.is === 'failed' ? failures + 1 : 0
    if (answer.is === 'slow-down') intervalMs = Math.max(intervalMs + slowDownMs, answer.intervalMs)
  }
}

async function poll(client: DeviceClient, deviceCode: string): Promise<PollAnswer> {
  const { tokenUrl, tokenRequest = {}, tokenResponse = {} } = client.provider
  try {
    const { source, meaning, context, reply } = await sendDeviceRequest(client, {
      url: tokenUrl,
      profile: tokenRequest,
      parameters: { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: deviceCode },
      secrets: [deviceCode],
      response: tokenResponse,
    })
    if (meaning.is === 'granted') return { is: 'granted', reply }
    if (meaning.word === 'authorization_pending') return { is: 'pending' }
    // GitHub says the new interval.
    if (meaning.word === 'slow_down') return { is: 'slow-down', intervalMs: (readSeconds(readPath(source, 'interval')) ?? 0) * 1_000 }
    const answer = readRefusal(context, meaning)
    throw answer.is === 'refused' ? asSignInFailure(answer.error) : new SignInFailedError(startAgain('The server gave no token'))
  } catch (error) {
    // A function of the caller's that fails is no fault of the network.
    if (isTokenwellError(error) && error.retryable && error.code !== 'function_failed') return { is: 'failed', error }
    throw error
  }
}

/** What ends this sign-in, and not the use of this client. */
const endings: Readonly<Record<string, string>> = {
  access_denied: 'The user, or the authorization server, said no',
  expired_token: 'The code has expired',
  invalid_grant: 'The authorization server does not know the code any more',
}

function asSignInFailure(refusal: TokenEndpointError): TokenwellError {
  const { error = '', errorDescription, status, url } = refusal
  const ending = Object.hasOwn(endings, error) ? endings[error] : undefined
  return ending === undefined ? refusal : new SignInFailedError(startAgain(ending), { error, errorDescription, status, url })
}

function expired(cause: TokenwellError | undefined): SignInFailedError {
  const what = cause ? 'The code has expired, and the server could not be asked' : 'The code has expired before the user said yes'
  return new SignInFailedError(startAgain(what), { error: 'expired_token', cause })
}

const startAgain = (what: string): string => `${what}: start the sign-in again.`
