import { describe, expect, it } from 'vitest'
import { createFakeClock, type Emulation, type EmulationOptions } from '../../../../src/testing.ts'
import { createCamdramVisitor } from '../../../support/camdram-visitor.ts'
import { postForm, postJson, useEmulation } from './use-emulation.ts'

const host = 'https://www.camdram.net'
const tokenUrl = `${host}/oauth/v2/token`

interface Reply {
  access_token: string
  refresh_token: string
  error: string
}

const read = async (response: Response): Promise<Reply> => (await response.json()) as Reply

type Kind = 'camdram' | 'camdramWebsite' | 'camdramOther'

const clientFields = ({ credentials }: Emulation, client: Kind = 'camdram') => ({
  client_id: credentials[client].clientId,
  client_secret: credentials[client].clientSecret,
})

function authorizationUrl({ credentials }: Emulation, changes: Record<string, string | undefined> = {}): string {
  const { clientId, redirectUri } = credentials.camdramWebsite
  const query = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri, state: 'xyz', ...changes }
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return `${host}/oauth/v2/auth?${new URLSearchParams(given)}`
}

/** A code that a user has agreed to. */
async function authorize(emulation: Emulation, changes: Record<string, string | undefined> = {}): Promise<string> {
  const back = await createCamdramVisitor().answer(authorizationUrl(emulation, changes))
  expect(back.searchParams.get('state')).toBe('xyz')
  return back.searchParams.get('code') ?? ''
}

const exchange = (emulation: Emulation, code: string, fields: Record<string, string> = {}): Promise<Response> =>
  postJson(tokenUrl, {
    grant_type: 'authorization_code',
    ...clientFields(emulation, 'camdramWebsite'),
    code,
    redirect_uri: emulation.credentials.camdramWebsite.redirectUri,
    ...fields,
  })

const refresh = (emulation: Emulation, refreshToken: string, fields: Record<string, string> = {}): Promise<Response> =>
  postJson(tokenUrl, { grant_type: 'refresh_token', ...clientFields(emulation, 'camdramWebsite'), refresh_token: refreshToken, ...fields })

const ownToken = async (emulation: Emulation): Promise<string> =>
  (await read(await postJson(tokenUrl, { grant_type: 'client_credentials', ...clientFields(emulation) }))).access_token

describe('Camdram as documented', () => {
  it('the token request of the document gets the reply of the document', async () => {
    const emulation = useEmulation({ systems: ['camdram'] })
    // curl --request POST --url 'https://www.camdram.net/oauth/v2/token' --header 'content-type: application/json' --data '{…}'
    const response = await postJson('https://www.camdram.net/oauth/v2/token', {
      grant_type: 'client_credentials',
      ...clientFields(emulation),
    })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      access_token: expect.any(String),
      expires_in: 3600,
      token_type: 'bearer',
      scope: 'user_email user_shows user_orgs api_write api_write_org',
    })
  })

  it('the API call of the document gets the shows that the owner can edit', async () => {
    const emulation = useEmulation({ systems: ['camdram'] })
    const { access_token } = await read(await postJson(tokenUrl, { grant_type: 'client_credentials', ...clientFields(emulation) }))
    // curl --header "Authorization: Bearer the_api_access_token_from_above" "https://www.camdram.net/auth/account/shows.json"
    const response = await fetch('https://www.camdram.net/auth/account/shows.json', {
      headers: { authorization: `Bearer ${access_token}` },
    })
    expect(response.status).toBe(200)
    expect((await response.json())[0]).toMatchObject({ id: expect.any(Number), name: expect.any(String), slug: expect.any(String) })
  })

  it('a form is not understood', async () => {
    const emulation = useEmulation({ systems: ['camdram'] })
    const response = await postForm(tokenUrl, { grant_type: 'client_credentials', ...clientFields(emulation) })
    expect([response.status, (await read(response)).error]).toEqual([400, 'invalid_request'])
  })
})

/** Status and body of what the token endpoint answers. */
const answerOf = async (response: Response) => [response.status, await response.json()]
const refusal = (error: string, error_description: string) => [400, { error, error_description }]

const use = (options: EmulationOptions = {}): Emulation => useEmulation({ systems: ['camdram'], flavour: 'real', ...options })

describe('the real token endpoint of Camdram', () => {
  it('takes JSON, a form, multipart, HTTP Basic and a query', async () => {
    const emulation = use()
    const fields = { grant_type: 'client_credentials', ...clientFields(emulation) }
    const multipart = new FormData()
    for (const [name, value] of Object.entries(fields)) multipart.append(name, value)
    const responses = [
      await postJson(tokenUrl, fields),
      await postForm(tokenUrl, fields),
      await fetch(tokenUrl, { method: 'POST', body: multipart }),
      await postForm(
        tokenUrl,
        { grant_type: fields.grant_type },
        { headers: { authorization: `Basic ${btoa(`${fields.client_id}:${fields.client_secret}`)}` } },
      ),
      await fetch(`${tokenUrl}?${new URLSearchParams(fields)}`),
    ]
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    const reply = await read(responses[0] as Response)
    expect(reply).toMatchObject({ scope: 'user_email user_shows user_orgs write write_org' })
    expect(reply).not.toHaveProperty('refresh_token')
  })

  it('does not percent-decode HTTP Basic', async () => {
    const emulation = use()
    emulation.credentials.camdram.clientSecret = 'a+b/%20ü'
    const { client_id, client_secret } = clientFields(emulation)
    const ask = (secret: string) => {
      const basic = Buffer.from(`${client_id}:${secret}`).toString('base64')
      return postForm(tokenUrl, { grant_type: 'client_credentials' }, { headers: { authorization: `Basic ${basic}` } })
    }
    expect((await ask(client_secret)).status).toBe(200)
    expect(await answerOf(await ask(encodeURIComponent(client_secret)))).toEqual(
      refusal('invalid_client', 'The client credentials are invalid'),
    )
  })

  it('a POST whose grant is in the query is an invalid request', async () => {
    const emulation = use()
    const response = await postForm(`${tokenUrl}?grant_type=client_credentials`, clientFields(emulation))
    expect([response.status, (await read(response)).error]).toEqual([400, 'invalid_request'])
  })

  it.each([
    ['a form that is labelled JSON', 'grant_type=client_credentials'],
    ['broken JSON', '{"grant_type":'],
    ['JSON that is no object', '"text"'],
  ])('%s is no JSON message', async (_, body) => {
    use()
    const response = await fetch(tokenUrl, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    expect(await answerOf(response)).toEqual([400, { code: 400, message: 'Invalid json message received' }])
  })

  it.each(['PUT', 'OPTIONS', 'DELETE'])('%s is 405, and Allow says what is not', async (method) => {
    use()
    const response = await fetch(tokenUrl, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST'])
  })

  it('forbids caches to keep its responses, refusals too', async () => {
    const emulation = use()
    for (const response of [await postJson(tokenUrl, {}), await fetch(`${tokenUrl}?${new URLSearchParams(clientFields(emulation))}`)]) {
      expect([response.headers.get('cache-control'), response.headers.get('pragma')]).toEqual(['no-store, private', 'no-cache'])
    }
  })

  it.each<[string, Record<string, string>, string, string]>([
    ['a wrong client', { grant_type: 'client_credentials', client_secret: 'y' }, 'invalid_client', 'The client credentials are invalid'],
    ['no client', { grant_type: 'client_credentials', client_id: '' }, 'invalid_client', 'Client id was not found in the headers or body'],
    ['an unknown grant', { grant_type: 'magic' }, 'invalid_request', 'Invalid grant_type parameter or parameter missing'],
    ['no grant', {}, 'invalid_request', 'Invalid grant_type parameter or parameter missing'],
    ['a password', { grant_type: 'password' }, 'unauthorized_client', 'The grant type is unauthorized for this client_id'],
    ['a bad refresh token', { grant_type: 'refresh_token', refresh_token: 'x' }, 'invalid_grant', 'Invalid refresh token'],
    ['no refresh token', { grant_type: 'refresh_token' }, 'invalid_request', 'No "refresh_token" parameter found'],
    [
      'a bad code',
      { grant_type: 'authorization_code', code: 'x', redirect_uri: 'http://127.0.0.1:4000/callback' },
      'invalid_grant',
      "Code doesn't exist or is invalid for the client",
    ],
    ['no code', { grant_type: 'authorization_code' }, 'invalid_request', 'Missing parameter. "code" is required'],
    [
      'a code without its redirect URI',
      { grant_type: 'authorization_code', code: 'x' },
      'invalid_request',
      'The redirect URI parameter is required.',
    ],
    [
      'a scope of the document',
      { grant_type: 'client_credentials', scope: 'user_shows api_write' },
      'invalid_scope',
      'An unsupported scope was requested.',
    ],
    [
      'scopes with commas',
      { grant_type: 'client_credentials', scope: 'user_shows,write' },
      'invalid_scope',
      'An unsupported scope was requested.',
    ],
  ])('%s gets 400 with a flat error', async (_, fields, error, description) => {
    const emulation = use()
    const response = await postJson(tokenUrl, { ...clientFields(emulation, 'camdramWebsite'), ...fields })
    expect(await answerOf(response)).toEqual(refusal(error, description))
  })
})

describe('the real applications of Camdram', () => {
  it.each<[Kind, string, number, string | undefined]>([
    ['camdram', 'authorization_code', 400, 'unauthorized_client'],
    ['camdram', 'refresh_token', 400, 'unauthorized_client'],
    ['camdram', 'client_credentials', 200, undefined],
    ['camdramWebsite', 'client_credentials', 200, undefined],
    ['camdramOther', 'client_credentials', 200, undefined],
    ['camdramOther', 'refresh_token', 400, 'unauthorized_client'],
    ['camdramOther', 'authorization_code', 400, 'invalid_request'],
    ['camdramWebsite', 'refresh_token', 400, 'invalid_request'],
  ])('%s asks for %s: %i %s', async (kind, grant_type, status, error) => {
    const emulation = use()
    const response = await postJson(tokenUrl, { grant_type, ...clientFields(emulation, kind) })
    expect([response.status, (await read(response)).error]).toEqual([status, error])
  })

  it('a code gives each kind a refresh token; one of the kind «other» may not use it', async () => {
    const emulation = use()
    const fields = clientFields(emulation, 'camdramOther')
    const code = await authorize(emulation, { client_id: fields.client_id })
    const { refresh_token } = await read(await exchange(emulation, code, fields))
    expect(await answerOf(await refresh(emulation, refresh_token, fields))).toEqual(
      refusal('unauthorized_client', 'The grant type is unauthorized for this client_id'),
    )
  })
})

describe('real codes and refresh tokens of Camdram', () => {
  it('a code is exchanged once, within 30 s; its token is refreshed, and each refresh token works once', async () => {
    const clock = createFakeClock()
    const emulation = use({ now: clock.now })
    const code = await authorize(emulation, { scope: 'user_shows write' })
    const first = await read(await exchange(emulation, code))
    expect(first).toMatchObject({ scope: 'user_shows write', refresh_token: expect.any(String) })
    expect(await answerOf(await exchange(emulation, code))).toEqual(
      refusal('invalid_grant', "Code doesn't exist or is invalid for the client"),
    )

    const second = await read(await refresh(emulation, first.refresh_token))
    expect(second).toMatchObject({ scope: 'user_shows write' })
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(await answerOf(await refresh(emulation, first.refresh_token))).toEqual(refusal('invalid_grant', 'Invalid refresh token'))
    expect((await refresh(emulation, second.refresh_token)).status).toBe(200)

    const late = await authorize(emulation)
    clock.advance(30_000)
    expect(await answerOf(await exchange(emulation, late))).toEqual(refusal('invalid_grant', 'The authorization code has expired'))
  })

  it('a code for which no scope was asked gives a token without one', async () => {
    const emulation = use()
    const token = await read(await exchange(emulation, await authorize(emulation)))
    expect(token).toMatchObject({ scope: null })
    expect(await read(await refresh(emulation, token.refresh_token))).toMatchObject({ scope: null })
  })

  it('a refresh that is refused, for its client or its scope, leaves the refresh token good', async () => {
    const emulation = use()
    const { refresh_token } = await read(await exchange(emulation, await authorize(emulation, { scope: 'user_shows' })))
    expect((await read(await refresh(emulation, refresh_token, clientFields(emulation)))).error).toBe('unauthorized_client')
    expect((await read(await refresh(emulation, refresh_token, clientFields(emulation, 'camdramOther')))).error).toBe('unauthorized_client')
    expect((await read(await refresh(emulation, refresh_token, { scope: 'write' }))).error).toBe('invalid_scope')
    expect((await refresh(emulation, refresh_token, { scope: 'user_shows' })).status).toBe(200)
  })

  it('a wrong redirect URI keeps the code; a longer one passes', async () => {
    const emulation = use()
    const code = await authorize(emulation)
    expect(await answerOf(await exchange(emulation, code, { redirect_uri: 'http://127.0.0.1:4000/other' }))).toEqual(
      refusal('redirect_uri_mismatch', 'The redirect URI is missing or do not match'),
    )
    const { redirectUri } = emulation.credentials.camdramWebsite
    expect((await exchange(emulation, code, { redirect_uri: `${redirectUri}/below` })).status).toBe(200)
  })

  it('parallel requests with one token or code: more than one succeeds, and not all', async () => {
    const emulation = use({ tokenLatencyMs: 20 })
    const statusesOf = async (requests: Promise<Response>[]) => (await Promise.all(requests)).map(({ status }) => status).sort()
    const code = await authorize(emulation)
    expect(await statusesOf(Array.from({ length: 4 }, () => exchange(emulation, code)))).toEqual([200, 200, 200, 400])
    const { refresh_token } = await read(await exchange(emulation, await authorize(emulation)))
    const statuses = await statusesOf(Array.from({ length: 6 }, () => refresh(emulation, refresh_token)))
    expect(statuses).toEqual([200, 200, 200, 200, 400, 400])
    expect((await refresh(emulation, refresh_token)).status).toBe(400)
  })

  it('with reuse detection one of parallel refreshes succeeds, and a used refresh token ends its family', async () => {
    const emulation = use({ reuse: 'revoke-family', tokenLatencyMs: 20 })
    const first = await read(await exchange(emulation, await authorize(emulation)))
    const second = await read(await refresh(emulation, first.refresh_token))
    await refresh(emulation, first.refresh_token)
    expect((await read(await refresh(emulation, second.refresh_token))).error).toBe('invalid_grant')
    const headers = { authorization: `Bearer ${second.access_token}` }
    expect((await fetch(`${host}/auth/account.json`, { headers })).status).toBe(401)

    const other = await read(await exchange(emulation, await authorize(emulation)))
    const together = await Promise.all([1, 2, 3].map(() => refresh(emulation, other.refresh_token)))
    expect(together.filter(({ ok }) => ok)).toHaveLength(1)
  })

  it('a refresh token lives 14 days', async () => {
    const clock = createFakeClock()
    const emulation = use({ now: clock.now })
    const { refresh_token } = await read(await exchange(emulation, await authorize(emulation)))
    clock.advance(14 * 86_400_000)
    expect(await answerOf(await refresh(emulation, refresh_token))).toEqual(refusal('invalid_grant', 'Refresh token has expired'))
  })
})

describe('the real page of Camdram where a user agrees', () => {
  const redirectedTo = (response: Response): [number, URL] => [response.status, new URL(response.headers.get('location') ?? '')]
  const logIn = async (emulation: Emulation) => {
    const visitor = createCamdramVisitor()
    await visitor.answer(authorizationUrl(emulation), 'Deny')
    return visitor
  }

  it('without a session leads to a log-in, then asks in HTML, and comes back after that alone', async () => {
    const emulation = use()
    const visitor = createCamdramVisitor()
    const [status, login] = redirectedTo(await visitor.open(authorizationUrl(emulation)))
    expect([status, login.pathname]).toEqual([302, '/auth/login'])
    expect(await (await visitor.open(login)).text()).toContain('Log in')

    const [afterLogin, page] = redirectedTo(await visitor.open(login, { method: 'POST' }))
    expect([afterLogin, page.href]).toEqual([302, authorizationUrl(emulation)])
    const asking = await visitor.open(page)
    expect([asking.status, asking.headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
    const html = await asking.text()
    expect(html).toContain('value="Allow"')
    expect(html).toContain('value="Deny"')

    const [allowed, back] = redirectedTo(await visitor.open(page, { method: 'POST', body: new URLSearchParams({ accepted: 'Allow' }) }))
    expect([allowed, [...back.searchParams.keys()]]).toEqual([302, ['state', 'code']])
  })

  it('Deny comes back with access_denied, and is not remembered', async () => {
    const emulation = use()
    const visitor = createCamdramVisitor()
    const back = await visitor.answer(authorizationUrl(emulation), 'Deny')
    expect(Object.fromEntries(back.searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'The user denied access to your application',
      state: 'xyz',
    })
    expect((await visitor.open(authorizationUrl(emulation))).status).toBe(200)
  })

  it('Allow is remembered for its scopes and its application, until the emulation is reset', async () => {
    const emulation = use()
    const visitor = createCamdramVisitor()
    await visitor.answer(authorizationUrl(emulation, { scope: 'user_shows user_orgs' }))
    const statusFor = async (changes: Record<string, string>) => (await visitor.open(authorizationUrl(emulation, changes))).status
    expect(await statusFor({ scope: 'user_orgs' })).toBe(302)
    expect(await statusFor({ scope: 'user_orgs write' })).toBe(200)
    expect(await statusFor({ client_id: emulation.credentials.camdramOther.clientId })).toBe(200)
    emulation.reset()
    const [, login] = redirectedTo(await visitor.open(authorizationUrl(emulation)))
    expect(login.pathname).toBe('/auth/login')
    await visitor.open(login, { method: 'POST' })
    expect(await statusFor({ scope: 'user_orgs' })).toBe(200)
  })

  it.each<[string, Record<string, string | undefined>, string]>([
    ['an unknown client', { client_id: 'x' }, 'invalid_client'],
    ['a client that has no users', { client_id: '7_emulated-camdram-script' }, 'redirect_uri_mismatch'],
    ['another redirect URI', { redirect_uri: 'http://127.0.0.1:4000/other' }, 'redirect_uri_mismatch'],
    ['a redirect URI that climbs', { redirect_uri: 'http://127.0.0.1:4000/callback/../other' }, 'redirect_uri_mismatch'],
    ['one that climbs in disguise', { redirect_uri: 'http://127.0.0.1:4000/callback/%2e%2e/other' }, 'redirect_uri_mismatch'],
    ['no redirect URI', { redirect_uri: undefined }, 'redirect_uri_mismatch'],
  ])('%s is told to the user: 400 with a flat error', async (_, changes, error) => {
    const emulation = use()
    const response = await (await logIn(emulation)).open(authorizationUrl(emulation, changes))
    expect(await answerOf(response)).toEqual([400, { error, error_description: expect.any(String) }])
  })

  it.each<[string, Record<string, string | undefined>, string]>([
    ['no response type', { response_type: undefined }, 'invalid_request'],
    ['an unknown response type', { response_type: 'magic' }, 'unsupported_response_type'],
    ['a scope of the document', { scope: 'api_write' }, 'invalid_scope'],
    ['scopes with commas', { scope: 'user_shows,write' }, 'invalid_scope'],
  ])('%s is told to the application: 302 with an error', async (_, changes, error) => {
    const emulation = use()
    const [status, back] = redirectedTo(await (await logIn(emulation)).open(authorizationUrl(emulation, changes)))
    expect([status, back.searchParams.get('error'), back.searchParams.get('state')]).toEqual([302, error, 'xyz'])
    expect(back.href.startsWith(emulation.credentials.camdramWebsite.redirectUri)).toBe(true)
  })

  it('a redirect URI is compared as a prefix, whatever the case', async () => {
    const emulation = use()
    const redirect_uri = 'http://127.0.0.1:4000/CALLBACKS?from=here'
    const back = await createCamdramVisitor().answer(authorizationUrl(emulation, { redirect_uri }))
    expect(back.href).toMatch(/^http:\/\/127\.0\.0\.1:4000\/CALLBACKS\?from=here&state=xyz&code=\w+$/)
  })

  it('a scope with markup in it is shown as text', async () => {
    const emulation = use()
    emulation.credentials.camdramWebsite.redirectUri = 'http://127.0.0.1:4000/'
    const visitor = await logIn(emulation)
    const page = await (await visitor.open(authorizationUrl(emulation, { state: '"><script>' }))).text()
    expect(page).not.toContain('<script>')
  })

  it('a log-in leads to no other site', async () => {
    use()
    const login = await fetch(`${host}/auth/login?_target_path=//evil.example/`, { method: 'POST', redirect: 'manual' })
    expect(redirectedTo(login)[1].origin).toBe(host)
  })
})

describe('the real API of Camdram', () => {
  it.each<[string, (token: string) => string | undefined, string]>([
    ['without a token', () => undefined, 'access_denied'],
    ['with an unknown token', () => 'Bearer unknown', 'invalid_grant'],
    ['with the scheme in lower case', (token) => `bearer ${token}`, 'access_denied'],
  ])('a call %s gets 401, and the error also in WWW-Authenticate', async (_, header, error) => {
    const emulation = use()
    const authorization = header(await ownToken(emulation))
    const response = await fetch(`${host}/auth/account/shows.json`, { headers: authorization ? { authorization } : {} })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(new RegExp(`^Bearer .*error="${error}"`))
    expect((await read(response)).error).toBe(error)
  })

  it('an expired token gets 401 invalid_grant', async () => {
    const clock = createFakeClock()
    const emulation = use({ now: clock.now })
    const authorization = `Bearer ${await ownToken(emulation)}`
    clock.advance(3_600_000)
    const response = await fetch(`${host}/shows.json`, { headers: { authorization } })
    expect([response.status, (await read(response)).error]).toEqual([401, 'invalid_grant'])
  })

  it('lists are public, also for what is no token to it; what is not there is a nested error', async () => {
    use()
    for (const path of ['/shows.json', '/societies.json', '/venues.json']) {
      expect((await (await fetch(`${host}${path}`)).json()).length).toBeGreaterThan(3)
      expect((await fetch(`${host}${path}`, { headers: { authorization: 'bearer x' } })).status).toBe(200)
    }
    expect(await answerOf(await fetch(`${host}/nothing.json`))).toEqual([404, { error: { code: 404, message: 'Not Found' } }])
  })

  it('a token in the query is one; with another in the header beside it the request is invalid', async () => {
    const emulation = use()
    const token = await ownToken(emulation)
    const url = `${host}/auth/account/shows.json?access_token=${token}`
    expect((await fetch(url)).status).toBe(200)
    const both = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    expect([both.status, (await read(both)).error]).toEqual([400, 'invalid_request'])
  })

  it.each<[string | undefined, string, number]>([
    [undefined, '/auth/account/shows.json', 403],
    [undefined, '/auth/account/organisations.json', 403],
    [undefined, '/auth/account.json', 200],
    [undefined, '/shows.json', 200],
    ['user_shows', '/auth/account/shows.json', 200],
    ['user_shows', '/auth/account/organisations.json', 403],
    ['user_orgs', '/auth/account/organisations.json', 200],
  ])('a token with the scope %s at %s: %i', async (scope, path, status) => {
    const emulation = use()
    const { access_token } = await read(await exchange(emulation, await authorize(emulation, { scope })))
    const response = await fetch(`${host}${path}`, { headers: { authorization: `Bearer ${access_token}` } })
    expect(response.status).toBe(status)
    if (status === 403) expect(await response.json()).toEqual({ error: { code: 403, message: expect.any(String) } })
  })

  it('an e-mail address is shown to user_email alone', async () => {
    const emulation = use()
    const accountWith = async (scope: string) => {
      const { access_token } = await read(await exchange(emulation, await authorize(emulation, { scope })))
      return (await fetch(`${host}/auth/account.json`, { headers: { authorization: `Bearer ${access_token}` } })).json()
    }
    expect(await accountWith('user_email')).toMatchObject({ id: 1, email: 'owner@camdram.example' })
    expect(await accountWith('user_shows')).not.toHaveProperty('email')
  })
})
