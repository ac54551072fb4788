import type { Credentials } from './api-server.ts'

/** A request as data, so that a test can send it once more with one thing changed. */
export interface PlainRequest {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>>
}

/** What a client keeps of a log-in. */
export interface Held {
  readonly token: string
  readonly refreshToken?: string | undefined
  /** Where the token works, if not at the API's own address. */
  readonly baseUrl?: string
  readonly csrf?: string
}

export interface ClientContext {
  readonly url: string
  readonly credentials: Credentials
  readonly now: number
}

type ByContext<T> = (context: ClientContext) => T

/** Status, and what the body contains. */
export type Expected = readonly [status: number, body: string]

/** A client of one API by plain requests, and the API's own words. */
export interface PlainClient {
  /** What comes before the log-in, such as a challenge: its answer is handed on. */
  readonly before?: ByContext<PlainRequest>
  readonly logIn: (context: ClientContext, before: string) => PlainRequest
  readonly take: (reply: { headers: Headers; body: any }) => Held
  readonly read: (held: Held, context: ClientContext) => PlainRequest
  readonly write: (held: Held, context: ClientContext) => PlainRequest
  readonly renew?: (held: Held, context: ClientContext) => PlainRequest
  /** Whether what renewed once renews again. */
  readonly isRefreshTokenKept?: boolean
  readonly logOut?: (held: Held, context: ClientContext) => PlainRequest
  readonly wrongPassword: Expected
  /** The answer to a token that the server does not know. */
  readonly gone: Expected
  /** @default gone */
  readonly expired?: Expected
  readonly deadRefresh?: Expected
}

export async function send(baseUrl: string, { method, path, headers = {}, json, form }: PlainRequest): Promise<Response> {
  const contentType = json !== undefined ? 'application/json' : form ? 'application/x-www-form-urlencoded' : undefined
  const body = json !== undefined ? JSON.stringify(json) : form ? new URLSearchParams(form).toString() : null
  return fetch(baseUrl + path, {
    method,
    headers: { ...(contentType && { 'content-type': contentType }), ...headers },
    body,
    redirect: 'manual',
  })
}

export const bearer = ({ token }: Held): Record<string, string> => ({ authorization: `Bearer ${token}` })

export const get = (path: string, headers: Record<string, string> = {}): PlainRequest => ({ method: 'GET', path, headers })

export const post = (path: string, json?: unknown, headers: Record<string, string> = {}): PlainRequest => ({
  method: 'POST',
  path,
  headers,
  json,
})

export const pick = (credentials: Credentials, ...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, credentials[name] ?? '']))
