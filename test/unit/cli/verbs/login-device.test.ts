import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createCommandUser } from '../../../support/cli.ts'
import { startServer } from '../../../support/loopback-server.ts'

const codes = { device_code: 'secret-device-code', user_code: 'WDJB-MJHT', expires_in: 600, interval: 1 }

interface World {
  /** What the polls are answered with, one after another. */
  readonly polls?: readonly object[]
  readonly provider?: object
}

const granted = { access_token: 'secret-token', refresh_token: 'secret-refresh', expires_in: 3600 }

async function start({ polls = [{ error: 'authorization_pending' }, granted], provider = {} }: World = {}) {
  let polled = 0
  const server = await startServer(({ target }) => {
    if (target === '/device') return { json: { ...codes, verification_uri: `${server.origin}/activate` } }
    const reply = polls[polled++] ?? {}
    return { status: 'error' in reply ? 400 : 200, json: reply }
  })
  const user = createCommandUser()
  const { origin } = server
  const own = { name: 'tv', apiUrl: origin, tokenUrl: `${origin}/token`, deviceAuthorizationUrl: `${origin}/device`, ...provider }
  user.write({ tv: { provider: own, grant: { type: 'authorizationCode', clientId: 'app' }, signIn: { scope: 'a b' } } })
  return { server, user, forms: () => server.received.map(({ body }) => new URLSearchParams(body.toString())) }
}

const browserToo = { authorizationUrl: 'https://auth.example.com/authorize' }

describe('login --device', () => {
  it('shows a code, waits until it was entered, and stores the token', async () => {
    const { server, user, forms } = await start({ provider: browserToo })
    const { status, stdout, stderr } = await user.run(['login', 'tv', '--device'], { env: { DISPLAY: ':0' } })
    expect([status, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(
      new RegExp(
        `^Open ${server.origin}/activate on any device, and enter this code within 10 min:\n\n {2}WDJB-MJHT\n\nSigned in\\. The token is valid until \\d{4}-.*Z\\.\n$`,
      ),
    )
    expect(stderr).not.toContain('secret-')
    expect(forms()[0]?.get('scope')).toBe('a b')
    expect(await user.run(['token', 'tv'])).toEqual({ status: 0, stdout: 'secret-token\n', stderr: '' })
    // The device's request, a poll that came too early, and the one that was granted.
    expect(server.received).toHaveLength(3)
  }, 20_000)

  it('a provider that says more than plain OAuth 2 → its rules are read, and its token travels as it says', async () => {
    const { server, user } = await start({
      polls: [{ error: 'wait' }, granted],
      provider: {
        authorization: { header: 'X-Token' },
        isRejection: { status: 419 },
        tokenResponse: { error: [{ status: 400, path: 'error', is: 'wait', error: 'authorization_pending' }] },
      },
    })
    expect((await user.run(['login', 'tv', '--device'])).status).toBe(0)
    await user.run(['fetch', 'tv', 'things'])
    expect(server.received.at(-1)).toMatchObject({ target: '/things', headers: { 'x-token': 'secret-token' } })
  }, 20_000)

  it('the profile that docs/cli.md shows → is right, and asks its server for a code', async () => {
    const page = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8')
    const [, own = ''] = /^```json\n("tv": .*?)^```$/ms.exec(page) ?? []
    const { server, user } = await start()
    const { origin } = server
    user.write(`{ "profiles": {\n${own.replaceAll('https://auth.example.com', origin).replace('https://api.example.com', origin)}} }`)
    const { status, stderr } = await user.run(['login', 'tv', '--device'])
    expect([status, stderr]).toEqual([0, expect.stringContaining('WDJB-MJHT')])
  }, 20_000)

  it.each<[string, World, RegExp]>([
    ['a user who says no', { polls: [{ error: 'access_denied' }] }, /\ntokenwell: .*said no/],
    ['a code that has expired', { polls: [{ error: 'expired_token' }] }, /\ntokenwell: .*expired/],
  ])(
    '%s → one line, and exit status 1',
    async (_, world, message) => {
      const { user } = await start(world)
      const { status, stderr } = await user.run(['login', 'tv', '--device'])
      expect(status).toBe(1)
      expect(stderr).toMatch(message)
      expect(stderr).not.toContain('secret-')
    },
    20_000,
  )

  it('an interruption → exit status 130', async () => {
    const { user } = await start({ polls: Array.from({ length: 9 }, () => ({ error: 'authorization_pending' })) })
    expect((await user.run(['login', 'tv', '--device'], { signal: AbortSignal.timeout(1_500) })).status).toBe(130)
  }, 20_000)

  it('a provider that does not say where devices sign in → exit status 2', async () => {
    const { user } = await start({ provider: browserToo })
    const provider = { name: 'x', apiUrl: 'https://a.example', tokenUrl: 'https://a.example/token', ...browserToo }
    user.write({ tv: { provider, grant: { type: 'authorizationCode', clientId: 'app' } } })
    const { status, stderr } = await user.run(['login', 'tv', '--device'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('deviceAuthorizationUrl: is missing')])
  })
})

describe('which way is chosen', () => {
  it('no display, and a provider that knows devices → the code', async () => {
    const { user } = await start({ provider: browserToo })
    expect((await user.run(['login', 'tv'])).stderr).toContain('WDJB-MJHT')
  }, 20_000)

  it('a provider without a page of its own → the code, display or not', async () => {
    const { user } = await start()
    expect((await user.run(['login', 'tv'], { env: { DISPLAY: ':0' } })).stderr).toContain('WDJB-MJHT')
  }, 20_000)

  it('--no-browser → the address', async () => {
    const { user } = await start({ provider: browserToo })
    const { stderr } = await user.run(['login', 'tv', '--no-browser'], { signal: AbortSignal.timeout(2_000) })
    expect(stderr).toMatch(/^Open this page in your browser:\n\n {2}https:\/\/auth\.example\.com\/authorize\?/)
  })
})
