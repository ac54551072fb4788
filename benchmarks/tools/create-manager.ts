import { apiUrl, tokenUrl } from '../servers/token-server.ts'
import type { Session, Subject } from '../subject.ts'

const apiResponse = new Response(null, { status: 200 })
let issued = 0

/** Answers at once and remembers nothing: whatever the heap holds afterwards, the subject holds. */
const instantFetch: typeof globalThis.fetch = async (input) => {
  const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url
  if (url !== tokenUrl) return apiResponse
  return Response.json({ access_token: `token-${++issued}`, token_type: 'Bearer', expires_in: 3600 })
}

/** A manager as a service has one per tenant: other client, same server. A used one has its token and made a call. */
export async function createManager(subject: Subject, i: number, { isUsed = true } = {}): Promise<Session> {
  const session = subject.create({ tokenUrl, apiUrl, clientId: `client-${i}`, clientSecret: `secret-${i}`, fetch: instantFetch })
  if (isUsed) await session.call(`${apiUrl}things`)
  return session
}
