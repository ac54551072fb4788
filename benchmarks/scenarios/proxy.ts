import { oauth2, TokenManager } from '../../dist/index.js'
import { createTokenProxy } from '../../dist/proxy.js'
import { formatCount, formatRatio } from '../format.ts'
import { atMost } from '../goals.ts'
import { type RoundCosts, ratioOf, runRounds } from '../rounds.ts'
import type { Figures, Scenario } from '../scenario.ts'
import { withLoopbackServer, withProxyServer } from '../servers/run-loopback-server.ts'
import { credentials } from '../servers/token-server.ts'
import { summarise } from '../statistics.ts'
import { urlCount } from '../tools/hot-path-work.ts'

type Way = 'plain' | 'tokens' | 'handler' | 'relay' | 'proxy'
type Call = (page: number) => Promise<Response>

const own = { 'x-tokenwell': '1' }

/** The same resource, by each way. `dispose` ends what they hold. */
function createWays(upstream: string, servers: string): { ways: ReadonlyMap<Way, Call>; dispose: () => void } {
  const api = `${upstream}/v1`
  const tokens = new TokenManager(oauth2({ tokenUrl: `${upstream}/oauth/token`, apiUrl: `${api}/`, ...credentials }))
  const routes = [{ path: '/cameras', methods: ['GET'] }]
  const handler = createTokenProxy({ tokens, upstream: api, routes, authorize: () => true })
  const authorization = 'Bearer plain'
  return {
    ways: new Map<Way, Call>([
      ['plain', (page) => fetch(`${api}/cameras?page=${page}`, { headers: { authorization } })],
      ['tokens', (page) => tokens.fetch(`${api}/cameras?page=${page}`)],
      ['handler', (page) => handler(new Request(`http://app.example/cameras?page=${page}`, { headers: own }))],
      ['relay', (page) => fetch(`${servers}/relay/cameras?page=${page}`, { headers: own })],
      ['proxy', (page) => fetch(`${servers}/proxy/cameras?page=${page}`, { headers: own })],
    ]),
    dispose: () => tokens.dispose(),
  }
}

/** Calls for so long, so many at a time, and returns the milliseconds of wall time per call. */
async function timeCalls(call: Call, concurrency: number, durationMs: number): Promise<number> {
  const startedAt = performance.now()
  let done = 0
  const work = async () => {
    while (performance.now() - startedAt < durationMs) {
      const response = await call(done++ % urlCount)
      if (response.status !== 200) throw new Error(`It answered ${response.status}`)
      await response.arrayBuffer()
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return (performance.now() - startedAt) / done
}

const yardsticks = [
  ['tokens', 'plain'],
  ['handler', 'plain'],
  ['proxy', 'relay'],
  ['proxy', 'plain'],
] as const

async function measure(ways: ReadonlyMap<Way, Call>, concurrency: number, rounds: number): Promise<Figures> {
  for (const call of ways.values()) await timeCalls(call, concurrency, 300)
  const costs = await runRounds([...ways.keys()], {
    rounds,
    runBatch: (way) => timeCalls(ways.get(way) as Call, concurrency, 100),
  })
  const ratios = yardsticks.map(([way, yardstick]) => [`${way}/${yardstick} ${concurrency}`, ratioOf(costs, way, yardstick)])
  return { ...Object.fromEntries(ratios), [`added ${concurrency}`]: summarise(subtractRelay(costs)) }
}

/** What the proxy took beyond the bare relay, µs, by round. */
function subtractRelay(costs: RoundCosts<Way>): number[] {
  const relay = costs.get('relay') as readonly number[]
  return (costs.get('proxy') as readonly number[]).map((cost, round) => (cost - (relay[round] as number)) * 1000)
}

const columnsOf = (concurrency: number, label: string) => [
  { key: `tokens/plain ${concurrency}`, heading: `${label}: tokens.fetch, × fetch`, format: formatRatio },
  { key: `handler/plain ${concurrency}`, heading: 'handler, × fetch', format: formatRatio },
  { key: `proxy/plain ${concurrency}`, heading: 'proxy server, × fetch', format: formatRatio },
  { key: `proxy/relay ${concurrency}`, heading: 'proxy server, × bare relay', format: formatRatio },
  { key: `added ${concurrency}`, heading: 'beyond the relay, µs', format: formatCount },
]

export const proxy: Scenario = {
  id: 'S11',
  title: 'Through the proxy',
  method:
    'The platform’s own `fetch` against the HTTP server of S2: directly, by `tokens.fetch`, and by `createTokenProxy`. Its handler is called in the same ' +
    'process, and stands as a server in a third process. *Bare relay* is that server with a handler that fetches and hands the body on, and ' +
    'nothing else: the hop itself. One call at a time, then 64 at a time; wall time per call.',
  columns: [...columnsOf(1, 'one at a time'), ...columnsOf(64, '64 at a time')],
  goals: [
    atMost(1.15, 'one at a time ≤ 1.15 × a bare relay', 'proxy/relay 1'),
    atMost(1.15, '64 at a time ≤ 1.15 × a bare relay', 'proxy/relay 64'),
  ],
  run: ({ isQuick, log }) =>
    withLoopbackServer((upstream) =>
      withProxyServer(upstream, async (servers) => {
        const { ways, dispose } = createWays(upstream, servers)
        const rounds = isQuick ? 9 : 41
        log('one at a time')
        const sequential = await measure(ways, 1, rounds)
        log('64 at a time')
        const concurrent = await measure(ways, 64, rounds)
        dispose()
        return new Map([['tokenwell', { ...sequential, ...concurrent }]])
      }),
    ),
}
