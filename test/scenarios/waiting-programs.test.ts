import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { runScript } from '../support/run-script.ts'

// Programs that have nothing else to wait for: no socket is open while these wait, so only a timer keeps the process alive.

const env = { ORIGIN: 'http://127.0.0.1:9', SOURCE: pathToFileURL(join(import.meta.dirname, '../../src/')).href }

it('a discovery that pauses after an outage → the process waits for it, and then ends by itself', async () => {
  const { exitCode, reports, stderr, exitedAfterMs } = await runScript(
    `const { discover } = await import(process.env.SOURCE + 'index.ts')
     let count = 0
     const fetch = async () => ++count < 3 ? new Response('', { status: 503 }) : Response.json({ issuer: origin, token_endpoint: origin + '/t' })
     const found = await discover({ issuer: origin, apiUrl: origin, clientId: 'app', fetch })
     report(found.provider.tokenUrl)`,
    env,
  )
  expect([exitCode, stderr, reports]).toEqual([0, '', ['http://127.0.0.1:9/t']])
  expect(exitedAfterMs).toBeLessThan(5_000)
})

const signIn = `const { startDeviceSignIn } = await import(process.env.SOURCE + 'sign-in.ts')
  const codes = { device_code: 'd', user_code: 'U', verification_uri: origin + '/device', interval: 1, expires_in: 60 }
  const replies = [codes, { error: 'authorization_pending' }, { access_token: 'a', expires_in: 60 }]
  const fetch = async () => Response.json(replies.shift())
  const options = { provider: { ...provider, deviceAuthorizationUrl: origin + '/device' }, clientId: 'app', fetch }`

it('a sign-in on another device that waits for its user → the process waits for it, and then ends by itself', async () => {
  const { exitCode, reports, stderr } = await runScript(
    `${signIn}
     const begun = await startDeviceSignIn(options)
     const tokens = new TokenManager({ provider, grant: await begun.grant, fetch, renewal: { scheduled: false } })
     report((await tokens.getToken()).accessToken)`,
    env,
  )
  expect([exitCode, stderr, reports]).toEqual([0, '', ['a']])
})

it('a sign-in that is aborted, and that nobody waits for → the process ends at once, and nothing is unhandled', async () => {
  const { exitCode, reports, stderr, exitedAfterMs } = await runScript(
    `${signIn.replace('interval: 1', 'interval: 30')}
     const controller = new AbortController()
     await startDeviceSignIn({ ...options, signal: controller.signal })
     controller.abort()
     report('aborted')`,
    env,
  )
  expect([exitCode, stderr, reports]).toEqual([0, '', ['aborted']])
  expect(exitedAfterMs).toBeLessThan(5_000)
})
