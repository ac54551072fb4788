import { empty, hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, header, readExactly } from '../read-request.ts'
import { opaque, type Session } from '../sessions.ts'

const validity = 1800
const seats = 3

/** A name server. A session lives half an hour from its last use, and the seats are few. */
export const piHole: ApiDefinition = {
  name: 'Pi-hole 6',
  source: 'https://docs.pi-hole.net/api/auth/; pi-hole/FTL, src/api/auth.c and src/api/docs/content/specs/auth.yaml',
  credentials: { password: 'black hole' },
  secret: 'password',
  lifetimeMs: validity * 1000,
  misfit: (reason) => fails(400, 'bad_request', reason),
  notFound: fails(404, 'not_found', 'Not found'),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/api/auth', answer: logIn },
    { kind: 'log-out', method: 'DELETE', path: '/api/auth', answer: logOut },
    { kind: 'api', method: 'GET', path: '/api/stats/summary', answer: read },
    { kind: 'api', method: 'POST', path: '/api/groups', answer: write },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  const fields = readExactly(request, { as: 'json', needs: ['password'], may: ['totp'] })
  if (!hasRight(fields, credentials, 'password')) refuse(says(401, noSession('password incorrect')), 'wrong password')
  // `webserver.api.max_sessions` is 16 by default, here fewer.
  if (sessions.liveCount >= seats) refuse(fails(429, 'api_seats_exceeded', 'API seats exceeded'), 'no seat left')
  const [sid, csrf] = [asBase64(), asBase64()]
  sessions.open({ token: sid, extra: { csrf } })
  return says(200, { session: { valid: true, totp: false, sid, csrf, validity, message: 'password correct' } }, sid)
}

function logOut(request: ApiRequest, api: Api) {
  api.sessions.end(checkSession(request, api))
  return empty(204)
}

function read(request: ApiRequest, api: Api) {
  checkSession(request, api)
  return says(200, { queries: { total: 7497, blocked: 3465 } })
}

function write(request: ApiRequest, api: Api) {
  checkSession(request, api)
  return says(201, { groups: [{ id: 1, name: 'guests' }], processed: { success: [{ item: 'guests' }], errors: [] } })
}

function checkSession(request: ApiRequest, { sessions }: Api): Session {
  const session = sessions.live(header(request, 'x-ftl-sid')) ?? refuse(fails(401, 'unauthorized', 'Unauthorized'), 'session gone')
  sessions.prolong(session)
  return session
}

/** Their session ids have `+`, `/` and `=` in them. */
const asBase64 = (): string => Buffer.from(opaque(), 'hex').toString('base64')

const noSession = (message: string) => ({ session: { valid: false, totp: false, sid: null, validity: -1, message } })

function says(status: number, value: object, sid?: string) {
  const cookie = { 'Set-Cookie': `sid=${sid}; SameSite=Strict; Path=/; Max-Age=${validity}; HttpOnly` }
  return json(status, { ...value, took: 0.0002 }, sid ? cookie : {})
}

function fails(status: number, key: string, message: string) {
  return says(status, { error: { key, message, hint: null } })
}
