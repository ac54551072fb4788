import { hasRight, html, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, afterScheme, cookie, readExactly } from '../read-request.ts'
import { jwt, seconds } from '../sessions.ts'

/** A network video recorder. The token comes in a cookie, with an empty body, and goes as Bearer or as that cookie. */
export const frigate: ApiDefinition = {
  name: 'Frigate',
  source: 'frigate, frigate/api/auth.py; https://docs.frigate.video/configuration/authentication',
  credentials: { user: 'admin', password: 'bird of the sea' },
  secret: 'password',
  lifetimeMs: 86_400_000,
  // FastAPI's answer to a body that is not of the model.
  misfit: (reason) => json(422, { detail: [{ type: 'missing', loc: ['body'], msg: reason, input: null }] }),
  notFound: json(404, { detail: 'Not Found' }),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/api/login', answer: logIn },
    { kind: 'api', method: 'GET', path: '/api/profile', answer: readProfile },
    { kind: 'api', method: 'POST', path: '/api/reviews/viewed', answer: markViewed },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  const fields = readExactly(request, { as: 'json', needs: ['user', 'password'] })
  if (!hasRight(fields, credentials, 'user', 'password')) refuse(json(401, { message: 'Login failed' }), 'wrong password')
  const expiresAt = sessions.expiry()
  const { token } = sessions.open({ token: jwt({ sub: fields['user'], role: 'admin', exp: seconds(expiresAt) }) })
  const attributes = `expires=${new Date(expiresAt).toUTCString()}; HttpOnly; Path=/; SameSite=lax`
  return { status: 200, headers: { 'Set-Cookie': `frigate_token=${token}; ${attributes}` } }
}

function readProfile(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { username: 'admin', role: 'admin', allowed_cameras: ['gate'] })
}

function markViewed(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { success: true, message: 'Marked items as viewed' })
}

/** auth.py, `auth`: the header goes before the cookie. nginx, which asks it, answers with a page of its own. */
function checkToken(request: ApiRequest, { sessions }: Api): void {
  const token = afterScheme(request, 'Bearer') ?? cookie(request, 'frigate_token')
  const page =
    '<html><head><title>401 Authorization Required</title></head><body><center><h1>401 Authorization Required</h1></center></body></html>'
  if (!sessions.live(token)) refuse(html(401, page), 'token gone')
}
