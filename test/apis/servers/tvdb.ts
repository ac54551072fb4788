import { hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, afterScheme, readExactly } from '../read-request.ts'
import { jwt, seconds } from '../sessions.ts'

/** Television. A key and a PIN give a JWT of a month, without a field for its lifetime. */
export const tvdb: ApiDefinition = {
  name: 'TVDB',
  source: 'https://thetvdb.github.io/v4-api/ (Login); thetvdb/tvdb-v4-python, tvdb_v4_official.py',
  credentials: { apikey: 'f0e1d2c3-0000', pin: 'ABC123' },
  secret: 'apikey',
  lifetimeMs: 30 * 86_400_000,
  misfit: (reason) => fails(400, `Invalid request: ${reason}`),
  notFound: fails(404, 'Not Found'),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/v4/login', answer: logIn },
    { kind: 'api', method: 'GET', path: '/v4/series/121361', answer: read },
    { kind: 'api', method: 'POST', path: '/v4/user/favorites', answer: write },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  const fields = readExactly(request, { as: 'json', needs: ['apikey', 'pin'] })
  if (!hasRight(fields, credentials, 'apikey', 'pin')) refuse(fails(401, 'InvalidAPIKey: apikey is invalid'), 'wrong key or PIN')
  const { token } = sessions.open({ token: jwt({ age: '', apikey: 'hidden', pin: 'hidden', exp: seconds(sessions.expiry()) }) })
  return json(200, { status: 'success', data: { token } })
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { status: 'success', data: { id: 121_361, name: 'Game of Thrones' } })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { status: 'success', data: null })
}

function checkToken(request: ApiRequest, { sessions }: Api): void {
  if (!sessions.live(afterScheme(request, 'Bearer'))) refuse(fails(401, 'Unauthorized'), 'token gone')
}

function fails(status: number, message: string) {
  return json(status, { status: 'failure', message, data: null })
}
