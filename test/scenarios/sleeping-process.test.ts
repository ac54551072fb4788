import { describe, expect, it, onTestFinished } from 'vitest'
import { createTokenSource } from '../../src/endpoint/token-source.ts'
import { authorizationCode } from '../../src/grants/authorization-code.ts'
import type { AnsweringMessage } from '../support/answering-process.ts'
import { startServer } from '../support/loopback-server.ts'
import { Child } from '../support/process-child.ts'
import { tokenOf } from '../support/token-of.ts'
import type { TokenRequestOutcome, TokenRequestSetup } from '../support/token-request-process.ts'

const held = { accessToken: 'a0', refreshToken: 'r0', tokenType: 'bearer', issuedAt: 0, expiresAt: 1 }

/** A token endpoint in a process of its own, and how often it was asked. */
async function startEndpoint() {
  const child = new Child<AnsweringMessage>('answering-process.ts', {})
  onTestFinished(() => child.kill())
  const { port } = await child.reply(1)
  return { tokenUrl: `http://127.0.0.1:${port}/token`, requests: () => child.received.at(-1)?.requests ?? 0 }
}

/** Blocks the loop where timers come next, and sockets after them. */
function block(ms: number): Promise<void> {
  return new Promise((resolve) =>
    setImmediate(() => {
      for (const until = performance.now() + ms; performance.now() < until; );
      resolve()
    }),
  )
}

describe('a loop that is blocked for longer than the deadline, while the reply lies in the socket', () => {
  it.each([
    ['a little', 500, 700],
    ['long', 300, 1800],
  ])('%s: the reply is read, and the refresh token is presented once', async (_, timeoutMs, blockedMs) => {
    const { tokenUrl, requests } = await startEndpoint()
    const source = createTokenSource({
      provider: { name: 'test', apiUrl: 'https://api.example', tokenUrl },
      grant: authorizationCode({ clientId: 'id' }),
      timeoutMs,
    })
    const answer = tokenOf(source.present(held))
    // The loop turns until the request is on its way.
    await expect.poll(requests, { interval: 5 }).toBe(1)
    await block(blockedMs)
    expect(await answer).toMatchObject({ accessToken: 'a1', refreshToken: 'r1' })
    expect(requests()).toBe(1)
  })
})

it('a process that is stopped for longer than the deadline reads the reply that came meanwhile, and presents nothing again', async () => {
  const asked: string[] = []
  const server = await startServer(async ({ body }) => {
    asked.push(body.toString())
    child.process.kill('SIGSTOP')
    setTimeout(() => child.process.kill('SIGCONT'), 2500)
    return { json: { access_token: 'a1', refresh_token: 'r1', expires_in: 60 } }
  })
  const setup: TokenRequestSetup = { tokenUrl: `${server.origin}/token`, timeoutMs: 400 }
  const child = new Child<TokenRequestOutcome>('token-request-process.ts', setup)
  onTestFinished(() => child.kill())
  expect(await child.reply(1)).toEqual({ accessToken: 'a1' })
  expect(asked).toHaveLength(1)
  expect(asked[0]).toContain('refresh_token=r0')
}, 15_000)
