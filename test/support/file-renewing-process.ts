// One of many processes that share a token. At each message it gets the token, at the time that the message says.
import { setTimeout as sleep } from 'node:timers/promises'
import { oauth2, refreshToken, TokenManager } from '../../src/index.ts'
import { fileStore } from '../../src/node.ts'
import { readSetup } from './process-child.ts'

export interface RenewingSetup {
  directory: string
  tokenUrl: string
  refreshToken: string
}
/** What the time is, or that it calls over and over in real time. */
export type RenewingOrder = { now: number } | { callEveryMs: number }
export type RenewingReply = { accessToken: string } | { code: string } | 'ready'

const setup = readSetup<RenewingSetup>()
let orderedNow: number | undefined
const tokens = new TokenManager({
  ...oauth2({
    tokenUrl: setup.tokenUrl,
    apiUrl: new URL('/', setup.tokenUrl).href,
    clientId: 'app',
    clientSecret: 'not-so-secret',
    grant: refreshToken({ clientId: 'app', clientSecret: 'not-so-secret', refreshToken: setup.refreshToken }),
  }),
  store: fileStore({ directory: setup.directory }),
  now: () => orderedNow ?? Date.now(),
})

async function call(): Promise<RenewingReply> {
  try {
    return { accessToken: (await tokens.getToken()).accessToken }
  } catch (error) {
    return { code: (error as { code?: string }).code ?? String(error) }
  }
}

const reply = (message: RenewingReply): boolean | undefined => process.send?.(message)

async function callOverAndOver(everyMs: number): Promise<void> {
  let last = ''
  for (;;) {
    const outcome = await call()
    const text = JSON.stringify(outcome)
    if (text !== last) reply(outcome)
    last = text
    await sleep(everyMs)
  }
}

process.on('message', (order: RenewingOrder) => {
  if ('callEveryMs' in order) return void callOverAndOver(order.callEveryMs)
  orderedNow = order.now
  void call().then(reply)
})
reply('ready')
