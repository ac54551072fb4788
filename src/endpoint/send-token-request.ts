import { ConfigurationError, isTokenwellError, TokenEndpointError, TokenNetworkError, type TokenwellError } from '../base/errors.ts'
import { readBody } from '../base/read-body.ts'
import { type CleanCause, cleanCause, cleanUrl } from '../base/redact.ts'
import { deadline, tooLate } from '../base/time.ts'
import type { ReplyTimes } from '../token/instant.ts'
import type { ReplyHeaders } from '../vocabulary/paths.ts'
import type { TokenRequest } from './build-token-request.ts'
import type { TimeLeft } from './time-budget.ts'

/** A complete reply of the token endpoint. */
export interface TokenReply extends ReplyTimes {
  readonly status: number
  readonly headers: ReplyHeaders
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
    // Not every platform's signal has throwIfAborted.
    if (signal?.aborted) throw signal.reason
    signal?.addEventListener('abort', abort)
    const reply = await deadline(fetchReply(request, options.fetch, { name, signal: controller.signal }), leftMs)
    if (reply === tooLate) {
      // A fetch that waits for this very token looks like a slow one.
      const message = `${name}: no complete reply from ${host} in time. Try again, raise timeoutMs, or check that fetch does not lead back to this manager.`
      throw new TokenNetworkError('timed_out', message, { url })
    }
    return { ...reply, requestedAt, receivedAt: now() }
  } catch (error) {
    throw asReplyFailure(error, name, url)
  } finally {
    signal?.removeEventListener('abort', abort)
    // Closes what is still open: a connection that is too late, a redirect's body.
    abort()
  }
}

async function fetchReply(
  { url, method, headers, body, credentials }: TokenRequest,
  fetch: typeof globalThis.fetch,
  { name, signal }: { name: string; signal: AbortSignal },
): Promise<Omit<TokenReply, 'requestedAt' | 'receivedAt'>> {
  // A string and plain objects: some implementations accept no `Request` but their own, and some wrappers read nothing else.
  // A given fetch may throw at once.
  const send = async () =>
    fetch(url, {
      method,
      headers,
      ...(body !== undefined && { body }),
      ...plainInit(),
      ...(credentials && 'credentials' in Request.prototype && { credentials }),
      // A query may hold secrets.
      ...(url.includes('?') && 'referrerPolicy' in Request.prototype && { referrerPolicy: 'no-referrer' as const }),
      signal,
    })
  const response = await send().catch((error: unknown) => {
    // Where the given fetch is another manager's, its failure says nothing of these credentials.
    throw isTokenwellError(error) && !(error instanceof ConfigurationError) ? networkFailure(error, name, cleanUrl(url)) : error
  })
  return readWhole(response, { name, url: cleanUrl(url), isRedirect: response.redirected })
}

/** What the requests for tokens have in common: redirects would carry the secrets along, and caches keep them. */
export function plainInit(): RequestInit {
  // Some frameworks cache every fetch, POST too. Some runtimes (workerd) throw for options that they do not know.
  return { redirect: 'manual', ...('cache' in Request.prototype && { cache: 'no-store' as const }) }
}

/**
 * The whole of a reply. Rejects with the platform's error where it breaks off.
 * @throws TokenEndpointError `redirected`
 */
export async function readWhole(response: Response, { name, url, isRedirect }: { name: string; url: string; isRedirect: boolean }) {
  const { status, type, headers } = response
  if (type === 'opaqueredirect' || isRedirect || (status >= 300 && status < 400)) {
    const message = `${name}: ${url} redirects (${status}), which is never followed. Correct the URL.`
    throw new TokenEndpointError('redirected', message, { status, url })
  }
  if (!(status >= 200)) throw new TypeError('This is no response.')
  return { status, headers, date: headers.get('date'), text: await readBody(response, maxReplyBytes) }
}

/** The error for a reply that did not come whole. One of ours is taken as it is. */
export function asReplyFailure(error: unknown, name: string, url: string): TokenwellError {
  return isTokenwellError(error) ? error : networkFailure(cleanCause(error), name, url)
}

function networkFailure(cause: CleanCause | TokenwellError, name: string, url: string): TokenNetworkError {
  const code = cause.code ? ` (${cause.code})` : ''
  const message = `${name}: no complete reply from ${new URL(url).host}${code}: ${hintFor(code)}.`
  return new TokenNetworkError('network_failed', message, { url, cause })
}

function hintFor(code: string): string {
  // Only browsers have a `location`. They hide why a request failed, and the likeliest reason is CORS.
  if (globalThis.location) return 'check that its reply has CORS headers, else use tokenwell/proxy'
  return /CERT|SSL|TLS|SIGNATURE/.test(code) ? 'check its certificate' : 'check the network and the URL, then try again'
}
