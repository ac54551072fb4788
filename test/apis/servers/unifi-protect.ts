import { hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, cookie, header, readExactly } from '../read-request.ts'
import { jwt, opaque, type Session, seconds } from '../sessions.ts'

/** A camera console. The token is a cookie, and whatever writes also shows the CSRF value that came with it. */
export const unifiProtect: ApiDefinition = {
  name: 'UniFi Protect',
  source: 'uiprotect, src/uiprotect/api.py; hjdhjd/unifi-protect, src/protect-api.ts: no public document',
  credentials: { username: 'local', password: 'console cowboy' },
  secret: 'password',
  lifetimeMs: 2 * 3_600_000,
  misfit: (reason) => json(400, { code: 'BAD_REQUEST', message: reason, level: 'debug' }),
  notFound: json(404, { error: 'Not Found', name: 'NotFoundError' }),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/api/auth/login', answer: logIn },
    { kind: 'log-out', method: 'POST', path: '/api/auth/logout', answer: logOut },
    { kind: 'api', method: 'GET', path: '/proxy/protect/api/bootstrap', answer: readBootstrap },
    { kind: 'api', method: 'POST', path: '/proxy/protect/api/cameras/1/reboot', answer: reboot },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  const fields = readExactly(request, { as: 'json', needs: ['username', 'password'], may: ['rememberMe', 'token'] })
  const wrong = { code: 'AUTHENTICATION_FAILED_INVALID_CREDENTIALS', message: 'Invalid username or password', level: 'debug' }
  if (!hasRight(fields, credentials, 'username', 'password')) refuse(json(401, wrong), 'wrong password')
  const csrf = opaque().slice(0, 32)
  const { token } = sessions.open({ token: jwt({ userId: 'u1', csrfToken: csrf, exp: seconds(sessions.expiry()) }), extra: { csrf } })
  const attributes = 'path=/; samesite=strict; secure; httponly'
  return json(
    200,
    { unique_id: 'u1', username: fields['username'] },
    { 'Set-Cookie': `TOKEN=${token}; ${attributes}`, 'X-CSRF-Token': csrf },
  )
}

function logOut(request: ApiRequest, api: Api) {
  api.sessions.end(checkWrite(request, api))
  return json(200, { success: true }, { 'Set-Cookie': 'TOKEN=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly' })
}

function readBootstrap(request: ApiRequest, api: Api) {
  const { extra } = checkToken(request, api)
  return json(200, { authUserId: 'u1', cameras: [{ id: '1', name: 'Gate' }] }, { 'X-CSRF-Token': extra['csrf'] ?? '' })
}

function reboot(request: ApiRequest, api: Api) {
  checkWrite(request, api)
  return json(200, { id: '1', isRebooting: true })
}

function checkToken(request: ApiRequest, { sessions }: Api): Session {
  const unauthorized = json(401, { error: { code: 401, message: 'Unauthorized' } })
  return sessions.live(cookie(request, 'TOKEN')) ?? refuse(unauthorized, 'token gone')
}

/** Only reads go without the CSRF value. The console says 403 then, though the token is good. */
function checkWrite(request: ApiRequest, api: Api): Session {
  const session = checkToken(request, api)
  const forbidden = json(403, { error: { code: 403, message: 'Invalid CSRF Token' } })
  return header(request, 'x-csrf-token') === session.extra['csrf'] ? session : refuse(forbidden, 'no CSRF value')
}
