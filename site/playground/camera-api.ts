import type { Provider } from 'tokenwell'
import type { SystemCounters } from '../../src/testing/emulation/emulated-system.ts'
import { type Route, route } from '../../src/testing/route.ts'

/** The API of the guide «Writing a provider»: a log-in of its own, a session key in a header, refusals with the status 200. */
export interface CameraApi {
  readonly routes: readonly Route[]
  readonly counters: Pick<SystemCounters, 'tokenRequests' | 'apiCalls' | 'rejectedCalls'>
  /** How long the sessions live that are begun from now on, ms. */
  lifetimeMs: number
  /** Ends all sessions. */
  revoke(): void
}

export const cameraAccount = { username: 'guard', password: 'open sesame' } as const

const base = 'https://cameras.example.com/api'

/** A profile that fits the API, for a start. */
export const cameraProfile: Provider = {
  name: 'cameras',
  apiUrl: base,
  tokenUrl: `${base}/login`,
  tokenRequest: { body: { login: { user: '{username}', pass: '{password}' } } },
  tokenResponse: {
    accessToken: 'session.key',
    expiresIn: 'session.ttl',
    expiresInUnit: 'ms',
    error: [{ path: 'ok', is: false, error: 'invalid_grant', description: 'reason' }],
  },
  authorization: { header: 'X-Session-Key' },
  isRejection: { status: 403, path: 'reason', contains: 'session' },
}

const cameras = [
  { id: 1, name: 'Gate' },
  { id: 2, name: 'Yard' },
]

export function createCameraApi(lifetimeMs: number): CameraApi {
  const sessions = new Map<string, number>()
  const counters = { tokenRequests: 0, apiCalls: 0, rejectedCalls: 0 }
  const refuse = (status: number, reason: string): Response => Response.json({ ok: false, reason }, { status })

  const logIn: Route['answer'] = async ({ request }) => {
    counters.tokenRequests++
    if (!request.headers.get('content-type')?.startsWith('application/json')) return refuse(415, 'send JSON')
    const { user, pass } = readLogin(await request.text())
    if (user !== cameraAccount.username || pass !== cameraAccount.password) return refuse(200, 'wrong user or password')
    const key = crypto.randomUUID()
    sessions.set(key, Date.now() + api.lifetimeMs)
    return Response.json({ session: { key, ttl: api.lifetimeMs } })
  }

  const list: Route['answer'] = ({ request }) => {
    counters.apiCalls++
    const endsAt = sessions.get(request.headers.get('x-session-key') ?? '')
    if (endsAt !== undefined && Date.now() < endsAt) return Response.json(cameras)
    counters.rejectedCalls++
    return refuse(403, 'session is over')
  }

  const api: CameraApi = {
    lifetimeMs,
    counters,
    revoke: () => sessions.clear(),
    routes: [
      route.post(`${base}/login`, logIn),
      route.get(`${base}/cameras`, list),
      route.all(`${base}/*`, () => refuse(404, 'no such path')),
    ],
  }
  return api
}

function readLogin(text: string): { user?: unknown; pass?: unknown } {
  try {
    return JSON.parse(text).login ?? {}
  } catch {
    return {}
  }
}
