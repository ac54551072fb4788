import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createTokenSource } from '../../../src/endpoint/token-source.ts'
import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { customGrant } from '../../../src/grants/custom-grant.ts'
import { deviceCredentials } from '../../../src/grants/device-credentials.ts'
import { password } from '../../../src/grants/password.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { findRejection } from '../../../src/http/find-rejection.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { cam2 } from '../../../src/providers/cam2.ts'
import { camdram } from '../../../src/providers/camdram.ts'
import { defineProvider } from '../../../src/providers/define-provider.ts'
import { dive } from '../../../src/providers/dive.ts'
import { musement } from '../../../src/providers/musement.ts'
import { oauth2 } from '../../../src/providers/oauth2.ts'
import type { Token } from '../../../src/token/token.ts'
import type { TokenAnswer } from '../../../src/token/token-source.ts'
import type { Grant } from '../../../src/vocabulary/grant.ts'
import { readPath } from '../../../src/vocabulary/paths.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { matchesReply } from '../../../src/vocabulary/reply-match.ts'

interface Preset {
  provider: Provider
  grant: Grant
}

const now = Date.parse('2026-03-01T12:00:00Z')
const day = 86_400_000
const app = { clientId: 'my_id', clientSecret: 'my_secret' }
const form = 'application/x-www-form-urlencoded'
const jwt = (claims: unknown) => `${btoa('{"typ":"JWT","alg":"HS256"}')}.${btoa(JSON.stringify(claims))}.c2ln`

/** What a preset's function or rules make of a reply. */
function mappedBy({ tokenResponse }: Provider, status: number, body: unknown) {
  const { error = [] } = tokenResponse ?? {}
  if (typeof error === 'function') return error(status, body)
  const reply = { status, body, text: typeof body === 'string' ? body : JSON.stringify(body) }
  const rule = error.find((one) => matchesReply(reply, one))
  return rule && { error: rule.error, errorDescription: readPath(reply, rule.description ?? []) }
}

const held: Token = { accessToken: 'held.access.token', refreshToken: 'held-refresh', tokenType: 'x', issuedAt: now, expiresAt: now }

/** Asks a server that answers with these in turn, and tells what it saw, as a reader of HTTP would write it down. */
function asking({ provider, grant }: Preset, ...replies: Response[]) {
  const seen: string[] = []
  const source = createTokenSource({
    provider,
    grant,
    now: () => now,
    retry: { retries: 0 },
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const names = ['content-type', 'authorization', 'x-musement-application', 'x-musement-version', 'accept-language']
      const headers = names.flatMap((name) => (request.headers.has(name) ? [`${name}: ${request.headers.get(name)}`] : []))
      seen.push([`${request.method} ${request.url}`, ...headers, await request.text()].filter(Boolean).join('\n'))
      return replies.shift() ?? Response.json({ access_token: 'a', token: 'a', expires_in: 60 })
    },
  })
  const unwrap = async (answer: Promise<TokenAnswer>): Promise<Token> => {
    const answered = await answer
    if (answered.is === 'refused') throw answered.error
    return answered.token
  }
  return {
    source: {
      ...source,
      ask: () => unwrap(source.ask()),
      present: (token: Token) => unwrap(source.present(token)),
      renewableBy: source.renewableBy.bind(source),
    },
    seen,
  }
}

async function wireOf(preset: Preset): Promise<string | undefined> {
  const { source, seen } = asking(preset)
  await source.ask()
  return seen[0]
}

describe('CAM2', () => {
  const preset = cam2(app)
  const exp = now / 1000 + 3600
  const origin = now / 1000 - 600

  it('asks as its document says', async () => {
    expect(await wireOf(preset)).toBe(`POST http://127.0.0.1:8000/token/\ncontent-type: ${form}\nclient_id=my_id&client_secret=my_secret`)
  })
  it('asks in JSON where a form is refused, and remembers', async () => {
    const refusal = () =>
      Response.json({ detail: 'Unsupported media type "application/x-www-form-urlencoded" in request.' }, { status: 415 })
    const { source, seen } = asking(preset, refusal())
    await source.ask()
    await source.present(held)
    expect(seen.slice(1)).toEqual([
      'POST http://127.0.0.1:8000/token/\ncontent-type: application/json\n{"client_id":"my_id","client_secret":"my_secret"}',
      'POST http://127.0.0.1:8000/refresh_token/\ncontent-type: application/json\n{"token":"held.access.token"}',
    ])
  })
  it('renews with the access token, and nothing else', async () => {
    const { source, seen } = asking(preset)
    await source.present(held)
    expect(seen).toEqual([`POST http://127.0.0.1:8000/refresh_token/\ncontent-type: ${form}\ntoken=held.access.token`])
  })
  it.each([
    ['documented', { 'expires in': 3600, token_type: 'JWT' }, 200],
    ['real', { 'expires in': 60, 'token type': 'JWT' }, 201],
  ])('the %s reply: the JWT says when it expires, and when its chain ends', async (_, fields, status) => {
    const token = jwt({ exp, orig_iat: origin, secret: 'my_secret' })
    const { source } = asking(preset, Response.json({ token, ...fields }, { status }))
    expect(await source.ask()).toEqual({
      accessToken: token,
      tokenType: 'JWT',
      issuedAt: now,
      expiresAt: exp * 1000,
      refreshableUntil: origin * 1000 + day,
    })
  })
  it('a token that is no JWT lives as long as the field says', async () => {
    const { source } = asking(preset, Response.json({ token: 'eyJ0eXA...O6YKF44', 'expires in': 3600 }))
    expect(await source.ask()).toMatchObject({ expiresAt: now + 3_600_000, refreshableUntil: now + day })
  })
  it('an expired token can be presented until a day after the first of its chain', () => {
    const { source } = asking(preset)
    const token = { ...held, expiresAt: now - 1, refreshableUntil: now + day }
    expect(source.renewableBy(token, now + day - 1)).toBe('access_token')
    expect(source.renewableBy(token, now + day)).toBeUndefined()
  })
  it.each<[number, unknown, string | undefined, string?]>([
    [
      400,
      { non_field_errors: ['Unable to log in with provided credentials.'] },
      'invalid_client',
      'Unable to log in with provided credentials.',
    ],
    [400, { client_secret: ['This field is required.'] }, 'invalid_client', 'This field is required.'],
    [400, { client_id: ['This field may not be blank.'] }, 'invalid_client', 'This field may not be blank.'],
    [400, { non_field_errors: ['Refresh token has been expired'] }, 'invalid_grant', 'Refresh token has been expired'],
    [400, ['Refresh token has been expired'], 'invalid_grant', 'Refresh token has been expired'],
    [400, 'Refresh token has been expired', 'invalid_grant', 'Refresh token has been expired'],
    [400, { detail: 'Refresh token has been expired' }, 'invalid_grant', 'Refresh token has been expired'],
    [400, { non_field_errors: ['Error decoding signature.'] }, 'invalid_grant', 'Error decoding signature.'],
    [400, { non_field_errors: ['Signature has expired.'] }, 'invalid_grant', 'Signature has expired.'],
    [400, { non_field_errors: ['Decode Error'] }, 'invalid_grant', 'Decode Error'],
    [400, { non_field_errors: ['Invalid Token'] }, 'invalid_grant', 'Invalid Token'],
    [400, { non_field_errors: ['This is not an refreshable token'] }, 'invalid_grant', 'This is not an refreshable token'],
    [400, { non_field_errors: ['Client_id cannnot be found'] }, 'invalid_client', 'Client_id cannnot be found'],
    [400, { non_field_errors: ['client id and secret does not match.'] }, 'invalid_client', 'client id and secret does not match.'],
    [400, { token: ['This field is required.'] }, 'invalid_grant', 'This field is required.'],
    [403, { detail: 'Invalid Payload. x' }, 'invalid_grant', 'Invalid Payload. x'],
    [400, { something: 'else' }, undefined],
    [404, { detail: 'Not found.' }, undefined],
    [429, { detail: 'Request was throttled.' }, undefined],
    [500, 'Server Error (500): signature', undefined],
    [200, { token: 'a' }, undefined],
  ])('%i %j says %s', (status, body, error, errorDescription) => {
    expect(mappedBy(preset.provider, status, body)).toEqual(error && { error, errorDescription })
  })
  it('its refusal reaches the caller', async () => {
    const { source } = asking(preset, Response.json({ non_field_errors: ['No such client.'] }, { status: 400 }))
    await expect(source.ask()).rejects.toMatchObject({ code: 'refused', error: 'invalid_client', errorDescription: 'No such client.' })
  })

  const reject = async (response: Response) => (await findRejection(response, preset.provider.isRejection, 5_000)) !== undefined
  it.each<[boolean, number, string]>([
    [true, 403, '{"detail":"Signature has expired"}'],
    [true, 403, '{"detail":"Signature has expired."}'],
    [true, 403, '{"detail":"Decode Error"}'],
    [true, 403, '{"detail":"Invalid Token"}'],
    [false, 403, '{"detail":"Invalid Token of another kind"}'],
    [true, 403, '{"detail":"Please provide JWT authentication credentials"}'],
    [true, 403, '{"detail":"Invalid Payload. No such client."}'],
    [false, 403, '{"detail":"You do not have permission to perform this action."}'],
    [false, 403, '{"detail":"Is it so that Signature has expired"}'],
    [false, 403, '{"detail":["Decode Errors"]}'],
    [false, 403, '{"details":"Decode Error"}'],
    [false, 403, 'Decode Error'],
    [false, 403, '<html>'],
    [false, 403, ''],
    [false, 403, 'null'],
    [false, 403, `{"detail":"Decode Error","more":"${'x'.repeat(70_000)}"}`],
    [false, 404, '{"detail":"Signature has expired"}'],
    [false, 500, '{"detail":"Signature has expired"}'],
  ])('rejection: %s for %i %s', async (expected, status, body) => {
    expect(await reject(new Response(body, { status }))).toBe(expected)
  })
  it('a rejection whose body breaks is none', async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) })
    expect(await reject(new Response(broken, { status: 403 }))).toBe(false)
  })
  it('tokens go out under the scheme JWT', () => expect(preset.provider.authorization).toEqual({ scheme: 'JWT' }))
})

describe('Camdram', () => {
  const preset = camdram({ ...app, scope: 'api_write api_write_org' })

  it('asks as its document says', async () => {
    expect(await wireOf(camdram(app))).toBe(
      'POST https://www.camdram.net/oauth/v2/token\ncontent-type: application/json\n{"grant_type":"client_credentials","client_id":"my_id","client_secret":"my_secret"}',
    )
    expect(await wireOf(preset)).toContain('"scope":"api_write api_write_org"')
  })
  it('a code and a refresh token are presented in the same way', async () => {
    const redirectUri = 'https://app.example/cb'
    const { source, seen } = asking(camdram({ ...app, grant: authorizationCode({ ...app, code: 'c', codeVerifier: 'v', redirectUri }) }))
    await source.ask()
    await source.present(held)
    expect(seen.map((wire) => JSON.parse(wire.split('\n')[2] as string))).toEqual([
      {
        grant_type: 'authorization_code',
        code: 'c',
        code_verifier: 'v',
        redirect_uri: redirectUri,
        client_id: 'my_id',
        client_secret: 'my_secret',
      },
      { grant_type: 'refresh_token', refresh_token: 'held-refresh', client_id: 'my_id', client_secret: 'my_secret' },
    ])
  })
  it('the documented reply', async () => {
    const reply = {
      access_token: 'api_access_token',
      expires_in: 3600,
      token_type: 'bearer',
      scope: 'user_email user_shows user_orgs api_write api_write_org',
    }
    expect(await asking(preset, Response.json(reply)).source.ask()).toEqual({
      accessToken: 'api_access_token',
      tokenType: 'bearer',
      issuedAt: now,
      expiresAt: now + 3_600_000,
      scope: ['user_email', 'user_shows', 'user_orgs', 'api_write', 'api_write_org'],
    })
  })
  it('its refresh tokens live for 14 days', async () => {
    const { source } = asking(preset, Response.json({ access_token: 'a', refresh_token: 'r', scope: null }))
    expect(await source.ask()).toMatchObject({ refreshableUntil: now + 14 * day })
  })
  it('can be signed in to', () => expect(preset.provider.authorizationUrl).toBe('https://www.camdram.net/oauth/v2/auth'))
})

describe('Dive', () => {
  const hash = createHash('md5').update('pässword').digest('hex')
  const user = { clientKey: 'my_key', username: 'me' }

  it.each<[string, Preset, string]>([
    ['a device', dive({ clientKey: 'my_key', deviceId: '123456' }), 'device_credentials\ndevice_id=123456'],
    ['a user, as documented', dive({ ...user, password: 'pässword' }), `device_credentials\nusername=me&password=${hash}`],
    ['a user, with the hash', dive({ ...user, passwordMd5: hash.toUpperCase() }), `device_credentials\nusername=me&password=${hash}`],
    ['a user, with a function', dive({ ...user, password: async () => 'pässword' }), `device_credentials\nusername=me&password=${hash}`],
    [
      'a user, with a function for the hash',
      dive({ ...user, passwordMd5: () => hash }),
      `device_credentials\nusername=me&password=${hash}`,
    ],
    [
      'a user of the other product',
      dive({ ...user, password: 'pässword', grantType: 'user_credentials' }),
      `user_credentials\nusername=me&password=${hash}`,
    ],
  ])('%s', async (_, preset, expected) => {
    const [grantType, body] = expected.split('\n')
    expect(await wireOf(preset)).toBe(
      `POST https://rest.dive.tv/v1/token?grant_type=${grantType}\ncontent-type: ${form}\nauthorization: Basic my_key\n${body}`,
    )
  })
  it('a refresh token is presented in the same way', async () => {
    const { source, seen } = asking(dive({ clientKey: 'my_key', deviceId: '1' }))
    await source.present(held)
    expect(seen).toEqual([
      `POST https://rest.dive.tv/v1/token?grant_type=refresh_token\ncontent-type: ${form}\nauthorization: Basic my_key\nrefresh_token=held-refresh`,
    ])
  })
  it('the document’s content type: on 415, or at once', async () => {
    const expected =
      'POST https://rest.dive.tv/v1/token?grant_type=device_credentials\ncontent-type: application/json\nauthorization: Basic my_key\n{"device_id":"1"}'
    const { source, seen } = asking(dive({ clientKey: 'my_key', deviceId: '1' }), new Response('', { status: 415 }))
    await source.ask()
    expect(seen[1]).toBe(expected)
    expect(await wireOf(dive({ clientKey: 'my_key', deviceId: '1', encoding: 'json' }))).toBe(expected)
  })
  it('the documented reply', async () => {
    const reply = {
      access_token: 'x.y.z',
      token_type: 'bearer',
      refresh_token: 'p.q.r',
      expires_in: 8999,
      scope: 'device',
      device_id: '123456',
      client_id: 'test',
      jti: 'e4c3',
    }
    expect(await asking(dive({ clientKey: 'k', deviceId: 'd' }), Response.json(reply)).source.ask()).toEqual({
      accessToken: 'x.y.z',
      tokenType: 'bearer',
      refreshToken: 'p.q.r',
      refreshableUntil: now + 180 * day,
      issuedAt: now,
      expiresAt: now + 8_999_000,
      scope: ['device'],
      extra: { device_id: '123456', client_id: 'test', jti: 'e4c3' },
    })
  })
  it.each([
    [401, 'invalid_token', 'invalid_grant'],
    [401, 'unauthorized', 'invalid_client'],
    [401, 'invalid_client', 'invalid_client'],
    [400, 'invalid_grant', 'invalid_grant'],
    [400, 'constructor', 'constructor'],
  ])('%i %s is %s, without the token that old versions echo', async (status, error, expected) => {
    const { source } = asking(
      dive({ clientKey: 'my_key', deviceId: 'd' }),
      Response.json({ error, error_description: 'Invalid refresh token: held-refresh' }, { status }),
    )
    const refusal = await source.present(held).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'refused', error: expected })
    expect(JSON.stringify(refusal)).not.toContain('held-refresh')
  })
  it('an outage is one, whatever it says', async () => {
    const { source } = asking(dive({ clientKey: 'k', deviceId: 'd' }), Response.json({ error: 'unauthorized' }, { status: 503 }))
    await expect(source.ask()).rejects.toMatchObject({ code: 'unavailable' })
  })
  it.each<[string, () => unknown]>([
    ['clientKey', () => dive({ clientKey: '', deviceId: 'd' })],
    ['deviceId', () => dive({ clientKey: 'k' })],
    ['deviceId', () => dive({ ...user, password: 'p', deviceId: 'd' })],
    ['password', () => dive(user)],
    ['password', () => dive({ ...user, password: '' })],
    ['username', () => dive({ clientKey: 'k', password: 'p' })],
    ['username', () => dive({ clientKey: 'k', deviceId: 'd', grantType: 'user_credentials' })],
    ['passwordMd5', () => dive({ ...user, passwordMd5: 'pässword' })],
    ['passwordMd5', () => dive({ ...user, password: 'p', passwordMd5: hash })],
    ['grantType', () => dive({ ...user, password: 'p', grantType: 'password' as never })],
    ['clientKey', () => dive({ clientKey: '', grant: deviceCredentials({ clientKey: 'k', deviceId: 'd' }) })],
  ])('%s is wrong', (option, act) => expect(act).toThrowError(expect.objectContaining({ code: 'invalid_configuration', option })))
  it.each([
    [() => ''],
    [async () => undefined as never],
    [
      () => {
        throw new Error('p')
      },
    ],
  ])('a password function that gives none', async (fails) => {
    const { source, seen } = asking(dive({ ...user, password: fails }))
    await expect(source.ask()).rejects.toMatchObject({ option: 'password' })
    expect(seen).toEqual([])
  })
})

describe('Musement', () => {
  it('client credentials as its document says', async () => {
    const wire = await wireOf(musement(app))
    const { origin, pathname, searchParams } = new URL((wire as string).replace('GET ', ''))
    expect(`${origin}${pathname}`).toBe('https://api.musement.com/api/v3/login')
    expect(Object.fromEntries(searchParams)).toEqual({ client_id: 'my_id', client_secret: 'my_secret', grant_type: 'client_credentials' })
  })
  it('a customer as its document says', async () => {
    const wire = await wireOf(musement({ ...app, username: 'me', password: 'p&s' }))
    expect(Object.fromEntries(new URL((wire as string).replace('GET ', '')).searchParams)).toEqual({
      client_id: 'my_id',
      client_secret: 'my_secret',
      grant_type: 'password',
      username: 'me',
      password: 'p&s',
    })
  })
  it('a refresh token as its document says', async () => {
    const { source, seen } = asking(musement(app), Response.json({ access_token: 'a', refresh_token: 'r2' }))
    expect(await source.present(held)).toMatchObject({ refreshToken: 'r2' })
    expect(Object.fromEntries(new URL((seen[0] as string).replace('GET ', '')).searchParams)).toEqual({
      client_id: 'my_id',
      client_secret: 'my_secret',
      refresh_token: 'held-refresh',
      grant_type: 'refresh_token',
    })
  })
  it('POST with JSON and headers as current servers want it', async () => {
    expect(await wireOf(musement({ ...app, method: 'POST', application: 'web', version: '3.4', language: 'it-IT' }))).toBe(
      [
        'POST https://api.musement.com/api/v3/login',
        'content-type: application/json',
        'x-musement-application: web',
        'x-musement-version: 3.4',
        'accept-language: it-IT',
        '{"grant_type":"client_credentials","client_id":"my_id","client_secret":"my_secret"}',
      ].join('\n'),
    )
  })
  it('each option has its header', () => {
    const options = { application: 'a', version: 'v', currency: 'c', market: 'm', language: 'l' }
    expect(musement({ ...app, ...options }).provider.headers).toEqual({
      'X-Musement-Application': 'a',
      'X-Musement-Version': 'v',
      'X-Musement-Currency': 'c',
      'X-Musement-Market': 'm',
      'Accept-Language': 'l',
    })
  })
  it('the documented reply', async () => {
    const reply = { access_token: 'MWFk', expires_in: 3600, token_type: 'bearer', scope: 'user, password', refresh_token: 'NWU4' }
    expect(await asking(musement(app), Response.json(reply)).source.ask()).toMatchObject({
      scope: ['user', 'password'],
      refreshToken: 'NWU4',
    })
  })
  it('the reply of current servers', async () => {
    const token = await asking(musement(app), Response.json({ access_token: 'MWFk', expires_in: 3600, scope: null })).source.ask()
    expect(token).not.toHaveProperty('scope')
    expect(token).not.toHaveProperty('refreshToken')
  })
  it.each<[number, unknown, object | undefined]>([
    [400, { code: '2271', message: 'a header is missing' }, { error: 'invalid_request', errorDescription: '2271: a header is missing' }],
    [401, { code: '1401', message: 'no' }, { error: 'invalid_grant', errorDescription: '1401: no' }],
    [400, { code: '2271' }, { error: 'invalid_request', errorDescription: '2271' }],
    [400, { error: 'invalid_client', code: '1' }, undefined],
    [500, { code: '1', message: 'x' }, undefined],
    [400, { message: 'x' }, undefined],
    [200, { access_token: 'a' }, undefined],
  ])('%i %j says %j', (status, body, said) => {
    expect(mappedBy(musement(app).provider, status, body)).toEqual(said)
  })
  it.each<[string, () => unknown]>([
    ['password', () => musement({ ...app, username: 'me' })],
    ['username', () => musement({ ...app, password: 'p' })],
    ['method', () => musement({ ...app, method: 'PUT' as never })],
    ['application', () => musement({ ...app, application: '' })],
  ])('%s is wrong', (option, act) => expect(act).toThrowError(expect.objectContaining({ code: 'invalid_configuration', option })))
})

describe('any server of RFC 6749', () => {
  const urls = { tokenUrl: 'https://auth.example/token', apiUrl: 'https://api.example' }
  it.each<[string, Preset, string]>([
    ['Basic by default', oauth2({ ...urls, ...app }), `authorization: Basic ${btoa('my_id:my_secret')}\ngrant_type=client_credentials`],
    [
      'body',
      oauth2({ ...urls, ...app, clientAuthentication: 'body' }),
      'grant_type=client_credentials&client_id=my_id&client_secret=my_secret',
    ],
    ['a public client', oauth2({ ...urls, clientId: 'my_id' }), 'grant_type=client_credentials&client_id=my_id'],
    [
      'a public client that says Basic',
      oauth2({ ...urls, clientId: 'my_id', clientAuthentication: 'basic' }),
      'grant_type=client_credentials&client_id=my_id',
    ],
    [
      'scopes',
      oauth2({ ...urls, ...app, scope: ['a', 'b'] }),
      `authorization: Basic ${btoa('my_id:my_secret')}\ngrant_type=client_credentials&scope=a+b`,
    ],
  ])('%s', async (_, preset, expected) => {
    expect(await wireOf(preset)).toBe(`POST https://auth.example/token\ncontent-type: ${form}\n${expected}`)
  })
  it('without a lifetime a token lives for an hour', async () => {
    expect(await asking(oauth2({ ...urls, ...app }), Response.json({ access_token: 'a' })).source.ask()).toMatchObject({
      expiresAt: now + 3_600_000,
    })
  })
  it('URLs for signing in are handed on', () => {
    const more = { authorizationUrl: 'https://auth.example/authorize', issuer: 'https://auth.example' }
    expect(oauth2({ ...urls, ...app, ...more }).provider).toMatchObject(more)
  })
  it.each<[string, () => unknown]>([
    ['clientId', () => oauth2({ ...urls, clientId: '' })],
    ['clientSecret', () => oauth2({ ...urls, clientId: 'i', clientSecret: '' })],
    ['clientAuthentication', () => oauth2({ ...urls, ...app, clientAuthentication: 'Basic' as never })],
    ['scope', () => oauth2({ ...urls, ...app, scope: 5 as never })],
  ])('%s is wrong', (option, act) => expect(act).toThrowError(expect.objectContaining({ code: 'invalid_configuration', option })))
})

describe('every grant may be used with every preset', () => {
  const urls = { tokenUrl: 'https://auth.example/token', apiUrl: 'https://api.example' }
  const presets: [string, (grant: Grant) => Preset][] = [
    ['cam2', (grant) => cam2({ grant })],
    ['camdram', (grant) => camdram({ grant })],
    ['dive', (grant) => dive({ grant })],
    ['musement', (grant) => musement({ grant })],
    ['oauth2', (grant) => oauth2({ ...urls, clientId: 'my_id', grant })],
  ]
  const grants = [
    clientCredentials(app),
    password({ ...app, username: 'u', password: 'p' }),
    deviceCredentials({ clientKey: 'k', deviceId: 'd' }),
    refreshToken({ ...app, refreshToken: 'r' }),
    authorizationCode({ ...app, code: 'c' }),
    customGrant({ grantType: 'urn:x', parameters: { assertion: 'a' } }),
  ]
  it.each(presets.flatMap(([name, make]) => grants.map((grant) => [name, grant.grantType, make, grant] as const)))(
    '%s: %s',
    async (_, __, make, grant) => {
      const preset = make(grant)
      const { source, seen } = asking(preset)
      expect(await source.ask()).toMatchObject({ accessToken: 'a' })
      for (const value of Object.values({ ...grant.parameters, ...grant.secretParameters })) expect(seen[0]).toContain(value)
    },
  )

  it('a grant without credentials takes over the preset’s', async () => {
    const grant = customGrant({ grantType: 'urn:x', parameters: { assertion: 'a' } })
    expect(oauth2({ ...urls, ...app, scope: 'a', grant }).grant).toMatchObject({ ...app, scope: 'a', grantType: 'urn:x' })
    expect(camdram({ ...app, grant: authorizationCode({ clientId: 'my_id', code: 'c' }) }).grant).toMatchObject(app)
    expect(dive({ clientKey: 'k', grant }).grant).toMatchObject({ clientSecret: 'k', grantType: 'urn:x' })
  })
  it('a refresh token, a code and a log-in without a client are completed, each way there is', async () => {
    for (const grant of [
      refreshToken({ refreshToken: 'r' }),
      authorizationCode({ code: 'c' }),
      password({ username: 'u', password: 'p' }),
    ]) {
      const wires = await Promise.all([wireOf(camdram({ ...app, grant })), wireOf(musement({ ...app, method: 'POST', grant }))])
      for (const wire of wires) expect(wire).toContain('"client_id":"my_id","client_secret":"my_secret"')
      expect(await wireOf(oauth2({ ...urls, ...app, grant }))).toContain(`Basic ${btoa('my_id:my_secret')}`)
    }
    expect(await wireOf(dive({ clientKey: 'k', grant: refreshToken({ refreshToken: 'r' }) }))).toContain('Basic k\nrefresh_token=r')
  })
  it.each<[string, () => unknown]>([
    ['clientId', () => camdram({ ...app, grant: authorizationCode({ clientId: 'other', code: 'c' }) })],
    ['clientId', () => oauth2({ ...urls, clientId: 'my_id', grant: clientCredentials({ clientId: 'other', clientSecret: 's' }) })],
    ['clientId', () => cam2({ clientId: 'my_id', grant: refreshToken({ clientId: 'MY_ID', refreshToken: 'r' }) })],
    ['clientSecret', () => musement({ ...app, grant: clientCredentials({ ...app, clientSecret: 'other' }) })],
    ['clientKey', () => dive({ clientKey: 'other', grant: deviceCredentials({ clientKey: 'k', deviceId: 'd' }) })],
    ['scope', () => camdram({ ...app, scope: 'a', grant: clientCredentials({ ...app, scope: 'b' }) })],
  ])('%s given twice, and differently, is refused: nothing is joined to what belongs to another', (option, act) => {
    expect(act).toThrowError(expect.objectContaining({ code: 'invalid_configuration', option }))
  })
  it('the same given twice is fine', () => {
    const grant = clientCredentials({ ...app, scope: ['b', 'a'] })
    expect(camdram({ ...app, scope: 'a b', grant }).grant).toEqual(grant)
    expect(dive({ clientKey: 'k', grant: deviceCredentials({ clientKey: 'k', deviceId: 'd' }) }).grant.clientSecret).toBe('k')
  })
  it.each<[string, () => unknown]>([
    ['deviceId', () => dive({ clientKey: 'k', deviceId: 'd', grant: refreshToken({ refreshToken: 'r' }) })],
    ['password', () => dive({ clientKey: 'k', password: 'p', grant: refreshToken({ refreshToken: 'r' }) })],
    ['grantType', () => dive({ clientKey: 'k', grantType: 'user_credentials', grant: refreshToken({ refreshToken: 'r' }) })],
    ['grant', () => musement({ ...app, username: 'u', password: 'p', grant: refreshToken({ refreshToken: 'r' }) })],
    ['grant.grantType', () => cam2({ ...app, grant: {} as Grant })],
    ['grant.provider', () => cam2({ ...app, grant: camdram(app) as never })],
    ['grant.clientSecret', () => oauth2({ ...urls, clientId: 'i', grant: { grantType: 'x', clientSecret: undefined as never } })],
  ])('%s, which would be ignored beside a grant or is part of none, is refused', (option, act) => {
    expect(act).toThrowError(expect.objectContaining({ code: 'invalid_configuration', option }))
  })
  it('credentials beside a grant are checked all the same', () => {
    expect(() => cam2({ clientId: 5 as never, grant: grants[0] as Grant })).toThrowError(expect.objectContaining({ option: 'clientId' }))
    expect(() => cam2({ clientSecret: '', grant: grants[0] as Grant })).toThrowError(expect.objectContaining({ option: 'clientSecret' }))
  })
})

describe.each<[string, (baseUrl: string) => Preset, string]>([
  ['cam2', (baseUrl) => cam2({ ...app, baseUrl }), '/token/'],
  ['camdram', (baseUrl) => camdram({ ...app, baseUrl }), '/oauth/v2/token'],
  ['dive', (baseUrl) => dive({ clientKey: 'k', deviceId: 'd', baseUrl }), '/token'],
  ['musement', (baseUrl) => musement({ ...app, baseUrl }), '/login'],
])('the base URL of %s', (_, make, path) => {
  it.each([['https://x.example'], ['https://x.example/'], ['https://x.example//'], ['https://X.example:443']])('%s', (baseUrl) => {
    expect(make(baseUrl).provider).toMatchObject({ tokenUrl: `https://x.example${path}`, apiUrl: 'https://x.example' })
  })
  it('with a path', () => {
    expect(make('https://x.example:8443/v2/').provider).toMatchObject({
      tokenUrl: `https://x.example:8443/v2${path}`,
      apiUrl: 'https://x.example:8443/v2',
    })
  })
  it.each([
    ['x.example'],
    ['ftp://x.example'],
    ['https://u:p@x.example'],
    ['https://x.example?a=b'],
    ['https://x.example/#c'],
    [''],
    [5],
    [null],
  ])('%j is refused', (baseUrl) => {
    expect(() => make(baseUrl as string)).toThrowError(expect.objectContaining({ code: 'invalid_configuration', option: 'baseUrl' }))
  })
})

it.each([
  ['cam2', () => cam2({ clientId: 'i' } as never), 'clientSecret'],
  ['cam2', () => cam2({} as never), 'clientId'],
  ['camdram', () => camdram({ clientId: 'i' } as never), 'clientSecret'],
  ['musement', () => musement({ clientSecret: 's' } as never), 'clientId'],
])('%s without its credentials', (_, act, option) => {
  expect(act).toThrowError(expect.objectContaining({ code: 'invalid_configuration', option }))
})

describe('all presets', () => {
  const urls = { tokenUrl: 'https://auth.example/token', apiUrl: 'https://api.example' }
  const presets: [string, (options: object) => Preset][] = [
    ['cam2', (options) => cam2({ ...app, ...options })],
    ['camdram', (options) => camdram({ ...app, ...options })],
    ['dive', (options) => dive({ clientKey: 'k', deviceId: 'd', ...options })],
    ['musement', (options) => musement({ ...app, ...options })],
    ['oauth2', (options) => oauth2({ ...urls, ...app, ...options })],
  ]
  const isDeepFrozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isDeepFrozen))

  it.each(presets)('%s gives what nobody can change, so that managers share it', (_, make) => {
    const { provider, grant } = make({})
    expect(isDeepFrozen(provider)).toBe(true)
    expect(isDeepFrozen(grant)).toBe(true)
  })
  it.each(presets)('%s refuses an option that it does not know, with the one that was probably meant', (_, make) => {
    expect(() => make({ grants: {} })).toThrowError(
      expect.objectContaining({ option: 'grants', message: expect.stringContaining('did you mean grant?') }),
    )
    expect(() => make({ colour: 'red' })).toThrowError(
      expect.objectContaining({ option: 'colour', message: expect.stringContaining('; there are ') }),
    )
  })
  it.each(presets)('%s counts an explicit undefined as left out, but for credentials', (name, make) => {
    expect(make({ grant: undefined })).toEqual(make({}))
    const option = name === 'dive' ? 'clientKey' : 'clientSecret'
    const act = () => make({ [option]: undefined })
    expect(act).toThrowError(expect.objectContaining({ option, message: expect.stringContaining('environment variable') }))
  })
  it.each(presets)('%s refuses a secret with white space around it, which comes from files', (name, make) => {
    const option = name === 'dive' ? 'clientKey' : 'clientSecret'
    for (const secret of ['s\n', ' s', 's\t', '\uFEFFs']) {
      expect(() => make({ [option]: secret })).toThrowError(
        expect.objectContaining({ option, message: expect.stringContaining('white space') }),
      )
    }
  })
  it.each(presets)('%s takes nothing from Object.prototype', (_, make) => {
    const before = JSON.stringify(make({}))
    const evil = {
      baseUrl: 'https://evil.example',
      grant: { grantType: 'evil' },
      scope: 'evil',
      method: 'POST',
      username: 'evil',
      apiUrl: 'https://evil.example',
    }
    Object.assign(Object.prototype, evil)
    try {
      expect(JSON.stringify(make({}))).toBe(before)
    } finally {
      for (const name of Object.keys(evil)) Reflect.deleteProperty(Object.prototype, name)
    }
  })

  it('a password may have white space around it', () => {
    expect(() => musement({ ...app, username: 'u', password: ' p ' })).not.toThrow()
  })
  it('one encoding of cam2 is asked at once, and nothing is sent twice', async () => {
    const { source, seen } = asking(cam2({ ...app, encoding: 'json' }))
    await source.ask()
    expect(seen).toEqual([
      'POST http://127.0.0.1:8000/token/\ncontent-type: application/json\n{"client_id":"my_id","client_secret":"my_secret"}',
    ])
  })
  it.each([['xml'], [[]], [['form', 'xml']], [null]])('encoding %j is refused', (encoding) => {
    expect(() => cam2({ ...app, encoding: encoding as never })).toThrowError(expect.objectContaining({ code: 'invalid_configuration' }))
    expect(() => dive({ clientKey: 'k', deviceId: 'd', encoding: encoding as never })).toThrowError(
      expect.objectContaining({ code: 'invalid_configuration' }),
    )
  })
})

describe('oauth2', () => {
  const urls = { tokenUrl: 'https://auth.example/token', apiUrl: 'https://api.example' }

  it.each<[string, object, string]>([
    ['parameters', { parameters: { audience: 'https://api.example', resource: 'r' } }, 'audience=https%3A%2F%2Fapi.example&resource=r'],
    ['two resources', { parameters: { resource: ['a', 'b'] } }, 'resource=a&resource=b'],
    ['basic-loose', { clientAuthentication: 'basic-loose', clientSecret: 'a%b' }, btoa('my_id:a%b')],
    ['basic-raw', { clientAuthentication: 'basic-raw' }, 'authorization: Basic my_secret'],
    ['query', { clientAuthentication: 'query' }, '?client_id=my_id&client_secret=my_secret'],
    ['several methods', { clientAuthentication: ['basic', 'body'] }, 'client_id=my_id&client_secret=my_secret'],
    ['a function', { clientAuthentication: () => ({ parameters: { proof: 'signed' } }) }, 'proof=signed'],
  ])('%s reach the token endpoint', async (_, options, expected) => {
    expect(await wireOf(oauth2({ ...urls, ...app, ...options }))).toContain(expected)
  })
  it('extra fields of the reply are kept', async () => {
    const { source } = asking(
      oauth2({ ...urls, ...app, extra: ['instance_url', 'a.b'] }),
      Response.json({ access_token: 'a', instance_url: 'i', a: { b: 1 } }),
    )
    expect((await source.ask()).extra).toEqual({ instance_url: 'i', 'a.b': 1 })
  })
  it.each<[string, object]>([
    ['audience', { audience: 'x' }],
    ['scopes', { scopes: 'x' }],
    ['clientSecrett', { clientSecrett: 'x' }],
    ['parameters.audience', { parameters: { audience: 5 } }],
    ['parameters', { parameters: ['audience'] }],
    ['extra', { extra: 'instance_url' }],
    ['extra[0]', { extra: ['a..b'] }],
    ['clientAuthentication[1]', { clientAuthentication: ['basic', 'mtls'] }],
    ['tokenUrl', { tokenUrl: undefined }],
    ['tokenUrl', { tokenUrl: '/token' }],
    ['apiUrl', { apiUrl: 'https://api.example/?tenant=1' }],
    ['apiUrl', { apiUrl: 'https://api.example/#top' }],
    ['authorizationUrl', { authorizationUrl: 'authorize' }],
    ['issuer', { issuer: '' }],
    ['clientId', { clientId: undefined }],
    ['clientId', { clientId: '' }],
  ])('%s is refused', (option, changes) => {
    const act = () => oauth2({ ...urls, ...app, ...changes } as never)
    expect(act).toThrowError(expect.objectContaining({ code: 'invalid_configuration', option }))
  })
})

describe('oauth2 with a log-in', () => {
  const endpoints = { tokenUrl: 'https://auth.example/token', apiUrl: 'https://api.example' }
  const grant = password({ username: 'u', password: 'p' })
  it('and a clientId → gives it to the grant', async () => {
    expect(await wireOf(oauth2({ ...endpoints, clientId: 'c', grant }))).toContain('client_id=c')
  })
  it('without a clientId → is refused, and the message says what such a log-in needs', () => {
    expect(() => oauth2({ ...endpoints, grant } as never)).toThrow(
      'clientId: is missing: for a log-in that knows no clients, use defineProvider(…)',
    )
  })
})

describe('a grant that leaves out what the provider does not need', () => {
  const asking = (tokenRequest?: Provider['tokenRequest']) =>
    defineProvider({ name: 'acme', tokenUrl: 'https://auth.example/token', apiUrl: 'https://api.example', tokenRequest })
  it.each<[string, Preset, string]>([
    [
      'a log-in without a client',
      { provider: asking(), grant: password({ username: 'u', password: 'p' }) },
      `${form}\nusername=u&password=p&grant_type=password`,
    ],
    [
      'a log-in without a client or a user',
      { provider: asking({ encoding: 'json' }), grant: password({ password: 'p' }) },
      'application/json\n{"password":"p","grant_type":"password"}',
    ],
    [
      'a key without an id in the body',
      { provider: asking({ clientAuthentication: 'body' }), grant: clientCredentials({ clientSecret: 'k' }) },
      `${form}\ngrant_type=client_credentials&client_secret=k`,
    ],
    [
      'a key without an id in the header',
      { provider: asking({ clientAuthentication: 'basic-raw' }), grant: clientCredentials({ clientSecret: 'k' }) },
      `${form}\nauthorization: Basic k\ngrant_type=client_credentials`,
    ],
  ])('%s', async (_, preset, expected) => {
    expect(await wireOf(preset)).toBe(`POST https://auth.example/token\ncontent-type: ${expected}`)
    expect(new TokenManager(preset)).toBeInstanceOf(TokenManager)
  })
})
