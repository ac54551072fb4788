import { InvalidTokenResponseError, isTokenwellError, TokenEndpointError } from '../base/errors.ts'
import { cleanDescription, cleanUrl, type Redact } from '../base/redact.ts'
import type { Token } from '../token/token.ts'
import { readPath } from '../vocabulary/paths.ts'
import type { Provider, TokenResponseProfile } from '../vocabulary/provider.ts'
import { parseBody } from './parse-body.ts'
import { readToken } from './read-token.ts'
import { parseRetryAfter } from './retry-after.ts'
import type { TokenReply } from './send-token-request.ts'

export interface ParseContext {
  provider: Provider
  /** The URL that was asked. */
  url: string
  /** What was presented for the new token: what the reply leaves out of it is kept. */
  previous?: Partial<Token> | undefined
  redact: Redact
}

/** A server's words, untrusted. */
interface ServerError {
  error: string
  errorDescription?: unknown
}

/** OAuth's words for «later» (RFC 6749 §4.1.2.1; `slow_down` is RFC 8628's). */
const failureCodes = ['server_error', 'temporarily_unavailable', 'slow_down']

/** What to do about a refusal (RFC 6749 §5.2). */
const advice = new Map([
  ['invalid_client', 'check clientId and clientSecret'],
  ['invalid_grant', 'what was presented is wrong, used or expired'],
  ['invalid_scope', 'check scope'],
  ['unauthorized_client', 'this client may not use this grant'],
  ['unsupported_grant_type', 'use another grant'],
])

/**
 * Reads a reply of the token endpoint (RFC 6749 §5).
 * @throws TokenEndpointError `refused` or `unavailable`
 * @throws InvalidTokenResponseError for what is not OAuth
 */
export function parseTokenResponse(reply: TokenReply, context: ParseContext): Token {
  const { name, tokenResponse: profile = {} } = context.provider
  const { status } = reply
  const details = { status, url: cleanUrl(context.url), retryAt: parseRetryAfter(reply.retryAfter, reply) }
  try {
    const isTextExpected = [profile.accessToken ?? []].flat().includes('')
    const body = reply.text === undefined ? undefined : parseBody(reply.text, reply.contentType, isTextExpected)
    const mapped = profile.error?.(status, body)
    if (!mapped && isGranted(profile, status, body)) {
      const token = readToken(body, reply, context)
      if (token) return token
    } else {
      const said = mapped ?? readServerError(status, body)
      const isOutage = failureCodes.includes(said?.error as string) || (!mapped && isFailureStatus(status))
      if (said || isOutage) throw endpointError(isOutage, said, details, name, context.redact)
    }
  } catch (error) {
    // What else is thrown here comes from a function of the profile, or from data that is nested too deep.
    if (isTokenwellError(error)) throw error
  }
  throw new InvalidTokenResponseError(
    'unreadable_token_response',
    `${name} answered ${status} without a token: check tokenUrl, and tokenResponse of the provider.`,
    details,
  )
}

function isGranted({ isSuccess }: TokenResponseProfile, status: number, body: unknown): boolean {
  return isSuccess ? isSuccess(status, body) : status >= 200 && status < 300 && !readPath(body, 'error')
}

function isFailureStatus(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429
}

/** A 2xx with an `error` of whatever kind is a refusal; elsewhere one that is no text is not OAuth's. */
function readServerError(status: number, body: unknown): ServerError | undefined {
  const error = readPath(body, 'error')
  if (error !== undefined && typeof error !== 'string') return status < 300 ? { error: '' } : undefined
  return typeof error === 'string' ? { error, errorDescription: readPath(body, 'error_description') } : undefined
}

function endpointError(
  isOutage: boolean,
  said: ServerError | undefined,
  details: { status: number; url: string; retryAt: number | undefined },
  name: string,
  redact: Redact,
): TokenEndpointError {
  const code = String(said?.error ?? '')
  // Whatever stands in the field may be shown only if it is a code, and no secret.
  const error = advice.has(code) || (/^[\x21-\x7e]{1,64}$/.test(code) && redact(code) === code) ? code : undefined
  const words = said?.errorDescription ?? (error ? undefined : code)
  const errorDescription = typeof words === 'string' && words ? cleanDescription(words, redact) : undefined
  const message = isOutage
    ? `${name} is out of order (${error ?? details.status}): try again later.`
    : `${name} refused (${error ?? details.status}): ${advice.get(code) ?? 'see errorDescription'}.`
  return new TokenEndpointError(isOutage ? 'unavailable' : 'refused', message, { ...details, error, errorDescription })
}
