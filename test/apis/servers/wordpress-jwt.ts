import { hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, header, readExactly } from '../read-request.ts'
import { jwt, seconds } from '../sessions.ts'

/** WordPress with «JWT Authentication for WP REST API». Everything is refused with 403, and the code has brackets in it. */
export const wordPressJwt: ApiDefinition = {
  name: 'WordPress JWT',
  source: 'https://wordpress.org/plugins/jwt-authentication-for-wp-rest-api/; Tmeister/wp-api-jwt-auth, public/class-jwt-auth-public.php',
  credentials: { username: 'editor', password: 'press & print' },
  secret: 'password',
  lifetimeMs: 7 * 86_400_000,
  misfit: (reason) => fails(400, 'rest_invalid_param', reason),
  notFound: fails(404, 'rest_no_route', 'No route was found matching the URL and request method.'),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/wp-json/jwt-auth/v1/token', answer: logIn },
    { kind: 'api', method: 'GET', path: '/wp-json/wp/v2/users/me', answer: read },
    { kind: 'api', method: 'POST', path: '/wp-json/wp/v2/posts', answer: write },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  const fields = readExactly(request, { as: 'json', needs: ['username', 'password'] })
  if (!hasRight(fields, credentials, 'username')) {
    refuse(
      fails(403, '[jwt_auth] invalid_username', '<strong>Error:</strong> The username is not registered on this site.'),
      'wrong username',
    )
  }
  const wrong = `<strong>Error:</strong> The password you entered for the username <strong>${fields['username']}</strong> is incorrect.`
  if (!hasRight(fields, credentials, 'password')) refuse(fails(403, '[jwt_auth] incorrect_password', wrong), 'wrong password')
  const { token } = sessions.open({ token: jwt({ iss: 'http://127.0.0.1', exp: seconds(sessions.expiry()), data: { user: { id: '1' } } }) })
  return json(200, { token, user_email: 'editor@example.com', user_nicename: 'editor', user_display_name: 'Editor' })
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { id: 1, name: 'Editor' })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(201, { id: 7, status: 'draft' })
}

function checkToken(request: ApiRequest, { sessions }: Api): void {
  const authorization = header(request, 'authorization')
  // Without a header the plugin stays silent: WordPress's own answer.
  if (authorization === undefined) refuse(fails(401, 'rest_not_logged_in', 'You are not currently logged in.'), 'no token')
  const [, token] = /^Bearer (\S+)$/.exec(authorization) ?? []
  if (token === undefined) refuse(fails(403, 'jwt_auth_bad_auth_header', 'Authorization header malformed.'), 'not a Bearer token')
  const found = sessions.find(token)
  const message = found.is === 'expired' ? 'Expired token' : 'Signature verification failed'
  if (found.is !== 'live') refuse(fails(403, 'jwt_auth_invalid_token', message), `token ${found.is}`)
}

function fails(status: number, code: string, message: string) {
  return json(status, { code, message, data: { status } })
}
