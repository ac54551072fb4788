// One of many processes that share a token. At each message it gets the token, at the time that the message says.
import { setTimeout as sleep } from 'node:timers/promises'
import { oauth2, password, refreshToken, TokenManager, type TokenStore } from '../../src/index.ts'
import { fileStore } from '../../src/node.ts'
import { createSeededRandom } from '../../src/testing/seeded-random.ts'
import { Death, type DeathPhase } from './death.ts'
import { readSetup } from './process-child.ts'

export interface RenewingSetup {
  store: { directory: string } | { redisUrl: string }
  tokenUrl: string
  /** Without one it is the password grant. */
  refreshToken?: string | undefined
  /** What it calls itself in its token requests. */
  name?: string
  /** When it dies within a phase comes from this. @default 1 */
  seed?: number
}
/** What the time is, and when it shall die of that; or that it calls over and over in real time. */
export type RenewingOrder = { now: number; dieAt?: DeathPhase } | { callEveryMs: number }
export type RenewingReply = { accessToken: string; issuedAt?: number } | { code: string } | 'ready'

const setup = readSetup<RenewingSetup>()
const death = new Death(createSeededRandom(setup.seed ?? 1))
const base = { clientId: 'app', clientSecret: 'not-so-secret' }
const { provider, grant } = oauth2({
  tokenUrl: setup.tokenUrl,
  apiUrl: new URL('/', setup.tokenUrl).href,
  ...base,
  grant: setup.refreshToken
    ? refreshToken({ ...base, refreshToken: setup.refreshToken })
    : password({ ...base, username: 'user', password: 'secret' }),
})
/** Not as a header of the provider: those are part of what a token is shared by. */
const fetchByName: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers)
  headers.set('x-process', setup.name ?? '')
  return fetch(input, { ...init, headers })
}
let orderedNow: number | undefined
const tokens = new TokenManager({
  provider,
  grant,
  store: death.within(await openStore(setup.store)),
  fetch: death.during(fetchByName),
  now: () => orderedNow ?? Date.now(),
})

async function openStore(store: RenewingSetup['store']): Promise<TokenStore> {
  if ('directory' in store) return fileStore(store)
  // Only here: this process is started and killed over and over, and loading the client is most of its start.
  const [{ createClient }, { redisStore }] = await Promise.all([import('redis'), import('../../src/redis.ts')])
  const client = createClient({ url: store.redisUrl })
  client.on('error', () => {})
  await client.connect()
  return redisStore(client)
}

async function call(isTimed = false): Promise<RenewingReply> {
  try {
    const { accessToken, issuedAt } = await tokens.getToken()
    return { accessToken, ...(isTimed && { issuedAt }) }
  } catch (error) {
    return { code: (error as { code?: string }).code ?? String(error) }
  }
}

const reply = (message: RenewingReply): boolean | undefined => process.send?.(message)

async function callOverAndOver(everyMs: number): Promise<void> {
  let last = ''
  for (;;) {
    const outcome = await call(true)
    const text = JSON.stringify(outcome)
    if (text !== last) reply(outcome)
    last = text
    await sleep(everyMs)
  }
}

process.on('message', (order: RenewingOrder) => {
  if ('callEveryMs' in order) return void callOverAndOver(order.callEveryMs)
  orderedNow = order.now
  death.phase = order.dieAt
  void call().then((outcome) => {
    // Who has got away lives.
    death.phase = undefined
    reply(outcome)
  })
})
reply('ready')
