/** The token before, as an exchange sees it. */
export interface PreviousToken {
  readonly accessToken: string
  readonly refreshToken?: string
  readonly expiresAt: number | undefined
  readonly scope?: readonly string[]
  readonly apiUrl?: string
  readonly extra?: Readonly<Record<string, unknown>>
}

/** What an exchange gets. */
export interface ExchangeRequest {
  /** The manager's own `fetch`. Unless an init says else, it follows no redirect, caches nothing, and ends with `signal`. */
  readonly fetch: typeof globalThis.fetch
  /** Those of the grant, resolved; `client_id` and `client_secret` among them where the grant has them. */
  readonly parameters: Readonly<Record<string, string>>
  /**
   * The token to renew. `undefined` for the first one, after `clear()`, and where the last renewal was refused: start anew then.
   * With `usesUp`: only where it has a refresh token, and nobody else can be presenting it.
   */
  readonly previous: PreviousToken | undefined
  /** Aborted when the time for this attempt (`timeoutMs`) is over, and when the answer has been read. */
  readonly signal: AbortSignal
  /** ms since the epoch, by the manager's clock. */
  readonly now: number
}

/**
 * Gets a token in any number of requests. It returns a `Response` (its body unread), or an object, which counts as a 200 with
 * that JSON. `tokenResponse` reads that as the reply of a token endpoint. A refusal is a reply that says so: a `Response` with
 * a 4xx, or an object with `error`. Throwing is a failure, after which it is called again.
 */
export type Exchange = (request: ExchangeRequest) => Response | object | Promise<Response | object>
