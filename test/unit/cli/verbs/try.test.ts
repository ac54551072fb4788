import { describe, expect, it } from 'vitest'
import { createCommandUser } from '../../../support/cli.ts'
import { type Answer, type Received, startServer } from '../../../support/loopback-server.ts'

interface World {
  /** What the log-in answers. */
  readonly login?: (form: URLSearchParams) => Answer
  readonly api?: (request: Received) => Answer
  readonly provider?: object
}

const granted = { access_token: 'secret-token', expires_in: 3600 }
const isRight = ({ headers }: Received) => headers.authorization === 'Bearer secret-token'

/** A user with a profile of a log-in and an API. */
async function start({ login = () => ({ json: granted }), api = () => ({ body: 'ok' }), provider = {} }: World = {}) {
  const server = await startServer((request) =>
    request.target === '/token' ? login(new URLSearchParams(request.body.toString())) : api(request),
  )
  const user = createCommandUser()
  user.write({
    one: {
      provider: { name: 'test', apiUrl: `${server.origin}/v1`, tokenUrl: `${server.origin}/token`, ...provider },
      grant: { type: 'password', clientId: 'app', username: 'viewer', password: 'env:SECRET' },
    },
  })
  const run = async (...argv: string[]) => {
    const { status, stdout, stderr } = await user.run(['try', 'one', ...argv], { env: { SECRET: 'hunter2' } })
    expect(stdout + stderr).not.toMatch(/hunter2|secret-token/)
    return { status, stderr, lines: stdout.trim().split('\n') }
  }
  const logins = () => server.received.filter(({ target }) => target === '/token')
  return { server, run, logins, user }
}

const lacksRevocation = 'lacks: revocation: tokenwell logout forgets the token here, and does not end it at the server.'

describe('try', () => {
  it('logs in once, makes one call, and says what the profile lacks', async () => {
    const { run, server, user } = await start()
    expect(await run('things')).toEqual({
      status: 0,
      stderr: '',
      lines: ['ok: Got a token that lives for 60 min.', 'ok: The API answered 200, and did not refuse the token.', lacksRevocation],
    })
    expect(server.received.map(({ target }) => target)).toEqual(['/token', '/v1/things'])
    // What is stored stays as it is.
    expect((await user.run(['status', 'one'])).stdout).toMatch(/^one: absent/)
  })

  it('a reply that does not say how long the token lives → the field that says it', async () => {
    const { run } = await start({ login: () => ({ json: { access_token: 'secret-token' } }) })
    expect((await run()).lines).toContain(
      'lacks: tokenResponse.defaultLifetimeMs: no reply says how long a token lives, and an hour is assumed.',
    )
    const told = await start({
      login: () => ({ json: { access_token: 'secret-token' } }),
      provider: { tokenResponse: { defaultLifetimeMs: 60_000 } },
    })
    expect((await told.run()).lines[0]).toBe('ok: Got a token that lives for 60 s.')
  })

  it('an API that refuses the token → exit status 1', async () => {
    const { run } = await start({ api: () => ({ status: 401 }) })
    const { status, lines } = await run()
    expect(status).toBe(1)
    expect(lines[1]).toBe('failed: The API answered 401, and refused the token: does the profile put it where the API wants it?')
  })

  it.each([
    [403, '. If that means a dead token, write isRejection, or try --probe-refusals.'],
    [404, ': is the URL right?'],
    [405, ', which does not say whether it took the token: try another call.'],
    [503, ', which does not say whether it took the token: try again later.'],
  ])('an API that answers %i → unclear, what to do, and exit status 1', async (answered, advice) => {
    const { run } = await start({ api: () => ({ status: answered }) })
    const { status, lines } = await run()
    expect([status, lines[1]]).toEqual([1, `unclear: The API answered ${answered}${advice}`])
  })

  it('a log-in that is refused → one line, exit status 1, and one request', async () => {
    const { run, logins } = await start({ login: () => ({ status: 400, json: { error: 'invalid_grant' } }) })
    const { status, stderr, lines } = await run()
    expect([status, lines]).toEqual([1, ['']])
    expect(stderr).toMatch(/^tokenwell: test \(.*\) refused \(invalid_grant\)/)
    expect(logins()).toHaveLength(1)
  })

  it('a token elsewhere in the reply → the fields that were there', async () => {
    const { run } = await start({ login: () => ({ json: { session: { id: 'secret-token' } } }) })
    expect((await run()).stderr).toMatch(/access_token.*session.*Check tokenResponse\.accessToken in `provider`\./)
  })
})

describe('--probe-refusals', () => {
  it('without it nothing is sent that has to be refused', async () => {
    const { run, server } = await start({ api: (request) => (isRight(request) ? { body: 'ok' } : { status: 401 }) })
    await run()
    expect(server.received).toHaveLength(2)
  })

  it('refusals that are understood → ok; one wrong token and one wrong password are sent', async () => {
    const { run, logins, server } = await start({
      login: (form) => (form.get('password') === 'hunter2' ? { json: granted } : { status: 400, json: { error: 'invalid_grant' } }),
      api: (request) => (isRight(request) ? { body: 'ok' } : { status: 401 }),
    })
    const { status, lines } = await run('--probe-refusals')
    expect(status).toBe(0)
    expect(lines.slice(3)).toEqual([
      'ok: A wrong token is answered with 401, which counts as a rejection.',
      'ok: A wrong secret is refused (invalid_grant), and is not sent again.',
    ])
    expect(logins()).toHaveLength(2)
    expect(server.received).toHaveLength(4)
  })

  const authorizations: [string, object, (request: Received) => unknown][] = [
    ['another header', { authorization: { header: 'X-Token' } }, ({ headers }) => headers['x-token'] === 'secret-token'],
    ['the query', { authorization: { query: 'token' } }, ({ target }) => target.endsWith('token=secret-token')],
    ['a cookie', { authorization: { cookie: 'sid' } }, ({ headers }) => headers.cookie === 'sid=secret-token'],
    ['a format', { authorization: { format: 'Key {access_token}' } }, ({ headers }) => headers.authorization === 'Key secret-token'],
    [
      'further headers',
      { authorization: { headers: { 'X-App': '{client_id}' } } },
      (request) => isRight(request) && request.headers['x-app'] === 'app',
    ],
    [
      'a field of the reply, which stays as it is',
      { authorization: { format: '{extra.kind.name} {access_token}' }, tokenResponse: { extra: ['kind.name'] } },
      ({ headers }) => headers.authorization === 'Key secret-token',
    ],
    ['rules of refusals', { tokenResponse: { error: [{ status: 400, path: 'error', error: 'invalid_grant' }] } }, isRight],
    ['a way to end tokens', { revocation: { url: 'http://127.0.0.1/revoke', request: { body: { user: '{username}' } } } }, isRight],
    ['origins of the API', { apiOrigins: ['https://*.api.example'] }, isRight],
  ]
  it.each(authorizations)('a profile with %s → its wrong token travels like the right one', async (_, provider, isTaken) => {
    const { run, server } = await start({
      provider: { ...provider, isRejection: { status: 419 } },
      login: (form) =>
        form.get('password') === 'hunter2'
          ? { json: { ...granted, kind: { name: 'Key' } } }
          : { status: 400, json: { error: 'invalid_grant' } },
      api: (request) => (isTaken(request) ? { body: 'ok' } : { status: 419 }),
    })
    const { status, stderr, lines } = await run('--probe-refusals')
    expect([status, stderr, lines.slice(-2)]).toEqual([
      0,
      '',
      [
        'ok: A wrong token is answered with 419, which counts as a rejection.',
        'ok: A wrong secret is refused (invalid_grant), and is not sent again.',
      ],
    ])
    const [right, wrong] = server.received.filter(({ target }) => target !== '/token')
    const form = ({ target, headers }: Received) => JSON.stringify([target, headers])
    expect(wrong && form(wrong).replaceAll(/[\w-]{16,}/g, '')).toBe(right && form(right).replaceAll(/secret-token|[\w-]{16,}/g, ''))
    expect(server.received).toHaveLength(4)
  })

  it('an API whose address the log-in says → the wrong token is sent there', async () => {
    const api = await startServer((request) => (isRight(request) ? { body: 'ok' } : { status: 401 }))
    const { run } = await start({
      provider: { apiOrigins: [api.origin], tokenResponse: { apiUrl: 'url' } },
      login: (form) =>
        form.get('password') === 'hunter2'
          ? { json: { ...granted, url: `${api.origin}/own` } }
          : { status: 400, json: { error: 'invalid_grant' } },
    })
    expect((await run('things', '--probe-refusals')).lines).toContain(
      'ok: A wrong token is answered with 401, which counts as a rejection.',
    )
    expect(api.received.map(({ target }) => target)).toEqual(['/own/things', '/own/things'])
  })

  it('refusals that are not understood → the fields that say them', async () => {
    const { run } = await start({
      login: (form) => (form.get('password') === 'hunter2' ? { json: granted } : { status: 500, json: { code: 'BAD' } }),
      api: (request) => (isRight(request) ? { body: 'ok' } : { status: 403 }),
    })
    expect((await run('--probe-refusals')).lines.slice(3)).toEqual([
      'lacks: isRejection: a wrong token is answered with 403, which does not count as a rejection, so the token is not renewed then.',
      'lacks: tokenResponse.error: the answer to a wrong secret counts as unavailable, and not as a refusal.',
    ])
  })

  it('an address that needs no token, and a log-in that takes everything → said', async () => {
    const { run } = await start()
    const { status, lines } = await run('--probe-refusals')
    expect(status).toBe(1)
    expect(lines.slice(3)).toEqual([
      'lacks: a URL that needs a token: a wrong token is answered with 200. Give one to try.',
      'failed: The server takes a wrong secret: does the profile send it?',
    ])
  })
})
