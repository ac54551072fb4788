import { copyHeaders, hasHeader, type OwnHeaders } from './headers.ts'
import { type ApiTexts, type Destination, isTextWithin, resolveUrl } from './origin-policy.ts'
import { markInit, type OwnInit } from './own-init.ts'
import { copyInit } from './read-init.ts'
import { completeInit, type RequestInput, readField, readInput, spreadRequest } from './read-request.ts'
import { snapshotBody } from './replay-body.ts'

/** What the caller asked for, read when `fetch` was called: later changes by the caller have no effect. */
export interface Call {
  readonly destination: Destination
  /** The URL as it is sent. */
  readonly href: string
  /** What `fetch` gets first: the URL as text, or the caller's own `Request`. */
  readonly input: string | Request
  /** The caller's `Request`, where that is what was given. */
  readonly source: RequestInput | undefined
  /** What `fetch` gets second, but for the headers and the body of a `Request` that is sent by its URL. */
  readonly init: OwnInit
  /** A copy of the headers that would be sent: those of `init`, else those of the request. */
  readonly headers: OwnHeaders | undefined
  /** Whether the caller has set the token's header or `Authorization`. */
  readonly isAuthorized: boolean
  readonly signal: AbortSignal | null | undefined
  /** Whether redirects are followed by hand. */
  readonly followsRedirects: boolean
  /** The body of `init`, which a given `fetch` may change; of a `Request` that was read, its bytes. */
  readonly body: BodyInit | null | undefined
  /** Whether that body can be sent again: there is none, or it is a copy. */
  readonly isReplayable: boolean
  /** Whether the body of the `Request` is sent. */
  readonly sendsRequestBody: boolean
}

/** By what a manager reads its calls; also who owns what is read. */
export interface CallOptions extends ApiTexts {
  /** The header that carries the token. */
  readonly tokenHeader: string
  /** Whether platforms forward that header wherever a redirect leads. */
  readonly isForwarded: boolean
  /** Whether a `fetch` was given, which may know another package's `Request`. */
  readonly hasOwnFetch: boolean
  /** Whether the token changes more of a call than its headers: a `Request` is sent by its URL, then. */
  readonly isRewritten: boolean
  /** Whether the URL of a call will hold the token. */
  readonly isInUrl: boolean
}

/**
 * Reads a call; its init belongs to these options.
 * @throws TypeError for what `fetch` itself would refuse, without the input in it
 */
export function readCall(input: unknown, given: RequestInit | undefined, options: CallOptions): Call {
  const { tokenHeader } = options
  const read = typeof input === 'string' ? undefined : readInput(input, options.hasOwnFetch)
  const source = read && 'request' in read ? read : undefined
  const text = source ? source.url : read ? (read as { text: unknown }).text : input
  const url = isTextWithin(options, text) ? undefined : resolveUrl(text)
  const href = url ? url.href : (text as string)
  const init = markInit(copyInit(given), options)
  // In this mode browsers drop `Authorization` in silence.
  if (init.mode === 'no-cors') init.mode = 'cors'
  const isReplayable = takeBody(init)
  const headers = copyHeaders(init.headers ?? (source && readField(source, 'headers')), tokenHeader)
  const isSpread = source !== undefined && (source.isForeign || options.isRewritten)
  if (isSpread) spreadRequest(source, init)
  else if (source) completeInit(source, init)
  if (options.isInUrl) keepUrlPrivate(init)
  return {
    destination: url ?? 'api',
    href,
    input: source && !isSpread ? source.request : href,
    source,
    init,
    headers,
    isAuthorized: hasHeader(headers, 'Authorization') || (tokenHeader !== 'Authorization' && hasHeader(headers, tokenHeader)),
    // A null in `init` takes a request's signal away.
    signal: init.signal === undefined ? source && readField(source, 'signal') : init.signal,
    followsRedirects: options.isForwarded && (init.redirect ?? (source && readField(source, 'redirect')) ?? 'follow') === 'follow',
    body: init.body,
    isReplayable,
    sendsRequestBody: source !== undefined && sendsBody(source, init),
  }
}

/** For a URL that holds the token: it is not kept in a cache. Some runtimes (workerd) throw for options that they do not know. */
export function keepUrlPrivate(init: OwnInit): void {
  if ('cache' in Request.prototype) init.cache = 'no-store'
  if ('referrerPolicy' in Request.prototype) init.referrerPolicy = 'no-referrer'
}

/** Puts a copy of the body in its place. Returns whether it can be sent again. */
function takeBody(init: OwnInit): boolean {
  const { body } = init
  if (body === undefined || body === null || typeof body === 'string') return true
  const snapshot = snapshotBody(body)
  if (snapshot) init.body = snapshot.body as BodyInit
  return snapshot !== undefined
}

/**
 * Whether a call sends the body of its `Request`. Firefox does not show that body, so there every method that may have one counts.
 * @throws TypeError where it has been used
 */
function sendsBody(source: RequestInput, init: OwnInit): boolean {
  if ((init.body ?? null) !== null || readField(source, 'body') === null || isReading(methodOf({ source, init }))) return false
  if (readField(source, 'bodyUsed')) throw new TypeError('The body of the request has already been used.')
  return true
}

/** The method of a call, in upper case. */
export function methodOf({ source, init }: Pick<Call, 'source' | 'init'>): string {
  return String(init.method ?? (source && readField(source, 'method')) ?? 'GET').toUpperCase()
}

/** Whether a method has no body, and changes nothing at the server. */
export function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}
