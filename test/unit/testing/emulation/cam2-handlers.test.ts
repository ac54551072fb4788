import { describe, expect, it } from 'vitest'
import { createFakeClock, type Flavour } from '../../../../src/testing.ts'
import { claimsOf, postForm, postJson, useEmulation } from './use-emulation.ts'

const host = 'http://127.0.0.1:8000'

/** An emulation with a token of it. */
async function signIn(flavour: Flavour, options: { now?: () => number; lifetimeMs?: number } = {}) {
  const emulation = useEmulation({ systems: ['cam2'], flavour, ...options })
  const { clientId, clientSecret } = emulation.credentials.cam2
  const post = flavour === 'documented' ? postForm : postJson
  const reply = await post(`${host}/token/`, { client_id: clientId, client_secret: clientSecret })
  const { token } = (await reply.json()) as { token: string }
  const list = (authorization?: string, query = '') =>
    fetch(`${host}/cameras.json${query}`, { headers: authorization ? { authorization } : {} })
  return { emulation, token, post, list }
}

describe('CAM2 as documented', () => {
  it('the token request of the document gets the reply of the document', async () => {
    const emulation = useEmulation({ systems: ['cam2'] })
    const { clientId, clientSecret } = emulation.credentials.cam2
    // curl -X POST http://127.0.0.1:8000/token.json -d client_id=<client_id> -d client_secret=<client_secret>
    const response = await postForm('http://127.0.0.1:8000/token.json', { client_id: clientId, client_secret: clientSecret })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      'expires in': 3600,
      token: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'JWT',
    })
  })

  it('the API call of the document gets cameras with the fields of the document', async () => {
    const { list, token } = await signIn('documented')
    // curl -X GET -H "Authorization: JWT eyJ0eXA...O6YKF44" http://127.0.0.1:8000/cameras.json
    const response = await list(`JWT ${token}`)
    expect(response.status).toBe(200)
    expect((await response.json())[0]).toMatchObject({
      camera_id: 123,
      city: 'Shinjuku-ku',
      country: 'JP',
      lat: 35.6895,
      lng: 139.6917,
      source: 'Google',
      source_url: 'www.google.com',
      resolution_w: 1920,
      resolution_h: 1080,
    })
  })

  it('the refresh of the document gets a new token and nothing else', async () => {
    const { list, token } = await signIn('documented')
    // curl -X POST http://127.0.0.1:8000/refresh_token.json -d token="eyJ0eXA...O6YKF44"
    const response = await postForm('http://127.0.0.1:8000/refresh_token.json', { token })
    expect(response.status).toBe(200)
    const renewed = (await response.json()) as { token: string }
    expect(Object.keys(renewed)).toEqual(['token'])
    expect(renewed.token).not.toBe(token)
    expect((await list(`JWT ${renewed.token}`)).status).toBe(200)
  })
})

describe('CAM2 as it really is', () => {
  it('a form gets 415, JSON gets 201 with two keys that have spaces, and a wrong lifetime', async () => {
    const emulation = useEmulation({ systems: ['cam2'], flavour: 'real' })
    const fields = { client_id: emulation.credentials.cam2.clientId, client_secret: emulation.credentials.cam2.clientSecret }
    const refused = await postForm(`${host}/token/`, fields)
    expect(refused.status).toBe(415)
    expect(await refused.json()).toEqual({ detail: expect.stringMatching(/^Unsupported media type "application\/x-www-form-urlencoded"/) })
    const response = await postJson(`${host}/token/`, fields)
    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({ 'expires in': 60, token: expect.any(String), 'token type': 'JWT' })
  })

  it('the token says what it is, holds the client secret, and expires in an hour whatever the reply said', async () => {
    const clock = createFakeClock()
    const { token, emulation } = await signIn('real', { now: clock.now })
    const { clientId, clientSecret } = emulation.credentials.cam2
    expect(claimsOf(token)).toEqual({
      id: clientId,
      secret: clientSecret,
      exp: clock.now() / 1000 + 3600,
      level: 'user',
      aud: expect.any(String),
      iss: expect.any(String),
      orig_iat: clock.now() / 1000,
    })
  })

  it.each(['/token', '/refresh_token'])('%s without its slash gets 301, which makes a GET that gets 405', async (path) => {
    useEmulation({ systems: ['cam2'], flavour: 'real' })
    const redirect = await postJson(`${host}${path}`, {})
    expect(redirect.status).toBe(301)
    expect(redirect.headers.get('location')).toBe(`${path}/`)
    expect((await fetch(`${host}${path}/`)).status).toBe(405)
  })

  it('an expired token is renewed until a day after the first of its chain, and the window does not slide', async () => {
    const clock = createFakeClock()
    const { token, list } = await signIn('real', { now: clock.now })
    clock.advance(20 * 3_600_000)
    expect((await list(`JWT ${token}`)).status).toBe(403)
    const renewal = await postJson(`${host}/refresh_token/`, { token })
    expect(renewal.status).toBe(201)
    const renewed = (await renewal.json()) as { token: string }
    expect(claimsOf(renewed.token)['orig_iat']).toBe(claimsOf(token)['orig_iat'])
    clock.advance(4 * 3_600_000)
    const late = await postJson(`${host}/refresh_token/`, renewed)
    expect(late.status).toBe(400)
    expect(await late.text()).toContain('Refresh token has been expired')
  })

  it('the old token stays valid after a renewal', async () => {
    const { token, list } = await signIn('real')
    await postJson(`${host}/refresh_token/`, { token })
    expect((await list(`JWT ${token}`)).status).toBe(200)
  })

  it.each<[string, (token: string) => string | undefined, string]>([
    ['no token', () => undefined, 'Please provide JWT authentication credentials'],
    ['the scheme Bearer', (token) => `Bearer ${token}`, 'Please provide JWT authentication credentials'],
    ['the scheme in lower case', (token) => `jwt ${token}`, 'Please provide JWT authentication credentials'],
    ['an unknown token', (token) => `JWT ${token}x`, 'Decode Error'],
  ])('a call with %s gets 403, never 401', async (_, header, text) => {
    const { token, list } = await signIn('real')
    const response = await list(header(token))
    expect(response.status).toBe(403)
    expect(response.headers.has('www-authenticate')).toBe(false)
    expect(await response.json()).toEqual({ detail: text })
  })

  it('an expired token and missing rights are 403 both, and only the text tells them apart', async () => {
    const clock = createFakeClock()
    const { token, list } = await signIn('real', { now: clock.now })
    const forbidden = await postJson(`${host}/cameras.json`, {}, { headers: { authorization: `JWT ${token}` } })
    expect([forbidden.status, await forbidden.json()]).toEqual([403, { detail: 'You do not have permission to perform this action.' }])
    clock.advance(3_600_000)
    const expired = await list(`JWT ${token}`)
    expect([expired.status, await expired.json()]).toEqual([403, { detail: 'Signature has expired' }])
  })

  it('token errors are 400, by field or not; a deleted application makes the refresh fail with 500', async () => {
    const { emulation, token } = await signIn('real')
    const missing = await postJson(`${host}/token/`, { client_id: 'x' })
    expect([missing.status, await missing.json()]).toEqual([400, { client_secret: ['This field is required.'] }])
    const wrong = await postJson(`${host}/token/`, { client_id: 'x', client_secret: 'y' })
    expect([wrong.status, await wrong.json()]).toEqual([400, { non_field_errors: [expect.any(String)] }])
    emulation.credentials.cam2.clientId = 'another'
    const deleted = await postJson(`${host}/refresh_token/`, { token })
    expect([deleted.status, deleted.headers.get('content-type')]).toEqual([500, 'text/plain'])
  })

  it('cameras are filtered by country, city and bounds; absent text is the word None', async () => {
    const { token, list } = await signIn('real')
    const read = async (query: string): Promise<Record<string, unknown>[]> => (await list(`JWT ${token}`, query)).json()
    expect((await read('?country=JP')).length).toBeGreaterThan(2)
    expect(await read('?country=JP&city=Osaka')).toHaveLength(1)
    for (const camera of await read('?lat_min=50&lng_max=0')) {
      expect(camera['lat']).toBeGreaterThanOrEqual(50)
      expect(camera['lng']).toBeLessThanOrEqual(0)
    }
    expect((await read('?country=AQ'))[0]).toMatchObject({ city: 'None', state: 'None' })
  })

  it('one camera is found by its number', async () => {
    const { token } = await signIn('real')
    const headers = { authorization: `JWT ${token}` }
    expect(await (await fetch(`${host}/cameras/123.json`, { headers })).json()).toMatchObject({ camera_id: 123 })
    expect((await fetch(`${host}/cameras/9.json`, { headers })).status).toBe(404)
  })

  it('a body that does not parse counts as one without fields; an unknown path is not found', async () => {
    useEmulation({ systems: ['cam2'], flavour: 'real' })
    for (const body of ['{', '[]', 'null', '"text"']) {
      const response = await fetch(`${host}/token/`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
      expect([response.status, Object.keys(await response.json())]).toEqual([400, ['client_id', 'client_secret']])
    }
    expect((await fetch(`${host}/nothing`)).status).toBe(404)
  })
})
