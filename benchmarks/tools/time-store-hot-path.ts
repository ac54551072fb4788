import { memoryStore, oauth2, TokenManager, type TokenStore } from '../../dist/index.js'
import { runRounds } from '../rounds.ts'
import type { StoreHotPathReport, Timed } from '../scenarios/store-hot-path.ts'
import { apiUrl, credentials, TokenServer, tokenUrl } from '../servers/token-server.ts'
import { withStores } from './benchmark-stores.ts'
import { readProcessorTime } from './processor-time.ts'

const batchCalls = 100_000
const warmUpCalls = 300_000
const url = `${apiUrl}things`

/** Times calls with each store in interleaved rounds. Prints a report as JSON. */
async function main([rounds = '']: readonly string[]): Promise<void> {
  const report = await withStores(async (stores) => {
    const fetches = new Map<Timed, typeof globalThis.fetch>([['control', await createPrimedFetch(memoryStore())]])
    for (const [name, store] of stores) fetches.set(name, await createPrimedFetch(store))
    for (const fetch of fetches.values()) await timeCalls(fetch, warmUpCalls)
    return runStoreRounds(fetches, Number(rounds))
  })
  process.stdout.write(JSON.stringify(report))
  process.exit()
}

async function runStoreRounds(fetches: ReadonlyMap<Timed, typeof globalThis.fetch>, rounds: number): Promise<StoreHotPathReport> {
  const costs = await runRounds([...fetches.keys()], {
    rounds,
    yardstick: 'memory',
    runBatch: (name) => timeCalls(fetches.get(name) as typeof globalThis.fetch, batchCalls),
  })
  return [...costs]
}

/** Has its token in the store, and talks from then on to a stub that answers at once. */
async function createPrimedFetch(store: TokenStore): Promise<typeof globalThis.fetch> {
  const server = new TokenServer()
  const response = new Response(null, { status: 200 })
  let isPrimed = false
  const tokens = new TokenManager({
    ...oauth2({ tokenUrl, apiUrl, ...credentials }),
    store,
    fetch: async (input, init) => (isPrimed ? response : server.fetch(input, init)),
  })
  const first = await tokens.fetch(url)
  if (first.status !== 200) throw new Error(`The store did not work: ${first.status}`)
  isPrimed = true
  return tokens.fetch
}

/** Nanoseconds a call, of processor time. */
async function timeCalls(fetch: typeof globalThis.fetch, count: number): Promise<number> {
  const startedAt = readProcessorTime()
  for (let i = 0; i < count; i++) await fetch(url)
  return (readProcessorTime() - startedAt) / count
}

await main(process.argv.slice(2))
