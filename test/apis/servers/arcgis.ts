import { hasRight, json, Misfit, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, afterScheme, header, readExactly } from '../read-request.ts'
import { opaque } from '../sessions.ts'

const minutes = 60

/** Maps. All answers are 200, and a token works only with the `Referer` that it was asked for. */
export const arcGis: ApiDefinition = {
  name: 'ArcGIS',
  source:
    'https://developers.arcgis.com/rest/users-groups-and-items/generate-token/; https://developers.arcgis.com/rest/services-reference/enterprise/generate-token/ (X-Esri-Authorization)',
  credentials: { username: 'cartographer', password: 'north & south', referer: 'https://maps.example.com' },
  secret: 'password',
  lifetimeMs: minutes * 60_000,
  misfit: (reason) => fails(400, 'Unable to generate token.', `'${reason}' parameter is invalid.`),
  notFound: json(404, { error: { code: 404, message: 'Not Found', details: [] } }),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/sharing/rest/generateToken', answer: logIn },
    { kind: 'api', method: 'GET', path: '/sharing/rest/community/self', answer: read },
    { kind: 'api', method: 'POST', path: '/server/rest/services/Trees/FeatureServer/0/addFeatures', answer: write },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  const fields = readExactly(request, { as: 'form', needs: ['username', 'password', 'client', 'referer', 'expiration', 'f'] })
  if (fields['f'] !== 'json') throw new Misfit('f')
  if (fields['client'] !== 'referer') throw new Misfit('client')
  // In minutes. This account's limit is its lifetime.
  if (fields['expiration'] !== String(minutes)) throw new Misfit('expiration')
  const wrong = fails(400, 'Unable to generate token.', 'Invalid username or password.')
  if (!hasRight(fields, credentials, 'username', 'password')) refuse(wrong, 'wrong password')
  const { token, expiresAt } = sessions.open({ token: opaque('3NKHt6i2urmWtqOuugvr9'), extra: { referer: String(fields['referer']) } })
  return json(200, { token, expires: expiresAt, ssl: true })
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { username: 'cartographer', role: 'org_user' })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { addResults: [{ objectId: 618, success: true }] })
}

/** 499: no token was sent. 498: it is unknown, has expired, or comes from another referer. */
function checkToken(request: ApiRequest, { sessions }: Api): void {
  const [scheme, token] = (header(request, 'x-esri-authorization') ?? '').split(' ')
  if (token === undefined || scheme !== 'Bearer' || afterScheme(request, 'Bearer')) refuse(fails(499, 'Token Required'), 'no token')
  const session = sessions.live(token) ?? refuse(fails(498, 'Invalid token.'), 'token gone')
  if (!header(request, 'referer')?.startsWith(session.extra['referer'] ?? '?')) refuse(fails(498, 'Invalid token.'), 'another Referer')
}

function fails(code: number, message: string, ...details: string[]) {
  return json(200, { error: { code, message, details } })
}
