// One process of a fleet: uses its token until it has seen the wanted one, and says what it went through.
import { once } from 'node:events'
import { createClient } from 'redis'
import { oauth2, password, refreshToken, TokenManager, type TokenwellError } from '../../src/index.ts'
import { redisStore } from '../../src/stores/redis/redis-store.ts'

export interface FleetProcessOptions {
  redisUrl: string
  tokenUrl: string
  apiUrl: string
  grant: 'password' | 'refresh_token'
  /** Ends when a token of this serial number, or a later one, was got. */
  untilSerial: number
  /** How often the token is used, ms. */
  everyMs: number
}

export interface FleetProcessResult {
  seen: number
  /** The longest that a call took, ms: the first one, and those after it. */
  firstMs: number
  longestMs: number
  /** How often each error was seen, by code. */
  errors: Record<string, number>
  events: Record<string, number>
}

const options = JSON.parse(process.argv[2] as string) as FleetProcessOptions
const client = createClient({ url: options.redisUrl, socket: { reconnectStrategy: (retries) => Math.min(20 * 2 ** retries, 200) } })
client.on('error', () => {})
await client.connect()

const { tokenUrl, apiUrl } = options
const base = { clientId: 'fleet', clientSecret: 'secret' }
const grant =
  options.grant === 'password'
    ? password({ ...base, username: 'user', password: 'secret' })
    : refreshToken({ ...base, refreshToken: 'first' })
const tokens = new TokenManager({ ...oauth2({ tokenUrl, apiUrl, ...base, grant }), subject: 'user', store: redisStore(client) })
const result: FleetProcessResult = { seen: 0, firstMs: 0, longestMs: 0, errors: {}, events: {} }
for (const name of ['acquired', 'renewed', 'adopted', 'failed', 'degraded'] as const) {
  tokens.on(name, () => {
    result.events[name] = (result.events[name] ?? 0) + 1
  })
}

let last = ''
for (let serial = 0; serial < options.untilSerial; ) {
  const startedAt = performance.now()
  try {
    const { accessToken } = await tokens.getToken()
    if (accessToken !== last) result.seen++
    last = accessToken
    serial = Number(accessToken.split('.')[1])
  } catch (error) {
    const code = (error as TokenwellError).code ?? String(error)
    result.errors[code] = (result.errors[code] ?? 0) + 1
    if (code === 'sign_in_required') break
  }
  const tookMs = Math.round(performance.now() - startedAt)
  if (result.firstMs === 0) result.firstMs = tookMs
  else result.longestMs = Math.max(result.longestMs, tookMs)
  await new Promise((resolve) => setTimeout(resolve, options.everyMs))
}
tokens.dispose()
// Closed while it connects, the client would keep that connection (redis 6.3.1), and this process would not end.
if (!client.isReady) await once(client, 'ready')
await client.close()
console.log(JSON.stringify(result))
