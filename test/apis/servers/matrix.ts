import { hasRight, json, Misfit, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, afterScheme, type Fields, readExactly } from '../read-request.ts'
import { opaque, type Session } from '../sessions.ts'

const base = '/_matrix/client/v3'
const lifetimeMs = 5 * 60_000

/** Chat. A nested log-in that asks for a refresh token, lifetimes in milliseconds, rotation, and a log-out by the access token. */
export const matrix: ApiDefinition = {
  name: 'Matrix',
  source:
    'https://spec.matrix.org/v1.11/client-server-api/#client-authentication (login, refresh, logout, soft logout); Synapse for the texts',
  credentials: { user: 'cheeky_monkey', password: 'ilovebananas' },
  secret: 'password',
  lifetimeMs,
  refreshLifetimeMs: 30 * 86_400_000,
  misfit: (reason) => fails(400, 'M_BAD_JSON', reason),
  notFound: fails(404, 'M_UNRECOGNIZED', 'Unrecognized request'),
  routes: [
    { kind: 'log-in', method: 'POST', path: `${base}/login`, answer: logIn },
    { kind: 'renewal', method: 'POST', path: `${base}/refresh`, answer: renew },
    { kind: 'log-out', method: 'POST', path: `${base}/logout`, answer: logOut },
    { kind: 'api', method: 'GET', path: `${base}/account/whoami`, answer: read },
    { kind: 'api', method: 'POST', path: `${base}/createRoom`, answer: write },
  ],
}

function logIn(request: ApiRequest, api: Api) {
  const needs = ['type', 'identifier', 'password', 'refresh_token']
  const fields = readExactly(request, { as: 'json', needs, may: ['device_id', 'initial_device_display_name'] })
  const identifier = (fields['identifier'] ?? {}) as Fields
  if (fields['type'] !== 'm.login.password' || identifier['type'] !== 'm.id.user')
    refuse(fails(400, 'M_UNKNOWN', 'Unknown login type'), 'type')
  if (fields['refresh_token'] !== true) throw new Misfit('refresh_token is not true')
  const isRight = hasRight({ ...fields, user: identifier['user'] }, api.credentials, 'user', 'password')
  if (!isRight) refuse(fails(403, 'M_FORBIDDEN', 'Invalid username or password'), 'wrong password')
  return json(200, { user_id: '@cheeky_monkey:example.org', device_id: 'GHTYAJCE', home_server: 'example.org', ...issue(api) })
}

function renew(request: ApiRequest, api: Api) {
  const { refresh_token: refreshToken } = readExactly(request, { as: 'json', needs: ['refresh_token'] })
  const found = api.sessions.findRefresh(refreshToken)
  // Without soft_logout: the device is gone, and only a log-in helps.
  if (found.is !== 'live') refuse(fails(401, 'M_UNKNOWN_TOKEN', 'Invalid refresh token'), `refresh token ${found.is}`)
  api.sessions.end(found.session)
  return json(200, issue(api))
}

function issue({ sessions }: Api) {
  const refreshToken = opaque('syr_')
  const { token } = sessions.open({ token: opaque('syt_'), refreshToken })
  return { access_token: token, refresh_token: refreshToken, expires_in_ms: lifetimeMs }
}

function logOut(request: ApiRequest, api: Api) {
  api.sessions.end(checkToken(request, api))
  return json(200, {})
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { user_id: '@cheeky_monkey:example.org', device_id: 'GHTYAJCE', is_guest: false })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { room_id: '!sefiuhWgwghwWgh:example.org' })
}

function checkToken(request: ApiRequest, { sessions }: Api): Session {
  const token = afterScheme(request, 'Bearer')
  if (token === undefined) refuse(fails(401, 'M_MISSING_TOKEN', 'Missing access token'), 'no token')
  const found = sessions.find(token)
  // An expired token is a soft logout: the refresh token still works.
  if (found.is === 'expired') refuse(fails(401, 'M_UNKNOWN_TOKEN', 'Access token has expired', { soft_logout: true }), 'token expired')
  const gone = fails(401, 'M_UNKNOWN_TOKEN', 'Invalid access token passed.', { soft_logout: false })
  return found.is === 'live' ? found.session : refuse(gone, 'token gone')
}

function fails(status: number, errcode: string, error: string, more: object = {}) {
  return json(status, { errcode, error, ...more })
}
