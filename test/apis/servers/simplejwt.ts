import { hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, afterScheme, header, readExactly } from '../read-request.ts'
import { jwt, seconds } from '../sessions.ts'

/** Django with djangorestframework-simplejwt, as it is set up without settings of one's own: 5 minutes, a day, no rotation. */
export const simpleJwt: ApiDefinition = {
  name: 'Django simplejwt',
  source: 'observed on a running Django with djangorestframework-simplejwt; https://django-rest-framework-simplejwt.readthedocs.io',
  credentials: { username: 'davidattenborough', password: 'boatymcboatface' },
  secret: 'password',
  lifetimeMs: 5 * 60_000,
  refreshLifetimeMs: 86_400_000,
  misfit(reason, request) {
    const type = header(request, 'content-type') ?? ''
    if (reason.startsWith('Content-Type')) return json(415, { detail: `Unsupported media type "${type}" in request.` })
    return json(400, { [/^no (\w+)/.exec(reason)?.[1] ?? 'detail']: ['This field is required.'] })
  },
  notFound: json(404, { detail: 'Not found.' }),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/api/token/', answer: logIn },
    { kind: 'renewal', method: 'POST', path: '/api/token/refresh/', answer: renew },
    { kind: 'api', method: 'GET', path: '/api/boats/', answer: read },
    { kind: 'api', method: 'POST', path: '/api/boats/', answer: write },
  ],
}

const challenge = { 'WWW-Authenticate': 'Bearer realm="api"' }

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  const fields = readExactly(request, { as: 'json', needs: ['username', 'password'] })
  const wrong = { detail: 'No active account found with the given credentials', code: 'no_active_account' }
  if (!hasRight(fields, credentials, 'username', 'password')) refuse(json(401, wrong, challenge), 'wrong password')
  const refresh = jwt({ token_type: 'refresh', exp: seconds(sessions.refreshExpiry()), user_id: 1 })
  const { token } = sessions.open({ token: accessToken(seconds(sessions.expiry())), refreshToken: refresh })
  return json(200, { refresh, access: token })
}

function renew(request: ApiRequest, { sessions }: Api) {
  const { refresh } = readExactly(request, { as: 'json', needs: ['refresh'] })
  const found = sessions.findRefresh(refresh)
  const detail = found.is === 'expired' ? 'Token is expired' : 'Token is invalid'
  if (found.is !== 'live') refuse(json(401, { detail, code: 'token_not_valid' }, challenge), `refresh token ${found.is}`)
  // ROTATE_REFRESH_TOKENS is off by default: nothing but the access token comes back.
  return json(200, { access: sessions.open({ token: accessToken(seconds(sessions.expiry())) }).token })
}

const accessToken = (exp: number): string => jwt({ token_type: 'access', exp, user_id: 1 })

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, [{ id: 1, name: 'Boaty' }])
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(201, { id: 2 })
}

function checkToken(request: ApiRequest, { sessions }: Api): void {
  const token = afterScheme(request, 'Bearer')
  const none = json(401, { detail: 'Authentication credentials were not provided.' }, challenge)
  if (token === undefined) refuse(none, 'no token')
  const found = sessions.find(token)
  if (found.is === 'live') return
  const message = found.is === 'expired' ? 'Token is expired' : 'Token is invalid'
  const messages = [{ token_class: 'AccessToken', token_type: 'access', message }]
  const body = { detail: 'Given token not valid for any token type', code: 'token_not_valid', messages }
  refuse(json(401, body, challenge), `token ${found.is}`)
}
