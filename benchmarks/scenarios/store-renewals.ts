import { oauth2, TokenManager, type TokenStore } from '../../dist/index.js'
import { formatRatio } from '../format.ts'
import { atMost } from '../goals.ts'
import type { Figures, Scenario } from '../scenario.ts'
import { RotatingStub } from '../servers/rotating-stub.ts'
import { apiUrl, credentials, tokenUrl } from '../servers/token-server.ts'
import { type Summary, summarise } from '../statistics.ts'
import { withStores } from '../tools/benchmark-stores.ts'

async function timeRenewals(store: TokenStore, count: number, subject: string): Promise<Summary> {
  const server = new RotatingStub()
  // Each token expires at once for us: forced renewals are limited to ten a minute.
  let skippedMs = 0
  const now = (): number => Date.now() + skippedMs
  const tokens = new TokenManager({ ...oauth2({ tokenUrl, apiUrl, ...credentials }), store, subject, fetch: server.fetch, now })
  let { expiresAt } = await tokens.getToken()
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    skippedMs += (expiresAt ?? 0) - now()
    const startedAt = performance.now()
    const token = await tokens.getToken()
    times.push(performance.now() - startedAt)
    expiresAt = token.expiresAt
  }
  tokens.dispose()
  if (server.refused > 0 || server.tokenRequests !== count + 1)
    throw new Error(`${server.tokenRequests} requests, ${server.refused} refused`)
  return summarise(times)
}

export const storeRenewals: Scenario = {
  id: 'S9',
  title: 'A renewal through each store',
  method:
    'Milliseconds from a call with an expired token to its new one, through a rotating refresh token and a token endpoint that answers at once: lock, read, ' +
    'ask, durable write, release. The file store’s share is that of the disk under the temporary directory.',
  columns: [
    { key: 'memory', heading: 'memory, ms', format: formatRatio },
    { key: 'web', heading: 'web storage, ms', format: formatRatio },
    { key: 'encrypted', heading: 'encrypted, ms', format: formatRatio },
    { key: 'file', heading: 'file, ms', format: formatRatio },
    { key: 'redis', heading: 'Redis, ms', format: formatRatio },
  ],
  goals: [atMost(50, '≤ 50 ms through any store', 'memory', 'web', 'encrypted', 'file', 'redis')],
  run: ({ isQuick, log }) =>
    withStores(async (stores) => {
      const figures: Record<string, Summary> = {}
      for (const [name, store] of stores) {
        log(name)
        await timeRenewals(store, 20, 'warm-up')
        figures[name] = await timeRenewals(store, isQuick ? 50 : 500, 'renewals')
      }
      return new Map([['tokenwell', figures as Figures]])
    }),
}
