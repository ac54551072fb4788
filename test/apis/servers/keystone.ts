import { empty, json, Misfit, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, checkNames, type Fields, header, readExactly } from '../read-request.ts'
import { opaque, type Session } from '../sessions.ts'

/** A cloud's identity service. A log-in nested four levels deep, and the token in a header of a 201. */
export const keystone: ApiDefinition = {
  name: 'OpenStack Keystone',
  source: 'https://docs.openstack.org/api-ref/identity/v3/ (Password authentication, Revoke token)',
  credentials: { name: 'admin', domain: 'Default', password: 'devstacker' },
  secret: 'password',
  lifetimeMs: 3_600_000,
  misfit: (reason) => fails(400, 'Bad Request', reason),
  notFound: fails(404, 'Not Found', 'The resource could not be found.'),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/v3/auth/tokens', answer: logIn },
    { kind: 'log-out', method: 'DELETE', path: '/v3/auth/tokens', answer: revoke },
    { kind: 'api', method: 'GET', path: '/v3/projects', answer: read },
    { kind: 'api', method: 'POST', path: '/v3/projects', answer: write },
  ],
}

const unauthorized = () =>
  fails(401, 'Unauthorized', 'The request you have made requires authentication.', {
    'WWW-Authenticate': 'Keystone uri="http://127.0.0.1/v3"',
  })

function logIn(request: ApiRequest, { credentials, sessions, now }: Api) {
  const { auth } = readExactly(request, { as: 'json', needs: ['auth'] })
  const identity = part(part({ auth }, 'auth', ['identity'], ['scope']), 'identity', ['methods', 'password'])
  const methods = identity['methods']
  if (!Array.isArray(methods) || methods.join() !== 'password') throw new Misfit('methods is not ["password"]')
  const user = part(part(identity, 'password', ['user']), 'user', ['name', 'domain', 'password'])
  const domain = user['domain'] as Fields
  const isRight = user['name'] === credentials['name'] && user['password'] === credentials['password']
  const isInDomain = domain?.['name'] === credentials['domain'] || domain?.['id'] === credentials['domain']?.toLowerCase()
  if (!isRight || !isInDomain) refuse(unauthorized(), 'wrong password')
  const { token, expiresAt } = sessions.open({ token: opaque('gAAAAAB') })
  const times = { issued_at: iso(now()), expires_at: iso(expiresAt) }
  const body = {
    token: { methods: ['password'], user: { id: 'u1', name: user['name'], domain: { id: 'default', name: 'Default' } }, ...times },
  }
  return json(201, body, { 'X-Subject-Token': token, Vary: 'X-Auth-Token' })
}

/** One level of the nested log-in. */
function part(outer: Fields, name: string, needs: string[], may: string[] = []): Fields {
  const inner = outer[name]
  if (typeof inner !== 'object' || inner === null) throw new Misfit(`no ${name}`)
  checkNames(Object.keys(inner), needs, may, name)
  return inner as Fields
}

/** Microseconds, as Keystone writes them. */
const iso = (instant: number): string => new Date(instant).toISOString().replace('Z', '000Z')

/** One token asks, and names the token to be revoked: itself, most often. */
function revoke(request: ApiRequest, api: Api) {
  checkToken(request, api)
  const subject = api.sessions.live(header(request, 'x-subject-token'))
  api.sessions.end(subject ?? refuse(fails(404, 'Not Found', 'Could not find token.'), 'no such token'))
  return empty(204)
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { projects: [{ id: 'p1', name: 'demo' }], links: { next: null } })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(201, { project: { id: 'p2', name: 'new' } })
}

function checkToken(request: ApiRequest, { sessions }: Api): Session {
  return sessions.live(header(request, 'x-auth-token')) ?? refuse(unauthorized(), 'token gone')
}

function fails(code: number, title: string, message: string, headers: Record<string, string> = {}) {
  return json(code, { error: { code, message, title } }, headers)
}
