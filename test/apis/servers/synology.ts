import { hasRight, json, Misfit, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, readExactly } from '../read-request.ts'
import { opaque } from '../sessions.ts'

const path = '/webapi/entry.cgi'
const auth = { api: 'SYNO.API.Auth' }

/** A disk station with cameras. The log-in is a GET, all answers are 200. */
export const synology: ApiDefinition = {
  name: 'Synology Surveillance',
  source:
    'Synology Surveillance Station Web API (https://global.download.synology.com, Surveillance_Station_Web_API.pdf) 2.3 and its error codes',
  credentials: { account: 'guard', passwd: 'disk & dish' },
  secret: 'passwd',
  // The document names no lifetime: 15 minutes without a request is DSM's default. The server does not tell it.
  lifetimeMs: 15 * 60_000,
  misfit: () => fails(101),
  notFound: json(200, { error: { code: 102 }, success: false }),
  routes: [
    { kind: 'log-in', method: 'GET', path, query: { ...auth, method: 'login' }, answer: logIn },
    { kind: 'log-out', method: 'GET', path, query: { ...auth, method: 'logout' }, answer: logOut },
    { kind: 'api', method: 'GET', path, query: { api: 'SYNO.SurveillanceStation.Camera', method: 'List' }, answer: read },
    { kind: (request) => (isLogIn(request) ? 'log-in' : 'api'), method: 'POST', path, answer: write },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  const names = ['api', 'version', 'method', 'account', 'passwd', 'session', 'format']
  const fields = readExactly(request, { as: 'query', needs: names, may: ['otp_code'] })
  if (!/^[2-7]$/.test(String(fields['version']))) refuse(fails(104), 'no such version')
  if (fields['session'] !== 'SurveillanceStation') throw new Misfit('another session')
  if (fields['format'] !== 'sid') throw new Misfit('a cookie was asked for')
  // 400: no such account, or a wrong password.
  if (!hasRight(fields, credentials, 'account', 'passwd')) refuse(fails(400), 'wrong password')
  return says({ did: opaque().slice(0, 12), is_portal_port: false, sid: sessions.open({ token: opaque() }).token })
}

function logOut(request: ApiRequest, api: Api) {
  const fields = readExactly(request, { as: 'query', needs: ['api', 'version', 'method', 'session', '_sid'] })
  const session = api.sessions.live(String(fields['_sid'])) ?? refuse(fails(119), 'session gone')
  api.sessions.end(session)
  return json(200, { success: true })
}

function read(request: ApiRequest, api: Api) {
  checkSession(request, api)
  return says({ cameras: [{ id: 1, newName: 'Gate', status: 1 }], total: 1 })
}

const isLogIn = (request: ApiRequest): boolean => `${request.target}&${request.body}`.includes('SYNO.API.Auth')

/** A POST has its `api`, `version` and `method` in a form; the session stays in the query. */
function write(request: ApiRequest, api: Api) {
  if (isLogIn(request)) throw new Misfit('a log-in by POST, which the document does not have')
  checkSession(request, api)
  return json(200, { success: true })
}

/** 106 is a session that has timed out, 119 one that is not there; 105 is what a request without any session is told. */
function checkSession(request: ApiRequest, { sessions }: Api): void {
  const sid = request.query.get('_sid')
  const found = sessions.find(sid ?? undefined)
  if (found.is !== 'live') refuse(fails(sid === null ? 105 : found.is === 'expired' ? 106 : 119), `session ${found.is}`)
  sessions.prolong(found.session)
}

const says = (data: unknown) => json(200, { data, success: true })

const fails = (code: number) => json(200, { error: { code }, success: false })
