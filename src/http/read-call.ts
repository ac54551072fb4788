import { resolveUrl } from './origin-policy.ts'
import { type ReplayableBody, snapshotBody } from './replay-body.ts'

/** What the caller asked for, read when `fetch` was called: later changes by the caller have no effect. */
export interface Call {
  /** `undefined` where it is known to be one of the API. */
  readonly url: URL | undefined
  /** The URL as it is sent. */
  readonly href: string
  /** The caller's `Request`, where that is what was given. */
  readonly request: Request | undefined
  /** A copy of the caller's init. */
  readonly init: RequestInit
  /** The headers that would be sent: those of `init`, else those of the request. */
  readonly headers: HeadersInit | undefined
  readonly signal: AbortSignal | null | undefined
  /** What to send again as the body; `undefined` for one that can be read only once. */
  readonly body: ReplayableBody | undefined
}

/** Whether the call sends the body of its `Request`. Firefox does not show that body, so there every method that may have one counts. */
export function hasRequestBody(call: Call): call is Call & { readonly request: Request } {
  const { request, init } = call
  return (
    request !== undefined && (init.body ?? null) === null && request.body !== null && !/^(GET|HEAD)$/i.test(init.method ?? request.method)
  )
}

/** @throws TypeError for what `fetch` itself would refuse, without the input in it. */
export function readCall(input: RequestInfo | URL, init?: RequestInit, knownHref?: string): Call {
  const request = isRequest(input) ? input : undefined
  const copy = copyInit(init)
  const url = knownHref === undefined ? resolveUrl(request ? request.url : input) : undefined
  return {
    url,
    href: knownHref ?? (url as URL).href,
    request,
    init: copy,
    headers: snapshotHeaders(copy.headers ?? request?.headers),
    // A null in `init` takes a request's signal away.
    signal: copy.signal === undefined ? request?.signal : copy.signal,
    body: copy.body === undefined || copy.body === null ? { body: copy.body } : snapshotBody(copy.body),
  }
}

function isRequest(input: unknown): input is Request {
  return Object.prototype.toString.call(input) === '[object Request]'
}

function copyInit(init: RequestInit | undefined): RequestInit {
  if (init === undefined || init === null || isPlainObject(init)) return { ...init }
  // `fetch` also reads what an init inherits: a Request given as init keeps all it has on its prototype.
  const copy: Record<string, unknown> = {}
  for (const name in init) copy[name] = (init as Record<string, unknown>)[name]
  return copy
}

/** A copy; a plain object stays one, since that is what the hot path adds to. */
function snapshotHeaders(headers: HeadersInit | undefined): HeadersInit | undefined {
  if (headers === undefined) return undefined
  if (isPlainObject(headers)) return { ...headers } as Record<string, string>
  return createHeaders(headers)
}

export function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** @throws TypeError for headers that the platform refuses: its own error would print their values. */
export function createHeaders(headers: HeadersInit): Headers {
  try {
    return new Headers(headers)
  } catch {
    throw new TypeError('The headers to send are not valid.')
  }
}

/** Whether the caller's headers have one of this name, in any case. */
export function hasHeader(headers: HeadersInit | undefined, name: string): boolean {
  if (headers === undefined) return false
  if (headers instanceof Headers) return headers.has(name)
  for (const key in headers) if (key.length === name.length && key.toLowerCase() === name.toLowerCase()) return true
  return false
}
