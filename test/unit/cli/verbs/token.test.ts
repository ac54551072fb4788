import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createCommandUser } from '../../../support/cli.ts'
import { startServer } from '../../../support/loopback-server.ts'
import { keyPairs, pemOf } from '../../../support/signing-keys.ts'

interface Scenario {
  readonly lifetimeS?: number
  readonly provider?: object
  readonly answer?: object
}

/** A user with a profile at a token endpoint that counts. */
async function start({ lifetimeS = 3600, provider = {}, answer }: Scenario = {}) {
  let requests = 0
  const server = await startServer(() => {
    requests++
    return (
      answer ?? {
        json: { access_token: `token-${requests}`, token_type: 'Bearer', expires_in: lifetimeS, scope: 'a b', refresh_token: 'r' },
      }
    )
  })
  const user = createCommandUser()
  user.write({
    one: {
      provider: { name: 'test', apiUrl: server.origin, tokenUrl: `${server.origin}/token`, ...provider },
      grant: { type: 'clientCredentials', clientId: 'app', clientSecret: 'env:SECRET' },
    },
  })
  const run = (...argv: string[]) => user.run(argv, { env: { SECRET: 'hunter2' } })
  return { server, user, run, requests: () => requests }
}

describe('token', () => {
  it('prints the bare token and a line end, and nothing else; a second run asks nobody', async () => {
    const { run, requests } = await start()
    const expected = { status: 0, stdout: 'token-1\n', stderr: '' }
    expect([await run('token', 'one'), await run('token', 'one')]).toEqual([expected, expected])
    expect(requests()).toBe(1)
  })

  it('a token that is stored needs no secret', async () => {
    const { user, run } = await start()
    await run('token', 'one')
    expect(await user.run(['token', 'one'])).toEqual({ status: 0, stdout: 'token-1\n', stderr: '' })
  })

  it('--json → the time when it expires and its scopes, and no refresh token', async () => {
    const { run } = await start()
    const { stdout } = await run('token', 'one', '--json')
    expect(JSON.parse(stdout)).toEqual({
      accessToken: 'token-1',
      tokenType: 'Bearer',
      expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      scope: ['a', 'b'],
    })
  })

  it('a profile that signs, with a key from a file → an assertion that holds', async () => {
    const { user, server } = await start()
    writeFileSync(join(user.home, '.config/tokenwell/key.pem'), pemOf(keyPairs.ES256.privateKey))
    const options = { tokenUrl: `${server.origin}/token`, apiUrl: server.origin, clientId: 'app' }
    user.write({ one: { preset: 'oauth2', options, grant: { type: 'jwtBearer', issuer: 'robot', key: 'file:key.pem' } } })
    expect(await user.run(['token', 'one'])).toEqual({ status: 0, stdout: 'token-1\n', stderr: '' })
    const [, claims = ''] = new URLSearchParams(server.received[0]?.body.toString()).get('assertion')?.split('.') ?? []
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ iss: 'robot', sub: 'robot' })
  })

  it.each<[string, object, string]>([
    ['the usual header', {}, 'Authorization: Bearer token-1'],
    ['another scheme', { authorization: { scheme: 'JWT' } }, 'Authorization: JWT token-1'],
    ['another header', { authorization: { header: 'X-Token' } }, 'X-Token: token-1'],
    ['a cookie', { authorization: { cookie: 'sid' } }, 'Cookie: sid=token-1'],
  ])('--header, %s → a whole line for curl', async (_, provider, line) => {
    const { run } = await start({ provider })
    expect(await run('token', 'one', '--header')).toEqual({ status: 0, stdout: `${line}\n`, stderr: '' })
  })

  it('--header of a token in the query → refused, and what to do', async () => {
    const { run } = await start({ provider: { authorization: { query: 'sid' } } })
    const { status, stdout, stderr } = await run('token', 'one', '--header')
    expect([status, stdout, stderr]).toEqual([
      2,
      '',
      'tokenwell: The token of this API does not travel in a header: use tokenwell fetch.\n',
    ])
  })
})

describe('--min-ttl', () => {
  it('a token that has more left → is printed as it is', async () => {
    const { run, requests } = await start()
    await run('token', 'one')
    expect((await run('token', 'one', '--min-ttl', '10m')).stdout).toBe('token-1\n')
    expect(requests()).toBe(1)
  })

  it('a token that has less left → is renewed, and the new one is stored', async () => {
    let lifetimeS = 600
    let requests = 0
    const server = await startServer(() => ({ json: { access_token: `token-${++requests}`, expires_in: lifetimeS } }))
    const user = createCommandUser()
    const options = { tokenUrl: `${server.origin}/token`, apiUrl: server.origin, clientId: 'app' }
    user.write({ one: { preset: 'oauth2', options } })
    await user.run(['token', 'one'])
    lifetimeS = 7200
    expect((await user.run(['token', 'one', '--min-ttl', '1h'])).stdout).toBe('token-2\n')
    expect((await user.run(['token', 'one', '--min-ttl', '1h'])).stdout).toBe('token-2\n')
    expect(requests).toBe(2)
  })

  it('new tokens that live for less → a failure that says so, and no token', async () => {
    const { run, requests } = await start({ lifetimeS: 60 })
    const { status, stdout, stderr } = await run('token', 'one', '--min-ttl', '1h')
    expect([status, stdout, stderr]).toEqual([1, '', 'tokenwell: A new token is valid for 60 s only, and --min-ttl asks for 60 min.\n'])
    expect(requests()).toBe(2)
  })
})

describe('what goes wrong', () => {
  it('a missing variable → exit status 2, the line and the field, and no request', async () => {
    const { user, requests } = await start()
    expect(await user.run(['token', 'one'])).toEqual({
      status: 2,
      stdout: '',
      stderr: `tokenwell: ${user.profiles}:12: profiles.one.grant.clientSecret names the environment variable SECRET, which is not set\n`,
    })
    expect(requests()).toBe(0)
  })

  it('a refusal → exit status 1, the server’s word, no secret; the next run sends nothing', async () => {
    const { run, requests } = await start({
      answer: { status: 401, json: { error: 'invalid_client', error_description: 'The secret hunter2 is wrong' } },
    })
    const said: string[] = []
    for (const _ of [1, 2]) {
      const { status, stdout, stderr } = await run('token', 'one')
      expect([status, stdout]).toEqual([1, ''])
      said.push(stderr)
    }
    expect(said[0]).toMatch(
      /^tokenwell: test \(127.*\) refused \(invalid_client\)\. Check clientId and clientSecret\. Nothing is asked again before \d{4}-.*Z\.\n$/,
    )
    expect(said[1]).toMatch(
      /^tokenwell: The server refused the credentials \(invalid_client\), and is not asked again before \d{4}-.*Z\. After a correction, tokenwell logout one has it asked at once\.\n$/,
    )
    expect(said.join()).not.toContain('hunter2')
    expect(requests()).toBe(1)
    await run('logout', 'one')
    await run('token', 'one')
    expect(requests()).toBe(2)
  })

  it('a server that is not there → exit status 1, and its host', async () => {
    const user = createCommandUser()
    const options = { tokenUrl: 'http://127.0.0.1:9/token', apiUrl: 'http://127.0.0.1:9', clientId: 'app' }
    user.write({ one: { preset: 'oauth2', options } })
    const { status, stdout, stderr } = await user.run(['token', 'one'])
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^tokenwell: .*127\.0\.0\.1:9.*\n$/)
  })

  it('nobody has signed in → exit status 4, and how to', async () => {
    const user = createCommandUser()
    const options = { clientId: 'app', clientSecret: 'env:SECRET' }
    user.write({ shows: { preset: 'camdram', options, grant: { type: 'authorizationCode' } } })
    const expected = { status: 4, stdout: '', stderr: 'tokenwell: A person has to sign in: tokenwell login shows\n' }
    expect(await user.run(['token', 'shows'], { env: { SECRET: 'x' } })).toEqual(expected)
  })

  it('the user interrupts → exit status 130, at once', async () => {
    const { server, user } = await start()
    const hanging = await startServer(() => 'hang')
    user.write({ one: { preset: 'oauth2', options: { tokenUrl: `${hanging.origin}/token`, apiUrl: server.origin, clientId: 'app' } } })
    const { status, stdout } = await user.run(['token', 'one'], { signal: AbortSignal.timeout(300) })
    expect([status, stdout]).toEqual([130, ''])
  }, 15_000)

  it('a home that cannot be written → the token all the same, and a note', async () => {
    const { user } = await start()
    const { status, stdout, stderr } = await user.run(['token', 'one'], { env: { SECRET: 'x', XDG_STATE_HOME: user.profiles } })
    expect([status, stdout]).toEqual([0, 'token-1\n'])
    expect(stderr).toMatch(/^tokenwell: The token could not be kept: .*profiles\.json/)
  })
})
