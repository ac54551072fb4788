import { hasRight, Misfit, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, checkContentType, checkNames, parsedJson } from '../read-request.ts'
import { opaque } from '../sessions.ts'

const seats = 3
const path = '/cgi-bin/api.cgi'

/** A camera. One address for everything, 200 for everything, and few seats. */
export const reolink: ApiDefinition = {
  name: 'Reolink',
  source: 'Reolink Camera HTTP API User Guide v8, 1.2 and 3.1 (https://reolink.com); error codes of its section 1.4; reolink_aio, api.py',
  credentials: { userName: 'admin', password: 'peephole' },
  secret: 'password',
  lifetimeMs: 3_600_000,
  misfit: (_, request) => fails(request.query.get('cmd') ?? 'Unknown', -4, 'param error'),
  notFound: { status: 404, headers: { 'Content-Type': 'text/html' }, body: '<html><body>Not Found</body></html>' },
  routes: [
    { kind: 'log-in', method: 'POST', path, query: { cmd: 'Login' }, answer: logIn },
    { kind: 'log-out', method: 'POST', path, query: { cmd: 'Logout' }, answer: logOut },
    { kind: 'api', method: 'GET', path, query: { cmd: 'GetDevInfo' }, answer: read },
    { kind: 'api', method: 'POST', path, query: { cmd: 'GetDevInfo' }, answer: read },
    { kind: 'api', method: 'POST', path, query: { cmd: 'SetOsd' }, answer: write },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  const user = readUser(request)
  if (!hasRight(user, credentials, 'userName', 'password')) refuse(fails('Login', -7, 'login failed'), 'wrong password')
  // -5: the number of sessions is used up. Only a log-out or the lease's end frees a seat.
  if (sessions.liveCount >= seats) refuse(fails('Login', -5, 'max session'), 'no seat left')
  const { token } = sessions.open({ token: opaque().slice(0, 12) })
  return says([{ cmd: 'Login', code: 0, value: { Token: { leaseTime: 3600, name: token } } }])
}

/** `[{"cmd":"Login","param":{"User":{…}}}]`. Some firmwares want `Version: '0'` in it, and all take it. */
function readUser(request: ApiRequest): Record<string, unknown> {
  if (request.headers.authorization !== undefined) throw new Misfit('an Authorization header')
  checkContentType(request, 'application/json')
  checkNames([...request.query.keys()], ['cmd'], ['token'], 'query')
  const command = only(parsedJson(request.body))
  checkNames(Object.keys(command), ['cmd', 'param'], ['action'], 'command')
  if (command['cmd'] !== 'Login') throw new Misfit('another cmd than the query')
  const user = only([only([command['param']])['User']])
  checkNames(Object.keys(user), ['userName', 'password'], ['Version'], 'User')
  return user
}

function only(list: unknown): Record<string, unknown> {
  const one: unknown = Array.isArray(list) && list.length === 1 ? list[0] : undefined
  if (typeof one !== 'object' || one === null) throw new Misfit('not the nested JSON of a log-in')
  return one as Record<string, unknown>
}

function logOut(request: ApiRequest, api: Api) {
  api.sessions.end(check('Logout', request, api))
  return says([{ cmd: 'Logout', code: 0, value: { rspCode: 200 } }])
}

function read(request: ApiRequest, api: Api) {
  check('GetDevInfo', request, api)
  return says([{ cmd: 'GetDevInfo', code: 0, value: { DevInfo: { model: 'RLC-410', name: 'Gate' } } }])
}

function write(request: ApiRequest, api: Api) {
  check('SetOsd', request, api)
  return says([{ cmd: 'SetOsd', code: 0, value: { rspCode: 200 } }])
}

function check(command: string, request: ApiRequest, { sessions }: Api) {
  return sessions.live(request.query.get('token') ?? undefined) ?? refuse(fails(command, -6, 'please login first'), 'token gone')
}

const fails = (cmd: string, rspCode: number, detail: string) => says([{ cmd, code: 1, error: { detail, rspCode } }])

/** The cameras' web server calls its JSON text/html. */
function says(list: unknown) {
  return { status: 200, headers: { 'Content-Type': 'text/html' }, body: JSON.stringify(list) }
}
