import type { Lane } from '../shared/lane.ts'
import type { PageConfig, SessionState } from '../shared/messages.ts'
import type { PageFile } from './build-page.ts'
import type { Disturber } from './disturb.ts'
import { openEventStream } from './events.ts'
import type { Proxies } from './proxies.ts'
import { addHeaders, answerJson, buildSecurityHeaders, isFromOurPage, refuse } from './security.ts'
import { type Session, type Sessions, sessionCookie } from './sessions.ts'
import { type CamdramSignIn, callbackPath } from './sign-in.ts'
import { serveFile } from './static-files.ts'

export interface RoutesOptions {
  /** The page's own origin. */
  origin: string
  files: ReadonlyMap<string, PageFile>
  config: PageConfig
  sessions: Sessions
  proxies: Proxies
  camdram: CamdramSignIn
  disturber: Disturber
  /** The lanes that every session sees. */
  lanes: readonly Lane[]
}

/** What the server of the page answers. */
export function createRoutes(options: RoutesOptions): (request: Request) => Promise<Response> {
  const securityHeaders = buildSecurityHeaders(new URL(options.config.visitor.issuer).origin)
  return async (request) => addHeaders(await answer(request, options), securityHeaders)
}

async function answer(request: Request, options: RoutesOptions): Promise<Response> {
  const { origin, files, config, sessions, proxies, camdram, lanes } = options
  const { pathname, origin: asked } = new URL(request.url)
  // A name of somebody else's that leads to this address (DNS rebinding) gets nothing.
  if (asked !== origin) return refuse(421, `This is ${origin}`)
  const session = sessions.find(request)
  const proxied = proxies(request, session)
  if (proxied) return proxied
  if (request.method === 'POST') return act(pathname, request, session, options)
  switch (pathname) {
    case '/':
      return withSession(serveFile(files, request), session, sessions)
    case '/config.json':
      return answerJson(config)
    case '/session':
      return withSession(answerJson(readState(session)), session, sessions)
    case '/events':
      return session
        ? openEventStream([...lanes, ...(session.signedIn ? [session.signedIn.lane] : [])], session)
        : refuse(401, 'No session')
    case callbackPath:
      return camdram.complete(request, session)
    default:
      return serveFile(files, request)
  }
}

/** What changes something: for our own page alone, and only within a session. */
async function act(
  pathname: string,
  request: Request,
  session: Session | undefined,
  { origin, camdram, disturber }: RoutesOptions,
): Promise<Response> {
  if (!isFromOurPage(request, origin) || !session) return refuse(403, 'Only the page itself may do this, within its session')
  switch (pathname) {
    case '/session/sign-in':
      return camdram.begin(session)
    case '/session/sign-out':
      return camdram.signOut(session)
    case '/disturb':
      return disturber.handle(request)
    default:
      return refuse(404, 'Nothing here')
  }
}

/** Whoever comes without a session gets one. */
function withSession(response: Response, session: Session | undefined, sessions: Sessions): Response {
  return session ? response : addHeaders(response, { 'set-cookie': sessionCookie(sessions.begin()) })
}

function readState(session: Session | undefined): SessionState {
  const { signedIn, notice } = session ?? {}
  if (session) session.notice = undefined
  return { ...(signedIn && { user: signedIn.user }), ...(notice && { notice }) }
}
