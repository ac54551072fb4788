import { formatCount } from '../format.ts'
import { exactly } from '../goals.ts'
import { type Figures, type Scenario, withoutFloor } from '../scenario.ts'
import { apiUrl, credentials, TokenServer, tokenUrl } from '../servers/token-server.ts'
import type { Session, SubjectName } from '../subject.ts'

const callsAtOnce = 1000

/** Starts all calls in one go and counts those that did not end well. */
async function countFailedCalls({ call }: Session): Promise<number> {
  const calls = Array.from({ length: callsAtOnce }, async (_, i) => (await call(`${apiUrl}things/${i}`)).status === 200)
  const outcomes = await Promise.allSettled(calls)
  return outcomes.filter((outcome) => outcome.status === 'rejected' || !outcome.value).length
}

export const coldStart: Scenario = {
  id: 'S3',
  title: 'Cold start: 1 000 calls, no token yet',
  method: 'The token endpoint takes 50 ms.',
  columns: [
    { key: 'tokenRequests', heading: 'token requests', format: formatCount },
    { key: 'failed', heading: 'failed calls', format: formatCount },
  ],
  goals: [exactly(1, '1 token request', 'tokenRequests'), exactly(0, 'no failed call', 'failed')],
  async run({ subjects }) {
    const results = new Map<SubjectName, Figures>()
    for (const [name, subject] of withoutFloor(subjects)) {
      const server = new TokenServer({ tokenLatencyMs: 50 })
      const session = subject.create({ tokenUrl, apiUrl, ...credentials, fetch: server.fetch })
      const failed = await countFailedCalls(session)
      session.dispose?.()
      results.set(name, { tokenRequests: server.tokenRequests, failed })
    }
    return results
  },
}

export const revocation: Scenario = {
  id: 'S4',
  title: 'Revocation: 1 000 calls in flight, every token revoked',
  method:
    'The 401s come back spread over 200 ms; the token endpoint takes 50 ms. Ideal: 1 token request, 2 000 API requests, nothing failed.',
  columns: [
    { key: 'tokenRequests', heading: 'token requests', format: formatCount },
    { key: 'apiRequests', heading: 'API requests', format: formatCount },
    { key: 'failed', heading: 'failed calls', format: formatCount },
  ],
  goals: [
    exactly(1, '1 token request', 'tokenRequests'),
    exactly(2 * callsAtOnce, '2 000 API requests', 'apiRequests'),
    exactly(0, 'no failed call', 'failed'),
  ],
  async run({ subjects }) {
    const results = new Map<SubjectName, Figures>()
    for (const [name, subject] of withoutFloor(subjects)) {
      const server = new TokenServer({
        tokenLatencyMs: 50,
        apiLatencyMs: 5,
        rejectionLatencyMs: (rejected) => (rejected * 200) / callsAtOnce,
      })
      const session = subject.create({ tokenUrl, apiUrl, ...credentials, fetch: server.fetch })
      await session.call(`${apiUrl}first`)
      server.resetCounts()
      server.revokeAll()
      const failed = await countFailedCalls(session)
      session.dispose?.()
      results.set(name, { tokenRequests: server.tokenRequests, apiRequests: server.apiRequests, failed })
    }
    return results
  },
}
