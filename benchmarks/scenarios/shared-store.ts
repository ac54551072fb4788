import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStore, oauth2, TokenManager, type TokenStore } from '../../dist/index.js'
import { fileStore } from '../../dist/node.js'
import { formatCount, formatRatio } from '../format.ts'
import { atMost, exactly } from '../goals.ts'
import { type Figures, medianOf, type Scenario } from '../scenario.ts'
import { RotatingStub } from '../servers/rotating-stub.ts'
import { apiUrl, credentials, tokenUrl } from '../servers/token-server.ts'
import { type Summary, summarise } from '../statistics.ts'

const contextCounts = [1, 4, 16, 64]
const tokenLatencyMs = 50
const lifetimeMs = 3_600_000

interface Expiries {
  /** Token requests per expiry. */
  readonly requests: number
  /** How long the last context waited for its token, ms, per expiry. */
  readonly waiting: Summary
}

/** All contexts ask at the instant when their token has expired, again and again. The clock is the benchmark's. */
async function expire(stores: readonly TokenStore[], expiries: number): Promise<Expiries> {
  const server = new RotatingStub(tokenLatencyMs)
  let skippedMs = 0
  const options = { ...oauth2({ tokenUrl, apiUrl, ...credentials }), fetch: server.fetch, renewal: { scheduled: false } }
  const managers = stores.map((store) => new TokenManager({ ...options, store, now: () => Date.now() + skippedMs }))
  await Promise.all(managers.map((manager) => manager.getToken()))
  const before = server.tokenRequests
  const waits: number[] = []
  for (let i = 0; i < expiries; i++) {
    skippedMs += lifetimeMs
    const startedAt = performance.now()
    await Promise.all(managers.map((manager) => manager.getToken()))
    waits.push(performance.now() - startedAt)
  }
  for (const manager of managers) manager.dispose()
  if (server.refused > 0) throw new Error(`${server.refused} refresh tokens were used twice`)
  return { requests: (server.tokenRequests - before) / expiries, waiting: summarise(waits) }
}

const columnsOf = (store: string, label: string) => [
  { key: `${store}Requests`, heading: `${label}: requests`, format: formatRatio },
  ...contextCounts.map((count) => ({ key: `${store}Waiting${count}`, heading: `${count}, ms`, format: formatCount })),
]

export const sharedStore: Scenario = {
  id: 'S10',
  title: '1 to 64 contexts on one store',
  method:
    'So many managers over one memory store, and over as many file stores of one directory, all in one process. All ask at the instant of an ' +
    `expiry; the token endpoint rotates refresh tokens and takes ${tokenLatencyMs} ms. Token requests per expiry (the most of all counts), and ms until the last of 1, 4, 16 and 64 has its token.`,
  columns: [...columnsOf('memory', 'memory'), ...columnsOf('file', 'file')],
  goals: [
    exactly(1, '1 token request per expiry, for any number of contexts', 'memoryRequests', 'fileRequests'),
    atMost(tokenLatencyMs * 4, `the last of 64 waits ≤ ${tokenLatencyMs * 4} ms, memory`, 'memoryWaiting64'),
    atMost(tokenLatencyMs * 10, `the last of 64 waits ≤ ${tokenLatencyMs * 10} ms, files`, 'fileWaiting64'),
  ],
  async run({ isQuick, log }) {
    const figures: Record<string, Summary | number> = {}
    const directory = await mkdtemp(join(tmpdir(), 'tokenwell-bench-'))
    const expiries = isQuick ? 5 : 25
    try {
      for (const count of contextCounts) {
        log(`${count} contexts`)
        const shared = memoryStore()
        const create = {
          memory: () => shared,
          file: () => fileStore({ directory: join(directory, `of-${count}`) }),
        }
        for (const [name, createStore] of Object.entries(create)) {
          const { requests, waiting } = await expire(Array.from({ length: count }, createStore), expiries)
          figures[`${name}Requests`] = Math.max(requests, medianOf(figures[`${name}Requests`] ?? 0))
          figures[`${name}Waiting${count}`] = waiting
        }
      }
    } finally {
      await rm(directory, { recursive: true })
    }
    return new Map([['tokenwell', figures as Figures]])
  },
}
