import { setTimeout as sleep } from 'node:timers/promises'
import { staticToken } from '../subject.ts'

export interface TokenServerOptions {
  /** How long the token endpoint thinks, ms. */
  tokenLatencyMs?: number
  /** Lifetime of a token, s. It begins when the reply leaves: kind to clients that count from its receipt. */
  tokenLifetimeS?: number
  /** How long the API takes for a good request, ms. */
  apiLatencyMs?: number
  /** How long it takes for one with a bad token, ms. Gets the number of such requests so far. */
  rejectionLatencyMs?: (rejected: number) => number
}

export const tokenUrl = 'https://api.example.com/oauth/token'
export const apiUrl = 'https://api.example.com/v1/'
export const credentials = { clientId: 'benchmark-client', clientSecret: 'benchmark-secret' }

/**
 * An authorization server and its API behind a `fetch` of their own: it checks the client's credentials and every
 * token, counts, and never touches a socket. Anything that does not really authenticate fails here.
 */
export class TokenServer {
  tokenRequests = 0
  apiRequests = 0
  rejected = 0
  readonly #options: TokenServerOptions
  readonly #expiries = new Map<string, number>()
  #issued = 0

  constructor(options: TokenServerOptions = {}) {
    this.#options = options
  }

  resetCounts(): void {
    this.tokenRequests = 0
    this.apiRequests = 0
    this.rejected = 0
  }

  revokeAll(): void {
    this.#expiries.clear()
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input as RequestInfo, init)
    return request.url === tokenUrl ? this.#issue(request) : this.#serve(request)
  }

  async #issue(request: Request): Promise<Response> {
    this.tokenRequests++
    const { tokenLatencyMs = 0, tokenLifetimeS = 3600 } = this.#options
    if (!(await isClientKnown(request))) return Response.json({ error: 'invalid_client' }, { status: 401 })
    if (tokenLatencyMs > 0) await sleep(tokenLatencyMs)
    const accessToken = `token-${++this.#issued}`
    this.#expiries.set(accessToken, Date.now() + tokenLifetimeS * 1000)
    return Response.json({ access_token: accessToken, token_type: 'Bearer', expires_in: tokenLifetimeS })
  }

  async #serve(request: Request): Promise<Response> {
    this.apiRequests++
    const { apiLatencyMs = 0, rejectionLatencyMs } = this.#options
    const accepted = this.#isAccepted(request.headers.get('authorization'))
    if (!accepted) this.rejected++
    const latency = accepted ? apiLatencyMs : (rejectionLatencyMs?.(this.rejected) ?? apiLatencyMs)
    if (latency > 0) await sleep(latency)
    if (accepted) return Response.json({ method: request.method, body: await request.text() })
    return new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
  }

  #isAccepted(authorization: string | null): boolean {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? ''
    return token === staticToken || (this.#expiries.get(token) ?? 0) > Date.now()
  }
}

async function isClientKnown(request: Request): Promise<boolean> {
  const { clientId, clientSecret } = credentials
  const basic = /^Basic (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
  // Some encode the parts before base64, as RFC 6749 §2.3.1 says, and some do not.
  if (basic !== undefined) return decodeURIComponent(atob(basic)) === `${clientId}:${clientSecret}`
  const body = new URLSearchParams(await request.text())
  return body.get('client_id') === clientId && body.get('client_secret') === clientSecret
}
