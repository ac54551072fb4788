import type { Provider } from '../../src/vocabulary/provider.ts'
import { type Answer, type LoopbackServer, type Received, startServer } from './loopback-server.ts'
import { testProvider } from './test-provider.ts'

export interface LoopbackApiOptions {
  /** `expires_in` of the tokens, seconds. @default 3600 */
  expiresIn?: number
  /** Replies with refresh tokens, and takes each of them once. @default false */
  rotates?: boolean
  /** What the API answers to a valid token. @default 200 with what was asked, as JSON */
  answer?: (request: Received) => Answer | Promise<Answer>
  /** What the token endpoint answers; `undefined` for what it would answer anyway. */
  token?: (request: Received, count: number) => Answer | undefined | Promise<Answer | undefined>
}

export interface LoopbackApi extends LoopbackServer {
  readonly provider: Provider
  readonly apiUrl: string
  readonly tokenRequests: readonly Received[]
  readonly apiRequests: readonly Received[]
  /** Makes the API reject all tokens issued so far. */
  revoke(): void
}

/** A token endpoint (`/token`) and an API (`/api/…`) on one real loopback origin. */
export async function startApi(options: LoopbackApiOptions = {}): Promise<LoopbackApi> {
  const { expiresIn = 3600, rotates = false } = options
  const valid = new Set<string>()
  const refreshTokens = new Set<string>()
  const tokenRequests: Received[] = []
  const apiRequests: Received[] = []

  const issue = ({ body }: Received): Answer => {
    const presented = new URLSearchParams(body.toString()).get('refresh_token')
    if (presented !== null && !refreshTokens.delete(presented)) return { status: 400, json: { error: 'invalid_grant' } }
    const count = tokenRequests.length
    valid.add(`token-${count}`)
    if (rotates) refreshTokens.add(`refresh-${count}`)
    return {
      json: {
        access_token: `token-${count}`,
        token_type: 'bearer',
        expires_in: expiresIn,
        ...(rotates && { refresh_token: `refresh-${count}` }),
      },
    }
  }

  const server = await startServer(async (request) => {
    if (request.target.startsWith('/token')) {
      tokenRequests.push(request)
      return (await options.token?.(request, tokenRequests.length)) ?? issue(request)
    }
    apiRequests.push(request)
    const token = request.headers.authorization?.replace('Bearer ', '') ?? ''
    if (!valid.has(token)) return { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }
    return (
      (await options.answer?.(request)) ?? {
        json: { token, method: request.method, target: request.target, body: request.body.toString() },
      }
    )
  })
  const apiUrl = `${server.origin}/api`
  return {
    ...server,
    apiUrl,
    provider: testProvider({ apiUrl, tokenUrl: `${server.origin}/token` }),
    tokenRequests,
    apiRequests,
    revoke: () => valid.clear(),
  }
}
