import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeListener } from '../../src/node/to-node-listener.ts'
import { createTokenLedger, type IssuedToken } from '../../src/testing/emulation/token-ledger.ts'
import { createSeededRandom } from '../../src/testing/seeded-random.ts'
import { sleep } from '../../src/testing/sleep.ts'

export interface RotatingServer {
  readonly tokenUrl: string
  /** The first one of the family, which nobody has used yet. */
  readonly refreshToken: string
  /** Token requests, refused ones included. */
  readonly requests: number
  readonly refused: number
  /** When each token was issued, ms since the epoch. */
  readonly issuedAt: readonly number[]
  /** The access token that was issued last. */
  readonly latest: string
  close(): Promise<void>
}

/** A token endpoint that rotates its refresh tokens, and revokes the whole family when one is used twice. */
export async function startRotatingServer({ seed, lifetimeMs }: { seed: number; lifetimeMs: number }): Promise<RotatingServer> {
  const random = createSeededRandom(seed)
  const ledger = createTokenLedger({ now: Date.now, reuse: 'revoke-family' })
  const issuedAt: number[] = []
  const state = { requests: 0, refused: 0, latest: '' }

  const issue = (grantType: string): IssuedToken =>
    ledger.record({
      accessToken: `access-${issuedAt.length}-${random.text(12)}`,
      refreshToken: `refresh-${issuedAt.length}-${random.text(12)}`,
      expiresAt: Number.POSITIVE_INFINITY,
      clientId: 'app',
      grantType,
      chainStartedAt: 0,
      family: 'one',
    })
  const first = issue('authorization_code')

  const answer = async (request: Request): Promise<Response> => {
    state.requests++
    const form = new URLSearchParams(await request.text())
    if (form.get('grant_type') === 'refresh_token') {
      const presented = form.get('refresh_token') ?? ''
      const { state: worth } = ledger.findRefreshToken(presented)
      ledger.useUp(presented)
      if (worth !== 'valid') {
        state.refused++
        return Response.json({ error: 'invalid_grant' }, { status: 400 })
      }
    }
    const token = issue('refresh_token')
    issuedAt.push(Date.now())
    state.latest = token.accessToken
    // Others have time to do something wrong.
    await sleep(random.next() * 40)
    const { accessToken, refreshToken } = token
    return Response.json({ access_token: accessToken, refresh_token: refreshToken, token_type: 'Bearer', expires_in: lifetimeMs / 1000 })
  }

  const server = createServer(toNodeListener(answer)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    tokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    refreshToken: first.refreshToken ?? '',
    issuedAt,
    get requests() {
      return state.requests
    },
    get refused() {
      return state.refused
    },
    get latest() {
      return state.latest
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
