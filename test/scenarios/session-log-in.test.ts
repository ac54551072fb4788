import { describe, expect, it } from 'vitest'
import { password } from '../../src/grants/password.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { defineProvider } from '../../src/providers/define-provider.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import type { TokenResponseProfile } from '../../src/vocabulary/provider.ts'
import { type Answer, startServer } from '../support/loopback-server.ts'

const html = { 'content-type': 'text/html' }
const page = '<html><title>Sign in</title>Wrong password</html>'

/** A log-in that gives a session, and takes no other password than `right`. */
async function startLogIn(wrong: Answer, tokenResponse: TokenResponseProfile) {
  const server = await startServer(({ body }) => {
    if (!String(body).includes('p=right')) return wrong
    return { headers: { ...html, 'set-cookie': 'sid=S1; Path=/', 'x-session': 'S1' }, body: page }
  })
  const provider = defineProvider({
    name: 'sessions',
    apiUrl: server.origin,
    tokenUrl: `${server.origin}/log-in`,
    tokenRequest: { parameterNames: { password: 'p', username: 'u' } },
    tokenResponse,
  })
  let time = Date.now()
  const create = (given = 'wrong', store = memoryStore()) =>
    new TokenManager({
      provider,
      grant: password({ username: 'u', password: given }),
      store,
      retry: { minDelayMs: 0 },
      renewal: { scheduled: false },
      now: () => time,
    })
  return { server, create, wait: (ms: number) => (time += ms) }
}

describe('a wrong password at a log-in that answers with a success, and no session', () => {
  it.each<[string, Answer, TokenResponseProfile]>([
    ['its page', { headers: html, body: page }, { accessToken: 'cookie:sid' }],
    [
      'its page, and the session removed',
      { headers: { ...html, 'set-cookie': 'sid=; Max-Age=0' }, body: page },
      { accessToken: 'cookie:sid' },
    ],
    ['nothing', {}, { accessToken: ['header:x-session', 'cookie:sid'] }],
    ['words', { headers: { 'content-type': 'text/plain' }, body: 'Wrong password' }, { accessToken: 'header:x-session' }],
  ])('%s → it is sent once, and then as seldom as after a refusal', async (_, wrong, tokenResponse) => {
    const { server, create, wait } = await startLogIn(wrong, tokenResponse)
    const tokens = create()
    await expect(tokens.getToken()).rejects.toMatchObject({ code: 'invalid_token_response', retryable: false })
    expect(server.received).toHaveLength(1)
    for (let seconds = 0; seconds < 600; seconds += 5) {
      await tokens.getToken().catch(() => {})
      wait(5_000)
    }
    expect(server.received.length).toBeLessThanOrEqual(5)
    expect(await create('right').getToken()).toMatchObject({ accessToken: 'S1' })
  })

  it('and a manager for each request → the store has it noted', async () => {
    const { server, create } = await startLogIn({ headers: html, body: page }, { accessToken: 'cookie:sid' })
    const store = memoryStore()
    for (let count = 0; count < 8; count++)
      await create('wrong', store)
        .getToken()
        .catch(() => {})
    expect(server.received).toHaveLength(1)
  })
})
