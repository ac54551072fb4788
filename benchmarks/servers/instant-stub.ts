import type { Session, Subject } from '../subject.ts'
import { apiUrl, credentials, TokenServer, tokenUrl } from './token-server.ts'

/**
 * A session that has got its token from a server that checks it, and from then on talks to a stub that answers at once
 * with the same empty response: what is left to measure is the subject.
 */
export async function createPrimedSession(subject: Subject, { constructsRequest = false } = {}): Promise<Session> {
  const server = new TokenServer()
  // Without a body, so that it can be handed out again and again, and read by whoever wants to read it.
  const response = new Response(null, { status: 200 })
  let isPrimed = false

  const fetch: typeof globalThis.fetch = constructsRequest
    ? async (input, init) => {
        if (!isPrimed) return server.fetch(input, init)
        void new Request(input as RequestInfo, init)
        return response
      }
    : async (input, init) => (isPrimed ? response : server.fetch(input, init))

  const session = subject.create({ tokenUrl, apiUrl, ...credentials, fetch })
  const first = await session.call(`${apiUrl}first`)
  if (first.status !== 200 || server.rejected > 0) throw new Error(`The subject did not authenticate: ${first.status}`)
  isPrimed = true
  return session
}
