import { type Attributes, type Span, type SpanContext, SpanKind, type SpanOptions, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import type { TokenEvents } from '../base/events.ts'
import type { TokenManager } from '../manager/token-manager.ts'
import { apiOriginOf, describeFailure, describeManager, describeServer, stopAll } from './attributes.ts'

// Others count as one, so that nobody's spelling makes a name of its own.
const knownMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']

interface Ended {
  readonly name: string
  readonly kind: SpanKind
  readonly startedAt: number
  readonly at: number
  readonly attributes: Attributes
  readonly links?: SpanOptions['links']
}

/**
 * Makes a span of each step when it has ended. Events come in the asynchronous context of the call that they are about, so the span
 * has the right parent all the same.
 */
export function recordSpans(manager: TokenManager, tracer: Tracer): () => void {
  const own = describeManager(manager)
  const resends = new ResendCount()
  let latest: { readonly context: SpanContext; readonly at: number } | undefined
  const record = ({ name, kind, startedAt, at, attributes, links = [] }: Ended): Span => {
    // Dates: a number may be taken for one of the monotonic clock.
    const span = tracer.startSpan(name, { kind, startTime: new Date(startedAt), attributes: { ...own, ...attributes }, links })
    if (attributes['error.type'] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(new Date(Math.max(at, startedAt)))
    return span
  }
  const onRequest = (event: TokenEvents['timed'], grant: string) => {
    const { tokenUrl, renewalUrl = tokenUrl } = manager.explain()
    const isRenewal = grant === 'refresh_token' || grant === 'access_token'
    const server = describeServer(isRenewal ? renewalUrl : tokenUrl)
    const count = resends.next(event)
    const resent = count > 0 ? { 'http.request.resend_count': count } : {}
    const attributes = { 'tokenwell.grant': grant, ...server, ...resent, ...describeFailure(event.failure) }
    const span = record({ ...event, name: 'tokenwell token request', kind: SpanKind.CLIENT, attributes })
    latest = { context: span.spanContext(), at: event.at }
  }
  const onWait = (event: TokenEvents['timed']) => {
    const links = latest && latest.at >= event.startedAt ? [{ context: latest.context }] : []
    record({ ...event, name: 'tokenwell wait for token', kind: SpanKind.INTERNAL, attributes: describeFailure(event.failure), links })
  }
  return stopAll([
    ...(['acquired', 'renewed', 'adopted', 'failed', 'cleared'] as const).map((type) => manager.on(type, () => resends.reset())),
    manager.on('timed', (event) => {
      if (event.step === 'request') onRequest(event, event.grant ?? '')
      if (event.step === 'wait') onWait(event)
    }),
    manager.on('replayed', (event) => {
      const method = knownMethods.includes(event.method) ? event.method : '_OTHER'
      const attributes = { 'http.request.method': method, ...describeServer(apiOriginOf(manager)), ...describeResponse(event.status) }
      record({ ...event, name: method === '_OTHER' ? 'HTTP' : method, kind: SpanKind.CLIENT, attributes })
    }),
  ])
}

function describeResponse(status: number): Attributes {
  const error = status >= 400 ? { 'error.type': String(status) } : {}
  // A rejected call is sent again once.
  return { 'http.request.resend_count': 1, 'http.response.status_code': status, ...error }
}

/** How often a token request was sent before: requests of one renewal follow one another, and only a failure is sent again. */
class ResendCount {
  #grant: string | undefined
  #count = 0

  next({ grant, failure }: TokenEvents['timed']): number {
    const count = grant === this.#grant ? this.#count : 0
    const isSentAgain = typeof failure === 'object' && failure.retryable
    this.#grant = isSentAgain ? grant : undefined
    this.#count = count + 1
    return count
  }

  reset(): void {
    this.#grant = undefined
  }
}
