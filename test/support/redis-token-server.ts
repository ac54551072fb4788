import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RotatingServerOptions {
  /** `expires_in` of each token, s. */
  lifetimeS: number
  /** How long an answer takes, ms. @default 20 */
  answerMs?: number
}

/** A refresh token that was presented, and by whom (`x-process`). */
export interface Presentation {
  readonly by: string
  readonly refreshToken: string
  /** Whose refresh token: one of a sign-in, and all that followed it; '' for one that was never given. */
  readonly family: string
  /** What it was exchanged for; of a refused one, what it had been exchanged for before, if it had. */
  readonly accessToken: string | undefined
}

/**
 * A token endpoint on loopback whose refresh tokens work once: one that is presented again revokes its whole family. Asked
 * with `client_credentials` it gives no refresh token; any other grant begins a family.
 */
export async function startRotatingServer({ lifetimeS, answerMs = 20 }: RotatingServerOptions) {
  const families = new Map<string, string>([['first', 'first']])
  const used = new Map<string, Presentation>()
  const refusals: Presentation[] = []
  const revoked = new Set<string>()
  const counts = { issued: 0, signIns: 0, reused: 0, refused: 0, byUser: new Map<string, number>() }
  let beforeAnswer: () => void | Promise<void> = () => {}

  const answer = (parameters: URLSearchParams, by: string): [number, Record<string, unknown>] => {
    const grantType = parameters.get('grant_type')
    const presented = parameters.get('refresh_token') ?? ''
    let family = `family-${counts.issued}`
    if (grantType === 'refresh_token') {
      family = families.get(presented) ?? ''
      if (used.has(presented)) {
        counts.reused++
        revoked.add(family)
      }
      if (!family || revoked.has(family)) {
        counts.refused++
        refusals.push({ by, refreshToken: presented, family, accessToken: used.get(presented)?.accessToken })
        return [400, { error: 'invalid_grant' }]
      }
    } else counts.signIns++
    const user = parameters.get('username') ?? 'nobody'
    counts.byUser.set(user, (counts.byUser.get(user) ?? 0) + 1)
    const serial = ++counts.issued
    const token = { access_token: `${user}.${serial}`, token_type: 'Bearer', expires_in: lifetimeS }
    if (grantType === 'refresh_token') used.set(presented, { by, refreshToken: presented, family, accessToken: token.access_token })
    if (grantType === 'client_credentials') return [200, token]
    const refreshToken = `refresh-${serial}`
    families.set(refreshToken, family)
    return [200, { ...token, refresh_token: refreshToken }]
  }

  const server = createServer(async (request, response) => {
    const text = await textOf(request).catch(() => undefined)
    // Whoever asked was killed in the middle of it.
    if (text === undefined) return
    const parameters = new URLSearchParams(text)
    const [status, body] = answer(parameters, String(request.headers['x-process'] ?? ''))
    await beforeAnswer()
    await new Promise((resolve) => setTimeout(resolve, answerMs))
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    origin,
    tokenUrl: `${origin}/token`,
    counts,
    /** The refresh tokens that were exchanged, by their text. */
    rotations: used as ReadonlyMap<string, Presentation>,
    refusals: refusals as readonly Presentation[],
    /** Begins a family, as a sign-in does, and gives its first refresh token. */
    signIn(): string {
      const refreshToken = `signed-in-${families.size}`
      families.set(refreshToken, refreshToken)
      return refreshToken
    },
    /** Is run once the next request has been decided, and before it is answered. */
    onceBeforeAnswer(hook: () => void | Promise<void>) {
      beforeAnswer = () => {
        beforeAnswer = () => {}
        return hook()
      }
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
