import { describe, expect, it } from 'vitest'
import { createCommandUser } from '../../../support/cli.ts'
import { startServer } from '../../../support/loopback-server.ts'

async function start() {
  const server = await startServer(() => ({
    json: { access_token: 'secret-token', refresh_token: 'secret-refresh', expires_in: 3600, scope: 'a' },
  }))
  const user = createCommandUser()
  const options = { tokenUrl: `${server.origin}/token`, apiUrl: server.origin, clientId: 'app', clientSecret: 'env:SECRET' }
  user.write({
    jobs: { preset: 'oauth2', options },
    shows: { preset: 'oauth2', options: { ...options, authorizationUrl: `${server.origin}/auth` }, grant: { type: 'authorizationCode' } },
  })
  const run = (...argv: string[]) => user.run(argv, { env: { SECRET: 'hunter2' } })
  return { server, user, run }
}

describe('status', () => {
  it('of all profiles → a line and what the next call does, for each; exit status 0, and nobody is asked', async () => {
    const { run, server } = await start()
    expect(await run('status')).toEqual({
      status: 0,
      stdout:
        'jobs: absent\n  The next call asks for one with the grant of the profile.\nshows: sign-in required\n  A person has to sign in.\n',
      stderr: '',
    })
    expect(server.received).toHaveLength(0)
  })

  it('of a stored token → until when it is valid, and no token', async () => {
    const { run } = await start()
    await run('token', 'jobs')
    const { status, stdout } = await run('status', 'jobs')
    expect(status).toBe(0)
    expect(stdout).toMatch(
      /^jobs: valid until \d{4}-\d\d-\d\dT[\d:.]+Z\n {2}It is valid for 60 min: the next call uses it, or renews it in time\.\n$/,
    )
    expect(stdout).not.toContain('secret')
  })

  it('of one that a person has to sign in for → exit status 4', async () => {
    const { run } = await start()
    expect(await run('status', 'shows')).toMatchObject({ status: 4, stdout: 'shows: sign-in required\n  A person has to sign in.\n' })
  })

  it('--json → a line for each, without the token', async () => {
    const { run } = await start()
    await run('token', 'jobs')
    const { stdout } = await run('status', '--json')
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toEqual([
      { profile: 'jobs', state: 'valid', next: expect.any(String), expiresAt: expect.any(String), hasRefreshToken: true, scope: ['a'] },
      { profile: 'shows', state: 'sign-in required', next: expect.any(String), hasRefreshToken: false },
    ])
    expect(stdout).not.toContain('secret-')
  })

  it('--json of a scope with control characters → they are escaped', async () => {
    const server = await startServer(() => ({ json: { access_token: 'a', expires_in: 3600, scope: 'x\u009b31m\u007f\u001b[0m' } }))
    const user = createCommandUser()
    user.write({ one: { preset: 'oauth2', options: { tokenUrl: `${server.origin}/token`, apiUrl: server.origin, clientId: 'app' } } })
    for (const verb of ['token', 'status']) {
      const { stdout } = await user.run([verb, 'one', '--json'])
      expect(stdout, verb).toMatch(/^\P{Cc}+\n$/u)
      expect(JSON.parse(stdout).scope, verb).toEqual(['x\u009b31m\u007f\u001b[0m'])
    }
  })

  it('one profile that is wrong → does not hide the others; exit status 2', async () => {
    const { run, user } = await start()
    user.write({ a: {}, b: { preset: 'cam2', options: { clientId: 'x', clientSecret: 'env:X' } } })
    const { status, stdout, stderr } = await run('status')
    expect([status, stdout]).toEqual([2, 'b: absent\n  The next call asks for one with the grant of the profile.\n'])
    expect(stderr).toContain('profiles.a.preset is missing')
  })

  it('colours are for terminals, and not where NO_COLOR is set', async () => {
    const { user } = await start()
    const at = async (env: Record<string, string>, columns?: number) =>
      (await user.run(['status', 'jobs'], { env, ...(columns && { columns }) })).stdout.includes('\x1b[')
    expect([await at({}, 80), await at({}), await at({ NO_COLOR: '1' }, 80), await at({ TERM: 'dumb' }, 80)]).toEqual([
      true,
      false,
      false,
      false,
    ])
  })
})

describe('explain', () => {
  it('says where tokens come from, where they go, and where each secret is; no secret, and nobody is asked', async () => {
    const { run, server, user } = await start()
    const { status, stdout, stderr } = await run('explain', 'shows')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toBe(
      [
        'profile: shows',
        `file: ${user.profiles}`,
        'provider: oauth2',
        'grant: authorization_code',
        `token endpoint: ${server.origin}/token`,
        `sign-in: ${server.origin}/auth`,
        `api: ${server.origin}`,
        `token goes to: ${server.origin}`,
        'secrets: clientSecret from env:SECRET',
        `kept in: ${user.home}/state/tokenwell`,
        'state: sign-in required',
        'next call: A person has to sign in.',
        '',
      ].join('\n'),
    )
    expect(server.received).toHaveLength(0)
  })

  it('--json → the same', async () => {
    const { run } = await start()
    const { stdout } = await run('explain', 'jobs', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ profile: 'jobs', grant: 'client_credentials', state: 'absent' })
  })
})

describe('logout', () => {
  it('forgets the token, and says that the provider does not say more', async () => {
    const { run } = await start()
    await run('token', 'jobs')
    const { status, stdout, stderr } = await run('logout', 'jobs')
    expect([status, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(/^The token is forgotten\. How it is ended at the server, this provider does not say/)
    expect((await run('status', 'jobs')).stdout).toMatch(/^jobs: absent/)
  })

  it.each([{}, { revocation: true }])('without a token that is stored (%j) → says that nothing was sent', async ({ revocation }) => {
    const server = await startServer(() => ({ json: {} }))
    const user = createCommandUser()
    const provider = {
      ...{ name: 'test', apiUrl: server.origin, tokenUrl: `${server.origin}/token` },
      ...(revocation && { revocation: { url: `${server.origin}/revoke` } }),
    }
    user.write({ one: { provider, grant: { type: 'clientCredentials', clientId: 'app', clientSecret: 'env:SECRET' } } })
    expect(await user.run(['logout', 'one'], { env: { SECRET: 'hunter2' } })).toEqual({
      status: 0,
      stdout: '',
      stderr: 'No token was stored: nothing was sent to the server.\n',
    })
    expect(server.received).toHaveLength(0)
  })

  it('without a stored token, of a refresh token of the profile → the server ends that', async () => {
    const server = await startServer(() => ({ json: {} }))
    const user = createCommandUser()
    const urls = { apiUrl: server.origin, tokenUrl: `${server.origin}/token`, revocation: { url: `${server.origin}/revoke` } }
    const grant = { type: 'refreshToken', clientId: 'app', refreshToken: 'env:SECRET' }
    user.write({ one: { provider: { name: 'test', ...urls }, grant, subject: 'me' } })
    const { stderr } = await user.run(['logout', 'one'], { env: { SECRET: 'refresh-0' } })
    expect(stderr).toBe('The token is forgotten, and the server has ended it.\n')
    expect(server.received.map(({ body }) => new URLSearchParams(body.toString()).get('token'))).toEqual(['refresh-0'])
  })

  it.each([
    [200, 0, /^The token is forgotten, and the server has ended it\.\n$/],
    [503, 1, /^The token is forgotten here, but the server did not end it\.\ntokenwell: /],
  ])(
    'with a revocation that is answered %i → exit status %i',
    async (answered, status, message) => {
      const ended: string[] = []
      const server = await startServer(({ target, body }) => {
        if (target === '/token') return { json: { access_token: 'secret-token', refresh_token: 'secret-refresh', expires_in: 3600 } }
        ended.push(new URLSearchParams(body.toString()).get('token') ?? '')
        return { status: answered, json: {} }
      })
      const user = createCommandUser()
      const provider = {
        name: 'test',
        apiUrl: server.origin,
        tokenUrl: `${server.origin}/token`,
        revocation: { url: `${server.origin}/revoke` },
      }
      user.write({ one: { provider, grant: { type: 'clientCredentials', clientId: 'app', clientSecret: 'env:SECRET' } } })
      const env = { SECRET: 'hunter2' }
      await user.run(['token', 'one'], { env })
      const result = await user.run(['logout', 'one'], { env })
      expect([result.status, result.stdout]).toEqual([status, ''])
      expect(result.stderr).toMatch(message)
      expect(result.stderr).not.toMatch(/secret-|hunter2/)
      expect([...new Set(ended)]).toEqual(['secret-refresh'])
      expect((await user.run(['status', 'one'])).stdout).toMatch(/^one: absent/)
    },
    20_000,
  )
})
