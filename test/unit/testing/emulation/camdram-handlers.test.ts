import { describe, expect, it } from 'vitest'
import { createFakeClock, type Emulation } from '../../../../src/testing.ts'
import { postForm, postJson, useEmulation } from './use-emulation.ts'

const host = 'https://www.camdram.net'
const tokenUrl = `${host}/oauth/v2/token`

interface Reply {
  access_token: string
  refresh_token: string
  error: string
}

const read = async (response: Response): Promise<Reply> => (await response.json()) as Reply

const clientFields = ({ credentials }: Emulation, client: 'camdram' | 'camdramWebsite' = 'camdram') => ({
  client_id: credentials[client].clientId,
  client_secret: credentials[client].clientSecret,
})

async function authorize({ credentials }: Emulation, scope?: string): Promise<string> {
  const { clientId, redirectUri } = credentials.camdramWebsite
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state: 'xyz',
    ...(scope ? { scope } : {}),
  })
  const response = await fetch(`${host}/oauth/v2/auth?${query}`, { redirect: 'manual' })
  const location = new URL(response.headers.get('location') ?? '')
  expect(location.searchParams.get('state')).toBe('xyz')
  return location.searchParams.get('code') ?? ''
}

const exchange = (emulation: Emulation, code: string, fields: Record<string, string> = {}): Promise<Response> =>
  postJson(tokenUrl, {
    grant_type: 'authorization_code',
    ...clientFields(emulation, 'camdramWebsite'),
    code,
    redirect_uri: emulation.credentials.camdramWebsite.redirectUri,
    ...fields,
  })

const refresh = (emulation: Emulation, refreshToken: string): Promise<Response> =>
  postJson(tokenUrl, { grant_type: 'refresh_token', ...clientFields(emulation, 'camdramWebsite'), refresh_token: refreshToken })

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

describe('Camdram as it really is', () => {
  it('JSON, a form, HTTP Basic and a query all get a token', async () => {
    const emulation = useEmulation({ systems: ['camdram'], flavour: 'real' })
    const fields = { grant_type: 'client_credentials', ...clientFields(emulation) }
    const basic = `Basic ${btoa(`${encodeURIComponent(fields.client_id)}:${encodeURIComponent(fields.client_secret)}`)}`
    const responses = [
      await postJson(tokenUrl, fields),
      await postForm(tokenUrl, fields),
      await postForm(tokenUrl, { grant_type: fields.grant_type }, { headers: { authorization: basic } }),
      await fetch(`${tokenUrl}?${new URLSearchParams(fields)}`),
    ]
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(await read(responses[0] as Response)).not.toHaveProperty('refresh_token')
  })

  it('a POST whose grant is in the query is an invalid request', async () => {
    const emulation = useEmulation({ systems: ['camdram'], flavour: 'real' })
    const response = await postForm(`${tokenUrl}?grant_type=client_credentials`, clientFields(emulation))
    expect([response.status, (await read(response)).error]).toEqual([400, 'invalid_request'])
  })

  it.each([
    ['a wrong client', { grant_type: 'client_credentials', client_id: 'x', client_secret: 'y' }, 'invalid_client'],
    ['an unknown grant', { grant_type: 'magic' }, 'invalid_request'],
    ['a bad refresh token', { grant_type: 'refresh_token', refresh_token: 'x' }, 'invalid_grant'],
    ['a bad code', { grant_type: 'authorization_code', code: 'x', redirect_uri: 'http://127.0.0.1:4000/callback' }, 'invalid_grant'],
    ['a code without its redirect URI', { grant_type: 'authorization_code', code: 'x' }, 'invalid_request'],
  ])('%s gets 400 with a flat error', async (_, fields, error) => {
    const emulation = useEmulation({ systems: ['camdram'], flavour: 'real' })
    const response = await postJson(tokenUrl, { ...clientFields(emulation, 'camdramWebsite'), ...fields })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ error, error_description: expect.any(String) })
  })

  it('a code is exchanged once, within 30 s; its token is refreshed, and each refresh token works once', async () => {
    const clock = createFakeClock()
    const emulation = useEmulation({ systems: ['camdram'], flavour: 'real', now: clock.now })
    const code = await authorize(emulation, 'user_shows write')
    const first = await read(await exchange(emulation, code))
    expect(first).toMatchObject({ scope: 'user_shows write', refresh_token: expect.any(String) })
    expect((await read(await exchange(emulation, code))).error).toBe('invalid_grant')

    const second = await read(await refresh(emulation, first.refresh_token))
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect((await read(await refresh(emulation, first.refresh_token))).error).toBe('invalid_grant')
    expect((await refresh(emulation, second.refresh_token)).status).toBe(200)

    const late = await authorize(emulation)
    clock.advance(30_000)
    expect((await read(await exchange(emulation, late))).error).toBe('invalid_grant')
  })

  it('with reuse detection a used refresh token ends its family', async () => {
    const emulation = useEmulation({ systems: ['camdram'], flavour: 'real', reuse: 'revoke-family' })
    const first = await read(await exchange(emulation, await authorize(emulation)))
    const second = await read(await refresh(emulation, first.refresh_token))
    await refresh(emulation, first.refresh_token)
    expect((await read(await refresh(emulation, second.refresh_token))).error).toBe('invalid_grant')
    const headers = { authorization: `Bearer ${second.access_token}` }
    expect((await fetch(`${host}/auth/account.json`, { headers })).status).toBe(401)
  })

  it('a refresh token lives 14 days', async () => {
    const clock = createFakeClock()
    const emulation = useEmulation({ systems: ['camdram'], flavour: 'real', now: clock.now })
    const { refresh_token } = await read(await exchange(emulation, await authorize(emulation)))
    clock.advance(14 * 86_400_000)
    expect((await read(await refresh(emulation, refresh_token))).error).toBe('invalid_grant')
  })

  it.each<[string, (token: string) => string | undefined, string]>([
    ['without a token', () => undefined, 'access_denied'],
    ['with an unknown token', () => 'Bearer unknown', 'invalid_grant'],
    ['with the scheme in lower case', (token) => `bearer ${token}`, 'access_denied'],
  ])('a call %s gets 401, and the error also in WWW-Authenticate', async (_, header, error) => {
    const emulation = useEmulation({ systems: ['camdram'], flavour: 'real' })
    const { access_token } = await read(await postJson(tokenUrl, { grant_type: 'client_credentials', ...clientFields(emulation) }))
    const authorization = header(access_token)
    const response = await fetch(`${host}/auth/account/shows.json`, { headers: authorization ? { authorization } : {} })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(new RegExp(`^Bearer .*error="${error}"`))
    expect((await read(response)).error).toBe(error)
  })

  it('an expired token gets 401 invalid_grant', async () => {
    const clock = createFakeClock()
    const emulation = useEmulation({ systems: ['camdram'], flavour: 'real', now: clock.now })
    const { access_token } = await read(await postJson(tokenUrl, { grant_type: 'client_credentials', ...clientFields(emulation) }))
    clock.advance(3_600_000)
    const response = await fetch(`${host}/shows.json`, { headers: { authorization: `Bearer ${access_token}` } })
    expect([response.status, (await read(response)).error]).toEqual([401, 'invalid_grant'])
  })

  it('lists are public, and what is not there is a nested error', async () => {
    useEmulation({ systems: ['camdram'], flavour: 'real' })
    for (const path of ['/shows.json', '/societies.json', '/venues.json']) {
      expect((await (await fetch(`${host}${path}`)).json()).length).toBeGreaterThan(3)
    }
    const missing = await fetch(`${host}/nothing.json`)
    expect([missing.status, await missing.json()]).toEqual([404, { error: { code: 404, message: 'Not Found' } }])
  })
})
