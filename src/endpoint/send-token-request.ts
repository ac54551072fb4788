import { isTokenwellError, TokenEndpointError, TokenNetworkError } from '../base/errors.ts'
import { readBody } from '../base/read-body.ts'
import { cleanCause, cleanUrl } from '../base/redact.ts'
import { deadline, tooLate } from '../base/time.ts'
import type { ReplyTimes } from '../token/instant.ts'
import type { TokenRequest } from './build-token-request.ts'
import type { TimeLeft } from './time-budget.ts'

/** A complete reply of the token endpoint. */
export interface TokenReply extends ReplyTimes {
  readonly status: number
  readonly headers: Pick<Headers, 'get'>
  /** `undefined` where it was longer than 256 KiB. */
  readonly text: string | undefined
}

export interface SendOptions {
  /** Names the provider in messages. */
  readonly name: string
  readonly timeLeft: TimeLeft
  readonly fetch: typeof globalThis.fetch
  readonly now: () => number
  /** Aborts the request. */
  readonly signal?: AbortSignal | undefined
}

const maxReplyBytes = 262_144

/**
 * Sends a token request once, and reads its whole reply. Never follows a redirect, which would carry the secrets along.
 * @throws TokenNetworkError without a complete reply in time, also where `fetch` ignores its signal
 * @throws TokenEndpointError `redirected`
 */
export async function sendTokenRequest(request: TokenRequest, options: SendOptions): Promise<TokenReply> {
  const { name, now, signal } = options
  const leftMs = options.timeLeft()
  const url = cleanUrl(request.url)
  const { host } = new URL(url)
  const controller = new AbortController()
  const abort = () => controller.abort()
  const requestedAt = now()
  try {
    signal?.throwIfAborted()
    signal?.addEventListener('abort', abort)
    const response = await deadline(exchange(request, options.fetch, controller.signal), leftMs)
    if (response === tooLate) {
      // A fetch that waits for this very token looks like a slow one.
      const message = `${name}: no complete reply from ${host} in time. Try again, raise timeoutMs, or check that fetch does not lead back to this manager.`
      throw new TokenNetworkError('timed_out', message, { url })
    }
    const { status, isRedirect, ...reply } = response
    if (isRedirect) {
      const message = `${name}: ${url} redirects (${status}), which is never followed. Correct the URL.`
      throw new TokenEndpointError('redirected', message, { status, url })
    }
    return { ...reply, status, requestedAt, receivedAt: now() }
  } catch (error) {
    if (isTokenwellError(error)) throw error
    const cause = cleanCause(error)
    const code = cause.code ? ` (${cause.code})` : ''
    throw new TokenNetworkError('network_failed', `${name}: no complete reply from ${host}${code}: ${hintFor(code)}.`, { url, cause })
  } finally {
    signal?.removeEventListener('abort', abort)
    // Closes what is still open: a connection that is too late, a redirect's body.
    abort()
  }
}

async function exchange({ url, method, headers, body }: TokenRequest, fetch: typeof globalThis.fetch, signal: AbortSignal) {
  // A string and plain objects: some implementations accept no `Request` but their own, and some wrappers read nothing else.
  const response = await fetch(url, {
    method,
    headers,
    ...(body !== undefined && { body }),
    redirect: 'manual',
    // Some frameworks cache every fetch, POST too. Some runtimes (workerd) throw for options that they do not know.
    ...('cache' in Request.prototype && { cache: 'no-store' as const }),
    // A query may hold secrets.
    ...(url.includes('?') && 'referrerPolicy' in Request.prototype && { referrerPolicy: 'no-referrer' as const }),
    signal,
  })
  const { status } = response
  const isRedirect = response.type === 'opaqueredirect' || response.redirected || (status >= 300 && status < 400)
  if (!isRedirect && !(status >= 200)) throw new TypeError('This is no response.')
  return {
    status,
    isRedirect,
    headers: response.headers,
    date: response.headers.get('date'),
    text: isRedirect ? undefined : await readBody(response, maxReplyBytes),
  }
}

function hintFor(code: string): string {
  // Only browsers have a `location`. They hide why a request failed, and the likeliest reason is CORS.
  if (globalThis.location) return 'check that its reply has CORS headers, else use tokenwell/proxy'
  return /CERT|SSL|TLS|SIGNATURE/.test(code) ? 'check its certificate' : 'check the network and the URL, then try again'
}
