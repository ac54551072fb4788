import { empty, hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, afterScheme, readExactly } from '../read-request.ts'
import { jwt, type Session, seconds } from '../sessions.ts'

const windowMs = 5 * 60_000
const logInsAWindow = 30

/** A social network. The refresh token travels as Bearer, an expired access token is a 400, and log-ins are few. */
export const bluesky: ApiDefinition = {
  name: 'Bluesky',
  source:
    'bluesky-social/atproto, packages/pds/src/auth-verifier.ts and lexicons/com/atproto/server; https://docs.bsky.app/docs/advanced-guides/rate-limits',
  credentials: { identifier: 'alice.example.com', password: 'abcd-efgh-ijkl-mnop' },
  secret: 'password',
  lifetimeMs: 2 * 3_600_000,
  refreshLifetimeMs: 90 * 86_400_000,
  misfit: (reason) => fails(400, 'InvalidRequest', reason),
  notFound: json(501, { error: 'MethodNotImplemented', message: 'Method Not Implemented' }),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/xrpc/com.atproto.server.createSession', answer: logIn },
    { kind: 'renewal', method: 'POST', path: '/xrpc/com.atproto.server.refreshSession', answer: renew },
    { kind: 'log-out', method: 'POST', path: '/xrpc/com.atproto.server.deleteSession', answer: logOut },
    { kind: 'api', method: 'GET', path: '/xrpc/com.atproto.server.getSession', answer: read },
    { kind: 'api', method: 'POST', path: '/xrpc/com.atproto.repo.createRecord', answer: write },
  ],
}

function logIn(request: ApiRequest, api: Api) {
  const limit = countLogIn(api)
  const fields = readExactly(request, { as: 'json', needs: ['identifier', 'password'], may: ['authFactorToken', 'allowTakendown'] })
  const wrong = fails(401, 'AuthenticationRequired', 'Invalid identifier or password', limit)
  if (!hasRight(fields, api.credentials, 'identifier', 'password')) refuse(wrong, 'wrong password')
  return issue(api, limit)
}

/** createSession: 30 in 5 minutes for an account, right or wrong. */
function countLogIn({ memory, now }: Api): Record<string, string> {
  const window = Math.floor(now() / windowMs)
  const count = (memory.get(`log-ins ${window}`) ?? 0) + 1
  memory.set(`log-ins ${window}`, count)
  const headers = {
    'RateLimit-Limit': String(logInsAWindow),
    'RateLimit-Remaining': String(Math.max(0, logInsAWindow - count)),
    // An instant, in seconds since the epoch.
    'RateLimit-Reset': String(seconds((window + 1) * windowMs)),
    'RateLimit-Policy': `${logInsAWindow};w=${windowMs / 1000}`,
  }
  return count > logInsAWindow ? refuse(fails(429, 'RateLimitExceeded', 'Rate Limit Exceeded', headers), 'too many log-ins') : headers
}

function renew(request: ApiRequest, api: Api) {
  const session = checkRefreshToken(request, api)
  readExactly(request, { as: 'nothing', authorization: true })
  session.isRefreshDead = true
  return issue(api)
}

function logOut(request: ApiRequest, api: Api) {
  api.sessions.end(checkRefreshToken(request, api))
  return empty(200)
}

function checkRefreshToken(request: ApiRequest, { sessions }: Api): Session {
  const found = sessions.findRefresh(afterScheme(request, 'Bearer'))
  if (found.is === 'expired') refuse(fails(400, 'ExpiredToken', 'Token has expired'), 'refresh token expired')
  // A used or revoked one says the same as an expired one; an access token in its place does too.
  return found.is === 'live' ? found.session : refuse(fails(400, 'ExpiredToken', 'Token has been revoked'), 'refresh token gone')
}

function issue({ sessions }: Api, headers: Record<string, string> = {}) {
  const did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'
  const refreshJwt = jwt({ scope: 'com.atproto.refresh', sub: did, exp: seconds(sessions.refreshExpiry()) })
  const accessToken = jwt({ scope: 'com.atproto.access', sub: did, exp: seconds(sessions.expiry()) })
  const { token } = sessions.open({ token: accessToken, refreshToken: refreshJwt })
  return json(200, { did, handle: 'alice.example.com', accessJwt: token, refreshJwt, active: true }, headers)
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { did: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz', handle: 'alice.example.com', active: true })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { uri: 'at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3k', cid: 'bafyrei' })
}

function checkToken(request: ApiRequest, { sessions }: Api): void {
  const token = afterScheme(request, 'Bearer')
  if (token === undefined) refuse(fails(401, 'AuthMissing', 'Authentication Required'), 'no token')
  const found = sessions.find(token)
  if (found.is === 'expired') refuse(fails(400, 'ExpiredToken', 'Token has expired'), 'token expired')
  if (sessions.findRefresh(token).is !== 'unknown') refuse(fails(400, 'InvalidToken', 'Bad token scope'), 'a refresh token')
  if (found.is === 'unknown') refuse(fails(400, 'ExpiredToken', 'Token has been revoked'), 'token gone')
}

function fails(status: number, error: string, message: string, headers: Record<string, string> = {}) {
  return json(status, { error, message }, headers)
}
