import { hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, header, readExactly } from '../read-request.ts'
import { opaque, type Session } from '../sessions.ts'

const envelope = { requestId: 1_591_674_034, version: 'stable', sessionId: 53_084_640 }
const base = '/api/api/json/stable'

/** Satellite pictures. The reply is the token itself, under `data`; the log-in's own secret is called a token too. */
export const usgsM2m: ApiDefinition = {
  name: 'USGS M2M',
  source: 'https://m2m.cr.usgs.gov/api/docs/json/ and https://m2m.cr.usgs.gov/api/docs/exceptions/',
  credentials: { username: 'landsat', token: 'an-application-token' },
  secret: 'token',
  lifetimeMs: 2 * 3_600_000,
  misfit: (reason) => fails(400, 'INPUT_FORMAT', reason),
  notFound: fails(404, 'ENDPOINT_UNAVAILABLE', 'Endpoint not found'),
  routes: [
    { kind: 'log-in', method: 'POST', path: `${base}/login-token`, answer: logIn },
    { kind: 'log-out', method: 'POST', path: `${base}/logout`, answer: logOut },
    { kind: 'api', method: 'GET', path: `${base}/permissions`, answer: read },
    { kind: 'api', method: 'POST', path: `${base}/scene-list-add`, answer: write },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  const fields = readExactly(request, { as: 'json', needs: ['username', 'token'] })
  if (!hasRight(fields, credentials, 'username', 'token'))
    refuse(fails(401, 'AUTH_INVALID', 'User credential verification failed'), 'wrong token')
  return says(sessions.open({ token: opaque('eyJjaWQiOjI') }).token)
}

function logOut(request: ApiRequest, api: Api) {
  api.sessions.end(checkToken(request, api))
  return says(null)
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return says(['user', 'download', 'order'])
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return says(1)
}

/** AUTH_EXPIRED comes with 403, though a log-in mends it; AUTH_INVALID with 401. */
function checkToken(request: ApiRequest, { sessions }: Api): Session {
  const found = sessions.find(header(request, 'x-auth-token'))
  if (found.is === 'expired') refuse(fails(403, 'AUTH_EXPIRED', 'User API key has expired'), 'token expired')
  return found.is === 'live' ? found.session : refuse(fails(401, 'AUTH_INVALID', 'User API key is invalid'), 'token gone')
}

const says = (data: unknown) => json(200, { ...envelope, data, errorCode: null, errorMessage: null })

function fails(status: number, errorCode: string, errorMessage: string) {
  return json(status, { ...envelope, data: null, errorCode, errorMessage })
}
