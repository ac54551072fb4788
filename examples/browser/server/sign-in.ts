import { camdram, isTokenwellError, TokenManager } from 'tokenwell'
import type { Emulator } from 'tokenwell/emulator'
import { completeSignIn, createAuthorizationUrl } from 'tokenwell/sign-in'
import { Lane, watchTokens } from '../shared/lane.ts'
import { answerJson, refuse } from './security.ts'
import { type Session, type Sessions, type SignedIn, sessionCookie } from './sessions.ts'

export interface CamdramSignIn {
  /** Begins: tells the page where to send its user. */
  begin(session: Session): Promise<Response>
  /** The user comes back, with a code or with a refusal. */
  complete(request: Request, session: Session | undefined): Promise<Response>
  signOut(session: Session): Promise<Response>
}

/** Where Camdram sends the user back to. */
export const callbackPath = '/signed-in'

/** Signs users in to Camdram on the server: it wants a client secret, and its API answers no web page. */
export function createCamdramSignIn({
  emulator,
  sessions,
  origin,
}: {
  emulator: Emulator
  sessions: Sessions
  origin: string
}): CamdramSignIn {
  const { clientId, clientSecret } = emulator.credentials.camdramWebsite
  const baseUrl = emulator.baseUrls.camdram
  const client = { provider: camdram({ clientId, clientSecret, baseUrl }).provider, clientId, redirectUri: `${origin}${callbackPath}` }

  return {
    async begin({ storage }) {
      const url = await createAuthorizationUrl({ ...client, scope: 'user_shows', storage })
      return answerJson({ url })
    },

    async complete(request, session) {
      // The cookie has not come along, or the session has ended meanwhile: whoever asks did not begin here.
      if (!session) return redirectHome()
      try {
        const { grant } = await completeSignIn({ ...client, clientSecret, url: request.url, storage: session.storage })
        const signedIn = await holdToken(new TokenManager(camdram({ clientId, clientSecret, baseUrl, grant })), baseUrl)
        // A new id: somebody may have planted the old one.
        const next = sessions.begin(signedIn)
        sessions.end(session)
        return redirectHome({ 'set-cookie': sessionCookie(next) })
      } catch (error) {
        if (!isTokenwellError(error)) throw error
        session.notice = error.message
        return redirectHome()
      }
    },

    async signOut(session) {
      if (!session.signedIn) return refuse(409, 'Nobody is signed in')
      await session.signedIn.tokens.clear()
      const next = sessions.begin()
      sessions.end(session)
      return answerJson({}, { headers: { 'set-cookie': sessionCookie(next) } })
    },
  }
}

/** Uses up the code at once, and asks who has signed in. */
async function holdToken(tokens: TokenManager, baseUrl: string): Promise<SignedIn> {
  const lane = new Lane('camdram', () => tokens.explain())
  watchTokens(tokens, (entry) => lane.add(entry))
  try {
    const response = await tokens.fetch(`${baseUrl}/auth/account.json`)
    lane.add({ kind: 'call', at: Date.now(), status: response.status })
    const { name } = (await response.json()) as { name?: string }
    return { tokens, lane, user: name ?? 'somebody' }
  } catch (error) {
    tokens.dispose()
    throw error
  }
}

function redirectHome(headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 303, headers: { location: '/', 'cache-control': 'no-store', ...headers } })
}
