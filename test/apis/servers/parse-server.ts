import { hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, header, readExactly } from '../read-request.ts'
import { opaque, type Session } from '../sessions.ts'

/** A back end. The application's id on each request; a wrong password is a 404, a session that is gone a 400. */
export const parseServer: ApiDefinition = {
  name: 'parse-server',
  source: 'observed on a running parse-server; https://docs.parseplatform.org/rest/guide/#users; src/Routers/UsersRouter.js',
  credentials: { applicationId: 'app1', restApiKey: 'rest1', username: 'cooldude6', password: 'p_n7!-e8' },
  secret: 'password',
  lifetimeMs: 365 * 86_400_000,
  misfit: (reason) => fails(400, 107, reason),
  notFound: fails(404, 1, 'Not Found'),
  routes: [
    { kind: 'log-in', method: 'GET', path: '/parse/login', answer: logIn },
    { kind: 'log-in', method: 'POST', path: '/parse/login', answer: logIn },
    { kind: 'log-out', method: 'POST', path: '/parse/logout', answer: logOut },
    { kind: 'api', method: 'GET', path: '/parse/users/me', answer: read },
    { kind: 'api', method: 'POST', path: '/parse/classes/GameScore', answer: write },
  ],
}

function logIn(request: ApiRequest, api: Api) {
  checkApplication(request, api)
  const fields = readExactly(request, { as: request.method === 'GET' ? 'query' : 'json', needs: ['username', 'password'] })
  // UsersRouter.js: OBJECT_NOT_FOUND, and so a 404.
  if (!hasRight(fields, api.credentials, 'username', 'password')) refuse(fails(404, 101, 'Invalid username/password.'), 'wrong password')
  const { token } = api.sessions.open({ token: opaque('r:') })
  return json(200, { ...user, sessionToken: token })
}

const user = {
  objectId: 'g7y9tkhB7O',
  username: 'cooldude6',
  createdAt: '2011-11-07T20:58:34.448Z',
  updatedAt: '2011-11-07T20:58:34.448Z',
  ACL: {},
}

/** The ids are headers of all requests. */
function checkApplication(request: ApiRequest, { credentials }: Api): void {
  const isRight =
    header(request, 'x-parse-application-id') === credentials['applicationId'] &&
    header(request, 'x-parse-rest-api-key') === credentials['restApiKey']
  if (!isRight) refuse(json(403, { error: 'unauthorized' }), 'no ids')
}

function logOut(request: ApiRequest, api: Api) {
  api.sessions.end(checkSession(request, api))
  return json(200, {})
}

function read(request: ApiRequest, api: Api) {
  checkSession(request, api)
  return json(200, user)
}

function write(request: ApiRequest, api: Api) {
  checkSession(request, api)
  return json(201, { objectId: 'Ed1nuqPvcm', createdAt: new Date(api.now()).toISOString() })
}

function checkSession(request: ApiRequest, api: Api): Session {
  checkApplication(request, api)
  const token = header(request, 'x-parse-session-token')
  // A class that asks for a user says so with the code of an object that is not found.
  const none = fails(404, 101, 'Permission denied, user needs to be authenticated.')
  if (token === undefined) refuse(none, 'no session')
  const found = api.sessions.find(token)
  if (found.is === 'live') return found.session
  return refuse(fails(400, 209, found.is === 'expired' ? 'Session token is expired.' : 'Invalid session token'), `session ${found.is}`)
}

function fails(status: number, code: number, error: string) {
  return json(status, { code, error })
}
