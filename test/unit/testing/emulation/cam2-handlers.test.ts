import { describe, expect, it } from 'vitest'
import { type Cam2Era, createFakeClock, type EmulationOptions } from '../../../../src/testing.ts'
import { claimsOf, postForm, postJson, useEmulation } from './use-emulation.ts'

const host = 'http://127.0.0.1:8000'

/** An emulation with a token of it. */
async function signIn() {
  const emulation = useEmulation({ systems: ['cam2'] })
  const { clientId, clientSecret } = emulation.credentials.cam2
  const reply = await postForm(`${host}/token/`, { client_id: clientId, client_secret: clientSecret })
  const { token } = (await reply.json()) as { token: string }
  const list = (authorization: string) => fetch(`${host}/cameras.json`, { headers: { authorization } })
  return { token, list }
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
    const { list, token } = await signIn()
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
    const { list, token } = await signIn()
    // curl -X POST http://127.0.0.1:8000/refresh_token.json -d token="eyJ0eXA...O6YKF44"
    const response = await postForm('http://127.0.0.1:8000/refresh_token.json', { token })
    expect(response.status).toBe(200)
    const renewed = (await response.json()) as { token: string }
    expect(Object.keys(renewed)).toEqual(['token'])
    expect(renewed.token).not.toBe(token)
    expect((await list(`JWT ${renewed.token}`)).status).toBe(200)
  })
})

const answerOf = async (response: Response) => [response.status, await response.json()]
const json = { 'content-type': 'application/json' }

/** The real server, and what asks it. */
async function useReal(options: EmulationOptions = {}, client: 'cam2' | 'cam2Admin' = 'cam2') {
  const emulation = useEmulation({ systems: ['cam2'], flavour: 'real', ...options })
  const { clientId, clientSecret } = emulation.credentials[client]
  const fields = { client_id: clientId, client_secret: clientSecret }
  const logIn = async () => ((await (await postJson(`${host}/token/`, fields)).json()) as { token: string }).token
  const token = await logIn()
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${host}${path}`, { redirect: 'manual', ...init, headers: { authorization: `JWT ${token}`, ...init.headers } })
  return { emulation, fields, token, logIn, call }
}

describe('the real token endpoints of CAM2', () => {
  it('JSON gets 201 with two keys that have spaces, and a wrong lifetime', async () => {
    const { fields } = await useReal()
    expect(await answerOf(await postJson(`${host}/token/`, fields))).toEqual([
      201,
      { 'expires in': 60, token: expect.any(String), 'token type': 'JWT' },
    ])
  })

  it.each<[Cam2Era, string, number]>([
    ['json', 'application/x-www-form-urlencoded', 415],
    ['json', 'multipart/form-data', 415],
    ['json', 'text/plain', 415],
    ['form', 'application/x-www-form-urlencoded', 201],
    ['form', 'multipart/form-data', 201],
    ['form', 'application/json', 201],
    ['form', 'text/plain', 415],
  ])('of the era %s, with a body of the type %s: %i', async (cam2Era, type, status) => {
    const { fields } = await useReal({ cam2Era })
    const multipart = new FormData()
    for (const [name, value] of Object.entries(fields)) multipart.append(name, value)
    const body = {
      'application/x-www-form-urlencoded': new URLSearchParams(fields),
      'multipart/form-data': multipart,
      'text/plain': 'client_id',
      'application/json': new Blob([JSON.stringify(fields)], { type: 'application/json' }),
    }[type] as BodyInit
    const response = await fetch(`${host}/token/`, { method: 'POST', body })
    expect(response.status).toBe(status)
    if (status === 415) expect((await response.json()).detail).toMatch(new RegExp(`^Unsupported media type "${type}.*" in request\\.$`))
  })

  it('the token says what it is, holds the client secret, and expires in an hour whatever the reply said', async () => {
    const clock = createFakeClock()
    const { token, emulation } = await useReal({ now: clock.now })
    const { clientId, clientSecret } = emulation.credentials.cam2
    expect(claimsOf(token)).toEqual({
      id: clientId,
      secret: clientSecret,
      exp: clock.now() / 1000 + 3600,
      level: 'Basic',
      aud: 'CAM2Web',
      iss: 'localhost',
      orig_iat: clock.now() / 1000,
    })
  })

  it('the token of an Admin client says so', async () => {
    const { token } = await useReal({}, 'cam2Admin')
    expect(claimsOf(token)).toMatchObject({ level: 'Admin' })
  })

  it('two tokens of one second are the same text; a revocation changes the key, and with it the text', async () => {
    const clock = createFakeClock()
    const { logIn, token, emulation, call } = await useReal({ now: clock.now })
    clock.advance(500)
    expect(await logIn()).toBe(token)
    clock.advance(500)
    const next = await logIn()
    expect(next).not.toBe(token)
    emulation.revoke()
    expect(await answerOf(await call('/cameras/'))).toEqual([403, { detail: 'Decode Error' }])
    expect(await logIn()).not.toBe(next)
  })

  it.each(['/token', '/refresh_token'])('%s without its slash gets 301, which makes a GET that gets 405', async (path) => {
    await useReal()
    const redirect = await postJson(`${host}${path}`, {})
    expect(redirect.status).toBe(301)
    expect(redirect.headers.get('location')).toBe(`${path}/`)
    expect(await answerOf(await fetch(`${host}${path}/`))).toEqual([405, { detail: 'Method "GET" not allowed.' }])
  })

  it('an expired token is renewed until a day after the first of its chain, and the window does not slide', async () => {
    const clock = createFakeClock()
    const { token, call } = await useReal({ now: clock.now })
    clock.advance(20 * 3_600_000)
    expect((await call('/cameras/')).status).toBe(403)
    const renewal = await postJson(`${host}/refresh_token/`, { token })
    expect(renewal.status).toBe(201)
    const renewed = (await renewal.json()) as { token: string }
    expect(Object.keys(renewed)).toEqual(['token'])
    expect(claimsOf(renewed.token)['orig_iat']).toBe(claimsOf(token)['orig_iat'])
    clock.advance(4 * 3_600_000)
    expect(await answerOf(await postJson(`${host}/refresh_token/`, renewed))).toEqual([
      400,
      { non_field_errors: ['Refresh token has been expired'] },
    ])
  })

  it('the old token stays valid after a renewal', async () => {
    const { token, call } = await useReal()
    await postJson(`${host}/refresh_token/`, { token })
    expect((await call('/cameras/')).status).toBe(200)
  })

  it.each<[string, string, unknown, Record<string, string>]>([
    ['an unknown client', '/token/', { client_id: 'x', client_secret: 'y' }, { non_field_errors: 'Client_id cannnot be found' }],
    [
      'a wrong secret',
      '/token/',
      { client_id: 'emulated-cam2-client', client_secret: 'y' },
      { non_field_errors: 'client id and secret does not match.' },
    ],
    ['a missing field', '/token/', { client_id: 'x' }, { client_secret: 'This field is required.' }],
    ['no body', '/token/', undefined, { client_id: 'This field is required.', client_secret: 'This field is required.' }],
    ['an empty field', '/token/', { client_id: ' ', client_secret: 'y' }, { client_id: 'This field may not be blank.' }],
    ['a field that is null', '/token/', { client_id: null, client_secret: 'y' }, { client_id: 'This field may not be null.' }],
    ['a field that is no text', '/token/', { client_id: ['x'], client_secret: 'y' }, { client_id: 'Not a valid string.' }],
    ['a list', '/token/', ['x'], { non_field_errors: 'Invalid data. Expected a dictionary, but got list.' }],
    ['a text', '/token/', 'x', { non_field_errors: 'Invalid data. Expected a dictionary, but got str.' }],
    ['null', '/token/', null, { non_field_errors: 'No data provided' }],
    ['garbage for a token', '/refresh_token/', { token: 'x' }, { non_field_errors: 'Decode Error' }],
    ['no token', '/refresh_token/', {}, { token: 'This field is required.' }],
    ['an empty token', '/refresh_token/', { token: '' }, { token: 'This field may not be blank.' }],
  ])('%s gets 400, in the words of the server', async (_, path, body, errors) => {
    await useReal()
    const response = await fetch(`${host}${path}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: json }),
    })
    expect(await answerOf(response)).toEqual([400, Object.fromEntries(Object.entries(errors).map(([name, text]) => [name, [text]]))])
  })

  it('broken JSON gets 400, and is called that', async () => {
    await useReal()
    const response = await fetch(`${host}/token/`, { method: 'POST', body: '{', headers: json })
    expect(await answerOf(response)).toEqual([400, { detail: expect.stringMatching(/^JSON parse error - /) }])
  })

  it('an application that was deleted: its token is rejected, its renewal fails with 500, and its log-in is refused', async () => {
    const { emulation, token, fields, call } = await useReal()
    emulation.credentials.cam2.clientId = 'another'
    expect(await answerOf(await call('/cameras/'))).toEqual([403, { detail: 'Invalid Payload. Client_id cannot be found' }])
    const renewal = await postJson(`${host}/refresh_token/`, { token })
    expect([renewal.status, renewal.headers.get('content-type')]).toEqual([500, 'text/plain'])
    expect(await answerOf(await postJson(`${host}/token/`, fields))).toEqual([400, { non_field_errors: ['Client_id cannnot be found'] }])
  })
})

describe('who may call the real CAM2', () => {
  const none = 'Authentication credentials were not provided.'
  const scheme = 'Please provide JWT authentication credentials'
  it.each<[Cam2Era, string, string, (token: string) => string | undefined, string | undefined]>([
    ['json', 'GET', 'no token', () => undefined, undefined],
    ['json', 'GET', 'a blank header', () => ' ', undefined],
    ['json', 'GET', 'the scheme Bearer', (token) => `Bearer ${token}`, scheme],
    ['json', 'GET', 'the scheme in lower case', (token) => `jwt ${token}`, scheme],
    ['json', 'GET', 'an unknown token', (token) => `JWT ${token}x`, 'Decode Error'],
    ['json', 'GET', 'a scheme alone', () => 'JWT', 'Invalid Authorization header. No credentials provided.'],
    ['json', 'GET', 'a blank in the token', () => 'JWT a b', 'Invalid Authorization header. Credentials string should not contain spaces.'],
    ['json', 'POST', 'no token', () => undefined, none],
    ['form', 'GET', 'no token', () => undefined, undefined],
    ['form', 'GET', 'the scheme Bearer', (token) => `Bearer ${token}`, undefined],
    ['form', 'GET', 'the scheme in lower case', (token) => `jwt ${token}`, undefined],
    ['form', 'GET', 'an unknown token', (token) => `JWT ${token}x`, 'Decode Error'],
    ['form', 'POST', 'the scheme Bearer', (token) => `Bearer ${token}`, none],
  ])('era %s, %s with %s', async (cam2Era, method, _, header, text) => {
    const { token } = await useReal({ cam2Era })
    const authorization = header(token)
    const response = await fetch(`${host}/cameras.json`, { method, headers: authorization ? { authorization } : {} })
    expect([response.status, response.headers.has('www-authenticate')]).toEqual([text ? 403 : 200, false])
    if (text) expect(await response.json()).toEqual({ detail: text })
  })

  it('an expired token and missing rights are 403 both, and only the text tells them apart', async () => {
    const clock = createFakeClock()
    const { call } = await useReal({ now: clock.now })
    const forbidden = await call('/cameras.json', { method: 'POST', body: '{}', headers: json })
    expect(await answerOf(forbidden)).toEqual([403, { detail: 'You do not have permission to perform this action.' }])
    clock.advance(3_600_000)
    expect(await answerOf(await call('/cameras.json'))).toEqual([403, { detail: 'Signature has expired' }])
  })

  it.each<[Cam2Era, 'cam2' | 'cam2Admin', string, string, number]>([
    ['json', 'cam2', 'PATCH', '/123/', 403],
    ['json', 'cam2', 'DELETE', '/123/', 403],
    ['json', 'cam2', 'PUT', '/123/', 403],
    ['json', 'cam2', 'HEAD', '/cameras/', 403],
    ['json', 'cam2', 'PUT', '/cameras/', 403],
    ['form', 'cam2', 'PATCH', '/123/', 405],
    ['form', 'cam2', 'PUT', '/123/', 403],
    ['form', 'cam2', 'DELETE', '/123/', 403],
    ['json', 'cam2Admin', 'POST', '/cameras/', 201],
    ['json', 'cam2Admin', 'PATCH', '/123/', 200],
    ['json', 'cam2Admin', 'DELETE', '/123/', 204],
    ['json', 'cam2Admin', 'PUT', '/123/', 403],
    ['json', 'cam2Admin', 'DELETE', '/cameras/', 405],
    ['json', 'cam2Admin', 'PATCH', '/9/', 404],
    ['form', 'cam2Admin', 'POST', '/cameras/', 200],
    ['form', 'cam2Admin', 'PUT', '/123/', 200],
  ])('era %s, %s: %s %s is %i', async (cam2Era, client, method, path, status) => {
    const { call } = await useReal({ cam2Era }, client)
    const body = method === 'HEAD' ? {} : { body: '{"city":"Ely"}', headers: json }
    const response = await call(path, { method, ...body })
    expect(response.status).toBe(status)
    if (method !== 'DELETE' && method !== 'HEAD' && response.ok) expect(await response.json()).toMatchObject({ city: 'Ely' })
  })

  it('what an Admin client sends is checked after its rights', async () => {
    const { call } = await useReal({}, 'cam2Admin')
    expect((await call('/cameras/', { method: 'POST', body: 'city=Ely', headers: { 'content-type': 'text/plain' } })).status).toBe(415)
    expect((await call('/cameras/', { method: 'POST', body: '{', headers: json })).status).toBe(400)
  })
})

describe('the real cameras of CAM2', () => {
  it('have 20 fields; absent text is the word None', async () => {
    const { call } = await useReal()
    const cameras = (await (await call('/cameras/')).json()) as Record<string, unknown>[]
    for (const camera of cameras) {
      expect(Object.keys(camera).sort()).toEqual(
        [
          ...['pk', 'camera_id', 'city', 'state', 'country', 'retrieval_model', 'lat', 'lng', 'source', 'source_url'],
          ...['date_added', 'last_updated', 'camera_type', 'description', 'is_video', 'outdoors', 'traffic', 'inactive'],
          ...['resolution_w', 'resolution_h'],
        ].sort(),
      )
    }
    expect(cameras.at(-1)).toMatchObject({ country: 'AQ', city: 'None', state: 'None' })
  })

  it('are filtered by what is stored, and by bounds', async () => {
    const { call } = await useReal()
    const find = async (query: string): Promise<Record<string, unknown>[]> => (await call(`/cameras.json?${query}`)).json()
    expect((await find('country=JP')).length).toBeGreaterThan(2)
    expect(await find('country=JP&city=Osaka')).toHaveLength(1)
    const bounded = await find('lat_min=50&lng_max=0')
    expect(bounded.length).toBeGreaterThan(1)
    for (const camera of bounded) {
      expect(camera['lat']).toBeGreaterThanOrEqual(50)
      expect(camera['lng']).toBeLessThanOrEqual(0)
    }
    expect(await find('state=None')).toEqual([])
    expect((await find('video=True')).every((camera) => camera['is_video'] === true)).toBe(true)
    expect(await find('video=perhaps&unknown=x')).toHaveLength(27)
  })

  it.each(['lat=x', 'lng_min=', 'resolution_w=1.5'])('a filter that is no number (%s) is a 500', async (query) => {
    const { call } = await useReal()
    expect((await call(`/cameras/?${query}`)).status).toBe(500)
  })

  it('/cameras is sent on to /cameras/, and a POST becomes a GET there', async () => {
    const { call, token } = await useReal()
    const redirect = await call('/cameras?country=JP', { method: 'POST' })
    expect([redirect.status, redirect.headers.get('location')]).toEqual([301, '/cameras/?country=JP'])
    const followed = await fetch(`${host}/cameras`, { method: 'POST', headers: { authorization: `JWT ${token}` } })
    expect([followed.status, (await followed.json()).length]).toEqual([200, 27])
  })

  it.each(['/123.json', '/123/'])('one camera is at %s', async (path) => {
    const { call } = await useReal()
    expect(await (await call(path)).json()).toMatchObject({ camera_id: 123, pk: 1 })
  })

  it.each([
    ['/123', 301],
    ['/9/', 404],
    ['/cameras/123.json', 404],
    ['/nothing', 404],
    ['/', 404],
  ])('%s is %i', async (path, status) => {
    const { call } = await useReal()
    expect((await call(path)).status).toBe(status)
  })

  it('are found by place: the nearest, or those within a radius; filters count too', async () => {
    const { call } = await useReal()
    const citiesAt = async (path: string) => ((await (await call(path)).json()) as { city: string }[]).map(({ city }) => city)
    expect(await citiesAt('/query/lat=35.68,lng=139.69,count=2/')).toEqual(['Shinjuku-ku', 'Minato'])
    expect(await citiesAt('/query/lat=35.68,lng=139.69,count=2.json?city=Osaka')).toEqual(['Osaka'])
    expect(await citiesAt('/query/lat=40.42,lng=-86.9,radius=10/')).toEqual(['West Lafayette', 'Lafayette'])
    expect((await call('/query/lat=40.42,lng=-86.9,radius=10')).status).toBe(301)
  })
})

describe('headers of the real CAM2', () => {
  it.each([
    ['/cameras/', 'GET, POST, HEAD, OPTIONS'],
    ['/123/', 'GET, PATCH, DELETE, HEAD, OPTIONS'],
    ['/query/lat=1,lng=1,count=1/', 'GET, HEAD, OPTIONS'],
    ['/token/', 'POST, OPTIONS'],
  ])('%s says what is allowed, varies by Accept, is in no frame of others, and says nothing on caches', async (path, allow) => {
    const { call } = await useReal()
    const { headers } = await call(path)
    const names = ['allow', 'vary', 'x-frame-options', 'cache-control']
    expect(names.map((name) => headers.get(name))).toEqual([allow, 'Accept', 'SAMEORIGIN', null])
  })

  it('a token comes without Cache-Control', async () => {
    const { fields } = await useReal()
    expect((await postJson(`${host}/token/`, fields)).headers.get('cache-control')).toBeNull()
  })

  it('a redirect and an unknown path are in no frame of others either', async () => {
    const { call } = await useReal()
    for (const path of ['/cameras', '/nothing']) expect((await call(path)).headers.get('x-frame-options')).toBe('SAMEORIGIN')
  })
})
