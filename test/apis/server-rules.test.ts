import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { type ApiDefinition, type RunningApi, startApiServer } from './api-server.ts'
import { oauthCredentials } from './oauth.ts'
import { bearer, get, type PlainRequest, pick, post, send } from './plain-request.ts'
import { arcGis } from './servers/arcgis.ts'
import { betterAuth } from './servers/better-auth.ts'
import { blueIris } from './servers/blue-iris.ts'
import { bluesky } from './servers/bluesky.ts'
import { booking } from './servers/booking.ts'
import { directus } from './servers/directus.ts'
import { eagleEye } from './servers/eagle-eye.ts'
import { gitHubApp } from './servers/github-app.ts'
import { here } from './servers/here.ts'
import { hikConnect } from './servers/hik-connect.ts'
import { parseServer } from './servers/parse-server.ts'
import { piHole } from './servers/pi-hole.ts'
import { reolink } from './servers/reolink.ts'
import { salesforce } from './servers/salesforce.ts'
import { signalK } from './servers/signal-k.ts'
import { slack } from './servers/slack.ts'
import { tuya } from './servers/tuya.ts'
import { unifiProtect } from './servers/unifi-protect.ts'
import { verkada } from './servers/verkada.ts'
import { appJwt, basic, blueIrisResponse, signedByOAuth1, signedByTuya } from './signatures.ts'

const start = Date.UTC(2027, 0, 15, 12)
const minute = 60_000
let time = start
const running: RunningApi[] = []

afterEach(async () => {
  time = start
  await Promise.all(running.splice(0).map((api) => api.close()))
})

async function startServer(definition: ApiDefinition) {
  const api = await startApiServer(definition, { now: () => time })
  running.push(api)
  const fetchText = async (request: PlainRequest, baseUrl = api.url) => {
    const response = await send(baseUrl, request)
    return { status: response.status, text: await response.text(), headers: response.headers }
  }
  return { api, fetchText, context: () => ({ url: api.url, credentials: api.credentials, now: time }) }
}

describe('few seats', () => {
  const reolinkLogIn = ({ credentials: { userName, password } }: RunningApi) =>
    post('/cgi-bin/api.cgi?cmd=Login', [{ cmd: 'Login', param: { User: { userName, password } } }])

  it('has no seat for a fourth log-in at Reolink, until one logs out or a lease ends', async () => {
    const { api, fetchText } = await startServer(reolink)
    const replies = [1, 2, 3, 4].map(() => () => fetchText(reolinkLogIn(api)))
    const texts: string[] = []
    for (const logIn of replies) texts.push((await logIn()).text)
    expect(texts[3]).toContain('"rspCode":-5')
    const [{ value }] = JSON.parse(texts[0]!)
    await fetchText(post(`/cgi-bin/api.cgi?cmd=Logout&token=${value.Token.name}`, [{ cmd: 'Logout', param: {} }]))
    expect((await fetchText(reolinkLogIn(api))).text).toContain('leaseTime')
    time += reolink.lifetimeMs
    expect(api.liveSessions).toBe(0)
  })

  it('has no seat for a fourth log-in at Pi-hole, and keeps a session that is used', async () => {
    const { api, fetchText } = await startServer(piHole)
    const logIn = () => fetchText(post('/api/auth', pick(api.credentials, 'password')))
    const { sid } = JSON.parse((await logIn()).text).session
    await logIn()
    await logIn()
    expect(await logIn()).toMatchObject({ status: 429, text: expect.stringContaining('api_seats_exceeded') })
    time += 20 * minute
    const read = () => fetchText(get('/api/stats/summary', { 'x-ftl-sid': sid }))
    expect((await read()).status).toBe(200)
    time += 20 * minute
    expect((await read()).status).toBe(200)
    expect(api.liveSessions).toBe(1)
  })
})

describe('limits of log-ins', () => {
  const wrong = { mode: 'json', password: 'wrong', email: 'admin@example.com' }

  it('suspends the account at Directus after more than 25 wrong log-ins, for the right password too', async () => {
    const { api, fetchText } = await startServer(directus)
    const right = { ...pick(api.credentials, 'email', 'password'), mode: 'json' }
    for (let i = 0; i < 25; i++) await fetchText(post('/auth/login', wrong))
    expect((await fetchText(post('/auth/login', right))).status).toBe(200)
    for (let i = 0; i < 26; i++) await fetchText(post('/auth/login', wrong))
    expect(await fetchText(post('/auth/login', right))).toMatchObject({ status: 401, text: expect.stringContaining('USER_SUSPENDED') })
  })

  it('allows 30 log-ins in 5 minutes at Bluesky, and tells when there are more', async () => {
    const { api, fetchText } = await startServer(bluesky)
    const logIn = () => fetchText(post('/xrpc/com.atproto.server.createSession', pick(api.credentials, 'identifier', 'password')))
    for (let i = 0; i < 30; i++) expect((await logIn()).status).toBe(200)
    const { status, headers } = await logIn()
    expect([status, headers.get('ratelimit-remaining'), headers.get('ratelimit-reset')]).toEqual([
      429,
      '0',
      String((start + 5 * minute) / 1000),
    ])
    time += 5 * minute
    expect((await logIn()).status).toBe(200)
  })

  it('gives 30 tokens an hour at Booking.com', async () => {
    const { api, fetchText } = await startServer(booking)
    const logIn = () => fetchText(post('/token-based-authentication/exchange', pick(api.credentials, 'client_id', 'client_secret')))
    for (let i = 0; i < 30; i++) expect((await logIn()).status).toBe(200)
    expect((await logIn()).status).toBe(429)
  })
})

describe('signatures', () => {
  it('refuses a used challenge at Blue Iris, and gives none to the right response of another session', async () => {
    const { api, fetchText } = await startServer(blueIris)
    const { user = '', password = '' } = api.credentials
    const { session } = JSON.parse((await fetchText(post('/json', { cmd: 'login' }))).text)
    const logIn = post('/json', { cmd: 'login', session, response: blueIrisResponse(user, session, password) })
    expect((await fetchText(logIn)).text).toContain('"result":"success"')
    expect((await fetchText(logIn)).text).toContain('"result":"fail"')
    expect(
      (await fetchText(post('/json', { cmd: 'login', session: 'own', response: blueIrisResponse(user, 'own', password) }))).text,
    ).toContain('fail')
  })

  it('refuses at Tuya a signature over another body, an old time, and a token that is not signed', async () => {
    const { fetchText, context } = await startServer(tuya)
    const { access_token: token } = JSON.parse((await fetchText(signedByTuya(get('/v1.0/token?grant_type=1'), context()))).text).result
    const write = signedByTuya(post('/v1.0/devices/d1/commands', { commands: [] }), context(), token)
    expect((await fetchText({ ...write, json: { commands: [1] } })).text).toContain('"code":1004')
    const unsigned = signedByTuya(get('/v1.0/devices/d1'), context())
    expect((await fetchText({ ...unsigned, headers: { ...unsigned.headers, access_token: token } })).text).toContain('"code":1004')
    time += 6 * minute
    expect((await fetchText(write)).text).toContain('"code":1013')
  })

  it('verifies at HERE a signature that RFC 5849 leads to, and refuses a nonce that was used', async () => {
    const { api, fetchText, context } = await startServer(here)
    const request = signedByOAuth1({ method: 'POST', path: '/oauth2/token', form: { grant_type: 'client_credentials' } }, context())
    // Once more by hand, without the helper's loops.
    const [, nonce, stamp] = /oauth_nonce="(\w+)".*oauth_timestamp="(\d+)"/.exec(request.headers!['authorization']!)!
    const parameters = `grant_type=client_credentials&oauth_consumer_key=kR4_x-1&oauth_nonce=${nonce}&oauth_signature_method=HMAC-SHA256&oauth_timestamp=${stamp}&oauth_version=1.0`
    const base = `POST&${encodeURIComponent(`${api.url}/oauth2/token`)}&${encodeURIComponent(parameters)}`
    const byHand = createHmac('sha256', 'compass%20%26%20rose&').update(base).digest('base64')
    expect(request.headers!['authorization']).toContain(`oauth_signature="${encodeURIComponent(byHand)}"`)
    expect((await fetchText(request)).status).toBe(200)
    expect(await fetchText(request)).toMatchObject({ status: 401, text: expect.stringContaining('Nonce reused') })
  })

  it("refuses a GitHub App's JWT that lives for over ten minutes or belongs to another app", async () => {
    const { api, fetchText, context } = await startServer(gitHubApp)
    const logIn = (jwt: string) => fetchText(post('/app/installations/42/access_tokens', undefined, { authorization: `Bearer ${jwt}` }))
    expect((await logIn(appJwt(context(), 3600))).text).toContain('too far in the future')
    const otherApp = { ...context(), credentials: { ...api.credentials, appId: '7' } }
    expect((await logIn(appJwt(otherApp))).status).toBe(401)
    expect((await logIn(appJwt(context()))).status).toBe(201)
  })
})

describe('where and how a token travels', () => {
  it('redirects to a picture at Verkada, whose bucket is another host that asks for nothing', async () => {
    const { api, fetchText } = await startServer(verkada)
    const { token } = JSON.parse((await fetchText(post('/token', undefined, pick(api.credentials, 'x-api-key')))).text)
    const { status, headers } = await fetchText(get('/cameras/v1/footage/thumbnails', { 'x-verkada-auth': token }))
    const location = new URL(headers.get('location')!)
    expect([status, location.origin]).toEqual([302, api.otherUrl])
    expect((await fetch(location)).headers.get('content-type')).toBe('image/jpeg')
    expect(api.requests.at(-1)).toMatchObject({ host: 'other', carried: [] })
  })

  it('takes the token of Hik-Connect only at the host that the reply names', async () => {
    const { api, fetchText } = await startServer(hikConnect)
    const { data } = JSON.parse(
      (await fetchText(post('/api/hccgw/platform/v1/token/get', pick(api.credentials, 'appKey', 'secretKey')))).text,
    )
    const request = post('/api/hccgw/resource/v1/devices/get', {}, { token: data.accessToken })
    expect((await fetchText(request)).status).toBe(404)
    expect((await fetchText(request, data.areaDomain)).text).toContain('"errorCode":"0"')
  })

  it('asks at UniFi for the CSRF value where something is written, and not where it is read', async () => {
    const { api, fetchText } = await startServer(unifiProtect)
    const { headers } = await fetchText(post('/api/auth/login', pick(api.credentials, 'username', 'password')))
    const cookie = headers.get('set-cookie')!.split(';')[0]!
    expect((await fetchText(get('/proxy/protect/api/bootstrap', { cookie }))).status).toBe(200)
    expect((await fetchText(post('/proxy/protect/api/cameras/1/reboot', {}, { cookie }))).status).toBe(403)
  })

  it('refuses a log-in without an Origin, and with another one, at better-auth', async () => {
    const { api, fetchText } = await startServer(betterAuth)
    const logIn = (headers: Record<string, string>) =>
      fetchText(post('/api/auth/sign-in/email', pick(api.credentials, 'email', 'password'), headers))
    expect(await logIn({})).toMatchObject({ status: 403, text: expect.stringContaining('MISSING_OR_NULL_ORIGIN') })
    expect(await logIn({ origin: 'https://evil.example' })).toMatchObject({ status: 403, text: expect.stringContaining('INVALID_ORIGIN') })
  })

  it('takes a token of ArcGIS only with the Referer that it was asked for', async () => {
    const { api, fetchText } = await startServer(arcGis)
    const form = { ...pick(api.credentials, 'username', 'password', 'referer'), client: 'referer', expiration: '60', f: 'json' }
    const { token } = JSON.parse((await fetchText({ method: 'POST', path: '/sharing/rest/generateToken', form })).text)
    const read = (headers: Record<string, string>) => fetchText(get('/sharing/rest/community/self', headers))
    expect((await read({ 'x-esri-authorization': `Bearer ${token}` })).text).toContain('"code":498')
    expect((await read({ ...bearer({ token }), referer: 'https://maps.example.com' })).text).toContain('"code":499')
  })

  it('knows the schemes JWT and Bearer at Signal K, and no others', async () => {
    const { api, fetchText } = await startServer(signalK)
    const { token } = JSON.parse((await fetchText(post('/signalk/v1/auth/login', pick(api.credentials, 'username', 'password')))).text)
    const statusWith = async (scheme: string) =>
      (await fetchText(get('/signalk/v1/api/vessels/self', { authorization: `${scheme} ${token}` }))).status
    expect([await statusWith('JWT'), await statusWith('Bearer'), await statusWith('jwt')]).toEqual([200, 200, 401])
  })

  it('logs in at parse-server by GET too, and asks for the ids everywhere', async () => {
    const { api, fetchText } = await startServer(parseServer)
    const ids = { 'x-parse-application-id': 'app1', 'x-parse-rest-api-key': 'rest1' }
    const query = new URLSearchParams(pick(api.credentials, 'username', 'password'))
    const { sessionToken } = JSON.parse((await fetchText(get(`/parse/login?${query}`, ids))).text)
    expect((await fetchText(get('/parse/users/me', { 'x-parse-session-token': sessionToken }))).status).toBe(403)
  })
})

describe('codes', () => {
  it("nests a user's token at Slack where it comes from a code, and takes a code once", async () => {
    const { api, fetchText } = await startServer(slack)
    const { clientId = '', clientSecret = '', redirectUri = '' } = api.credentials
    const query = new URLSearchParams({ client_id: clientId, redirect_uri: redirectUri, response_type: 'code', state: 's1' })
    const location = new URL((await fetchText(get(`/oauth/v2/authorize?${query}`))).headers.get('location')!)
    expect(location.searchParams.get('state')).toBe('s1')
    const form = { client_id: clientId, client_secret: clientSecret, redirect_uri: redirectUri, code: location.searchParams.get('code')! }
    const exchange = () => fetchText({ method: 'POST', path: '/api/oauth.v2.access', form })
    const { authed_user: user } = JSON.parse((await exchange()).text)
    expect(api.requests.at(-1)).toMatchObject({ kind: 'log-in', isCarriedOut: true })
    expect((await fetchText(get('/api/auth.test', bearer({ token: user.access_token })))).text).toContain('"ok":true')
    expect((await exchange()).text).toBe('{"ok":false,"error":"invalid_code"}')
  })
})

describe('client authentication', () => {
  const form = { grant_type: 'refresh_token', refresh_token: 'first-refresh-token' }
  const body = { client_id: oauthCredentials.clientId, client_secret: oauthCredentials.clientSecret }
  const headers = { authorization: basic(oauthCredentials) }
  const path = '/services/oauth2/token'

  it('goes into the body or into HTTP Basic at Salesforce, and not into both', async () => {
    const { fetchText } = await startServer(salesforce)
    expect((await fetchText({ method: 'POST', path, form: { ...form, ...body } })).status).toBe(200)
    expect((await fetchText({ method: 'POST', path, form, headers })).status).toBe(200)
    expect((await fetchText({ method: 'POST', path, form: { ...form, ...body }, headers })).status).toBe(400)
    expect((await fetchText({ method: 'POST', path, form })).status).toBe(400)
  })

  it('goes into HTTP Basic alone at Eagle Eye', async () => {
    const { fetchText } = await startServer(eagleEye)
    expect((await fetchText({ method: 'POST', path: '/oauth2/token', form: { ...form, ...body } })).status).toBe(400)
    expect((await fetchText({ method: 'POST', path: '/oauth2/token', form, headers })).status).toBe(200)
  })
})

describe('the frame', () => {
  it('lives in the time that it is given, in the Date header too', async () => {
    const { api } = await startServer(signalK)
    const response = await send(api.url, get('/nowhere'))
    expect(Date.parse(response.headers.get('date')!)).toBe(start)
    expect(api.requests[0]).toMatchObject({ at: start, kind: 'other', status: 404 })
  })

  it('takes another password after setPassword, and leaves tokens alone', async () => {
    const { api, fetchText } = await startServer(signalK)
    const logIn = (password: string) => fetchText(post('/signalk/v1/auth/login', { username: 'skipper', password }))
    const { token } = JSON.parse((await logIn('fair winds')).text)
    api.setPassword('foul winds')
    expect([(await logIn('fair winds')).status, (await logIn('foul winds')).status]).toEqual([401, 200])
    expect((await fetchText(get('/signalk/v1/api/vessels/self', bearer({ token })))).status).toBe(200)
    expect(api.requestsOf('log-in').map(({ isCarriedOut, issued }) => [isCarriedOut, issued])).toEqual([
      [true, 1],
      [false, undefined],
      [true, 2],
    ])
  })
})
