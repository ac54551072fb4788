import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A request as it came over the wire. */
export interface Received {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

/** What a server answers: parts of a response, a connection that is cut, none at all, or whatever a function does. */
export type Answer =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: string | Uint8Array; readonly json?: unknown }
  | 'cut'
  | 'hang'
  | ((response: ServerResponse) => void)

export interface LoopbackServer {
  /** `http://127.0.0.1:…` */
  readonly origin: string
  readonly received: readonly Received[]
  /** Bytes that came in bodies. */
  bodyBytes(): number
  close(): Promise<void>
}

/** Serves real HTTP on 127.0.0.1 until the test ends. */
export async function startServer(answer: (request: Received) => Answer | Promise<Answer>): Promise<LoopbackServer> {
  const received: Received[] = []
  const server = createServer(async (message, response) => {
    const request = await receive(message).catch(() => undefined)
    if (!request) return
    received.push(request)
    send(response, await answer(request))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  onTestFinished(close)
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    bodyBytes: () => received.reduce((sum, { body }) => sum + body.byteLength, 0),
    close,
  }
}

async function receive(message: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return {
    method: message.method ?? '',
    target: message.url ?? '',
    headers: message.headers,
    rawHeaders: message.rawHeaders,
    body: Buffer.concat(chunks),
  }
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer === 'hang') return
  if (answer === 'cut') {
    response.destroy()
  } else if (typeof answer === 'function') {
    answer(response)
  } else {
    const { status = 200, headers = {}, body = '', json } = answer
    response.writeHead(status, json === undefined ? headers : { 'content-type': 'application/json', ...headers })
    response.end(json === undefined ? body : JSON.stringify(json))
  }
}
