import { createHash, createHmac } from 'node:crypto'
import { json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, header, readExactly } from '../read-request.ts'
import { opaque } from '../sessions.ts'

const hour = 3_600_000

/** Devices in a cloud. Each request is signed, the token request too; all answers are 200. */
export const tuya: ApiDefinition = {
  name: 'Tuya',
  source:
    'https://developer.tuya.com/en/docs/iot/new-singnature?id=Kbw0q34cs2e5g; …/error-code?id=K989ruxx88swc; …/api-reference?id=Ka7qb7vhber64',
  credentials: { clientId: 'p1a2b3c4', secret: 'smart bulb' },
  secret: 'secret',
  lifetimeMs: 2 * hour,
  refreshLifetimeMs: 24 * hour,
  misfit: (reason, request) => fails(1109, `param is illegal: ${reason}`)(request),
  notFound: json(200, { code: 1108, msg: 'uri path invalid', success: false }),
  routes: [
    { kind: 'log-in', method: 'GET', path: '/v1.0/token', answer: logIn },
    { kind: 'renewal', method: 'GET', path: /^\/v1\.0\/token\/[^/]+$/, answer: renew },
    { kind: 'api', method: 'GET', path: '/v1.0/devices/d1', answer: read },
    { kind: 'api', method: 'POST', path: '/v1.0/devices/d1/commands', answer: write },
  ],
}

function logIn(request: ApiRequest, api: Api) {
  const { grant_type: grant } = readExactly(request, { as: 'query', needs: ['grant_type'] })
  if (grant !== '1') refuse(fails(1109, 'param is illegal')(request), 'another grant_type')
  checkSignature(request, api, '')
  return issue(api)
}

/** The refresh token is a part of the path, and good for one use. */
function renew(request: ApiRequest, api: Api) {
  readExactly(request, { as: 'nothing' })
  checkSignature(request, api, '')
  const found = api.sessions.findRefresh(request.path.split('/').at(-1))
  if (found.is !== 'live') refuse(fails(1010, 'token invalid')(request), `refresh token ${found.is}`)
  api.sessions.end(found.session)
  return issue(api)
}

function issue({ sessions, now }: Api) {
  const refreshToken = opaque()
  const { token } = sessions.open({ token: opaque(), refreshToken })
  const result = { access_token: token, expire_time: 7200, refresh_token: refreshToken, uid: 'bay1' }
  return json(200, { result, success: true, t: now() })
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { result: { id: 'd1', name: 'Lamp', online: true }, success: true, t: api.now() })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { result: true, success: true, t: api.now() })
}

function checkToken(request: ApiRequest, api: Api): void {
  const token = header(request, 'access_token') ?? ''
  checkSignature(request, api, token)
  const found = api.sessions.find(token)
  // 1010 is said of tokens that have expired, and of tokens that a newer one has replaced.
  if (found.is !== 'live') refuse(fails(1010, 'token invalid')(request), `token ${found.is}`)
}

/** «Sign requests»: client id, token, time, nonce, and then method, body hash, signed headers and path with sorted query, by line. */
function checkSignature(request: ApiRequest, { credentials, now }: Api, token: string): void {
  const [t = '', nonce = ''] = [header(request, 't'), header(request, 'nonce')]
  if (header(request, 'client_id') !== credentials['clientId']) refuse(fails(1005, 'clientId is invalid')(request), 'another client_id')
  if (header(request, 'sign_method') !== 'HMAC-SHA256') refuse(fails(1109, 'param is illegal')(request), 'no sign_method')
  if (!/^\d{13}$/.test(t) || Math.abs(now() - Number(t)) > 5 * 60_000) refuse(fails(1013, 'request time is invalid')(request), 'time')
  const sorted = [...request.query].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${value}`)
  const url = sorted.length > 0 ? `${request.path}?${sorted.join('&')}` : request.path
  const bodyHash = createHash('sha256').update(request.body).digest('hex')
  const signedHeaders = (header(request, 'signature-headers') ?? '').split(':').filter((name) => name !== '')
  const headerLines = signedHeaders.map((name) => `${name}:${header(request, name.toLowerCase())}\n`).join('')
  const text = `${credentials['clientId']}${token}${t}${nonce}${[request.method, bodyHash, headerLines, url].join('\n')}`
  const sign = createHmac('sha256', credentials['secret'] ?? '')
    .update(text)
    .digest('hex')
    .toUpperCase()
  if (header(request, 'sign') !== sign) refuse(fails(1004, 'sign invalid')(request), 'wrong signature')
}

const fails = (code: number, msg: string) => (request: ApiRequest) =>
  json(200, { code, msg, success: false, t: Number(header(request, 't') ?? 0) })
