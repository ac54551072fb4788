import { empty, hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, afterScheme, readExactly } from '../read-request.ts'
import { jwt, opaque, seconds } from '../sessions.ts'

const allowedAttempts = 25

/** Content. Lifetimes in milliseconds, rotating refresh tokens, and an account that too many wrong log-ins suspend. */
export const directus: ApiDefinition = {
  name: 'Directus',
  source: 'observed on a running Directus; https://directus.io/docs/api/authentication; api/src/services/authentication.ts',
  credentials: { email: 'admin@example.com', password: 'content is king' },
  secret: 'password',
  lifetimeMs: 15 * 60_000,
  refreshLifetimeMs: 7 * 86_400_000,
  misfit: (reason) => fails(400, 'INVALID_PAYLOAD', `Invalid payload. ${reason}.`),
  notFound: fails(404, 'ROUTE_NOT_FOUND', "Route doesn't exist."),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/auth/login', answer: logIn },
    { kind: 'renewal', method: 'POST', path: '/auth/refresh', answer: renew },
    { kind: 'log-out', method: 'POST', path: '/auth/logout', answer: logOut },
    { kind: 'api', method: 'GET', path: '/items/articles', answer: read },
    { kind: 'api', method: 'POST', path: '/items/articles', answer: write },
  ],
}

const invalidCredentials = () => fails(401, 'INVALID_CREDENTIALS', 'Invalid user credentials.')

function logIn(request: ApiRequest, api: Api) {
  const { credentials, memory } = api
  const fields = readExactly(request, { as: 'json', needs: ['email', 'password', 'mode'], may: ['otp'] })
  if (fields['mode'] !== 'json') refuse(fails(400, 'INVALID_PAYLOAD', 'Invalid payload. "mode" must be json.'), 'another mode')
  const isRight = hasRight(fields, credentials, 'email', 'password')
  // authentication.ts: the attempt after the last one allowed suspends the user, and only an administrator ends that.
  const wrongSoFar = memory.get('wrong log-ins') ?? 0
  if (wrongSoFar > allowedAttempts) refuse(fails(401, 'USER_SUSPENDED', 'User suspended.'), 'account suspended')
  memory.set('wrong log-ins', isRight ? 0 : wrongSoFar + 1)
  if (!isRight) refuse(invalidCredentials(), 'wrong password')
  return issue(api)
}

function renew(request: ApiRequest, api: Api) {
  const found = readRefreshToken(request, api)
  // The row of the session gets the new refresh token: the old one is gone. The old access token lives on.
  found.session.isRefreshDead = true
  return issue(api)
}

function logOut(request: ApiRequest, api: Api) {
  api.sessions.end(readRefreshToken(request, api).session)
  return empty(204)
}

function readRefreshToken(request: ApiRequest, { sessions }: Api) {
  const fields = readExactly(request, { as: 'json', needs: ['refresh_token', 'mode'] })
  const found = sessions.findRefresh(fields['refresh_token'])
  return found.is === 'live' ? found : refuse(invalidCredentials(), `refresh token ${found.is}`)
}

function issue({ sessions }: Api) {
  const refreshToken = opaque()
  const { token } = sessions.open({ token: jwt({ id: 'u1', role: 'r1', iss: 'directus', exp: seconds(sessions.expiry()) }), refreshToken })
  return json(200, { data: { access_token: token, refresh_token: refreshToken, expires: 900_000 } })
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { data: [{ id: 1, title: 'Hello' }] })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { data: { id: 2 } })
}

function checkToken(request: ApiRequest, { sessions }: Api): void {
  const token = afterScheme(request, 'Bearer')
  // Without a token one is the public, who may do nothing here.
  if (token === undefined) refuse(fails(403, 'FORBIDDEN', "You don't have permission to access this."), 'no token')
  const found = sessions.find(token)
  if (found.is === 'expired') refuse(fails(401, 'TOKEN_EXPIRED', 'Token expired.'), 'token expired')
  // utils/jwt.ts: one that cannot be verified, as after a change of the server's secret.
  if (found.is === 'unknown') refuse(fails(403, 'INVALID_TOKEN', 'Invalid token.'), 'token gone')
}

function fails(status: number, code: string, message: string) {
  return json(status, { errors: [{ message, extensions: { code } }] })
}
