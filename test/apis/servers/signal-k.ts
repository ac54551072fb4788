import { hasRight, html, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, afterScheme, header, readExactly } from '../read-request.ts'
import { jwt, seconds } from '../sessions.ts'

const day = 24 * 3_600_000

/** A boat's data server. Refuses everything with 401 as HTML, at log-in too. */
export const signalK: ApiDefinition = {
  name: 'Signal K',
  source:
    'observed on a running signalk-server; its src/tokensecurity.js (`allow_readonly: false`); https://signalk.org/specification/1.7.0/doc/security.html',
  credentials: { username: 'skipper', password: 'fair winds' },
  secret: 'password',
  lifetimeMs: day,
  // tokensecurity.js logs in whoever it can read, and nobody else: what it cannot read is a wrong password.
  misfit: () => html(401, 'Invalid username/password'),
  notFound: html(404, 'Not Found'),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/signalk/v1/auth/login', answer: logIn },
    { kind: 'api', method: 'GET', path: '/signalk/v1/api/vessels/self', answer: readVessel },
    { kind: 'api', method: 'POST', path: '/signalk/v1/api/resources/notes', answer: writeNote },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  const fields = readExactly(request, { as: 'json', needs: ['username', 'password'] })
  if (!hasRight(fields, credentials, 'username', 'password')) refuse(html(401, 'Invalid username/password'), 'wrong password')
  const { token } = sessions.open({ token: jwt({ id: fields['username'], exp: seconds(sessions.expiry()) }) })
  const body = { token, timeToLive: day / 1000 }
  // The server compares the whole content type: with a charset it answers a page's form, by a redirect.
  if (header(request, 'content-type') !== 'application/json') return html(302, 'Found. Redirecting to /', { Location: '/' })
  return json(200, body, { 'Set-Cookie': `JAUTHENTICATION=${token}; Path=/; HttpOnly` })
}

function readVessel(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { uuid: 'urn:mrn:signalk:uuid:c0d79334-4e25-4245-8892-54e8ccc8021d', name: 'Volare' })
}

function writeNote(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { state: 'COMPLETED', statusCode: 200, id: 'f2b5b2d2' })
}

/** tokensecurity.js, `getAuthorizationFromHeaders`: both schemes, spelled exactly so. */
function checkToken(request: ApiRequest, { sessions }: Api): void {
  const token = afterScheme(request, 'JWT', 'Bearer')
  if (token === undefined) refuse(html(401, 'Unauthorized'), 'no token')
  const clearCookie = { 'Set-Cookie': 'JAUTHENTICATION=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT' }
  if (!sessions.live(token)) refuse(html(401, 'bad auth token', clearCookie), 'token gone')
}
