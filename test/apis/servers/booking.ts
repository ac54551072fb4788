import { hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, afterScheme, readExactly } from '../read-request.ts'
import { jwt, opaque, seconds } from '../sessions.ts'

const hour = 3_600_000
const tokensAnHour = 30

/** Rooms. OAuth's names of the client in JSON, no grant_type, and a reply without a lifetime: the JWT tells it. */
export const booking: ApiDefinition = {
  name: 'Booking.com connectivity',
  source: 'https://developers.booking.com/connectivity/docs/token-based-authentication',
  credentials: { client_id: 'machine-account', client_secret: 'room service' },
  secret: 'client_secret',
  lifetimeMs: hour,
  misfit: (reason) => fails(400, 'BAD_REQUEST', reason),
  notFound: fails(404, 'NOT_FOUND', 'Not found'),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/token-based-authentication/exchange', answer: logIn },
    { kind: 'api', method: 'GET', path: '/messaging/messages/latest', answer: read },
    { kind: 'api', method: 'POST', path: '/messaging/conversations/1', answer: write },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions, memory, now }: Api) {
  const fields = readExactly(request, { as: 'json', needs: ['client_id', 'client_secret'] })
  if (!hasRight(fields, credentials, 'client_id', 'client_secret'))
    refuse(fails(401, 'UNAUTHORIZED', 'Invalid client credentials'), 'wrong secret')
  // «You can create up to 30 tokens per hour.»
  const hourKey = `tokens in hour ${Math.floor(now() / hour)}`
  const soFar = memory.get(hourKey) ?? 0
  if (soFar >= tokensAnHour) refuse(fails(429, 'TOO_MANY_REQUESTS', 'Too many requests'), 'too many tokens')
  memory.set(hourKey, soFar + 1)
  const claims = {
    sub: 'connectivity-auth-proxy',
    iss: 'urn://connectivity-modern-auth/v1',
    iat: seconds(now()),
    exp: seconds(sessions.expiry()),
  }
  return json(200, { jwt: sessions.open({ token: jwt(claims) }).token, ruid: opaque() })
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { meta: { ruid: opaque() }, warnings: [], data: { messages: [], number_of_messages: 0 }, errors: [] })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { meta: { ruid: opaque() }, warnings: [], data: { message_id: 'm1' }, errors: [] })
}

function checkToken(request: ApiRequest, { sessions }: Api): void {
  if (!sessions.live(afterScheme(request, 'Bearer'))) refuse(fails(401, 'UNAUTHORIZED', 'Authorization Required'), 'token gone')
}

function fails(status: number, code: string, message: string) {
  return json(status, { errors: [{ code, message }] })
}
