import { formatCount, formatRatio } from '../format.ts'
import { atLeast } from '../goals.ts'
import { costOf, type RoundCosts, ratioOf, runRounds } from '../rounds.ts'
import type { Context, Figures, Scenario } from '../scenario.ts'
import { withLoopbackServer } from '../servers/run-loopback-server.ts'
import { credentials } from '../servers/token-server.ts'
import type { Summary } from '../statistics.ts'
import type { Session, SubjectName } from '../subject.ts'
import { urlCount } from '../tools/hot-path-work.ts'

async function callOnce({ call }: Session, url: string): Promise<void> {
  const response = await call(url)
  if (response.status !== 200) throw new Error(`The server answered ${response.status}`)
  // A body that nobody reads keeps its connection busy.
  if (!response.bodyUsed) await response.arrayBuffer()
}

/** Calls for so long, so many at a time, and returns the milliseconds of wall time per call. */
async function timeCalls(session: Session, apiUrl: string, concurrency: number, durationMs: number): Promise<number> {
  const startedAt = performance.now()
  let done = 0
  const work = async () => {
    while (performance.now() - startedAt < durationMs) {
      await callOnce(session, `${apiUrl}cameras?page=${done++ % urlCount}`)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return (performance.now() - startedAt) / done
}

async function measure(origin: string, { subjects, isQuick, log }: Context, concurrency: number): Promise<RoundCosts<SubjectName>> {
  const options = { tokenUrl: `${origin}/oauth/token`, apiUrl: `${origin}/v1/`, ...credentials, fetch: globalThis.fetch }
  const sessions = new Map<SubjectName, Session>()
  for (const [name, subject] of subjects) {
    const session = subject.create(options)
    sessions.set(name, session)
    await timeCalls(session, options.apiUrl, concurrency, isQuick ? 150 : 400)
  }
  const costs = await runRounds([...sessions.keys()], {
    rounds: isQuick ? 9 : 41,
    yardstick: 'floor',
    log,
    runBatch: (name) => timeCalls(sessions.get(name) as Session, options.apiUrl, concurrency, 100),
  })
  for (const session of sessions.values()) session.dispose?.()
  return costs
}

/** A rate from a cost: requests a second from milliseconds a request, or a share of the floor's rate from a multiple of its cost. */
const rateOf = ({ median, low, high }: Summary, span = 1): Summary => ({ median: span / median, low: span / high, high: span / low })

export const loopback: Scenario = {
  id: 'S2',
  title: 'Loopback HTTP: requests per second',
  method:
    'The platform’s own `fetch` against an HTTP server in another process, 1 024 URLs in turn, bodies read. One call at a time, then 64 at a time.',
  columns: [
    { key: 'sequential', heading: 'one at a time, share of floor', format: formatRatio },
    { key: 'concurrent', heading: '64 at a time, share of floor', format: formatRatio },
    { key: 'rate', heading: '64 at a time, requests/s', format: formatCount },
  ],
  goals: [
    atLeast(0.97, 'one at a time ≥ 0.97 of the floor', 'sequential'),
    atLeast(0.97, '64 at a time ≥ 0.97 of the floor', 'concurrent'),
  ],
  run: (context) =>
    withLoopbackServer(async (origin) => {
      const sequential = await measure(origin, context, 1)
      const concurrent = await measure(origin, context, 64)
      return new Map(
        [...context.subjects.keys()].map((name): [SubjectName, Figures] => [
          name,
          {
            sequential: rateOf(ratioOf(sequential, name, 'floor') as Summary),
            concurrent: rateOf(ratioOf(concurrent, name, 'floor') as Summary),
            rate: rateOf(costOf(concurrent, name) as Summary, 1000),
          },
        ]),
      )
    }),
}
