import type { ApiDefinition } from './api-server.ts'
import { bearer, get, type Held, type PlainClient, pick, post } from './plain-request.ts'
import { arcGis } from './servers/arcgis.ts'
import { betterAuth } from './servers/better-auth.ts'
import { blueIris } from './servers/blue-iris.ts'
import { bluesky } from './servers/bluesky.ts'
import { booking } from './servers/booking.ts'
import { directus } from './servers/directus.ts'
import { eagleEye } from './servers/eagle-eye.ts'
import { etcd } from './servers/etcd.ts'
import { frigate } from './servers/frigate.ts'
import { gitHubApp } from './servers/github-app.ts'
import { graphQl } from './servers/graphql.ts'
import { here } from './servers/here.ts'
import { hikConnect } from './servers/hik-connect.ts'
import { homebridge } from './servers/homebridge.ts'
import { keystone } from './servers/keystone.ts'
import { matrix } from './servers/matrix.ts'
import { parseServer } from './servers/parse-server.ts'
import { piHole } from './servers/pi-hole.ts'
import { reolink } from './servers/reolink.ts'
import { salesforce } from './servers/salesforce.ts'
import { signalK } from './servers/signal-k.ts'
import { simpleJwt } from './servers/simplejwt.ts'
import { slack } from './servers/slack.ts'
import { synology } from './servers/synology.ts'
import { tuya } from './servers/tuya.ts'
import { tvdb } from './servers/tvdb.ts'
import { unifiProtect } from './servers/unifi-protect.ts'
import { usgsM2m } from './servers/usgs-m2m.ts'
import { verkada } from './servers/verkada.ts'
import { wordPressJwt } from './servers/wordpress-jwt.ts'
import { zoneMinder } from './servers/zoneminder.ts'
import { appJwt, basic, blueIrisResponse, signedByOAuth1, signedByTuya } from './signatures.ts'

const setCookie = (headers: Headers, name: string): string => new RegExp(`${name}=([^;]+)`).exec(headers.get('set-cookie') ?? '')?.[1] ?? ''

const reolinkLogIn = (userName = '', password = '') => [{ cmd: 'Login', param: { User: { userName, password } } }]

const synologyAuth = '/webapi/entry.cgi?api=SYNO.API.Auth&version=6'

const oauth2 =
  (tokenPath: string, way: 'basic' | 'body') => (refreshToken: string | undefined, credentials: ApiDefinition['credentials']) => ({
    method: 'POST',
    path: tokenPath,
    headers: way === 'basic' ? { authorization: basic(credentials) } : {},
    form: {
      ...{ grant_type: 'refresh_token', refresh_token: refreshToken ?? '' },
      ...(way === 'body' && { client_id: credentials['clientId'] ?? '', client_secret: credentials['clientSecret'] ?? '' }),
    },
  })

/** The four OAuth APIs start from a refresh token: their log-in is a renewal. */
const fromRefreshToken = (tokenPath: string, way: 'basic' | 'body'): Pick<PlainClient, 'logIn' | 'renew'> => ({
  logIn: ({ credentials }) => oauth2(tokenPath, way)(credentials['refreshToken'], credentials),
  renew: ({ refreshToken }, { credentials }) => oauth2(tokenPath, way)(refreshToken, credentials),
})

const takeOAuth2: PlainClient['take'] = ({ body }) => ({ token: body.access_token, refreshToken: body.refresh_token })

export const plainClients: ReadonlyMap<ApiDefinition, PlainClient> = new Map<ApiDefinition, PlainClient>([
  [
    signalK,
    {
      logIn: ({ credentials }) => post('/signalk/v1/auth/login', pick(credentials, 'username', 'password')),
      take: ({ body }) => ({ token: body.token }),
      read: ({ token }) => get('/signalk/v1/api/vessels/self', { authorization: `JWT ${token}` }),
      write: (held) => post('/signalk/v1/api/resources/notes', {}, bearer(held)),
      wrongPassword: [401, 'Invalid username/password'],
      gone: [401, 'bad auth token'],
    },
  ],
  [
    verkada,
    {
      logIn: ({ credentials }) => post('/token', undefined, pick(credentials, 'x-api-key')),
      take: ({ body }) => ({ token: body.token }),
      read: ({ token }) => get('/cameras/v1/devices', { 'x-verkada-auth': token }),
      write: ({ token }) => post('/cameras/v1/people/person_of_interest', {}, { 'x-verkada-auth': token }),
      wrongPassword: [401, 'API key is invalid'],
      gone: [401, 'Token is invalid'],
      expired: [401, 'Token expired'],
    },
  ],
  [
    zoneMinder,
    {
      logIn: ({ credentials }) => ({ method: 'POST', path: '/zm/api/host/login.json', form: pick(credentials, 'user', 'pass') }),
      take: ({ body }) => ({ token: body.access_token, refreshToken: body.refresh_token }),
      read: ({ token }) => get(`/zm/api/monitors.json?token=${token}`),
      write: ({ token }) => post(`/zm/api/monitors/1.json?token=${token}`, {}),
      renew: ({ refreshToken = '' }) => ({ method: 'POST', path: '/zm/api/host/login.json', form: { token: refreshToken } }),
      isRefreshTokenKept: true,
      wrongPassword: [401, 'Login denied for user \\"admin\\"'],
      gone: [401, 'Token revoked'],
      expired: [401, 'Expired token'],
      deadRefresh: [401, '"success":false'],
    },
  ],
  [
    reolink,
    {
      logIn: ({ credentials: { userName, password } }) => post('/cgi-bin/api.cgi?cmd=Login', reolinkLogIn(userName, password)),
      take: ({ body }) => ({ token: body[0].value.Token.name }),
      read: ({ token }) => get(`/cgi-bin/api.cgi?cmd=GetDevInfo&token=${token}`),
      write: ({ token }) => post(`/cgi-bin/api.cgi?cmd=SetOsd&token=${token}`, [{ cmd: 'SetOsd', param: {} }]),
      logOut: ({ token }) => post(`/cgi-bin/api.cgi?cmd=Logout&token=${token}`, [{ cmd: 'Logout', param: {} }]),
      wrongPassword: [200, '"rspCode":-7'],
      gone: [200, '"rspCode":-6'],
    },
  ],
  [
    synology,
    {
      logIn: ({ credentials }) => {
        const account = new URLSearchParams(pick(credentials, 'account', 'passwd'))
        return get(`${synologyAuth}&method=login&${account}&session=SurveillanceStation&format=sid`)
      },
      take: ({ body }) => ({ token: body.data.sid }),
      read: ({ token }) => get(`/webapi/entry.cgi?api=SYNO.SurveillanceStation.Camera&version=9&method=List&_sid=${token}`),
      write: ({ token }) => ({ method: 'POST', path: `/webapi/entry.cgi?_sid=${token}`, form: { method: 'Enable' } }),
      logOut: ({ token }) => get(`${synologyAuth}&method=logout&session=SurveillanceStation&_sid=${token}`),
      wrongPassword: [200, '{"error":{"code":400},"success":false}'],
      gone: [200, '{"error":{"code":119},"success":false}'],
      expired: [200, '{"error":{"code":106},"success":false}'],
    },
  ],
  [
    frigate,
    {
      logIn: ({ credentials }) => post('/api/login', pick(credentials, 'user', 'password')),
      take: ({ headers }) => ({ token: setCookie(headers, 'frigate_token') }),
      read: ({ token }) => get('/api/profile', { cookie: `frigate_token=${token}` }),
      write: (held) => post('/api/reviews/viewed', { ids: ['1'] }, bearer(held)),
      wrongPassword: [401, '{"message":"Login failed"}'],
      gone: [401, '401 Authorization Required'],
    },
  ],
  [
    hikConnect,
    {
      logIn: ({ credentials }) => post('/api/hccgw/platform/v1/token/get', pick(credentials, 'appKey', 'secretKey')),
      take: ({ body }) => ({ token: body.data.accessToken, baseUrl: body.data.areaDomain }),
      read: ({ token }) => get('/api/hccgw/platform/v1/systemproperties', { token }),
      write: ({ token }) => post('/api/hccgw/resource/v1/devices/get', {}, { token }),
      wrongPassword: [200, 'OPEN000001'],
      gone: [200, 'OPEN000006'],
      expired: [200, 'OPEN000007'],
    },
  ],
  [
    eagleEye,
    {
      ...fromRefreshToken('/oauth2/token', 'basic'),
      take({ body }) {
        const { hostname, port } = body.httpsBaseUrl
        return { ...takeOAuth2({ headers: new Headers(), body }), baseUrl: `http://${hostname}:${port}` }
      },
      read: (held) => get('/api/v3.0/cameras', bearer(held)),
      write: (held) => post('/api/v3.0/cameras', {}, bearer(held)),
      isRefreshTokenKept: true,
      wrongPassword: [401, 'invalid_client'],
      gone: [401, 'unauthenticated'],
      deadRefresh: [400, 'invalid_grant'],
    },
  ],
  [
    salesforce,
    {
      ...fromRefreshToken('/services/oauth2/token', 'body'),
      renew: (_, { credentials }) => oauth2('/services/oauth2/token', 'body')(credentials['refreshToken'], credentials),
      take: ({ body }) => ({ token: body.access_token, baseUrl: body.instance_url }),
      read: (held) => get('/services/data/v62.0/query?q=SELECT+Name+FROM+Account', bearer(held)),
      write: (held) => post('/services/data/v62.0/sobjects/Account', {}, bearer(held)),
      isRefreshTokenKept: true,
      wrongPassword: [400, 'invalid_client'],
      gone: [401, '[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'],
      deadRefresh: [400, 'expired access/refresh token'],
    },
  ],
  [
    unifiProtect,
    {
      logIn: ({ credentials }) => post('/api/auth/login', pick(credentials, 'username', 'password')),
      take: ({ headers }) => ({ token: setCookie(headers, 'TOKEN'), csrf: headers.get('x-csrf-token') ?? '' }),
      read: ({ token }) => get('/proxy/protect/api/bootstrap', { cookie: `TOKEN=${token}` }),
      write: (held) => post('/proxy/protect/api/cameras/1/reboot', {}, withCsrf(held)),
      logOut: (held) => post('/api/auth/logout', {}, withCsrf(held)),
      wrongPassword: [401, 'AUTHENTICATION_FAILED_INVALID_CREDENTIALS'],
      gone: [401, 'Unauthorized'],
    },
  ],
  [
    blueIris,
    {
      before: () => post('/json', { cmd: 'login' }),
      logIn({ credentials: { user = '', password = '' } }, before) {
        const { session } = JSON.parse(before)
        return post('/json', { cmd: 'login', session, response: blueIrisResponse(user, session, password) })
      },
      take: ({ body }) => ({ token: body.session }),
      read: ({ token }) => post('/json', { cmd: 'camlist', session: token }),
      write: ({ token }) => post('/json', { cmd: 'trigger', camera: 'gate', session: token }),
      logOut: ({ token }) => post('/json', { cmd: 'logout', session: token }),
      wrongPassword: [200, '"result":"fail"'],
      gone: [200, '"result":"fail"'],
    },
  ],
  [
    tuya,
    {
      logIn: (context) => signedByTuya(get('/v1.0/token?grant_type=1'), context),
      take: ({ body }) => ({ token: body.result.access_token, refreshToken: body.result.refresh_token }),
      read: ({ token }, context) => signedByTuya(get('/v1.0/devices/d1'), context, token),
      write: ({ token }, context) => signedByTuya(post('/v1.0/devices/d1/commands', { commands: [] }), context, token),
      renew: ({ refreshToken }, context) => signedByTuya(get(`/v1.0/token/${refreshToken}`), context),
      wrongPassword: [200, '"code":1004'],
      gone: [200, '"code":1010'],
      deadRefresh: [200, '"code":1010'],
    },
  ],
  [
    piHole,
    {
      logIn: ({ credentials }) => post('/api/auth', pick(credentials, 'password')),
      take: ({ body }) => ({ token: body.session.sid }),
      read: ({ token }) => get('/api/stats/summary', { 'x-ftl-sid': token }),
      write: ({ token }) => post('/api/groups', { name: 'guests' }, { 'x-ftl-sid': token }),
      logOut: ({ token }) => ({ method: 'DELETE', path: '/api/auth', headers: { 'x-ftl-sid': token } }),
      wrongPassword: [401, '{"session":{"valid":false'],
      gone: [401, '{"error":{"key":"unauthorized"'],
    },
  ],
  [
    arcGis,
    {
      logIn: ({ credentials }) => ({
        method: 'POST',
        path: '/sharing/rest/generateToken',
        form: { ...pick(credentials, 'username', 'password', 'referer'), client: 'referer', expiration: '60', f: 'json' },
      }),
      take: ({ body }) => ({ token: body.token }),
      read: (held, { credentials }) => get('/sharing/rest/community/self?f=json', esri(held, credentials['referer'])),
      write: (held, { credentials }) => ({
        method: 'POST',
        path: '/server/rest/services/Trees/FeatureServer/0/addFeatures',
        headers: esri(held, credentials['referer']),
        form: { f: 'json', features: '[]' },
      }),
      wrongPassword: [200, '{"error":{"code":400'],
      gone: [200, '{"error":{"code":498'],
    },
  ],
  [
    usgsM2m,
    {
      logIn: ({ credentials }) => post('/api/api/json/stable/login-token', pick(credentials, 'username', 'token')),
      take: ({ body }) => ({ token: body.data }),
      read: ({ token }) => get('/api/api/json/stable/permissions', { 'x-auth-token': token }),
      write: ({ token }) => post('/api/api/json/stable/scene-list-add', {}, { 'x-auth-token': token }),
      logOut: ({ token }) => post('/api/api/json/stable/logout', undefined, { 'x-auth-token': token }),
      wrongPassword: [401, 'AUTH_INVALID'],
      gone: [401, 'AUTH_INVALID'],
      expired: [403, 'AUTH_EXPIRED'],
    },
  ],
  [
    booking,
    {
      logIn: ({ credentials }) => post('/token-based-authentication/exchange', pick(credentials, 'client_id', 'client_secret')),
      take: ({ body }) => ({ token: body.jwt }),
      read: (held) => get('/messaging/messages/latest', bearer(held)),
      write: (held) => post('/messaging/conversations/1', {}, bearer(held)),
      wrongPassword: [401, '{"errors":[{"code"'],
      gone: [401, '{"errors":[{"code"'],
    },
  ],
  [
    tvdb,
    {
      logIn: ({ credentials }) => post('/v4/login', pick(credentials, 'apikey', 'pin')),
      take: ({ body }) => ({ token: body.data.token }),
      read: (held) => get('/v4/series/121361', bearer(held)),
      write: (held) => post('/v4/user/favorites', { series: 1 }, bearer(held)),
      wrongPassword: [401, '{"status":"failure","message":"InvalidAPIKey'],
      gone: [401, '{"status":"failure","message":"Unauthorized"'],
    },
  ],
  [
    here,
    {
      logIn: (context) => signedByOAuth1({ method: 'POST', path: '/oauth2/token', form: { grant_type: 'client_credentials' } }, context),
      take: takeOAuth2,
      read: (held) => get('/v1/geocode?q=Berlin', bearer(held)),
      write: (held) => post('/v8/matrix', {}, bearer(held)),
      wrongPassword: [401, '"errorCode":401300'],
      gone: [401, '"error":"Unauthorized"'],
      expired: [401, 'invalid time in token'],
    },
  ],
  [
    directus,
    {
      logIn: ({ credentials }) => post('/auth/login', { ...pick(credentials, 'email', 'password'), mode: 'json' }),
      take: ({ body }) => ({ token: body.data.access_token, refreshToken: body.data.refresh_token }),
      read: (held) => get('/items/articles', bearer(held)),
      write: (held) => post('/items/articles', { title: 'New' }, bearer(held)),
      renew: ({ refreshToken }) => post('/auth/refresh', { refresh_token: refreshToken, mode: 'json' }),
      logOut: ({ refreshToken }) => post('/auth/logout', { refresh_token: refreshToken, mode: 'json' }),
      wrongPassword: [401, 'INVALID_CREDENTIALS'],
      gone: [403, 'INVALID_TOKEN'],
      expired: [401, 'TOKEN_EXPIRED'],
      deadRefresh: [401, 'INVALID_CREDENTIALS'],
    },
  ],
  [
    simpleJwt,
    {
      logIn: ({ credentials }) => post('/api/token/', pick(credentials, 'username', 'password')),
      take: ({ body }) => ({ token: body.access, refreshToken: body.refresh }),
      read: (held) => get('/api/boats/', bearer(held)),
      write: (held) => post('/api/boats/', {}, bearer(held)),
      renew: ({ refreshToken }) => post('/api/token/refresh/', { refresh: refreshToken }),
      isRefreshTokenKept: true,
      wrongPassword: [401, 'No active account found'],
      gone: [401, 'Token is invalid'],
      expired: [401, 'Token is expired'],
      deadRefresh: [401, 'token_not_valid'],
    },
  ],
  [
    betterAuth,
    {
      logIn: ({ credentials }) => post('/api/auth/sign-in/email', pick(credentials, 'email', 'password'), pick(credentials, 'origin')),
      take: ({ headers }) => ({ token: headers.get('set-auth-token') ?? '' }),
      read: (held) => get('/api/auth/list-sessions', bearer(held)),
      write: (held) => post('/api/auth/update-user', { name: 'New' }, bearer(held)),
      logOut: (held) => post('/api/auth/sign-out', {}, bearer(held)),
      wrongPassword: [401, 'INVALID_EMAIL_OR_PASSWORD'],
      gone: [401, 'UNAUTHORIZED'],
    },
  ],
  [
    homebridge,
    {
      logIn: ({ credentials }) => post('/api/auth/login', pick(credentials, 'username', 'password')),
      take: ({ body }) => ({ token: body.access_token }),
      read: (held) => get('/api/accessories', bearer(held)),
      write: (held) => post('/api/accessories', {}, bearer(held)),
      renew: (held) => post('/api/auth/refresh', undefined, bearer(held)),
      isRefreshTokenKept: true,
      wrongPassword: [403, '"message"'],
      gone: [401, '"message":"Unauthorized"'],
    },
  ],
  [
    matrix,
    {
      logIn: ({ credentials: { user, password } }) =>
        post('/_matrix/client/v3/login', {
          type: 'm.login.password',
          identifier: { type: 'm.id.user', user },
          password,
          refresh_token: true,
        }),
      take: takeOAuth2,
      read: (held) => get('/_matrix/client/v3/account/whoami', bearer(held)),
      write: (held) => post('/_matrix/client/v3/createRoom', {}, bearer(held)),
      renew: ({ refreshToken }) => post('/_matrix/client/v3/refresh', { refresh_token: refreshToken }),
      logOut: (held) => post('/_matrix/client/v3/logout', undefined, bearer(held)),
      wrongPassword: [403, 'M_FORBIDDEN'],
      gone: [401, 'M_UNKNOWN_TOKEN'],
      expired: [401, '"soft_logout":true'],
      deadRefresh: [401, 'M_UNKNOWN_TOKEN'],
    },
  ],
  [
    bluesky,
    {
      logIn: ({ credentials }) => post('/xrpc/com.atproto.server.createSession', pick(credentials, 'identifier', 'password')),
      take: ({ body }) => ({ token: body.accessJwt, refreshToken: body.refreshJwt }),
      read: (held) => get('/xrpc/com.atproto.server.getSession', bearer(held)),
      write: (held) => post('/xrpc/com.atproto.repo.createRecord', {}, bearer(held)),
      renew: ({ refreshToken = '' }) => post('/xrpc/com.atproto.server.refreshSession', undefined, bearer({ token: refreshToken })),
      logOut: ({ refreshToken = '' }) => post('/xrpc/com.atproto.server.deleteSession', undefined, bearer({ token: refreshToken })),
      wrongPassword: [401, 'AuthenticationRequired'],
      gone: [400, 'ExpiredToken'],
      deadRefresh: [400, 'ExpiredToken'],
    },
  ],
  [
    keystone,
    {
      logIn({ credentials: { name, domain, password } }) {
        const user = { name, domain: { name: domain }, password }
        return post('/v3/auth/tokens', { auth: { identity: { methods: ['password'], password: { user } } } })
      },
      take: ({ headers }) => ({ token: headers.get('x-subject-token') ?? '' }),
      read: ({ token }) => get('/v3/projects', { 'x-auth-token': token }),
      write: ({ token }) => post('/v3/projects', {}, { 'x-auth-token': token }),
      logOut: ({ token }) => ({ method: 'DELETE', path: '/v3/auth/tokens', headers: { 'x-auth-token': token, 'x-subject-token': token } }),
      wrongPassword: [401, '{"error":{"code":401'],
      gone: [401, '{"error":{"code":401'],
    },
  ],
  [
    wordPressJwt,
    {
      logIn: ({ credentials }) => post('/wp-json/jwt-auth/v1/token', pick(credentials, 'username', 'password')),
      take: ({ body }) => ({ token: body.token }),
      read: (held) => get('/wp-json/wp/v2/users/me', bearer(held)),
      write: (held) => post('/wp-json/wp/v2/posts', {}, bearer(held)),
      wrongPassword: [403, '"code":"[jwt_auth] incorrect_password"'],
      gone: [403, 'jwt_auth_invalid_token'],
      expired: [403, 'Expired token'],
    },
  ],
  [
    slack,
    {
      ...fromRefreshToken('/api/oauth.v2.access', 'body'),
      take: takeOAuth2,
      read: (held) => get('/api/auth.test', bearer(held)),
      write: (held) => post('/api/chat.postMessage', {}, bearer(held)),
      wrongPassword: [200, '{"ok":false,"error":"bad_client_secret"}'],
      gone: [200, '{"ok":false,"error":"invalid_auth"}'],
      expired: [200, '{"ok":false,"error":"token_expired"}'],
      deadRefresh: [200, '{"ok":false,"error":"invalid_refresh_token"}'],
    },
  ],
  [
    graphQl,
    {
      ...fromRefreshToken('/oauth/token', 'basic'),
      take: takeOAuth2,
      read: (held) => get('/graphql?query=%7Bme%7Bid%7D%7D', bearer(held)),
      write: (held) => post('/graphql', { query: 'mutation{addNote{id}}' }, bearer(held)),
      wrongPassword: [401, 'invalid_client'],
      gone: [200, '"extensions":{"code":"UNAUTHENTICATED"}'],
      deadRefresh: [400, 'invalid_grant'],
    },
  ],
  [
    gitHubApp,
    {
      logIn: (context) => post('/app/installations/42/access_tokens', undefined, { authorization: `Bearer ${appJwt(context)}` }),
      take: ({ body }) => ({ token: body.token }),
      read: (held) => get('/installation/repositories', bearer(held)),
      write: ({ token }) => post('/repos/octo-org/hello/issues', {}, { authorization: `token ${token}` }),
      logOut: (held) => ({ method: 'DELETE', path: '/installation/token', headers: bearer(held) }),
      wrongPassword: [401, 'A JSON web token could not be decoded'],
      gone: [401, 'Bad credentials'],
    },
  ],
  [
    parseServer,
    {
      logIn: ({ credentials }) => post('/parse/login', pick(credentials, 'username', 'password'), parseIds),
      take: ({ body }) => ({ token: body.sessionToken }),
      read: (held) => get('/parse/users/me', parseSession(held)),
      write: (held) => post('/parse/classes/GameScore', {}, parseSession(held)),
      logOut: (held) => post('/parse/logout', {}, parseSession(held)),
      wrongPassword: [404, '{"code":101,"error":"Invalid username/password."}'],
      gone: [400, '{"code":209,"error":"Invalid session token"}'],
      expired: [400, '{"code":209,"error":"Session token is expired."}'],
    },
  ],
  [
    etcd,
    {
      logIn: ({ credentials }) => post('/v3/auth/authenticate', pick(credentials, 'name', 'password')),
      take: ({ body }) => ({ token: body.token }),
      read: ({ token }) => post('/v3/kv/range', { key: 'Zm9v' }, { authorization: token }),
      write: ({ token }) => post('/v3/kv/put', { key: 'Zm9v', value: 'YmFy' }, { authorization: token }),
      wrongPassword: [400, 'authentication failed'],
      gone: [401, 'invalid auth token'],
    },
  ],
])

function withCsrf({ token, csrf = '' }: Held): Record<string, string> {
  return { cookie: `TOKEN=${token}`, 'x-csrf-token': csrf }
}

function esri({ token }: Held, referer = ''): Record<string, string> {
  return { 'x-esri-authorization': `Bearer ${token}`, referer }
}

const parseIds = { 'x-parse-application-id': 'app1', 'x-parse-rest-api-key': 'rest1' }

function parseSession({ token }: Held): Record<string, string> {
  return { ...parseIds, 'x-parse-session-token': token }
}
