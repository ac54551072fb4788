import { type ReceivedTokenRequest, readTokenRequest } from '../received-token-request.ts'
import { type Route, route } from '../route.ts'
import { createChannels, createMovies } from './data/movies.ts'
import type { EmulatedSystem, SystemDefinition } from './emulated-system.ts'
import { createFakeJwt, toNumericDate } from './fake-jwt.ts'
import type { FoundToken, IssuedToken } from './token-ledger.ts'

export interface DiveCredentials {
  dive: { clientKey: string; deviceId: string }
  /** The document's own combination: a user's name and password (which the API takes as MD5). */
  diveUser: { clientKey: string; username: string; password: string }
}

type Dive = EmulatedSystem<DiveCredentials>

const defaultSize = 10
/** The MD5 of `diveUser.password`: WebCrypto has no MD5, and the emulation needs no other one. */
const passwordMd5 = '82a728244e406795fd39ffe4cec041ab'

/**
 * Dive: `/token`, movies and channels behind it.
 *
 * Documented: `Content-Type: application/json`, with JSON or (as the document's own words have it) form data in it.
 * Real: forms, 415 for JSON; error descriptions echo the token, as old versions do. Both take the document's
 * combination of `device_credentials` with a user, and the two that exist: with `device_id`, and `user_credentials`.
 */
export const dive: SystemDefinition<'dive', DiveCredentials> = {
  name: 'dive',
  baseUrl: 'https://rest.dive.tv/v1',
  lifetimeMs: 9_000_000,
  refreshLifetimeMs: 180 * 86_400_000,
  createCredentials: () => ({
    dive: { clientKey: 'emulated-dive-key', deviceId: '123456' },
    diveUser: { clientKey: 'emulated-dive-key', username: 'viewer@dive.example', password: 'emulated-dive-password' },
  }),
  createRoutes,
}

function createRoutes(system: Dive): Route[] {
  const token = system.tokenEndpoint(async ({ request, asked }) => {
    const received = await readTokenRequest(request)
    // The grant is read from the query alone.
    const grantType = received.query['grant_type'] ?? ''
    asked(grantType || 'none')
    return refuseEncoding(system, received) ?? refuseClient(system, received) ?? answerTokenRequest(system, grantType, received)
  })
  const list = (rows: () => unknown[]) =>
    system.apiEndpoint(
      (request) => rejectToken(system, request),
      ({ url }) => pageOf(rows(), url.searchParams),
    )

  return [
    route.post(system.url('/token'), token),
    route.get(system.url('/movies'), list(createMovies)),
    route.get(system.url('/channels'), list(createChannels)),
    route.all(system.url('/*'), () => springError(404, 'not_found', 'No message available')),
  ]
}

function refuseEncoding({ flavour }: Dive, { encoding }: ReceivedTokenRequest): Response | undefined {
  if (encoding === (flavour === 'documented' ? 'json' : 'form') || encoding === 'none') return undefined
  return springError(415, 'Unsupported Media Type', 'Content type not supported')
}

function refuseClient({ credentials }: Dive, { basic }: ReceivedTokenRequest): Response | undefined {
  if (!basic) return springError(401, 'unauthorized', 'Full authentication is required to access this resource')
  // The key is sent as it is, not as base64 of anything.
  return basic === credentials.dive.clientKey ? undefined : springError(401, 'invalid_client', 'Bad client credentials')
}

function answerTokenRequest(system: Dive, grantType: string, { body }: ReceivedTokenRequest): Response {
  const { credentials } = system
  const isUser = body['username'] === credentials.diveUser.username && body['password'] === passwordMd5
  switch (grantType) {
    case 'refresh_token':
      return refresh(system, body['refresh_token'] ?? '')
    case 'device_credentials':
      if (body['device_id'] !== undefined) return issueFor(system, grantType, body['device_id'] === credentials.dive.deviceId)
      return issueFor(system, grantType, isUser)
    case 'user_credentials':
      return issueFor(system, grantType, isUser)
    default:
      return springError(400, 'unsupported_grant_type', `Unsupported grant type: ${grantType}`)
  }
}

function issueFor(system: Dive, grantType: string, isKnown: boolean): Response {
  if (!isKnown) return springError(400, 'invalid_grant', 'Bad credentials')
  return respond(system, issueToken(system, { grantType, chainStartedAt: system.now(), family: system.random.uuid() }))
}

function refresh(system: Dive, refreshToken: string): Response {
  // A refresh token is not used up: it works until it expires.
  const { state, token } = system.ledger.findRefreshToken(refreshToken)
  if (state === 'valid' && token) return respond(system, issueToken(system, token))
  // Also on the token endpoint an expired refresh token is a 401 `invalid_token`.
  if (state === 'expired') return springError(401, 'invalid_token', describe(system, 'Invalid refresh token (expired)', refreshToken))
  return springError(400, 'invalid_grant', describe(system, 'Invalid refresh token', refreshToken))
}

function issueToken(system: Dive, origin: Pick<IssuedToken, 'grantType' | 'chainStartedAt' | 'family'>): IssuedToken {
  const { now, random, times, credentials, ledger } = system
  const jti = random.uuid()
  const expiresAt = now() + times.lifetimeMs
  const refreshExpiresAt = now() + times.refreshLifetimeMs
  const claims = {
    aud: ['api-server', 'oauth-server'],
    device_id: credentials.dive.deviceId,
    grant_type: origin.grantType,
    scope: ['device'],
    authorities: ['ROLE_CARD_DETAIL', 'ROLE_TV_GRID', 'ROLE_CATALOG', 'ROLE_ONE_SHOT'],
    client_id: 'test',
  }
  return ledger.record({
    accessToken: createFakeJwt({ ...claims, exp: toNumericDate(expiresAt, times.lifetimeMs), jti }, random),
    expiresAt,
    refreshToken: createFakeJwt(
      { ...claims, ati: jti, exp: toNumericDate(refreshExpiresAt, times.refreshLifetimeMs), jti: random.uuid() },
      random,
    ),
    refreshExpiresAt,
    clientId: credentials.dive.clientKey,
    grantType: origin.grantType,
    scope: 'device',
    chainStartedAt: origin.chainStartedAt,
    family: origin.family,
  })
}

function respond({ times, credentials, random }: Dive, { accessToken, refreshToken, scope }: IssuedToken): Response {
  return Response.json({
    access_token: accessToken,
    token_type: 'bearer',
    refresh_token: refreshToken,
    // One second less than the token lives, as in the document: the server counts what is left when it answers.
    expires_in: times.lifetimeMs >= 60_000 ? Math.floor(times.lifetimeMs / 1000) - 1 : times.lifetimeMs / 1000,
    scope,
    device_id: credentials.dive.deviceId,
    client_id: 'test',
    jti: random.uuid(),
  })
}

function rejectToken(system: Dive, request: Request): Response | undefined {
  const text = /^Bearer ([^ ]+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (!text) return springError(401, 'unauthorized', 'Full authentication is required to access this resource')
  const { state }: FoundToken = system.ledger.findAccessToken(text)
  if (state === 'valid') return undefined
  return springError(401, 'invalid_token', describe(system, state === 'expired' ? 'Access token expired' : 'Invalid access token', text))
}

/** Old versions of Spring Security OAuth repeat the token in their descriptions. */
const describe = ({ flavour }: Dive, text: string, token: string): string => (flavour === 'real' ? `${text}: ${token}` : text)

/** A page of a list: 206 and the key of the next page while more follow, 200 at the end. */
function pageOf(rows: unknown[], query: URLSearchParams): Response {
  const start = readPageKey(query.get('paginate_key'))
  const size = Number(/^[1-9]\d{0,2}$/.exec(query.get('size') ?? '')?.[0] ?? defaultSize)
  const end = start + size
  const hasMore = end < rows.length
  return Response.json(
    { data: rows.slice(start, end), size, total: rows.length, ...(hasMore ? { paginate_key: btoa(`after:${end}`) } : {}) },
    { status: hasMore ? 206 : 200 },
  )
}

function readPageKey(key: string | null): number {
  try {
    return Number(/^after:(\d{1,6})$/.exec(atob(key ?? ''))?.[1] ?? 0)
  } catch {
    return 0
  }
}

function springError(status: number, error: string, description: string): Response {
  const headers = status === 401 ? { 'www-authenticate': `Bearer realm="oauth", error="${error}"` } : undefined
  return Response.json({ error, error_description: description }, { status, ...(headers ? { headers } : {}) })
}
