import { hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, afterScheme, header, readExactly } from '../read-request.ts'
import { opaque, type Session } from '../sessions.ts'

const origin = 'https://app.example.com'

/** A library for log-ins, with its bearer plugin: the token comes in a header, and an `Origin` is demanded. */
export const betterAuth: ApiDefinition = {
  name: 'better-auth',
  source:
    'observed on a running better-auth (here with `bearer({ requireSignature: true })`); packages/better-auth/src/api/middlewares/origin-check.ts; https://www.better-auth.com/docs/plugins/bearer',
  credentials: { email: 'user@example.com', password: 'even better', origin },
  secret: 'password',
  lifetimeMs: 7 * 86_400_000,
  misfit: (reason) => json(400, { message: `[body] Invalid input: ${reason}`, code: 'VALIDATION_ERROR' }),
  notFound: { status: 404 },
  routes: [
    { kind: 'log-in', method: 'POST', path: '/api/auth/sign-in/email', answer: logIn },
    { kind: 'log-out', method: 'POST', path: '/api/auth/sign-out', answer: logOut },
    { kind: 'api', method: 'GET', path: '/api/auth/list-sessions', answer: read },
    { kind: 'api', method: 'POST', path: '/api/auth/update-user', answer: write },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  // origin-check.ts: Node's fetch sends `Sec-Fetch-Mode`, as browsers do, so that the origin is checked.
  const from = header(request, 'origin')
  if (from === undefined) refuse(json(403, { message: 'Missing or null Origin', code: 'MISSING_OR_NULL_ORIGIN' }), 'no Origin')
  if (from !== credentials['origin']) refuse(json(403, { message: 'Invalid origin', code: 'INVALID_ORIGIN' }), 'another Origin')
  const fields = readExactly(request, { as: 'json', needs: ['email', 'password'], may: ['callbackURL', 'rememberMe'] })
  const wrong = json(401, { message: 'Invalid email or password', code: 'INVALID_EMAIL_OR_PASSWORD' })
  if (!hasRight(fields, credentials, 'email', 'password')) refuse(wrong, 'wrong password')
  // Only the header brings the signed token; the body has its first part.
  const unsigned = opaque().slice(0, 32)
  const { token } = sessions.open({ token: `${unsigned}.${encodeURIComponent(Buffer.from(opaque(), 'hex').toString('base64'))}` })
  const user = { id: 'u1', email: fields['email'], name: 'User', emailVerified: true }
  const cookie = `better-auth.session_token=${token}; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax`
  return json(200, { redirect: false, token: unsigned, user }, { 'set-auth-token': token, 'Set-Cookie': cookie })
}

function logOut(request: ApiRequest, api: Api) {
  api.sessions.end(checkToken(request, api))
  return json(200, { success: true })
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, [{ id: 's1', userId: 'u1' }])
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { status: true })
}

function checkToken(request: ApiRequest, { sessions }: Api): Session {
  return sessions.live(afterScheme(request, 'Bearer')) ?? refuse(json(401, { message: 'Unauthorized', code: 'UNAUTHORIZED' }), 'token gone')
}
