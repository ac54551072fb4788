import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SignInRequiredError, TokenEndpointError, TokenStoreError, type TokenwellError } from '../../../src/base/errors.ts'
import { longestRetryAfterMs } from '../../../src/base/retry-after-limit.ts'
import { createTokenSource, type TokenSourceOptions } from '../../../src/endpoint/token-source.ts'
import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { customGrant } from '../../../src/grants/custom-grant.ts'
import { deviceCredentials } from '../../../src/grants/device-credentials.ts'
import { password } from '../../../src/grants/password.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { bringAll } from '../../../src/providers/define-provider.ts'
import { FailureMemory } from '../../../src/token/failure-memory.ts'
import type { Token } from '../../../src/token/token.ts'
import type { TokenSource } from '../../../src/token/token-source.ts'
import { freezeProfile } from '../../../src/vocabulary/freeze-profile.ts'
import type { Grant } from '../../../src/vocabulary/grant.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { settle } from '../../support/settle.ts'
import { createTokenEndpoint, cutBody, failing, granted, lost, patient, refused, type Step, silent } from '../../support/token-endpoint.ts'

const start = Date.parse('2026-03-01T12:00:00Z')
const provider: Provider = { name: 'test', apiUrl: 'https://api.example', tokenUrl: 'https://auth.example/token' }
const renewing: Provider = {
  ...provider,
  renewal: { by: 'access_token', url: 'https://auth.example/renew', parameter: 'token', windowMs: 86_400_000 },
}
const client = clientCredentials({ clientId: 'id', clientSecret: 's3cret' })
const held: Token = { accessToken: 'a0', refreshToken: 'r0', tokenType: 'bearer', issuedAt: start - 60_000, expiresAt: start }
const page = () => new Response('<html>', { headers: { 'content-type': 'text/html' } })

beforeEach(() => {
  vi.useFakeTimers({ now: start })
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A source whose server answers with these steps in turn. */
function scripted(steps: Step[], options: Partial<TokenSourceOptions> = {}) {
  const endpoint = createTokenEndpoint(...steps)
  const source = createTokenSource({ provider, grant: client, fetch: endpoint.fetch, ...options })
  return { source, requests: endpoint.requests, askedAt: () => endpoint.askedAt }
}

describe('what the grant is worth', () => {
  const shared = { clientId: 'id', clientSecret: 's' }
  it.each<{ use: string; grant: Grant }>([
    { use: 'reusable', grant: client },
    { use: 'reusable', grant: password({ ...shared, username: 'u', password: 'p' }) },
    { use: 'reusable', grant: deviceCredentials({ clientKey: 'k', deviceId: 'd' }) },
    { use: 'reusable', grant: customGrant({ grantType: 'urn:x', parameters: { code: 'c' } }) },
    { use: 'one-time', grant: authorizationCode({ ...shared, code: 'c' }) },
    { use: 'absent', grant: authorizationCode(shared) },
    { use: 'refresh-token', grant: refreshToken({ ...shared, refreshToken: 'r' }) },
  ])('$use for $grant.grantType', ({ use, grant }) => {
    const source = createTokenSource({ provider, grant })
    expect(source.grant).toBe(use)
    expect(source.grantType).toBe(grant.grantType)
  })
})

describe('what of a token can be presented', () => {
  const { refreshToken: _, ...bare } = held
  it.each<[string | undefined, Provider['renewal'], Token]>([
    ['refresh_token', undefined, held],
    ['refresh_token', { by: 'refresh_token' }, held],
    ['refresh_token', undefined, { ...held, refreshableUntil: start + 1 }],
    [undefined, undefined, { ...held, refreshableUntil: start }],
    [undefined, undefined, bare],
    ['access_token', renewing.renewal, bare],
    ['access_token', renewing.renewal, { ...bare, expiresAt: start - 5000, refreshableUntil: start + 1 }],
    [undefined, renewing.renewal, { ...held, refreshableUntil: start }],
    [undefined, { by: 'grant' }, held],
  ])('%s', (expected, renewal, token) => {
    const source = createTokenSource({ provider: renewal ? { ...provider, renewal } : provider, grant: client })
    expect(source.renewableBy(token, start)).toBe(expected)
  })
})

describe('a failure is repeated twice, with growing pauses', () => {
  it.each<[string, () => Step, string]>([
    ['a rejected fetch', lost, 'network_failed'],
    ['408', () => failing(408), 'unavailable'],
    ['425', () => failing(425), 'unavailable'],
    ['500', () => failing(500), 'unavailable'],
    ['503', () => failing(503), 'unavailable'],
    ['server_error', () => refused('server_error'), 'unavailable'],
    ['temporarily_unavailable', () => refused('temporarily_unavailable'), 'unavailable'],
    ['slow_down', () => refused('slow_down'), 'unavailable'],
    ['500 with a refusal in it', () => refused('invalid_grant', 500), 'unavailable'],
    ['a page', page, 'unreadable_token_response'],
    ['nothing', () => new Response(null, { status: 204 }), 'unreadable_token_response'],
    ['a part of a reply', cutBody, 'network_failed'],
  ])('%s', async (_, step, code) => {
    const { source, askedAt } = scripted([step(), step(), step(), granted()])
    expect(await settle(source.ask())).toMatchObject({ code, retryable: true })
    expect(askedAt()).toEqual([0, 250, 750])
  })

  it('and the second attempt may succeed', async () => {
    const { source, askedAt } = scripted([failing(503), granted()])
    expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1', issuedAt: start + 250 })
    expect(askedAt()).toEqual([0, 250])
  })

  it('up to as much again is added at random', async () => {
    vi.mocked(Math.random).mockReturnValue(0.999)
    const { source, askedAt } = scripted([failing(503), granted()])
    await settle(source.ask())
    expect(askedAt()).toEqual([0, 500])
  })

  it('silence counts once its time is over, also where fetch ignores its signal', async () => {
    const { source, askedAt } = scripted([silent, silent, silent], { timeoutMs: 1000 })
    expect(await settle(source.ask())).toMatchObject({ code: 'timed_out', retryable: true, url: 'https://auth.example/token' })
    // A deadline gives what has arrived one further turn of 20 ms.
    expect(askedAt()).toEqual([0, 1270, 2790])
  })

  it('ten seconds by default', async () => {
    const { source, askedAt } = scripted([silent, granted()])
    await settle(source.ask())
    expect(askedAt()).toEqual([0, 10_270])
  })

  it.each([
    [{ retries: 0 }, [0]],
    [{ retries: 4, minDelayMs: 100 }, [0, 100, 300, 700, 1500]],
    [{ retries: 3, minDelayMs: 1000, maxDelayMs: 1500 }, [0, 1000, 2500, 4000]],
    [{ retries: 2, minDelayMs: 60_000, maxDelayMs: 60_000 }, [0, 5000, 10_000]],
    [{ retries: 2, minDelayMs: 0 }, [0, 0, 0]],
  ])('with %j', async (retry, expected) => {
    const { source, askedAt } = scripted(
      [1, 2, 3, 4, 5].map(() => failing(503)),
      { retry },
    )
    expect(await settle(source.ask())).toMatchObject({ code: 'unavailable' })
    expect(askedAt()).toEqual(expected)
  })
})

describe('what will not change is asked once', () => {
  it.each<[string, Step, string]>([
    ['400 invalid_grant', refused(), 'refused'],
    ['401 invalid_client', refused('invalid_client', 401), 'refused'],
    ['401 with JSON of its own', Response.json({ message: 'Unauthorized' }, { status: 401 }), 'refused'],
    ['401 as a page', new Response('<html>', { status: 401, headers: { 'content-type': 'text/html' } }), 'refused'],
    ['403 without a body', new Response(null, { status: 403 }), 'refused'],
    ['200 with an error', refused('access_denied', 200), 'refused'],
    ['200 without a token', Response.json({ ok: true }), 'invalid_token_response'],
    ['a token that no header can carry', granted({ access_token: 'a b' }), 'invalid_token_response'],
    ['404', failing(404), 'not_a_token_endpoint'],
    ['403 as a page', new Response('<html>', { status: 403, headers: { 'content-type': 'text/html' } }), 'not_a_token_endpoint'],
    ['a redirect', new Response(null, { status: 307, headers: { location: 'https://evil.example' } }), 'redirected'],
  ])('%s', async (_, step, code) => {
    const { source, askedAt } = scripted([step, granted()])
    expect(await settle(source.ask())).toMatchObject({ code, retryable: false })
    expect(askedAt()).toEqual([0])
  })

  it('429 without Retry-After: it may be a log-in that is throttled', async () => {
    const { source, askedAt } = scripted([failing(429), granted()])
    expect(await settle(source.ask())).toMatchObject({ code: 'unavailable', status: 429, retryable: true })
    expect(askedAt()).toEqual([0])
  })

  it.each<[string, number, unknown, string, boolean]>([
    ['OAuth', 400, { error: 'invalid_grant' }, 'invalid_grant', true],
    ['Django simplejwt', 401, { detail: 'Token is invalid or expired', code: 'token_not_valid' }, 'invalid_grant', false],
    ['OpenID Connect', 400, { error: 'interaction_required' }, 'interaction_required', true],
    ['OpenID Connect, of a log-in', 400, { error: 'login_required' }, 'login_required', true],
    ['a server that means the request', 400, { error: 'invalid_request' }, 'invalid_request', true],
    ['a server that means the user', 403, { error: 'access_denied' }, 'access_denied', true],
    ['Spring', 401, { error: 'unauthorized' }, 'unauthorized', false],
    ['Directus', 401, { errors: [{ message: 'Invalid user credentials.', extensions: { code: 'X' } }] }, 'invalid_grant', false],
    ['Matrix', 401, { errcode: 'M_UNKNOWN_TOKEN', error: 'Soft logged out' }, 'invalid_grant', false],
    ['plain words', 401, 'Unauthorized', 'invalid_grant', false],
    ['nothing', 403, undefined, 'invalid_grant', false],
  ])('a dead refresh token in the words of %s is refused', async (_, status, body, error, hasWord) => {
    const { source, askedAt } = scripted([body === undefined ? new Response(null, { status }) : Response.json(body, { status }), granted()])
    expect(await source.present(held)).toMatchObject({ is: 'refused', hasWord, error: { error, status, retryable: false } })
    expect(askedAt()).toEqual([0])
  })

  it('a refusal is an answer, and not thrown', async () => {
    const answerTo = (step: Step) => scripted([step]).source.ask()
    expect(await answerTo(refused())).toMatchObject({ is: 'refused', hasWord: true, error: { error: 'invalid_grant' } })
    expect(await answerTo(refused('forbidden', 403))).toMatchObject({ is: 'refused', hasWord: false, error: { error: 'forbidden' } })
    expect(await answerTo(new Response('no', { status: 401 }))).toMatchObject({ is: 'refused', hasWord: false })
  })
})

describe('Retry-After', () => {
  const at = (ms: number) => new Date(start + ms).toUTCString()
  it.each<[string, Record<string, string>, number]>([
    ['3 s are waited for', { 'retry-after': '3' }, 3000],
    ['5 s too', { 'retry-after': '5' }, 5000],
    ['a fraction', { 'retry-after': '1.5' }, 1500],
    ['milliseconds', { 'retry-after-ms': '1200' }, 1200],
    ['milliseconds, which count where both are there', { 'retry-after-ms': '1200.5', 'retry-after': '4' }, 1201],
    ['garbage in milliseconds does not', { 'retry-after-ms': 'soon', 'retry-after': '4' }, 4000],
    ['a date', { 'retry-after': at(4000) }, 4000],
    ['a date by a clock that is an hour ahead', { 'retry-after': at(3_604_000), date: at(3_600_000) }, 4000],
    ['a date by a clock that is an hour behind', { 'retry-after': at(-3_596_000), date: at(-3_600_000) }, 4000],
  ])('%s', async (_, headers, pause) => {
    for (const status of [429, 503]) {
      vi.setSystemTime(start)
      const { source, askedAt } = scripted([failing(status, headers), granted()])
      expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1' })
      expect(askedAt()).toEqual([0, pause])
    }
  })

  it.each<[string, Record<string, string>]>([
    ['0', { 'retry-after': '0' }],
    ['a past date', { 'retry-after': at(-60_000) }],
    ['a negative number', { 'retry-after': '-3' }],
    ['a word', { 'retry-after': 'tomorrow 5' }],
    ['two', { 'retry-after': '3, 3' }],
    ['nothing', { 'retry-after': '' }],
    ['more digits than a number has', { 'retry-after': '9'.repeat(400) }],
  ])('%s counts as none', async (_, headers) => {
    const { source, askedAt } = scripted([failing(503, headers), granted()])
    expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1' })
    expect(askedAt()).toEqual([0, 250])
  })

  it('a shorter one does not shorten the pause', async () => {
    const { source, askedAt } = scripted([failing(503, { 'retry-after': '1' }), granted()], { retry: { minDelayMs: 2000 } })
    await settle(source.ask())
    expect(askedAt()).toEqual([0, 2000])
  })

  it.each<[string, string, number]>([
    ['6 s', '6', 6000],
    ['an hour', '3600', 3_600_000],
    ['a day counts as an hour', '86400', 3_600_000],
    ['a far date counts as an hour', at(86_400_000), 3_600_000],
  ])('over 5 s the flight ends at once: %s', async (_, retryAfter, expected) => {
    const { source, askedAt } = scripted([failing(503, { 'retry-after': retryAfter }), granted()])
    expect(await settle(source.ask())).toMatchObject({ code: 'unavailable', retryAt: start + expected })
    expect(askedAt()).toEqual([0])
  })

  it('what may be asked for is remembered', async () => {
    const { source } = scripted([failing(503, { 'retry-after': '86400' })])
    const memory = new FailureMemory()
    const error = (await settle(source.ask())) as TokenwellError
    memory.remember(error, start)
    expect(memory.recall(start + longestRetryAfterMs - 1)).toBe(error)
    expect(memory.recall(start + longestRetryAfterMs)).toBeUndefined()
  })

  it('a long one on a page does not keep a used refresh token waiting', async () => {
    const { source, askedAt } = scripted([new Response('<html>', { headers: { 'retry-after': '3600' } }), granted()])
    expect(await settle(source.present(held))).toMatchObject({ accessToken: 'a1' })
    expect(askedAt()).toEqual([0, 250])
  })

  it('a refusal does not carry it: how long that is remembered grows by itself', async () => {
    const { source } = scripted([new Response(null, { status: 401, headers: { 'retry-after': '1' } })])
    expect(await settle(source.ask())).not.toHaveProperty('retryAt')
  })

  it('after the last attempt it is on the error', async () => {
    const { source } = scripted([failing(503, { 'retry-after': '2' })], { retry: { retries: 0 } })
    expect(await settle(source.ask())).toMatchObject({ retryAt: start + 2000 })
  })
})

describe.each<[string, Partial<TokenSourceOptions>, (source: TokenSource) => ReturnType<TokenSource['ask']>, string]>([
  ['a token’s refresh token', {}, (source) => source.present(held), 'refresh_token=r0'],
  [
    'the refresh token of a grant',
    { grant: refreshToken({ clientId: 'id', refreshToken: 'r0' }) },
    (source) => source.ask(),
    'refresh_token=r0',
  ],
  ['a code', { grant: authorizationCode({ clientId: 'id', code: 'c0de' }) }, (source) => source.ask(), 'code=c0de'],
])('%s is presented once more when the reply is lost, and then no more', (_, options, ask, presented) => {
  it.each<[string, () => Step, Step, object, number]>([
    ['lost, granted', lost, granted(), { accessToken: 'a1' }, 2],
    ['silent, granted', () => silent, granted(), { accessToken: 'a1' }, 2],
    ['cut, granted', cutBody, granted(), { accessToken: 'a1' }, 2],
    ['a page, granted', page, granted(), { accessToken: 'a1' }, 2],
    ['an empty reply, a page', () => new Response(null), page(), { code: 'unreadable_token_response' }, 2],
    ['lost, refused', lost, refused(), { code: 'refused', error: 'invalid_grant' }, 2],
    ['lost, lost', lost, lost(), { code: 'network_failed' }, 2],
    ['lost, 503', lost, failing(503), { code: 'unavailable' }, 2],
    ['refused', refused, granted(), { code: 'refused' }, 1],
    ['without a token', () => Response.json({}), granted(), { code: 'invalid_token_response' }, 1],
  ])('%s', async (_, first, second, outcome, requests) => {
    for (const retries of [0, 1, 5]) {
      const then = second instanceof Response ? second.clone() : second
      const script = scripted([first(), then, granted(), granted()], { ...options, retry: { retries } })
      expect(await settle(ask(script.source))).toMatchObject(outcome)
      expect(script.requests).toHaveLength(requests)
      for (const { body } of script.requests) expect(body).toContain(presented)
    }
  })

  it('a complete reply that is a failure is repeated as always, and may be followed by a lost one', async () => {
    const script = scripted([failing(503), failing(503), lost(), lost(), granted()], options)
    expect(await settle(ask(script.source))).toMatchObject({ code: 'network_failed' })
    expect(script.requests).toHaveLength(4)
  })
})

it('an access token is not used up: presenting it is repeated as often as anything', async () => {
  const { source, askedAt } = scripted([lost(), lost(), lost(), granted()], { provider: renewing })
  expect(await settle(source.present(held))).toMatchObject({ code: 'network_failed' })
  expect(askedAt()).toHaveLength(3)
})

describe('encodings', () => {
  const both: Provider = { ...provider, tokenRequest: { encoding: ['form', 'json'] } }
  const types = (requests: readonly { headers: Headers }[]) =>
    requests.map((request) => request.headers.get('content-type')?.replace(/.*[/-]/, ''))

  it('on 415 the next one is tried at once, and the one that worked comes first from then on', async () => {
    const { source, requests, askedAt } = scripted([failing(415), granted(), granted(), granted()], { provider: both })
    await settle(source.ask())
    await settle(source.ask())
    await settle(source.present(held))
    expect(types(requests)).toEqual(['urlencoded', 'json', 'json', 'json'])
    expect(askedAt()[1]).toBe(0)
  })

  it('the one that worked may stop working', async () => {
    const { source, requests } = scripted([failing(415), granted(), failing(415), granted()], { provider: both })
    await settle(source.ask())
    await settle(source.ask())
    expect(types(requests)).toEqual(['urlencoded', 'json', 'json', 'urlencoded'])
  })

  it('a 415 with a word in it tries the next one as well', async () => {
    const { source, requests } = scripted([refused('invalid_request', 415), granted()], { provider: both })
    expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1' })
    expect(types(requests)).toEqual(['urlencoded', 'json'])
  })

  it('a refusal counts as understood', async () => {
    const { source, requests } = scripted([failing(415), refused(), refused()], { provider: both })
    await settle(source.ask())
    await settle(source.ask())
    expect(types(requests)).toEqual(['urlencoded', 'json', 'json'])
  })

  it('415 to all of them is no token endpoint', async () => {
    const { source, requests } = scripted([failing(415), failing(415)], { provider: both })
    expect(await settle(source.ask())).toMatchObject({ code: 'not_a_token_endpoint', status: 415 })
    expect(requests).toHaveLength(2)
  })

  it.each<[string, Provider, string]>([
    ['the only one', provider, 'form'],
    ['all of them', both, 'form or json'],
    ['that of a GET', { ...provider, tokenRequest: { method: 'GET' } }, 'query'],
  ])('415 to %s → the message says what was tried, and what sets another', async (_, asked, tried) => {
    const { source } = scripted([failing(415), failing(415)], { provider: asked })
    const { message } = (await settle(source.ask())) as Error
    expect(message).toMatch(new RegExp(`no token endpoint of .* for the encoding ${tried} \\(415\\)`))
    expect(message).toContain('Set tokenRequest.encoding by defineProvider().')
  })
})

describe('the requests of renewals', () => {
  const login = password({ username: 'u', password: 'p4ss' })
  const renew = async (profile: Partial<Provider>, { grant = login, token = held }: { grant?: Grant; token?: Token } = {}) => {
    const { source, requests } = scripted([granted()], { provider: bringAll({ ...provider, ...profile }), grant })
    expect(await settle(source.present(token))).toMatchObject({ accessToken: 'a1' })
    return requests[0] as (typeof requests)[0]
  }

  it('take over from the body of a log-in that it is JSON and that no client is authenticated, and nothing else of it', async () => {
    const tokenRequest = { body: { user: '{username}', password: '{password}' } }
    const plain = await renew({ tokenRequest }, { grant: password({ username: 'u', password: 'p4ss', clientId: 'id', clientSecret: 's' }) })
    expect(plain.headers.get('content-type')).toBe('application/json')
    expect(plain.headers.get('authorization')).toBeNull()
    expect(JSON.parse(plain.body)).toEqual({ grant_type: 'refresh_token', refresh_token: 'r0', client_id: 'id' })
  })
  it('authenticate the client beside such a body where they name how', async () => {
    const tokenRequest = { body: { user: '{username}', password: '{password}' } }
    const grant = password({ username: 'u', password: 'p4ss', clientId: 'id', clientSecret: 's' })
    const { headers } = await renew(
      { tokenRequest, renewal: { by: 'refresh_token', request: { clientAuthentication: 'basic' } } },
      { grant },
    )
    expect(headers.get('authorization')).toBe(`Basic ${btoa('id:s')}`)
  })
  it('may have a body of their own', async () => {
    const renewal: Provider['renewal'] = {
      by: 'refresh_token',
      request: { body: { refresh_token: '{refresh_token}', user: '{username}', mode: 'json' } },
    }
    const { body } = await renew({ tokenRequest: { body: { password: '{password}' } }, renewal })
    expect(JSON.parse(body)).toEqual({ refresh_token: 'r0', user: 'u', mode: 'json' })
  })
  it('may carry the refresh token in a header, without a body', async () => {
    const renewal: Provider['renewal'] = {
      by: 'refresh_token',
      request: { encoding: 'none', headers: { Authorization: 'Bearer {refresh_token}' } },
    }
    const { headers, init } = await renew({ renewal }, { grant: client })
    expect(headers.get('authorization')).toBe('Bearer r0')
    expect(init).not.toHaveProperty('body')
  })
  it('may present the access token in a header alone, without a parameter', async () => {
    const renewal: Provider['renewal'] = {
      by: 'access_token',
      url: 'https://auth.example/refresh',
      request: { encoding: 'none', headers: { Authorization: 'Bearer {access_token}', 'X-Csrf': '{extra.csrf}' } },
    }
    const { url, headers, init } = await renew({ renewal }, { token: { ...held, extra: { csrf: 'c' } } })
    expect(url).toBe('https://auth.example/refresh')
    expect([headers.get('authorization'), headers.get('x-csrf')]).toEqual(['Bearer a0', 'c'])
    expect(init).not.toHaveProperty('body')
  })
  it('or in a body', async () => {
    const renewal: Provider['renewal'] = {
      by: 'access_token',
      url: 'https://auth.example/refresh',
      request: { body: { token: '{access_token}' } },
    }
    expect((await renew({ renewal })).body).toBe('{"token":"a0"}')
  })
  it('ask a function for no secret but those that their templates name', async () => {
    const asked: string[] = []
    const note = (name: string) => () => {
      asked.push(name)
      return name
    }
    const grant = password({ username: 'u', password: note('password'), clientId: 'id', clientSecret: note('secret') })
    const tokenRequest = { body: { password: '{password}', key: '{client_secret}' } }
    await renew({ tokenRequest }, { grant })
    expect(asked).toEqual([])
    await renew({ tokenRequest, renewal: { by: 'refresh_token', request: { headers: { 'x-pass': '{password}' } } } }, { grant })
    expect(asked).toEqual(['password'])
  })
})

describe('functions that give secrets', () => {
  const coded = Object.assign(new TypeError('hunter2'), { code: 'ECONNREFUSED' })
  const failures: [string, () => string | Promise<string>][] = [
    [
      'throws',
      () => {
        throw coded
      },
    ],
    ['rejects', () => Promise.reject(coded)],
  ]
  const grantsOf = (secret: () => string | Promise<string>): [string, Grant][] => [
    ['clientSecret', clientCredentials({ clientId: 'id', clientSecret: secret })],
    ['password', password({ clientId: 'id', clientSecret: 's', username: 'u', password: secret })],
    ['codeVerifier', authorizationCode({ clientId: 'id', code: 'c', codeVerifier: secret })],
    ['refreshToken', refreshToken({ clientId: 'id', refreshToken: secret })],
  ]

  it.each(failures)('a function that %s is a failure with its name and code, and nothing is sent', async (_, secret) => {
    for (const [option, grant] of grantsOf(secret)) {
      const { source, requests } = scripted([granted()], { grant })
      for (const begin of [() => source.ask(), () => source.prepare('ask') as never]) {
        const error = (await settle(begin())) as TokenwellError
        expect(error).toMatchObject({
          code: 'function_failed',
          option,
          retryable: true,
          cause: { name: 'TypeError', code: 'ECONNREFUSED' },
        })
        expect(error.message).toMatch(/TypeError \(ECONNREFUSED\)/)
        expect(`${error.message} ${error.cause} ${error.stack}`).not.toContain('hunter2')
      }
      expect(requests).toHaveLength(0)
    }
  })

  it('a failure is repeated as an outage is, and may be over', async () => {
    const secret = vi.fn().mockRejectedValueOnce(coded).mockResolvedValue('s3cret')
    const { source, askedAt } = scripted([granted()], { grant: clientCredentials({ clientId: 'id', clientSecret: secret }) })
    expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1' })
    expect(askedAt()).toEqual([250])
  })

  it.each<[string, () => string | Promise<string>]>([
    ['is empty', () => ''],
    ['is no text', () => 5 as never],
    ['is nothing', async () => undefined as never],
  ])('what %s is a configuration error', async (_, secret) => {
    for (const [option, grant] of grantsOf(secret)) {
      const { source, requests } = scripted([granted()], { grant })
      expect(await settle(source.ask())).toMatchObject({ code: 'invalid_configuration', option, retryable: false })
      await expect(source.prepare('ask')).rejects.toMatchObject({ code: 'invalid_configuration', option })
      expect(requests).toHaveLength(0)
    }
  })

  it('one that hangs is given up when the time of the attempt is over, and the next attempt asks again', async () => {
    const secret = vi.fn((): Promise<string> => new Promise(() => {}))
    const grant = clientCredentials({ clientId: 'id', clientSecret: secret })
    for (const begin of [(source: TokenSource) => source.ask(), (source: TokenSource) => source.prepare('ask') as never]) {
      const { source, requests } = scripted([], { grant, timeoutMs: 1000, retry: { retries: 1 } })
      secret.mockClear()
      const startedAt = Date.now()
      let endedAt = 0
      const answer = begin(source).finally(() => {
        endedAt = Date.now()
      })
      expect(await settle(answer)).toMatchObject({ code: 'function_failed', option: 'clientSecret', retryable: true })
      expect(secret).toHaveBeenCalledTimes(2)
      expect(endedAt - startedAt).toBe(2290)
      expect(requests).toHaveLength(0)
    }
  })

  it.each<[string, Provider['tokenRequest'], string]>([
    ['transformSecret', { transformSecret: () => Promise.reject(coded) }, 'function_failed'],
    ['transformSecret', { transformSecret: () => new Promise(() => {}) }, 'function_failed'],
    ['transformSecret', { transformSecret: () => '' }, 'invalid_configuration'],
    ['clientAuthentication', { clientAuthentication: () => Promise.reject(coded) }, 'function_failed'],
    ['clientAuthentication', { clientAuthentication: () => new Promise(() => {}) }, 'function_failed'],
    ['clientAuthentication', { clientAuthentication: () => 5 as never }, 'invalid_configuration'],
  ])('a %s of the profile fails in the same way: %j', async (name, tokenRequest, code) => {
    const { source, requests } = scripted([], { provider: { ...provider, tokenRequest: tokenRequest ?? {} } })
    expect(await settle(source.ask())).toMatchObject({ code, option: `tokenRequest.${name}` })
    expect(requests).toHaveLength(0)
  })

  it('the time that they take is not the request’s', async () => {
    const slow = () => new Promise<string>((resolve) => setTimeout(resolve, 700, 's3cret'))
    const grant = clientCredentials({ clientId: 'id', clientSecret: slow })
    const { source } = scripted([silent], { grant, timeoutMs: 1000, retry: { retries: 0 } })
    let endedAt = 0
    const answer = source.ask().finally(() => {
      endedAt = Date.now() - start
    })
    expect(await settle(answer)).toMatchObject({ code: 'timed_out' })
    expect(endedAt).toBe(1020)
  })

  it('one that has blocked the loop for all of the time: nothing is sent, and nothing used up', async () => {
    const secret = () => {
      vi.setSystemTime(Date.now() + 5000)
      vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 5000)
      return 's3cret'
    }
    const { source, requests } = scripted([granted()], {
      grant: authorizationCode({ clientId: 'id', clientSecret: secret, code: 'c' }),
      timeoutMs: 1000,
      retry: { retries: 0 },
    })
    expect(await settle(source.present(held))).toMatchObject({ code: 'timed_out', retryable: true })
    expect(requests).toHaveLength(0)
  })

  it('a function is asked for each attempt: a code and an assertion work once', async () => {
    let count = 0
    const grant = customGrant({ grantType: 'urn:x', parameters: { assertion: () => `jti-${++count}` } })
    const { source, requests } = scripted([failing(503), failing(503), granted()], { grant })
    await settle(source.ask())
    expect(requests.map(({ body }) => new URLSearchParams(body).get('assertion'))).toEqual(['jti-1', 'jti-2', 'jti-3'])
  })

  it('what is prepared is for the first attempt, and has its time', async () => {
    const secret = vi.fn(() => new Promise<string>((resolve) => setTimeout(resolve, 600, `s-${secret.mock.calls.length}`)))
    const grant = customGrant({ grantType: 'urn:x', parameters: { assertion: secret } })
    const { source, requests, askedAt } = scripted([silent, granted()], { grant, timeoutMs: 1000 })
    const preparing = source.prepare('ask')
    await vi.advanceTimersByTimeAsync(600)
    const prepared = await preparing
    expect(JSON.stringify(prepared)).not.toContain('s-1')
    expect(await settle(source.ask({ prepared }))).toMatchObject({ accessToken: 'a1' })
    expect(requests.map(({ body }) => new URLSearchParams(body).get('assertion'))).toEqual(['s-1', 's-2'])
    // 400 ms were left; then a pause of 250, and 600 for the next secret.
    expect(askedAt()).toEqual([600, 600 + 420 + 250 + 600])
    expect(secret).toHaveBeenCalledTimes(2)
  })

  it('what was prepared for another way is not used', async () => {
    const grant = authorizationCode({ clientId: 'id', clientSecret: () => 's', code: () => 'c' })
    const { source, requests } = scripted([granted()], { grant })
    const prepared = await source.prepare('present')
    await settle(source.ask({ prepared }))
    expect(requests[0]?.body).toContain('code=c')
  })

  it('nothing is prepared where no function is asked', async () => {
    const secret = vi.fn(() => 's3cret')
    const code = authorizationCode({ clientId: 'id', code: secret })
    const open: Provider = { ...provider, tokenRequest: { clientAuthentication: 'none' } }
    expect(await scripted([]).source.prepare('ask')).toBeUndefined()
    expect(await scripted([], { grant: code }).source.prepare('present')).toBeUndefined()
    expect(await scripted([], { provider: open, grant: { ...client, clientSecret: secret } }).source.prepare('ask')).toBeUndefined()
    expect(secret).not.toHaveBeenCalled()
  })

  it('nobody is asked for what is not sent', async () => {
    const secret = vi.fn(() => 's3cret')
    const open: Provider = { ...provider, tokenRequest: { clientAuthentication: ['none'], parameterNames: { otp: false } } }
    const grant = { ...client, clientSecret: secret, secretParameters: { otp: secret } }
    const { source, requests } = scripted([granted()], { provider: open, grant })
    await settle(source.ask())
    expect(secret).not.toHaveBeenCalled()
    expect(requests[0]?.body).toBe('grant_type=client_credentials&client_id=id')
  })

  it('a parameter of a custom grant that is called client_secret is a parameter', async () => {
    const { source, requests } = scripted([granted()], { grant: customGrant({ grantType: 'x', parameters: { client_secret: 'inner' } }) })
    await settle(source.ask())
    expect(requests[0]?.body).toBe('client_secret=inner&grant_type=x')
    expect(requests[0]?.headers.has('authorization')).toBe(false)
  })

  it('what is not sent may be signed with', async () => {
    const signing: Provider = {
      ...provider,
      tokenRequest: {
        parameterNames: { pin: false },
        transformSecret: (secret, { pin }) => `${secret}/${pin}`,
        clientAuthentication: 'body',
      },
    }
    const { source, requests } = scripted([granted()], { provider: signing, grant: { ...client, secretParameters: { pin: () => '1234' } } })
    await settle(source.ask())
    expect(new URLSearchParams(requests[0]?.body).get('client_secret')).toBe('s3cret/1234')
  })

  it.each([['secret\n'], [' secret'], [() => 'secret\r\n']])(
    'white space around a client secret is a configuration error: %j',
    async (clientSecret) => {
      const { source, requests } = scripted([granted()], { grant: { grantType: 'client_credentials', clientId: 'id', clientSecret } })
      expect(await settle(source.ask())).toMatchObject({ code: 'invalid_configuration', option: 'clientSecret' })
      expect(requests).toHaveLength(0)
    },
  )

  it('a password may begin or end with a space', async () => {
    const { source, requests } = scripted([granted()], {
      grant: password({ clientId: 'id', clientSecret: 's', username: 'u', password: ' p ' }),
    })
    await settle(source.ask())
    expect(new URLSearchParams(requests[0]?.body).get('password')).toBe(' p ')
  })
})

describe('a signal', () => {
  it('ends a request that uses up nothing, and its pauses', async () => {
    for (const steps of [[patient], [failing(503), granted()]]) {
      const controller = new AbortController()
      const { source, requests } = scripted(steps)
      const answer = source.ask({ signal: controller.signal })
      const outcome = answer.catch((error: unknown) => error)
      await vi.advanceTimersByTimeAsync(100)
      controller.abort(new Error('hunter2'))
      await vi.advanceTimersByTimeAsync(0)
      const abort = requests[0]?.init.signal as AbortSignal
      expect(abort.aborted).toBe(true)
      const error = (await outcome) as TokenwellError
      expect(error.code).toBe('network_failed')
      expect(`${error} ${error.cause}`).not.toContain('hunter2')
      expect(requests).toHaveLength(1)
    }
  })

  it('that has fired already: nothing is sent', async () => {
    const { source, requests } = scripted([granted()])
    expect(await settle(source.ask({ signal: AbortSignal.abort() }))).toMatchObject({ code: 'network_failed', retryable: true })
    expect(requests).toHaveLength(0)
  })

  it('does not touch a request that uses up what it presents', async () => {
    const controller = new AbortController()
    const { source } = scripted([() => new Promise((resolve) => setTimeout(resolve, 500, granted()))])
    const answer = source.present(held, { signal: controller.signal })
    await vi.advanceTimersByTimeAsync(100)
    controller.abort()
    expect(await settle(answer)).toMatchObject({ accessToken: 'a1' })
  })

  it('nobody listens to it when the answer is there', async () => {
    const { signal } = new AbortController()
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
    await settle(scripted([failing(503), granted()]).source.ask({ signal }))
    expect(remove.mock.calls.length).toBeGreaterThanOrEqual(add.mock.calls.length)
  })
})

describe('what is given to fetch', () => {
  it('has what the profile says of cookies, where the platform knows them, and nothing of them else', async () => {
    const { source, requests } = scripted([granted(), granted()], { provider: { ...provider, tokenRequest: { credentials: 'include' } } })
    await settle(source.ask())
    expect('credentials' in Request.prototype ? requests[0]?.init.credentials : 'include').toBe('include')
    const plain = scripted([granted()])
    await settle(plain.source.ask())
    expect(plain.requests[0]?.init).not.toHaveProperty('credentials')
  })
  it('a string, and plain objects', async () => {
    const { source, requests } = scripted([granted()])
    await settle(source.ask())
    expect(requests[0]?.url).toBe('https://auth.example/token')
    const { signal, ...init } = requests[0]?.init ?? {}
    expect(init).toEqual({
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${btoa('id:s3cret')}`,
      },
      body: 'grant_type=client_credentials',
      redirect: 'manual',
      cache: 'no-store',
    })
    expect(signal).toBeInstanceOf(AbortSignal)
  })

  it('no referrer of a URL with secrets in its query', async () => {
    const { source, requests } = scripted([granted()], {
      provider: { ...provider, tokenRequest: { method: 'GET', clientAuthentication: 'query' } },
    })
    await settle(source.ask())
    expect(requests[0]?.init).toMatchObject({ method: 'GET', redirect: 'manual', cache: 'no-store', referrerPolicy: 'no-referrer' })
    expect(requests[0]?.init).not.toHaveProperty('body')
  })

  it('nothing that the runtime does not know: some throw for it', async () => {
    vi.stubGlobal('Request', class {})
    const { source, requests } = scripted([granted()], { provider: { ...provider, tokenUrl: 'https://auth.example/token?v=1' } })
    await settle(source.ask())
    vi.unstubAllGlobals()
    expect(requests[0]?.init).not.toHaveProperty('cache')
    expect(requests[0]?.init).not.toHaveProperty('referrerPolicy')
  })
})

describe('what somebody has added to Object.prototype', () => {
  const evil = {
    ...{ method: 'GET', encoding: 'query', queryParameters: ['refresh_token', 'token'], clientAuthentication: 'query' },
    ...{ extraParameters: { evil: '1' }, parameterNames: { refresh_token: 'evil' }, transformSecret: () => 'evil' },
    ...{ url: 'https://evil.example/', request: { method: 'GET' }, clientSecret: 'evil', clientId: 'evil', scopeParameter: 'evil' },
  }
  const presented = refreshToken({ clientId: 'id', refreshToken: 'r0' })
  it.each<[string, Partial<TokenSourceOptions>, (source: TokenSource) => ReturnType<TokenSource['ask']>]>([
    ['a first token', {}, (source) => source.ask()],
    ['a public client', { grant: authorizationCode({ clientId: 'id', code: 'c' }) }, (source) => source.ask()],
    ['a refresh token', {}, (source) => source.present(held)],
    ['the refresh token of a grant', { grant: presented }, (source) => source.ask()],
    [
      'the refresh token of a grant, of a provider that asks again',
      { grant: presented, provider: { ...provider, renewal: { by: 'grant' } } },
      (source) => source.ask(),
    ],
    [
      'a renewal that has a request of its own',
      { provider: { ...provider, renewal: { by: 'refresh_token', request: { encoding: 'json' } } } },
      (source) => source.present(held),
    ],
    ['an access token that renews itself', { provider: renewing }, (source) => source.present(held)],
    [
      'a secret that is transformed',
      { provider: { ...provider, tokenRequest: { transformSecret: (secret) => `${secret}!` } } },
      (source) => source.ask(),
    ],
  ])('is no part of the request for %s', async (_, options, begin) => {
    const frozen = { ...options, provider: freezeProfile(options.provider ?? provider) }
    const [before, after] = [scripted([granted()], frozen), scripted([granted()], frozen)]
    await settle(begin(before.source))
    Object.assign(Object.prototype, evil)
    try {
      await settle(begin(after.source))
    } finally {
      for (const name of Object.keys(evil)) Reflect.deleteProperty(Object.prototype, name)
    }
    const shown = ({ requests }: typeof before) => requests.map(({ url, init, body }) => [url, init?.method, body, init?.headers])
    expect(shown(after)).toEqual(shown(before))
    expect(shown(after)).toHaveLength(1)
  })
})

describe('a response', () => {
  const body = '{"access_token":"a1","expires_in":60}'
  const headers = new Headers({ 'content-type': 'application/json' })
  it.each<[string, object]>([
    ['without a body but its text, as React Native has it', { status: 200, headers, text: async () => body }],
    ['with a stream of Node, as node-fetch has it', { status: 200, headers, body: Readable.from([Buffer.from(body)]) }],
    ['whose headers are of another make', { status: 200, headers: { get: () => null }, body: null, text: async () => body }],
  ])('%s is read', async (_, response) => {
    expect(await settle(scripted([() => response]).source.ask())).toMatchObject({ accessToken: 'a1' })
  })

  it('that was redirected all the same gives no token', async () => {
    const response = Object.defineProperty(granted(), 'redirected', { value: true })
    expect(await settle(scripted([response]).source.ask())).toMatchObject({ code: 'redirected' })
  })

  it('that a browser hides, since it redirects, gives none', async () => {
    expect(await settle(scripted([() => ({ type: 'opaqueredirect', status: 0, headers })]).source.ask())).toMatchObject({
      code: 'redirected',
    })
  })
})

describe('a lifetime that means no time', () => {
  it('is a warning, which the manager tells once', async () => {
    const onWarning = vi.fn()
    const reply = () => granted({ expires_in: '600s' })
    const { source } = scripted([granted(), reply(), reply()], { onWarning })
    await settle(source.ask())
    expect(onWarning).not.toHaveBeenCalled()
    expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1' })
    await settle(source.present(held))
    expect(onWarning.mock.calls).toEqual([['lifetime_not_understood'], ['lifetime_not_understood']])
  })

  it('is no warning where it is absent, or has passed', async () => {
    const onWarning = vi.fn()
    const expiring: Provider = { ...provider, tokenResponse: { expiresAt: 'expires' } }
    for (const fields of [{ expires_in: null }, { expires_in: '' }, { expires_in: undefined, expires: start / 1000 - 60 }]) {
      await settle(scripted([granted(fields)], { onWarning, provider: expiring }).source.ask())
    }
    expect(onWarning).not.toHaveBeenCalled()
  })
})

it('the platform’s fetch is looked up for each request', async () => {
  const source = createTokenSource({ provider, grant: client })
  const fetch = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => granted())
  expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1' })
  expect(fetch).toHaveBeenCalledTimes(1)
})

it('a fetch is called without a receiver, as browsers demand of theirs', async () => {
  let receiver: unknown = 'unset'
  const { source } = scripted([], {
    async fetch(this: unknown) {
      receiver = this
      return granted()
    },
  })
  await settle(source.ask())
  expect(receiver).toBeUndefined()
})

it('a function of the profile that throws for a reply is a failure, asked once: it would throw again', async () => {
  const fail = () => {
    throw new TypeError('hunter2')
  }
  for (const begin of [(source: TokenSource) => source.ask(), (source: TokenSource) => source.present(held)]) {
    const { source, requests } = scripted([granted(), granted()], { provider: { ...provider, tokenResponse: { error: fail } } })
    expect(await settle(begin(source))).toMatchObject({ code: 'function_failed', option: 'tokenResponse.error', retryable: true })
    expect(requests).toHaveLength(1)
  }
})

it('what else is thrown is a failure that is repeated: a TypeError of a clock, say', async () => {
  const now = vi.fn(Date.now).mockImplementationOnce(() => {
    throw new TypeError('hunter2')
  })
  const { source } = scripted([granted()], { now })
  expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1' })
  const broken = scripted([], {
    now: () => {
      throw new TypeError('hunter2')
    },
  })
  const error = (await settle(broken.source.ask())) as TokenwellError
  expect(error.code).toBe('network_failed')
  expect(`${error} ${error.cause}`).not.toContain('hunter2')
})

it.each([[undefined], [null], [{}], ['text'], [42], [Response.error()]])(
  'a fetch that resolves with %j is a failed network',
  async (value) => {
    const { source } = scripted([], { fetch: async () => value as never, retry: { retries: 0 } })
    expect(await settle(source.ask())).toMatchObject({ code: 'network_failed' })
  },
)

it.each([['a text'], [undefined], [null], [{ message: 's3cret' }], [new Error('s3cret', { cause: { code: 'ECONNREFUSED' } })]])(
  'whatever fetch throws (%j), a typed error comes out, without its text',
  async (thrown) => {
    const { source } = scripted([], { fetch: () => Promise.reject(thrown), retry: { retries: 0 } })
    const error = (await settle(source.ask())) as TokenwellError
    expect(error.code).toBe('network_failed')
    expect(`${error} ${error.cause} ${error.stack}`).not.toContain('s3cret')
  },
)

it.each([
  ['a sign-in', new SignInRequiredError('The user has to sign in.')],
  ['a refusal, which it has frozen', Object.freeze(new TokenEndpointError('refused', 'no', { error: 'invalid_client' }))],
  ['a failed store', new TokenStoreError('store_failed', 'The store failed.')],
])('a given fetch that is another manager’s, and fails for want of %s → a failed network, with that as its cause', async (_, thrown) => {
  const throwing = () => {
    throw thrown
  }
  for (const fetch of [() => Promise.reject(thrown), throwing]) {
    const { source } = scripted([], { fetch, retry: { retries: 0 } })
    const error = (await settle(source.ask())) as TokenwellError
    expect(error).toMatchObject({ code: 'network_failed', retryable: true, cause: thrown })
    expect(error.error).toBeUndefined()
  }
})

it('the platform’s code survives, and stands in the message with provider and host', async () => {
  const { source } = scripted([], {
    fetch: () => Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) })),
    retry: { retries: 0 },
  })
  expect(await settle(source.ask())).toMatchObject({
    cause: { code: 'ECONNREFUSED' },
    message: expect.stringMatching(/^test: .*auth\.example \(ECONNREFUSED\)/),
  })
})

it('in a browser a failed network points to CORS and the proxy', async () => {
  const outside = (await settle(scripted([lost()], { retry: { retries: 0 } }).source.ask())) as Error
  vi.stubGlobal('location', { href: 'https://app.example/' })
  const inside = (await settle(scripted([lost()], { retry: { retries: 0 } }).source.ask())) as Error
  vi.unstubAllGlobals()
  expect(inside.message).toMatch(/CORS.*tokenwell\/proxy/)
  expect(outside.message).not.toMatch(/CORS/)
})

it('a deadline longer than timers go is no deadline of none', async () => {
  const { source } = scripted([() => new Promise((resolve) => setTimeout(resolve, 5000, granted()))], { timeoutMs: 2 ** 40 })
  expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1' })
})

it('a certificate that is not trusted is named as such', async () => {
  const { source } = scripted([Object.assign(new TypeError('fetch failed'), { cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } })], {
    retry: { retries: 0 },
  })
  expect(((await settle(source.ask())) as Error).message).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT.*certificate/)
})

it('no timer is left behind', async () => {
  const { source } = scripted([granted()])
  await source.ask()
  expect(vi.getTimerCount()).toBe(0)
})

it('a source shows no secret', () => {
  const { source } = scripted([])
  expect(JSON.stringify(source)).toBe('{}')
})

it.each(['constructor', 'toString', '__proto__', 'has_own_property'])(
  'a server that refuses with the word %s → no method of JavaScript in the message',
  async (word) => {
    const body = `{"error":"${word}"}`
    const { source } = scripted([new Response(body, { status: 400, headers: { 'content-type': 'application/json' } })])
    const error = (await settle(source.ask())) as TokenwellError
    expect(error.message).toMatch(/^test \(auth\.example\) refused \(.*\).* Check the credentials\.$/)
  },
)
