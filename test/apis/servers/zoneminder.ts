import { hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, readExactly } from '../read-request.ts'
import { jwt, seconds } from '../sessions.ts'

const hour = 3_600_000

/** Cameras on one's own machine. The token travels in the query; a renewal brings no new refresh token. */
export const zoneMinder: ApiDefinition = {
  name: 'ZoneMinder',
  source: 'https://zoneminder.readthedocs.io/en/stable/api.html («Login, Logout & API security»)',
  credentials: { user: 'admin', pass: 'watch & wait' },
  secret: 'pass',
  lifetimeMs: hour,
  refreshLifetimeMs: 24 * hour,
  misfit: () => says('No identity provided'),
  notFound: json(404, { success: false, data: { name: 'Not Found', message: 'Not Found', url: '/zm/api/', exception: {} } }),
  routes: [
    {
      kind: (request) => (isRenewal(request) ? 'renewal' : 'log-in'),
      method: 'POST',
      path: '/zm/api/host/login.json',
      answer: (request, api) => (isRenewal(request) ? renew(request, api) : logIn(request, api)),
    },
    { kind: 'api', method: 'GET', path: '/zm/api/monitors.json', answer: listMonitors },
    { kind: 'api', method: 'POST', path: '/zm/api/monitors/1.json', answer: writeMonitor },
  ],
}

const isRenewal = (request: ApiRequest): boolean => new URLSearchParams(request.body).has('token')

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  const fields = readExactly(request, { as: 'form', needs: ['user', 'pass'], may: ['stateful'] })
  if (!hasRight(fields, credentials, 'user', 'pass')) refuse(says(`Login denied for user "${fields['user']}"`), 'wrong password')
  const refreshToken = jwt({ iss: 'ZoneMinder', type: 'refresh', exp: seconds(sessions.refreshExpiry()) })
  const { token } = sessions.open({ token: jwt({ iss: 'ZoneMinder', type: 'access', exp: seconds(sessions.expiry()) }), refreshToken })
  return json(200, {
    ...{ access_token: token, access_token_expires: 3600, refresh_token: refreshToken, refresh_token_expires: 86_400 },
    ...{ version: '1.36.33', apiversion: '2.0' },
  })
}

/** The document's `token=` with the refresh token; user and password must be absent. */
function renew(request: ApiRequest, { sessions }: Api) {
  const { token } = readExactly(request, { as: 'form', needs: ['token'] })
  const found = sessions.findRefresh(token)
  if (found.is !== 'live')
    refuse(says(found.is === 'expired' ? 'Expired token' : 'Token revoked. Please re-login'), `refresh token ${found.is}`)
  const access = sessions.open({ token: jwt({ iss: 'ZoneMinder', type: 'access', exp: seconds(sessions.expiry()) }) })
  return json(200, { access_token: access.token, access_token_expires: 3600, version: '1.36.33', apiversion: '2.0' })
}

function listMonitors(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { monitors: [{ Monitor: { Id: '1', Name: 'Gate', Function: 'Modect' } }] })
}

function writeMonitor(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { message: 'Saved' })
}

function checkToken(request: ApiRequest, { sessions }: Api): void {
  const found = sessions.find(request.query.get('token') ?? undefined)
  if (found.is !== 'live') refuse(says(found.is === 'expired' ? 'Expired token' : 'Token revoked. Please re-login'), `token ${found.is}`)
}

/** CakePHP's exception page as JSON, in which ZoneMinder throws an `UnauthorizedException`. */
function says(name: string) {
  const exception = { class: 'UnauthorizedException', code: 401, message: name }
  return json(401, { success: false, data: { name, message: name, url: '/zm/api/', exception } })
}
