import { afterEach, describe, expect, it } from 'vitest'
import * as arcgis from '../../examples/providers/arcgis.ts'
import * as betterAuth from '../../examples/providers/better-auth.ts'
import * as blueIris from '../../examples/providers/blue-iris.ts'
import * as bluesky from '../../examples/providers/bluesky.ts'
import * as bookingCom from '../../examples/providers/booking-com.ts'
import * as directus from '../../examples/providers/directus.ts'
import * as eagleEye from '../../examples/providers/eagle-eye.ts'
import * as etcd from '../../examples/providers/etcd.ts'
import * as frigate from '../../examples/providers/frigate.ts'
import * as gitHubApp from '../../examples/providers/github-app.ts'
import * as graphql from '../../examples/providers/graphql.ts'
import * as here from '../../examples/providers/here.ts'
import * as hikConnect from '../../examples/providers/hik-connect.ts'
import * as homebridge from '../../examples/providers/homebridge.ts'
import * as keystone from '../../examples/providers/keystone.ts'
import * as matrix from '../../examples/providers/matrix.ts'
import * as parseServer from '../../examples/providers/parse-server.ts'
import * as piHole from '../../examples/providers/pi-hole.ts'
import * as reolink from '../../examples/providers/reolink.ts'
import * as salesforce from '../../examples/providers/salesforce.ts'
import * as signalK from '../../examples/providers/signal-k.ts'
import * as simpleJwt from '../../examples/providers/simplejwt.ts'
import * as slack from '../../examples/providers/slack.ts'
import * as synology from '../../examples/providers/synology.ts'
import * as tuya from '../../examples/providers/tuya.ts'
import * as tvdb from '../../examples/providers/tvdb.ts'
import * as unifiProtect from '../../examples/providers/unifi-protect.ts'
import * as usgs from '../../examples/providers/usgs-m2m.ts'
import * as verkada from '../../examples/providers/verkada.ts'
import * as wordPress from '../../examples/providers/wordpress-jwt.ts'
import * as zoneMinder from '../../examples/providers/zoneminder.ts'
import { type Grant, type Provider, type Token, TokenManager } from '../../src/index.ts'
import { type ApiDefinition, type Credentials, type RecordedRequest, type RunningApi, startApiServer } from './api-server.ts'
import { relocate } from './relocate.ts'
import { arcGis as arcGisServer } from './servers/arcgis.ts'
import { betterAuth as betterAuthServer } from './servers/better-auth.ts'
import { blueIris as blueIrisServer } from './servers/blue-iris.ts'
import { bluesky as blueskyServer } from './servers/bluesky.ts'
import { booking as bookingServer } from './servers/booking.ts'
import { directus as directusServer } from './servers/directus.ts'
import { eagleEye as eagleEyeServer } from './servers/eagle-eye.ts'
import { etcd as etcdServer } from './servers/etcd.ts'
import { frigate as frigateServer } from './servers/frigate.ts'
import { gitHubApp as gitHubAppServer } from './servers/github-app.ts'
import { graphQl as graphQlServer } from './servers/graphql.ts'
import { here as hereServer } from './servers/here.ts'
import { hikConnect as hikConnectServer } from './servers/hik-connect.ts'
import { homebridge as homebridgeServer } from './servers/homebridge.ts'
import { keystone as keystoneServer } from './servers/keystone.ts'
import { matrix as matrixServer } from './servers/matrix.ts'
import { parseServer as parseServerServer } from './servers/parse-server.ts'
import { piHole as piHoleServer } from './servers/pi-hole.ts'
import { reolink as reolinkServer } from './servers/reolink.ts'
import { salesforce as salesforceServer } from './servers/salesforce.ts'
import { signalK as signalKServer } from './servers/signal-k.ts'
import { simpleJwt as simpleJwtServer } from './servers/simplejwt.ts'
import { slack as slackServer } from './servers/slack.ts'
import { synology as synologyServer } from './servers/synology.ts'
import { tuya as tuyaServer } from './servers/tuya.ts'
import { tvdb as tvdbServer } from './servers/tvdb.ts'
import { unifiProtect as unifiProtectServer } from './servers/unifi-protect.ts'
import { usgsM2m as usgsServer } from './servers/usgs-m2m.ts'
import { verkada as verkadaServer } from './servers/verkada.ts'
import { wordPressJwt as wordPressServer } from './servers/wordpress-jwt.ts'
import { zoneMinder as zoneMinderServer } from './servers/zoneminder.ts'

interface Probed {
  readonly profile: Provider
  readonly server: ApiDefinition
  readonly grant: (credentials: any, url: string) => Grant
  /** Method, path and body of the first token request, as it has to arrive. */
  readonly logIn: string
  readonly read: string
  readonly write: string
  /** Of a token that is not asked for anew: the request of its renewal. */
  readonly renewal?: string
  /** Whether a token takes several requests. */
  readonly isInSteps?: boolean
  /** Where a dropped token's write may have been carried out, its response is returned. */
  readonly isWriteReturned?: boolean
  /** What is left when the refresh token is dead. */
  readonly onDeadRefresh?: 'log-in' | 'sign-in'
  readonly changes?: Readonly<Record<string, string>>
  readonly contentType?: string
}

const user = ({ username, password }: Credentials) => ({ username: String(username), password: String(password) })
const app = ({ clientId, clientSecret, refreshToken }: Credentials) => ({
  clientId: String(clientId),
  clientSecret: String(clientSecret),
  refreshToken: String(refreshToken),
})

const login = (path: string, body: object) => `POST ${path} ${JSON.stringify(body)}`

const probed: Readonly<Record<string, Probed>> = {
  'Signal K': {
    profile: signalK.signalK,
    server: signalKServer,
    grant: (c) => signalK.grant(user(c)),
    logIn: login('/signalk/v1/auth/login', { username: 'skipper', password: 'fair winds' }),
    read: 'GET /signalk/v1/api/vessels/self',
    write: 'POST /signalk/v1/api/resources/notes {}',
  },
  Verkada: {
    profile: verkada.verkada,
    server: verkadaServer,
    grant: (c) => verkada.grant({ apiKey: c['x-api-key'] }),
    logIn: 'POST /token ',
    read: 'GET /cameras/v1/devices',
    write: 'POST /cameras/v1/people/person_of_interest {}',
  },
  ZoneMinder: {
    profile: zoneMinder.zoneMinder,
    server: zoneMinderServer,
    grant: (c) => zoneMinder.grant({ username: c.user, password: c.pass }),
    logIn: 'POST /zm/api/host/login.json user=admin&pass=watch+%26+wait',
    renewal: 'POST /zm/api/host/login.json token=REFRESH',
    onDeadRefresh: 'log-in',
    read: 'GET /zm/api/monitors.json',
    write: 'POST /zm/api/monitors/1.json {}',
  },
  Reolink: {
    profile: reolink.reolink,
    server: reolinkServer,
    grant: (c) => reolink.grant({ username: c.userName, password: c.password }),
    logIn: login('/cgi-bin/api.cgi?cmd=Login', [{ cmd: 'Login', param: { User: { userName: 'admin', password: 'peephole' } } }]),
    read: 'GET /cgi-bin/api.cgi?cmd=GetDevInfo',
    write: 'POST /cgi-bin/api.cgi?cmd=SetOsd [{"cmd":"SetOsd","param":{}}]',
  },
  Synology: {
    profile: synology.synology,
    server: synologyServer,
    grant: (c) => synology.grant({ username: c.account, password: c.passwd }),
    logIn:
      'GET /webapi/entry.cgi?api=SYNO.API.Auth&version=6&method=login&session=SurveillanceStation&format=sid&account=guard&passwd=disk%20%26%20dish ',
    read: 'GET /webapi/entry.cgi?api=SYNO.SurveillanceStation.Camera&version=9&method=List',
    write: 'POST /webapi/entry.cgi method=Enable',
    contentType: 'application/x-www-form-urlencoded',
  },
  Frigate: {
    profile: frigate.frigate,
    server: frigateServer,
    grant: (c) => frigate.grant({ username: c.user, password: c.password }),
    logIn: login('/api/login', { user: 'admin', password: 'bird of the sea' }),
    read: 'GET /api/profile',
    write: 'POST /api/reviews/viewed {"ids":["1"]}',
  },
  'Hik-Connect': {
    profile: hikConnect.hikConnect,
    server: hikConnectServer,
    grant: (c) => hikConnect.grant({ clientId: c.appKey, clientSecret: c.secretKey }),
    logIn: login('/api/hccgw/platform/v1/token/get', { appKey: 'A1b2C3d4', secretKey: 'gate keeper' }),
    read: 'GET /platform/v1/systemproperties',
    write: 'POST /resource/v1/devices/get {}',
  },
  'Eagle Eye': {
    profile: eagleEye.eagleEye,
    server: eagleEyeServer,
    grant: (c) => eagleEye.grant(app(c)),
    logIn: 'POST /oauth2/token refresh_token=REFRESH&grant_type=refresh_token',
    renewal: 'POST /oauth2/token grant_type=refresh_token&refresh_token=REFRESH',
    onDeadRefresh: 'sign-in',
    read: 'GET /cameras',
    write: 'POST /cameras {}',
  },
  Salesforce: {
    profile: salesforce.salesforce,
    server: salesforceServer,
    grant: (c) => salesforce.grant(app(c)),
    logIn: 'POST /services/oauth2/token grant_type=refresh_token&refresh_token=REFRESH&client_id=ID&client_secret=SECRET',
    renewal: 'POST /services/oauth2/token grant_type=refresh_token&refresh_token=REFRESH&client_id=ID&client_secret=SECRET',
    onDeadRefresh: 'sign-in',
    read: 'GET /query?q=SELECT+Name+FROM+Account',
    write: 'POST /sobjects/Account {}',
  },
  'UniFi Protect': {
    profile: unifiProtect.unifiProtect,
    server: unifiProtectServer,
    grant: (c) => unifiProtect.grant(user(c)),
    logIn: login('/api/auth/login', { username: 'local', password: 'console cowboy' }),
    read: 'GET /proxy/protect/api/bootstrap',
    write: 'POST /proxy/protect/api/cameras/1/reboot {}',
  },
  'Blue Iris': {
    profile: blueIris.blueIris,
    server: blueIrisServer,
    grant: (c, url) => blueIris.grant({ username: c.user, password: c.password, url: `${url}/json` }),
    logIn: 'POST /json {"cmd":"login"}',
    isInSteps: true,
    read: 'POST /json {"cmd":"camlist"}',
    write: 'POST /json {"cmd":"trigger","camera":"gate"}',
  },
  Tuya: {
    profile: tuya.tuya,
    server: tuyaServer,
    grant: (c) => tuya.grant({ clientId: c.clientId, clientSecret: c.secret }),
    logIn: 'GET /v1.0/token?grant_type=1 ',
    read: 'GET /v1.0/devices/d1',
    write: 'POST /v1.0/devices/d1/commands {"commands":[]}',
  },
  'Pi-hole': {
    profile: piHole.piHole,
    server: piHoleServer,
    grant: (c) => piHole.grant(c),
    logIn: login('/api/auth', { password: 'black hole' }),
    read: 'GET /api/stats/summary',
    write: 'POST /api/groups {"name":"guests"}',
  },
  ArcGIS: {
    profile: arcgis.arcgis,
    server: arcGisServer,
    grant: (c) => arcgis.grant(user(c)),
    logIn:
      'POST /sharing/rest/generateToken username=cartographer&password=north+%26+south&client=referer&referer=https%3A%2F%2Fmaps.example.com&expiration=60&f=json',
    read: 'GET /sharing/rest/community/self?f=json',
    write: 'POST /server/rest/services/Trees/FeatureServer/0/addFeatures f=json&features=%5B%5D',
    contentType: 'application/x-www-form-urlencoded',
  },
  'USGS M2M': {
    profile: usgs.usgs,
    server: usgsServer,
    grant: (c) => usgs.grant({ username: c.username, token: c.token }),
    logIn: login('/api/api/json/stable/login-token', { username: 'landsat', token: 'an-application-token' }),
    read: 'GET /api/api/json/stable/permissions',
    write: 'POST /api/api/json/stable/scene-list-add {}',
  },
  'Booking.com': {
    profile: bookingCom.bookingCom,
    server: bookingServer,
    grant: (c) => bookingCom.grant({ clientId: c.client_id, clientSecret: c.client_secret }),
    logIn: login('/token-based-authentication/exchange', { client_id: 'machine-account', client_secret: 'room service' }),
    read: 'GET /messaging/messages/latest',
    write: 'POST /messaging/conversations/1 {}',
  },
  TVDB: {
    profile: tvdb.tvdb,
    server: tvdbServer,
    grant: (c) => tvdb.grant({ apikey: c.apikey, pin: c.pin }),
    logIn: login('/v4/login', { apikey: 'f0e1d2c3-0000', pin: 'ABC123' }),
    read: 'GET /v4/series/121361',
    write: 'POST /v4/user/favorites {"series":1}',
  },
  HERE: {
    profile: here.here,
    server: hereServer,
    grant: (c) => here.grant({ clientId: c.accessKeyId, clientSecret: c.accessKeySecret }),
    logIn: 'POST /oauth2/token grant_type=client_credentials',
    read: 'GET /v1/geocode?q=Berlin',
    write: 'POST /v8/matrix {}',
  },
  Directus: {
    profile: directus.directus,
    server: directusServer,
    grant: (c) => directus.grant({ username: c.email, password: c.password }),
    logIn: login('/auth/login', { email: 'admin@example.com', password: 'content is king', mode: 'json' }),
    renewal: 'POST /auth/refresh {"refresh_token":"REFRESH","mode":"json"}',
    onDeadRefresh: 'log-in',
    read: 'GET /items/articles',
    write: 'POST /items/articles {"title":"New"}',
  },
  simplejwt: {
    profile: simpleJwt.simpleJwt,
    server: simpleJwtServer,
    grant: (c) => simpleJwt.grant(user(c)),
    logIn: login('/api/token/', { username: 'davidattenborough', password: 'boatymcboatface' }),
    renewal: 'POST /api/token/refresh/ {"refresh":"REFRESH"}',
    onDeadRefresh: 'log-in',
    read: 'GET /api/boats/',
    write: 'POST /api/boats/ {}',
  },
  'better-auth': {
    profile: betterAuth.betterAuth,
    server: betterAuthServer,
    grant: (c) => betterAuth.grant({ username: c.email, password: c.password }),
    logIn: login('/api/auth/sign-in/email', { email: 'user@example.com', password: 'even better' }),
    read: 'GET /api/auth/list-sessions',
    write: 'POST /api/auth/update-user {"name":"New"}',
  },
  Homebridge: {
    profile: homebridge.homebridge,
    server: homebridgeServer,
    grant: (c) => homebridge.grant(user(c)),
    logIn: login('/api/auth/login', { username: 'admin', password: 'over the water' }),
    renewal: 'POST /api/auth/refresh ',
    read: 'GET /api/accessories',
    write: 'POST /api/accessories {}',
  },
  Matrix: {
    profile: matrix.matrix,
    server: matrixServer,
    grant: (c) => matrix.grant({ username: c.user, password: c.password }),
    logIn: login('/_matrix/client/v3/login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'cheeky_monkey' },
      password: 'ilovebananas',
      refresh_token: true,
    }),
    renewal: 'POST /_matrix/client/v3/refresh {"refresh_token":"REFRESH"}',
    onDeadRefresh: 'log-in',
    read: 'GET /_matrix/client/v3/account/whoami',
    write: 'POST /_matrix/client/v3/createRoom {}',
  },
  Bluesky: {
    profile: bluesky.bluesky,
    server: blueskyServer,
    grant: (c) => bluesky.grant({ username: c.identifier, password: c.password }),
    logIn: login('/xrpc/com.atproto.server.createSession', { identifier: 'alice.example.com', password: 'abcd-efgh-ijkl-mnop' }),
    renewal: 'POST /xrpc/com.atproto.server.refreshSession ',
    onDeadRefresh: 'log-in',
    read: 'GET /xrpc/com.atproto.server.getSession',
    write: 'POST /xrpc/com.atproto.repo.createRecord {}',
  },
  Keystone: {
    profile: keystone.keystone,
    server: keystoneServer,
    grant: (c) => keystone.grant({ username: c.name, password: c.password }),
    logIn: login('/v3/auth/tokens', {
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'admin', domain: { name: 'Default' }, password: 'devstacker' } },
        },
      },
    }),
    read: 'GET /v3/projects',
    write: 'POST /v3/projects {}',
  },
  'WordPress JWT': {
    profile: wordPress.wordPress,
    server: wordPressServer,
    grant: (c) => wordPress.grant(user(c)),
    logIn: login('/wp-json/jwt-auth/v1/token', { username: 'editor', password: 'press & print' }),
    read: 'GET /wp-json/wp/v2/users/me',
    write: 'POST /wp-json/wp/v2/posts {}',
  },
  Slack: {
    profile: slack.slack,
    server: slackServer,
    grant: (c) => slack.grant(app(c)),
    logIn: 'POST /api/oauth.v2.access grant_type=refresh_token&refresh_token=REFRESH',
    renewal: 'POST /api/oauth.v2.access grant_type=refresh_token&refresh_token=REFRESH',
    onDeadRefresh: 'sign-in',
    read: 'GET /api/auth.test',
    write: 'POST /api/chat.postMessage {}',
  },
  GraphQL: {
    profile: graphql.graphql,
    server: graphQlServer,
    grant: (c) => graphql.grant(app(c)),
    logIn: 'POST /oauth/token grant_type=refresh_token&refresh_token=REFRESH',
    renewal: 'POST /oauth/token grant_type=refresh_token&refresh_token=REFRESH',
    onDeadRefresh: 'sign-in',
    read: 'GET /graphql?query=%7Bme%7Bid%7D%7D',
    write: 'POST /graphql {"query":"mutation{addNote{id}}"}',
  },
  'GitHub App': {
    profile: gitHubApp.gitHubApp,
    server: gitHubAppServer,
    grant: (c) => gitHubApp.grant({ appId: c.appId, privateKey: c.privateKey }),
    changes: { '12345678': '42' },
    logIn: 'POST /app/installations/42/access_tokens ',
    read: 'GET /installation/repositories',
    write: 'POST /repos/octo-org/hello/issues {}',
  },
  'parse-server': {
    profile: parseServer.parseServer,
    server: parseServerServer,
    grant: (c) => parseServer.grant(user(c)),
    logIn: login('/parse/login', { username: 'cooldude6', password: 'p_n7!-e8' }),
    read: 'GET /parse/users/me',
    write: 'POST /parse/classes/GameScore {}',
  },
  etcd: {
    profile: etcd.etcd,
    server: etcdServer,
    grant: (c) => etcd.grant({ username: c.name, password: c.password }),
    logIn: login('/v3/auth/authenticate', { name: 'root', password: 'keeper of keys' }),
    read: 'POST /v3/kv/range {"key":"Zm9v"}',
    write: 'POST /v3/kv/put {"key":"Zm9v","value":"YmFy"}',
  },
}

const start = Date.UTC(2027, 0, 15, 12)
let time = start
const open: AsyncDisposable[] = []

afterEach(async () => {
  time = start
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

async function startWith({ profile, server, grant, changes, contentType = 'application/json' }: Probed) {
  const api = await startApiServer(server, { now: () => time })
  open.push(api)
  const provider = relocate(profile, api, changes)
  const manager = (credentials: Credentials = api.credentials) => {
    const tokens = new TokenManager({ provider, grant: grant(credentials, api.url), now: () => time, fetch: leadHome(api) })
    open.push(tokens)
    return tokens
  }
  const tokens = manager()
  /** Sends a request such as `POST /path {"a":1}`; its path is joined to where the API is, where that has to be learnt. */
  const call = async (request: string): Promise<Response> => {
    const [method = '', path = '', ...rest] = request.split(' ')
    const base = provider.apiOrigins ? String((await tokens.getToken()).apiUrl).replace(/\/$/, '') : api.url
    const init = method === 'GET' ? {} : { method, body: rest.join(' '), headers: { 'content-type': contentType } }
    return tokens.fetch(base + path, init)
  }
  return { api, provider, tokens, manager, call }
}

/** One of the APIs names a host, for which `https` is meant: here it has none. */
function leadHome({ otherUrl = '' }: RunningApi): typeof fetch {
  return (input, init) => fetch(typeof input === 'string' ? input.replace('https://127.0.0.1', otherUrl) : input, init)
}

const tokenRequests = ({ requests }: RunningApi) => requests.filter(({ kind }) => kind === 'log-in' || kind === 'renewal')

/** A token request as one line. What is new each time stands in capitals, in any order where that is a form's. */
function lineOf({ kind, method, path, body }: RecordedRequest, { clientId, clientSecret }: Credentials): string {
  const secrets: [string | undefined, string][] = [
    [clientId, 'ID'],
    [clientSecret, 'SECRET'],
  ]
  const isRenewal = kind === 'renewal' || /refresh_token=/.test(body)
  let text = isRenewal ? body.replace(/((?:refresh_token|refresh|token)(?:=|":"))[^&"]+/, '$1REFRESH') : body
  for (const [value, name] of secrets) if (value) text = text.replace(new RegExp(`=${escape(value)}(?=&|$)`), `=${name}`)
  return `${method} ${path} ${sorted(text)}`
}

const escape = (value: string) =>
  new URLSearchParams([['', value]])
    .toString()
    .slice(1)
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const sorted = (text: string) => (/^[\w.]+=/.test(text) ? text.split('&').sort().join('&') : text)
const sortedLine = (line: string) => {
  const [method, path, ...rest] = line.split(' ')
  return `${method} ${path} ${sorted(rest.join(' '))}`
}

const lifetimeOf = ({ issuedAt, expiresAt }: Token) => (expiresAt === undefined ? undefined : expiresAt - issuedAt)

const apis = Object.entries(probed)

describe.each(apis)('%s', (_, one) => {
  it('is asked for a token exactly as it wants to be, and takes the token where it wants it', async () => {
    const { api, call } = await startWith(one)
    expect((await call(one.read)).status).toBeLessThan(300)
    expect((await call(one.write)).status).toBeLessThan(300)
    const [first] = tokenRequests(api)
    expect(first && lineOf(first, api.credentials)).toBe(sortedLine(one.logIn))
    expect(api.requests.filter(({ isCarriedOut }) => !isCarriedOut).map(({ reason }) => reason)).toEqual([])
    expect(api.requests.filter(({ kind }) => kind === 'api')).toHaveLength(2)
  })

  it('drops a token → that is noticed, the token renewed, and the call sent again', async () => {
    const { api, call } = await startWith(one)
    await call(one.read)
    for (const request of [one.read, one.write]) {
      const before = tokenRequests(api).filter(({ issued }) => issued !== undefined).length
      api.dropTokens()
      const response = await call(request)
      if (request === one.write && one.isWriteReturned) continue
      expect(response.status, await response.clone().text()).toBeLessThan(300)
      expect(api.requests.at(-1)).toMatchObject({ kind: 'api', isCarriedOut: true })
      expect(tokenRequests(api).filter(({ issued }) => issued !== undefined)).toHaveLength(before + 1)
    }
  })

  it('gives tokens of a lifetime → they are renewed before its end, and no call is refused', async () => {
    const { api, call, tokens } = await startWith(one)
    await call(one.read)
    const lifetime = lifetimeOf(await tokens.getToken())
    if (lifetime !== undefined) expect(lifetime).toBeLessThanOrEqual(one.server.lifetimeMs)
    const rounds = lifetime === undefined ? [] : [1, 2, 3]
    for (const round of rounds) {
      time = Number((await tokens.getToken()).expiresAt) - Math.min(200_000, Number(lifetime) * 0.15)
      // It is used, and renewed beside that.
      expect((await call(one.read)).status).toBeLessThan(300)
      await expect.poll(() => tokens.explain().generation).toBe(round + 1)
      expect((await call(one.read)).status).toBeLessThan(300)
    }
    expect(api.requests.filter(({ reason }) => reason?.includes('expired'))).toEqual([])
    const renewal = tokenRequests(api).at(-1)
    if (!one.isInSteps) expect(renewal && lineOf(renewal, api.credentials)).toBe(sortedLine(one.renewal ?? one.logIn))
  })

  it('refuses the credentials → they are sent once, and the error is not retryable', async () => {
    const { api, manager } = await startWith(one)
    const credentials = { ...api.credentials }
    api.rejectCredentials()
    const tokens = manager(credentials)
    const error = await tokens.getToken().catch((reason) => reason)
    expect(error).toMatchObject({ retryable: false })
    await expect(tokens.getToken()).rejects.toMatchObject({ retryable: false, retryAt: expect.any(Number) })
    expect(tokenRequests(api).filter(({ isCarriedOut }) => !isCarriedOut)).toHaveLength(1)
    for (const secret of Object.values(credentials)) {
      if (secret.length > 8) expect(JSON.stringify(error) + error.message).not.toContain(secret)
    }
  })
})

describe.each(apis.filter(([, { profile }]) => profile.revocation))('%s', (_, one) => {
  it('is told that a token is not needed any more → the session has ended there', async () => {
    const { api, call, tokens } = await startWith(one)
    await call(one.read)
    const before = api.liveSessions
    await tokens.revoke()
    expect(api.requests.at(-1)).toMatchObject({ kind: 'log-out', isCarriedOut: true, carried: [expect.any(Number)] })
    expect(api.liveSessions).toBe(before - 1)
    expect(tokens.explain().state).toBe('absent')
  })
})

describe.each(apis.filter(([, { onDeadRefresh }]) => onDeadRefresh))('%s', (_, one) => {
  const isBySign = one.onDeadRefresh === 'sign-in'

  it(`no longer takes the refresh token → ${isBySign ? 'the user has to sign in' : 'it is logged in again'}`, async () => {
    const { api, call } = await startWith(one)
    await call(one.read)
    api.dropTokens()
    api.killRefreshTokens()
    if (isBySign) await expect(call(one.read)).rejects.toMatchObject({ name: 'SignInRequiredError' })
    else expect((await call(one.read)).status).toBeLessThan(300)
    expect(tokenRequests(api).filter(({ isCarriedOut }) => !isCarriedOut)).toHaveLength(1)
  })
})
