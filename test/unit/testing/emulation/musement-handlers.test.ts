import { describe, expect, it } from 'vitest'
import { createFakeClock, type Emulation } from '../../../../src/testing.ts'
import { postJson, useEmulation } from './use-emulation.ts'

const host = 'https://api.musement.com/api/v3'
const application = { 'x-musement-application': 'tests' }

interface Reply {
  access_token: string
  refresh_token: string
  error: string
}

const clientFields = ({ credentials: { musement } }: Emulation) => ({ client_id: musement.clientId, client_secret: musement.clientSecret })
const userFields = ({ credentials: { musementUser } }: Emulation) => ({ username: musementUser.username, password: musementUser.password })

const login = (fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${host}/login?${new URLSearchParams(fields)}`, { headers })

describe('Musement as documented', () => {
  it.each([
    ['client_credentials', () => ({})],
    ['password', userFields],
  ])('GET /login for %s gets the reply of the document', async (grant_type, more) => {
    const emulation = useEmulation({ systems: ['musement'] })
    const response = await login({ ...clientFields(emulation), grant_type, ...more(emulation) })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      access_token: expect.stringMatching(/^[\w]{80,}$/),
      expires_in: 3600,
      token_type: 'bearer',
      scope: 'user, password',
      refresh_token: expect.stringMatching(/^[\w]{80,}$/),
    })
  })

  it('a refresh returns a new refresh token, and the old one works no more', async () => {
    const emulation = useEmulation({ systems: ['musement'] })
    const first: Reply = await (await login({ ...clientFields(emulation), grant_type: 'client_credentials' })).json()
    const refresh = (refresh_token: string) => login({ ...clientFields(emulation), refresh_token, grant_type: 'refresh_token' })
    const second: Reply = await (await refresh(first.refresh_token)).json()
    expect(second.refresh_token).not.toBe(first.refresh_token)
    const again = await refresh(first.refresh_token)
    expect([again.status, ((await again.json()) as Reply).error]).toEqual([400, 'invalid_grant'])
    expect((await refresh(second.refresh_token)).status).toBe(200)
  })

  it('GET /api/v3/cities with the Authorization header gets cities, and 401 when the token has expired', async () => {
    const clock = createFakeClock()
    const emulation = useEmulation({ systems: ['musement'], now: clock.now })
    const { access_token }: Reply = await (await login({ ...clientFields(emulation), grant_type: 'client_credentials' })).json()
    const list = () => fetch('https://api.musement.com/api/v3/cities', { headers: { authorization: `Bearer ${access_token}` } })
    expect((await (await list()).json())[0]).toMatchObject({ id: 1, name: 'Amsterdam' })
    clock.advance(3_600_000)
    expect((await list()).status).toBe(401)
  })

  it('POST /login is not there', async () => {
    const emulation = useEmulation({ systems: ['musement'] })
    expect((await postJson(`${host}/login`, { ...clientFields(emulation), grant_type: 'client_credentials' })).status).toBe(404)
  })
})

describe('Musement as it really is', () => {
  const real = { systems: ['musement'], flavour: 'real' } as const

  it('every request needs X-Musement-Application, login included', async () => {
    const emulation = useEmulation(real)
    const fields = { ...clientFields(emulation), grant_type: 'client_credentials' }
    const refused = await login(fields)
    expect(refused.status).toBe(400)
    expect(await refused.json()).toEqual({ code: '2271', message: expect.any(String) })

    const { access_token }: Reply = await (await login(fields, application)).json()
    const authorization = `Bearer ${access_token}`
    expect((await fetch(`${host}/cities`, { headers: { authorization } })).status).toBe(400)
    expect((await fetch(`${host}/cities`, { headers: { authorization, ...application } })).status).toBe(200)
  })

  it('POST with JSON gets a token; client credentials get no refresh token, and scope is null', async () => {
    const emulation = useEmulation(real)
    const response = await postJson(
      `${host}/login`,
      { ...clientFields(emulation), grant_type: 'client_credentials' },
      { headers: application },
    )
    expect(await response.json()).toEqual({ access_token: expect.any(String), expires_in: 3600, token_type: 'bearer', scope: null })
  })

  it('the password grant gets a refresh token, which rotates', async () => {
    const emulation = useEmulation(real)
    const fields = { ...clientFields(emulation), grant_type: 'password', ...userFields(emulation) }
    const { refresh_token }: Reply = await (await postJson(`${host}/login`, fields, { headers: application })).json()
    const refresh = () =>
      postJson(`${host}/login`, { ...clientFields(emulation), grant_type: 'refresh_token', refresh_token }, { headers: application })
    expect([(await refresh()).status, (await refresh()).status]).toEqual([200, 400])
  })

  const refusals: [string, Record<string, string>, string, string][] = [
    [
      'a wrong client',
      { client_id: 'x', client_secret: 'y', grant_type: 'client_credentials' },
      'invalid_client',
      'The client credentials are invalid',
    ],
    ['an unknown grant', { grant_type: 'magic' }, 'invalid_request', 'Invalid grant_type parameter or parameter missing'],
    ['a code', { grant_type: 'authorization_code' }, 'unauthorized_client', 'The grant type is unauthorized for this client_id'],
    [
      'a wrong password',
      { grant_type: 'password', username: 'x', password: 'y' },
      'invalid_grant',
      'Invalid username and password combination',
    ],
    ['no password', { grant_type: 'password', username: 'x' }, 'invalid_request', 'Missing parameters. "username" and "password" required'],
    ['no refresh token', { grant_type: 'refresh_token' }, 'invalid_request', 'No "refresh_token" parameter found'],
    ['a scope', { grant_type: 'client_credentials', scope: 'user' }, 'invalid_scope', 'An unsupported scope was requested.'],
  ]
  it.each(refusals)('%s gets 400', async (_, fields, error, error_description) => {
    const emulation = useEmulation(real)
    const response = await login({ ...clientFields(emulation), ...fields }, application)
    expect([response.status, await response.json()]).toEqual([400, { error, error_description }])
  })

  it('HTTP Basic works too', async () => {
    const emulation = useEmulation(real)
    const { client_id, client_secret } = clientFields(emulation)
    const headers = { ...application, authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` }
    expect((await postJson(`${host}/login`, { grant_type: 'client_credentials' }, { headers })).status).toBe(200)
    expect((await login({ grant_type: 'client_credentials' }, headers)).status).toBe(200)
  })

  it('forbids caches to keep its responses', async () => {
    const emulation = useEmulation(real)
    const { headers } = await login({ ...clientFields(emulation), grant_type: 'client_credentials' }, application)
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store, private', 'no-cache'])
  })

  it('cities come by limit and offset, without a total, until a page is short', async () => {
    const emulation = useEmulation(real)
    const { access_token }: Reply = await (
      await login({ ...clientFields(emulation), grant_type: 'client_credentials' }, application)
    ).json()
    const names = new Set<string>()
    const lengths: number[] = []
    for (let offset = 0; ; offset += 15) {
      const headers = { authorization: `Bearer ${access_token}`, ...application }
      const page = (await (await fetch(`${host}/cities?limit=15&offset=${offset}`, { headers })).json()) as { name: string }[]
      for (const { name } of page) names.add(name)
      lengths.push(page.length)
      if (page.length < 15) break
    }
    expect([names.size, lengths]).toEqual([40, [15, 15, 10]])
  })

  it('one city is found by its number; what is not there has a code and a message', async () => {
    const emulation = useEmulation(real)
    const { access_token }: Reply = await (
      await login({ ...clientFields(emulation), grant_type: 'client_credentials' }, application)
    ).json()
    const headers = { authorization: `Bearer ${access_token}`, ...application }
    expect(await (await fetch(`${host}/cities/3`, { headers })).json()).toMatchObject({ id: 3, name: 'Barcelona' })
    for (const path of ['/cities/999', '/nothing']) {
      const missing = await fetch(`${host}${path}`, { headers })
      expect([missing.status, await missing.json()]).toEqual([404, { code: '1404', message: expect.any(String) }])
    }
  })

  it.each([
    ['no token', {}, 'access_denied'],
    ['an unknown token', { authorization: 'Bearer unknown' }, 'invalid_grant'],
  ])('a call with %s gets 401', async (_, headers, error) => {
    useEmulation(real)
    const response = await fetch(`${host}/cities`, { headers: { ...application, ...headers } })
    expect([response.status, ((await response.json()) as Reply).error]).toEqual([401, error])
  })
})
