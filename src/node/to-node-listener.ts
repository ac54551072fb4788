import type { IncomingMessage, ServerResponse } from 'node:http'
import { bodyIsGone, createReporter, type RefusalCode } from './refusals.ts'
import { createRequestBody, type RequestBody } from './request-body.ts'
import { readTarget } from './request-target.ts'

/** A web-standard handler, such as the one of `createTokenProxy`. */
export type RequestHandler = (request: Request) => Response | Promise<Response>

/** Ruled by the connection, and set by Node itself (RFC 9110 §7.6.1). */
const connectionHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection'])

/** Answered without a body. A length of one would have the client wait for it (RFC 9110 §8.6, §15.3.6). */
const bodiless: readonly number[] = [204, 205, 304]

const touched = JSON.stringify({ status: 500, code: 'misconfigured', detail: bodyIsGone })

/**
 * Turns a handler of a `Request` into a listener for `node:http` and `node:https`.
 *
 * Bodies are streamed both ways and held in memory one chunk at a time. The request's signal aborts when the client
 * goes away. A handler that throws is answered with an empty 500, and a `Response.error()` or a body that fails cuts
 * the connection. The request's URL has the `Host` header's origin, which is the client's word: do not trust it. A `Host`
 * that is no host is answered with an empty 400.
 *
 * A request whose body somebody has read already (`express.json()`, Fastify's parsers) is answered with a 500 that says so,
 * since nobody else could tell it from one with an empty body.
 *
 * Of what it answers by itself it writes one `console.warn` for each kind, in fixed words. A handler that wants its errors
 * seen whole catches them.
 *
 * @throws TypeError where the handler is no function
 * @example
 * createServer(toNodeListener(handler)).listen(8080)
 */
export function toNodeListener(handler: RequestHandler): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  if (typeof handler !== 'function') throw new TypeError('handler must be a function: (request) => response, as createTokenProxy() gives')
  const report = createReporter()
  return (incoming, outgoing) => {
    // Without a listener an error of a connection that has gone would end the process.
    incoming.on('error', () => {})
    outgoing.on('error', () => {})
    void answer({ handler, report }, incoming, outgoing)
  }
}

interface Listener {
  readonly handler: RequestHandler
  readonly report: (code: RefusalCode) => void
}

async function answer({ handler, report }: Listener, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const clientGone = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) clientGone.abort(new DOMException('The client has gone away', 'AbortError'))
  })
  const body = createRequestBody(incoming)
  try {
    if (body.isPresent && body.isTouched) {
      report('misconfigured')
      return endTouched(outgoing)
    }
    const request = buildRequest(incoming, body, clientGone.signal)
    if (!request) {
      report('request_invalid')
      return endEmpty(outgoing, 400)
    }
    await send(await handler(request), incoming.method === 'HEAD', outgoing)
  } catch {
    // Of a client that has gone, nobody has to know.
    if (!clientGone.signal.aborted) report('handler_failed')
    // No details: they are for the operator, and the error may hold secrets.
    if (outgoing.headersSent) outgoing.destroy()
    else endEmpty(outgoing, 500)
  } finally {
    body.discardRest(outgoing)
  }
}

/** The request as the web has it, or `undefined` for one that it cannot say. */
function buildRequest(incoming: IncomingMessage, body: RequestBody, signal: AbortSignal): Request | undefined {
  const { method = 'GET' } = incoming
  const href = readTarget(incoming)
  if (href === undefined) return undefined
  try {
    const hasBody = method !== 'GET' && method !== 'HEAD' && body.isPresent
    const init: RequestInit & { duplex: 'half' } = { method, headers: copyHeaders(incoming), signal, duplex: 'half' }
    return new Request(href, hasBody ? { ...init, body: body.stream } : init)
  } catch {
    // A method that the web forbids (TRACE), userinfo in the URL, …
    return undefined
  }
}

function copyHeaders({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    if (!name.startsWith(':')) headers.append(name, rawHeaders[index + 1] as string)
  }
  return headers
}

async function send(response: Response, withoutBody: boolean, outgoing: ServerResponse): Promise<void> {
  if (response.type === 'error') return void outgoing.destroy()
  const hasNoBody = bodiless.includes(response.status)
  outgoing.statusCode = response.status
  if (response.statusText) outgoing.statusMessage = response.statusText
  for (const [name, value] of response.headers) {
    if (connectionHeaders.has(name) || (hasNoBody && name === 'content-length')) continue
    if (name === 'set-cookie') outgoing.appendHeader(name, value)
    else outgoing.setHeader(name, value)
  }
  if (withoutBody || hasNoBody || !response.body) {
    await response.body?.cancel()
    return void outgoing.end()
  }
  await pump(response.body, outgoing)
}

async function pump(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader()
  // A read that never comes must not keep a body open whose reader has gone.
  const stop = (): void => void reader.cancel().catch(() => {})
  outgoing.once('close', stop)
  if (outgoing.destroyed) stop()
  outgoing.flushHeaders()
  while (true) {
    const { done, value } = await reader.read()
    if (done) break
    if (!outgoing.write(value)) await isWritableAgain(outgoing)
  }
  outgoing.end()
}

/** Resolves when more may be written, or when there is nobody to write to. */
function isWritableAgain(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (outgoing.destroyed) return resolve()
    const done = (): void => {
      outgoing.off('drain', done)
      outgoing.off('close', done)
      resolve()
    }
    outgoing.on('drain', done)
    outgoing.on('close', done)
  })
}

function endTouched(outgoing: ServerResponse): void {
  outgoing.setHeader('content-type', 'application/problem+json')
  outgoing.setHeader('cache-control', 'private, no-store')
  outgoing.setHeader('x-tokenwell-error', 'misconfigured')
  outgoing.statusCode = 500
  outgoing.end(touched)
}

function endEmpty(outgoing: ServerResponse, status: number): void {
  for (const name of outgoing.getHeaderNames()) outgoing.removeHeader(name)
  outgoing.statusCode = status
  outgoing.end()
}
