import ky from 'ky'
import { isTokenwellError, TokenEndpointError, TokenNetworkError } from '../base/errors.ts'
import { readBody } from '../base/read-body.ts'
import { cleanCause, cleanUrl } from '../base/redact.ts'
import { deadline, tooLate } from '../base/time.ts'
import type { ReplyTimes } from '../token/lifetime.ts'
import type { TokenRequest } from './build-token-request.ts'

/** A complete reply of the token endpoint. */
export interface TokenReply extends ReplyTimes {
  status: number
  contentType: string
  /** `undefined` where it was longer than 256 KiB. */
  text: string | undefined
  retryAfter?: string | null
}

export interface SendOptions {
  /** One request, from connecting to the last byte, ms. */
  timeoutMs: number
  fetch: typeof globalThis.fetch
  now: () => number
}

const maxReplyBytes = 262_144

/**
 * Sends a token request once, and reads its whole reply. Never follows a redirect, which would carry the secrets along.
 * @throws TokenNetworkError without a complete reply in time, also where `fetch` ignores its signal
 * @throws TokenEndpointError `redirected`
 */
export async function sendTokenRequest(request: TokenRequest, { timeoutMs, fetch, now }: SendOptions): Promise<TokenReply> {
  const url = cleanUrl(request.url)
  const controller = new AbortController()
  const requestedAt = now()
  try {
    const response = await deadline(exchange(request, fetch, controller.signal), timeoutMs)
    if (response === tooLate)
      throw new TokenNetworkError('timed_out', `No complete reply within ${timeoutMs} ms: try again, or raise timeoutMs.`, { url })
    if (response.isRedirect) {
      const { status } = response
      throw new TokenEndpointError('redirected', 'The token endpoint redirects, which is never followed: correct tokenUrl.', {
        status,
        url,
      })
    }
    return { ...response, requestedAt, receivedAt: now() }
  } catch (error) {
    throw isTokenwellError(error) ? error : networkError(error, url)
  } finally {
    // Closes what is still open (a connection that is too late, a redirect's body), and lets go of the signal: Node keeps
    // those that ky combines for as long as they may abort.
    controller.abort()
  }
}

async function exchange(request: TokenRequest, fetch: typeof globalThis.fetch, signal: AbortSignal) {
  const { url, method, headers, body } = request
  const response = await ky(url, {
    method,
    headers,
    ...(body !== undefined && { body }),
    ...(url.includes('?') && quietQuery()),
    signal,
    // Called without a receiver: ky would pass its options, and browsers refuse that.
    fetch: (...input) => fetch(...input),
    redirect: 'manual',
    retry: 0,
    timeout: false,
    throwHttpErrors: false,
  })
  const { status } = response
  const isRedirect = response.type === 'opaqueredirect' || response.redirected || (status >= 300 && status < 400)
  return {
    status,
    isRedirect,
    contentType: response.headers.get('content-type') ?? '',
    date: response.headers.get('date'),
    retryAfter: response.headers.get('retry-after'),
    text: isRedirect ? undefined : await readBody(response, maxReplyBytes),
  }
}

/** Keeps secrets in a query out of caches and referrers. Some runtimes (workerd) throw for options that they do not know. */
function quietQuery(): RequestInit {
  return {
    ...('cache' in Request.prototype && { cache: 'no-store' as const }),
    ...('referrerPolicy' in Request.prototype && { referrerPolicy: 'no-referrer' as const }),
  }
}

function networkError(thrown: unknown, url: string): TokenNetworkError {
  // Only browsers have a `location`. They hide why a request failed, and the likeliest reason is CORS.
  const hint = globalThis.location ? 'check that its reply has CORS headers, else use tokenwell/proxy' : 'check the network, then try again'
  const inner = (thrown as { cause?: unknown } | undefined)?.cause ?? thrown
  return new TokenNetworkError('network_failed', `No complete reply from the token endpoint: ${hint}.`, { url, cause: cleanCause(inner) })
}
