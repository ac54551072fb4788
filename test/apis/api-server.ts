import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json, Misfit, Refusal, type Reply } from './answers.ts'
import type { ApiRequest } from './read-request.ts'
import { Sessions } from './sessions.ts'

export type RequestKind = 'log-in' | 'renewal' | 'api' | 'log-out' | 'other'

export type Credentials = Readonly<Record<string, string>>

/** What an answer may look at and change. */
export interface Api {
  readonly url: string
  /** The second host, or the first where the API has only one. */
  readonly otherUrl: string
  readonly now: () => number
  /** The right ones at this moment. */
  readonly credentials: Credentials
  readonly sessions: Sessions
  /** What the server counts or remembers beside its sessions: wrong log-ins, challenges, codes. */
  readonly memory: Map<string, number>
}

export interface Route {
  /** A function where one address takes several kinds. */
  readonly kind: RequestKind | ((request: ApiRequest) => RequestKind)
  readonly method: string
  readonly path: string | RegExp
  /** Only with these parameters, for APIs with one path for everything. */
  readonly query?: Readonly<Record<string, string>>
  /** Only on this host. Default: both. */
  readonly host?: 'main' | 'other'
  /** Carries the request out, or refuses it with `refuse()`. */
  readonly answer: (request: ApiRequest, api: Api) => Reply
}

export interface ApiDefinition {
  readonly name: string
  /** Where the facts come from: a document's address, or source code, or a run of the real server. */
  readonly source: string
  /** The right ones. Names as the wire has them, where it has them. */
  readonly credentials: Credentials
  /** Which of the credentials `setPassword` replaces. */
  readonly secret: string
  readonly lifetimeMs: number
  /** @default lifetimeMs */
  readonly refreshLifetimeMs?: number
  readonly hasOtherHost?: boolean
  /** The first route that matches answers. */
  readonly routes: readonly Route[]
  /** How the API refuses a token request that is not of its form. */
  readonly misfit: (reason: string, request: ApiRequest) => Reply
  /** Paths and methods that do not exist. @default 404 with a JSON body */
  readonly notFound?: Reply
  /** What is there from the beginning, such as a first refresh token. */
  readonly start?: (api: Api) => void
}

export interface RecordedRequest {
  readonly kind: RequestKind
  readonly host: 'main' | 'other'
  readonly method: string
  /** With the query, as it was sent. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly isCarriedOut: boolean
  /** Why it was refused, for people: not what the API said. */
  readonly reason: string | undefined
  readonly status: number
  /** The serials of the tokens, or of their refresh tokens, that the request carried. */
  readonly carried: readonly number[]
  /** The serial of the token that was issued. */
  readonly issued: number | undefined
  /** By the clock of the server, in ms. */
  readonly at: number
}

export interface RunningApi {
  readonly url: string
  readonly otherUrl: string | undefined
  /** The right ones at this moment. */
  readonly credentials: Credentials
  /** All requests so far, oldest first. */
  readonly requests: readonly RecordedRequest[]
  requestsOf(kind: RequestKind): RecordedRequest[]
  /** How many sessions are open: what APIs with few seats count. */
  readonly liveSessions: number
  /** The server forgets all access tokens, and keeps the refresh tokens. */
  dropTokens(): void
  killRefreshTokens(): void
  /** The account's secret is another from now on. Tokens stay valid. */
  setPassword(secret: string): void
  /** From now on no credentials are right. Tokens stay valid. */
  rejectCredentials(): void
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface StartOptions {
  /** The clock of all lifetimes. @default Date.now */
  readonly now?: () => number
}

/** Starts the server of an API on a free port of 127.0.0.1, and a second one where its tokens lead to another host. */
export async function startApiServer(definition: ApiDefinition, { now = Date.now }: StartOptions = {}): Promise<RunningApi> {
  const { lifetimeMs, refreshLifetimeMs = lifetimeMs } = definition
  const sessions = new Sessions({ now, lifetimeMs, refreshLifetimeMs })
  const requests: RecordedRequest[] = []
  let credentials = definition.credentials

  const answer = (host: ApiRequest['host']) => async (incoming: IncomingMessage, response: ServerResponse) => {
    const request = await readRequest(incoming, host)
    const issuedBefore = sessions.count
    const { kind, reply, reason } = answerRequest(definition, request, api)
    requests.push({
      ...{ kind, host, reason, at: now(), status: reply.status, isCarriedOut: reason === undefined },
      ...{ method: request.method, path: request.target, headers: request.headers, body: request.body },
      carried: sessions.serialsIn(carrier(request)).filter((serial) => serial <= issuedBefore),
      issued: sessions.count > issuedBefore ? sessions.count : undefined,
    })
    send(response, reply, now())
  }

  const main = await listen(answer('main'))
  const other = definition.hasOtherHost ? await listen(answer('other')) : undefined
  const api: Api = {
    ...{ url: main.url, otherUrl: other?.url ?? main.url, now, sessions, memory: new Map() },
    get credentials() {
      return credentials
    },
  }
  definition.start?.(api)

  const setPassword = (secret: string): void => {
    credentials = { ...credentials, [definition.secret]: secret }
  }
  const close = async (): Promise<void> => {
    await Promise.all([main.close(), other?.close()])
  }
  return {
    ...{ url: main.url, otherUrl: other?.url, requests, setPassword, close, [Symbol.asyncDispose]: close },
    get credentials() {
      return credentials
    },
    get liveSessions() {
      return sessions.liveCount
    },
    requestsOf: (kind) => requests.filter((request) => request.kind === kind),
    dropTokens: () => sessions.dropTokens(),
    killRefreshTokens: () => sessions.killRefreshTokens(),
    rejectCredentials: () => setPassword(`nobody knows ${randomUUID()}`),
  }
}

interface Answered {
  readonly kind: RequestKind
  readonly reply: Reply
  readonly reason?: string
}

function answerRequest(definition: ApiDefinition, request: ApiRequest, api: Api): Answered {
  const here = definition.routes.filter((route) => matches(route, request))
  const route = here.find(({ method }) => method === request.method)
  const kindOf = (route ?? here[0])?.kind ?? 'other'
  const kind = typeof kindOf === 'string' ? kindOf : kindOf(request)
  if (!route) return { kind, reply: definition.notFound ?? json(404, { message: 'Not Found' }), reason: 'no such method or path' }
  try {
    return { kind, reply: route.answer(request, api) }
  } catch (error) {
    if (error instanceof Refusal) return { kind, reply: error.reply, reason: error.message }
    if (error instanceof Misfit) return { kind, reply: definition.misfit(error.message, request), reason: error.message }
    // A mistake of the server itself: loud in the record, and with a status that no API of the list uses.
    return { kind, reply: json(599, {}), reason: `the server failed: ${error instanceof Error ? error.stack : error}` }
  }
}

function matches({ path, query = {}, host }: Route, request: ApiRequest): boolean {
  const isHere = typeof path === 'string' ? path === request.path : path.test(request.path)
  return isHere && (!host || host === request.host) && Object.entries(query).every(([name, value]) => request.query.get(name) === value)
}

/** All of a request that can carry a token. Form and query values are decoded too. */
function carrier({ target, headers, body }: ApiRequest): string {
  const text = `${target}\n${JSON.stringify(headers)}\n${body}`
  try {
    return `${text}\n${decodeURIComponent(text.replaceAll('+', ' '))}`
  } catch {
    return text
  }
}

async function readRequest(incoming: IncomingMessage, host: ApiRequest['host']): Promise<ApiRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const target = incoming.url ?? '/'
  const url = new URL(target, 'http://127.0.0.1')
  const { method = 'GET', headers } = incoming
  return { method, path: url.pathname, target, query: url.searchParams, headers, body: Buffer.concat(chunks).toString(), host }
}

function send(response: ServerResponse, { status, headers = {}, body }: Reply, now: number): void {
  // A client may compare its clock with the server's: both must live in the same time.
  response.setHeader('Date', new Date(now).toUTCString())
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.writeHead(status)
  response.end(body)
}

interface Listening {
  readonly url: string
  close(): Promise<void>
}

async function listen(answer: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>): Promise<Listening> {
  const server: Server = createServer((incoming, response) => {
    // Only a connection that breaks off rejects: nobody is left to answer.
    answer(incoming, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
