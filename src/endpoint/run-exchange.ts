import { functionThrew } from '../base/call-function.ts'
import { check } from '../base/check.ts'
import { isTokenwellError, TokenNetworkError } from '../base/errors.ts'
import { kindOf } from '../base/failure-kind.ts'
import { cleanUrl } from '../base/redact.ts'
import { deadline, tooLate } from '../base/time.ts'
import type { Exchange, ExchangeRequest } from '../vocabulary/exchange.ts'
import type { RepliedPlan } from './reply-errors.ts'
import { asReplyFailure, plainInit, readWhole, type SendOptions, type TokenReply } from './send-token-request.ts'
import type { TokenRequestPlan } from './token-request-plan.ts'

export interface ExchangeOptions extends SendOptions {
  /** Calls what was given, so that a call back in the same turn is noticed. */
  call<T>(given: () => T): T
}

type Answer = Omit<TokenReply, 'requestedAt' | 'receivedAt'> & { url: string }

/**
 * Has the caller's function get a token, and reads what it gives as the reply of a token endpoint.
 * @throws TokenNetworkError `function_failed` where it throws: with the name and code of what it threw, never the text; `timed_out`
 * where it takes too long, also where it ignores its signal
 * @throws ConfigurationError where it gives no reply, or uses this very manager
 */
export async function runExchange(plan: TokenRequestPlan, options: ExchangeOptions): Promise<RepliedPlan> {
  const { name, now, signal, timeLeft } = options
  const controller = new AbortController()
  const abort = () => controller.abort()
  const requestedAt = now()
  try {
    if (signal?.aborted) throw signal.reason
    signal?.addEventListener('abort', abort)
    const answer = await deadline(callExchange(plan, options, controller.signal), timeLeft())
    if (answer === tooLate) {
      const message = `${name}: exchange did not answer in time. Try again, raise timeoutMs, or check that it does not call this manager.`
      throw new TokenNetworkError('timed_out', message, { option: 'exchange' })
    }
    const { url, ...reply } = answer
    const secrets = [...plan.secrets, plan.client.clientSecret ?? '']
    return { plan, request: { url, secrets }, reply: { ...reply, requestedAt, receivedAt: now() } }
  } finally {
    signal?.removeEventListener('abort', abort)
    // Closes what is still open.
    abort()
  }
}

async function callExchange(
  { kind, client, parameters, previous }: TokenRequestPlan,
  options: ExchangeOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const { name, now, call } = options
  const { clientId, clientSecret } = client
  const ofClient = { ...(clientId && { client_id: clientId }), ...(clientSecret && { client_secret: clientSecret }) }
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) =>
    call(() => options.fetch(input, { ...plainInit(), signal, ...init }))
  const request: ExchangeRequest = Object.freeze({
    fetch,
    parameters: Object.freeze({ ...ofClient, ...parameters }),
    previous: previous?.accessToken === undefined ? undefined : (previous as ExchangeRequest['previous']),
    signal,
    now: now(),
  })
  let given: unknown
  try {
    given = await call(() => (kind.exchange as Exchange)(request))
  } catch (error) {
    // Nothing that calling it again could mend.
    const isFinal = kindOf(error) === 'configuration' || (isTokenwellError(error) && error.code === 'invalid_configuration')
    throw isFinal ? error : functionThrew('exchange', error)
  }
  const response = asResponse(given)
  if (!response) return { url: kind.url, ...objectReply(given) }
  // Its path may hold a token, or the session of a log-in in two steps.
  const isOther = /^https?:/.test(response.url) && cleanUrl(response.url) !== cleanUrl(kind.url)
  const url = isOther ? new URL(response.url).origin : kind.url
  try {
    return { url, ...(await readWhole(response, { name, url: cleanUrl(url), isRedirect: false })) }
  } catch (error) {
    throw asReplyFailure(error, name, cleanUrl(url))
  }
}

/** Also one of another implementation of fetch. @throws ConfigurationError for one that cannot be read, and for that of another kind of client */
function asResponse(given: unknown): Response | undefined {
  const { status, type, headers, bodyUsed, body, text } = Object(given) as Partial<Response>
  if (typeof status !== 'number' || typeof headers !== 'object' || headers === null) return undefined
  // axios has `data` where fetch has `text()`.
  check(
    'exchange',
    typeof text === 'function' && typeof headers.get === 'function',
    'must return a Response, or the data of the reply alone',
  )
  const isReply = type === 'opaqueredirect' || status >= 200
  check('exchange', isReply && !bodyUsed && !body?.locked, 'must return a Response whose body is unread, or what it has read')
  return given as Response
}

/** An object stands for a 200 with that JSON. */
function objectReply(given: unknown) {
  let text: string | undefined
  try {
    text = typeof given === 'object' && given !== null ? JSON.stringify(given) : undefined
  } catch {
    // Named below.
  }
  check('exchange', text !== undefined && /^[{[]/.test(text), 'must return a Response, or an object that JSON can hold')
  return { status: 200, headers: new Headers({ 'content-type': 'application/json' }), text }
}
