import type { HttpHandler } from 'msw'
import { aFunction, type Check, nonEmptyString, readFields } from '../base/check.ts'
import { type ReadHttp, toHandler } from './msw-handlers.ts'
import { readTokenRequest } from './received-token-request.ts'
import { route } from './route.ts'

/** A token request as it arrived. */
export interface RecordedTokenRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The body as text. */
  readonly body: string
  /** The fields of a form or JSON body, with those of the query. */
  readonly parameters: Readonly<Record<string, string>>
}

/**
 * How a scripted server answers one request: fields of a token response, a complete `Response`, `'network'` for a
 * connection that is cut, or a function that finds one of these.
 */
export type ScriptedReply = ScriptedAnswer | ((request: RecordedTokenRequest) => ScriptedAnswer | Promise<ScriptedAnswer>)
/** What a scripted server answers: fields of a token response, a complete `Response`, or `'network'` for a connection that is cut. */
export type ScriptedAnswer = Readonly<Record<string, unknown>> | Response | 'network'

/** Options of `createScriptedTokenServer()`. */
export interface ScriptedTokenServerOptions {
  /** @default 'https://auth.example.com/token' */
  tokenUrl?: string
  /** Answers in their order. After the last one, `otherwise` answers. */
  replies?: readonly ScriptedReply[]
  /** @default a new token `token-1`, `token-2`, … that lives an hour */
  otherwise?: ScriptedReply
  /** Answers what {@link ScriptedTokenServer.fetch} is asked at other URLs: the API, say. @default rejects */
  elsewhere?: typeof globalThis.fetch
}

/** A token endpoint that answers what it is told, and records what it was asked. */
export interface ScriptedTokenServer {
  readonly tokenUrl: string
  /** What was asked, in the order of arrival. */
  readonly requests: readonly RecordedTokenRequest[]
  /** Answers at the token URL like the network would: for `TokenManager`'s option `fetch`, without any mocking. */
  readonly fetch: typeof globalThis.fetch
  /** For msw: `setupServer(server.handler)`. Reading it is what needs the package `msw`. */
  readonly handler: HttpHandler
  /** Adds replies to the end of the queue. */
  enqueue(...replies: ScriptedReply[]): void
}

// A reply may be nearly anything.
const anything: Check = () => {}

/** The server, and how its handler for msw is made. */
export function createScriptedTokenServerWith(readHttp: ReadHttp, given: ScriptedTokenServerOptions = {}): ScriptedTokenServer {
  const options = readFields<ScriptedTokenServerOptions>('options', given, {
    tokenUrl: nonEmptyString,
    replies: anything,
    otherwise: anything,
    elsewhere: aFunction,
  })
  const { tokenUrl = 'https://auth.example.com/token', elsewhere = rejectElsewhere } = options
  const queue = [...(options.replies ?? [])]
  const requests: RecordedTokenRequest[] = []
  let issued = 0
  let handler: HttpHandler | undefined
  const otherwise: ScriptedReply =
    options.otherwise ?? (() => ({ access_token: `token-${++issued}`, token_type: 'Bearer', expires_in: 3600 }))

  const answer = async (request: Request): Promise<Response> => {
    const recorded = await record(request)
    requests.push(recorded)
    const reply = queue.shift() ?? otherwise
    const found = typeof reply === 'function' ? await reply(recorded) : reply
    if (found === 'network') return Response.error()
    // A copy: the same response may be in the script twice.
    return found instanceof Response ? found.clone() : Response.json(found)
  }

  return {
    tokenUrl,
    requests,
    get handler() {
      handler ??= toHandler(
        readHttp(),
        route.all(tokenUrl, ({ request }) => answer(request)),
      )
      return handler
    },
    enqueue: (...replies) => void queue.push(...replies),
    async fetch(input, init) {
      const url = input instanceof Request ? input.url : String(input)
      if (!isSameEndpoint(url, tokenUrl)) return elsewhere(input, init)
      const request = new Request(input, init)
      request.signal.throwIfAborted()
      const response = await abortable(answer(request), request.signal)
      // What the network does; a `Response.error()` can only be seen by service workers and mocks.
      if (response.type === 'error') throw new TypeError('fetch failed')
      return response
    },
  }
}

const rejectElsewhere: typeof globalThis.fetch = async () => {
  throw new TypeError('fetch failed: nothing is scripted for this URL')
}

async function record(request: Request): Promise<RecordedTokenRequest> {
  const { body: fields, query } = await readTokenRequest(request.clone())
  return {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    body: await request.text(),
    parameters: { ...query, ...fields },
  }
}

function isSameEndpoint(url: string, tokenUrl: string): boolean {
  // A relative URL, which only a page can resolve, is none of ours.
  if (!URL.canParse(url)) return false
  const [a, b] = [new URL(url), new URL(tokenUrl)]
  return a.origin === b.origin && a.pathname === b.pathname
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
