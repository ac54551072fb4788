import { hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, afterScheme, readExactly } from '../read-request.ts'
import { jwt, seconds } from '../sessions.ts'

const hours8 = 8 * 3600

/** A house's bridge. The token itself asks for its successor, while it still lives. */
export const homebridge: ApiDefinition = {
  name: 'Homebridge UI',
  source:
    'observed on a running homebridge-config-ui-x; its src/core/auth/auth.controller.ts and auth.service.ts; /swagger of an installation',
  credentials: { username: 'admin', password: 'over the water' },
  secret: 'password',
  lifetimeMs: hours8 * 1000,
  misfit: (reason) => json(400, { statusCode: 400, message: [reason], error: 'Bad Request' }),
  notFound: json(404, { statusCode: 404, message: 'Not Found' }),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/api/auth/login', answer: logIn },
    { kind: 'renewal', method: 'POST', path: '/api/auth/refresh', answer: renew },
    { kind: 'api', method: 'GET', path: '/api/accessories', answer: read },
    { kind: 'api', method: 'POST', path: '/api/accessories', answer: write },
  ],
}

function logIn(request: ApiRequest, api: Api) {
  const fields = readExactly(request, { as: 'json', needs: ['username', 'password'], may: ['otp'] })
  // auth.service.ts throws a ForbiddenException for a wrong password, not an UnauthorizedException.
  const wrong = json(403, { statusCode: 403, message: 'Forbidden' })
  if (!hasRight(fields, api.credentials, 'username', 'password')) refuse(wrong, 'wrong password')
  return issue(api)
}

function renew(request: ApiRequest, api: Api) {
  checkToken(request, api)
  readExactly(request, { as: 'nothing', authorization: true })
  return issue(api)
}

/** Nest answers a POST with 201. The old token lives on until it expires. */
function issue({ sessions }: Api) {
  const { token } = sessions.open({ token: jwt({ username: 'admin', admin: true, exp: seconds(sessions.expiry()) }) })
  return json(201, { access_token: token, token_type: 'Bearer', expires_in: hours8 })
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, [{ uniqueId: 'a1', serviceName: 'Lamp' }])
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(201, { uniqueId: 'a1' })
}

function checkToken(request: ApiRequest, { sessions }: Api): void {
  if (!sessions.live(afterScheme(request, 'Bearer'))) refuse(json(401, { statusCode: 401, message: 'Unauthorized' }), 'token gone')
}
