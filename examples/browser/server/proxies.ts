import { cam2, musement, TokenManager } from 'tokenwell'
import type { Emulator } from 'tokenwell/emulator'
import { createTokenProxy } from 'tokenwell/proxy'
import { Lane, watchTokens } from '../shared/lane.ts'
import type { Session, Sessions } from './sessions.ts'

/** Answers a request to one of the APIs; `undefined` where it is for none of them. */
export type Proxies = (request: Request, session: Session | undefined) => Promise<Response> | undefined

export interface Application {
  readonly tokens: TokenManager
  readonly lane: Lane
}

/** The two APIs that the application itself may use: its client secrets stay on this server. */
export function createApplications(emulator: Emulator): Record<'musement' | 'cam2', Application> {
  const { credentials, baseUrls } = emulator
  const begin = (id: 'musement' | 'cam2', tokens: TokenManager): Application => {
    const lane = new Lane(id, () => tokens.explain())
    watchTokens(tokens, (entry) => lane.add(entry))
    return { tokens, lane }
  }
  return {
    musement: begin(
      'musement',
      new TokenManager(musement({ ...credentials.musement, baseUrl: baseUrls.musement, application: 'cities-and-cameras' })),
    ),
    cam2: begin('cam2', new TokenManager(cam2({ ...credentials.cam2, baseUrl: baseUrls.cam2 }))),
  }
}

/** A proxy for each API: it adds the token, and lets through the listed paths alone. */
export function createProxies(
  { musement, cam2 }: Record<'musement' | 'cam2', Application>,
  { emulator, sessions }: { emulator: Emulator; sessions: Sessions },
): Proxies {
  const { baseUrls } = emulator
  // Whoever has loaded our page has a session. Who may do what is the application's own affair.
  const isVisitor = (request: Request): boolean => sessions.find(request) !== undefined
  const proxies = {
    '/api/musement': createTokenProxy({
      tokens: musement.tokens,
      upstream: baseUrls.musement,
      prefix: '/api/musement',
      routes: [{ path: '/cities', methods: ['GET'] }],
      authorize: isVisitor,
    }),
    '/api/cam2': createTokenProxy({
      tokens: cam2.tokens,
      upstream: baseUrls.cam2,
      prefix: '/api/cam2',
      routes: [{ path: '/cameras.json', methods: ['GET'] }],
      authorize: isVisitor,
    }),
    '/api/camdram': createTokenProxy({
      // Each user's own: the session says whose.
      tokens: (request) => requireTokens(sessions.find(request)),
      upstream: baseUrls.camdram,
      prefix: '/api/camdram',
      routes: [{ path: '/auth/account/shows.json', methods: ['GET'] }],
      authorize: (request) => sessions.find(request)?.signedIn !== undefined,
    }),
  }
  const laneOf = (prefix: string, session: Session | undefined): Lane | undefined => {
    if (prefix === '/api/camdram') return session?.signedIn?.lane
    return prefix === '/api/musement' ? musement.lane : cam2.lane
  }

  return (request, session) => {
    const found = Object.entries(proxies).find(([prefix]) => new URL(request.url).pathname.startsWith(`${prefix}/`))
    if (!found) return undefined
    const [prefix, proxy] = found
    return noteCall(proxy(request), session && laneOf(prefix, session))
  }
}

function requireTokens(session: Session | undefined): TokenManager {
  if (!session?.signedIn) throw new Error('Nobody is signed in')
  return session.signedIn.tokens
}

async function noteCall(response: Promise<Response>, lane: Lane | undefined): Promise<Response> {
  const at = Date.now()
  const answer = await response
  lane?.add({ kind: 'call', at, status: answer.status })
  return answer
}
