import { type HttpHandler, http } from 'msw'
import { readTokenRequest } from '../received-token-request.ts'
import { createCities } from './data/cities.ts'
import type { EmulatedCredentials } from './emulated-credentials.ts'
import type { EmulatedSystem } from './emulated-system.ts'
import { readBearerToken, refuseTokenRequest, rejectCall } from './oauth-server.ts'
import type { IssuedToken } from './token-ledger.ts'

type Credentials = Pick<EmulatedCredentials, 'musement' | 'musementUser'>
type Musement = EmulatedSystem<Credentials>
type Parameters = Readonly<Record<string, string>>

const hexadecimal = '0123456789abcdef'
const defaultLimit = 20

/**
 * Handlers that emulate Musement: `/login`, cities behind it.
 *
 * Documented: GET with a query; every login gets a refresh token, which rotates. Real: also POST with JSON;
 * `X-Musement-Application` is demanded on every request; client credentials get no refresh token and `scope: null`.
 */
export function createMusementHandlers(system: Musement): HttpHandler[] {
  const login = system.tokenEndpoint(async (request, asked) => {
    const { body, query } = await readTokenRequest(request)
    const parameters = request.method === 'POST' ? body : query
    asked(parameters['grant_type'] ?? 'none')
    return demandApplication(system, request) ?? answerLogin(system, parameters)
  })
  const cities = system.apiEndpoint(
    (request) => rejectToken(system, request),
    ({ request, url }) => demandApplication(system, request) ?? Response.json(pageOfCities(url.searchParams)),
  )
  const city = system.apiEndpoint(
    (request) => rejectToken(system, request),
    ({ request, params }) => demandApplication(system, request) ?? findCity(String(params['id'])),
  )

  return [
    http.get(system.url('/login'), login),
    ...(system.flavour === 'real' ? [http.post(system.url('/login'), login)] : []),
    http.get(system.url('/cities'), cities),
    http.get(system.url('/cities/:id'), city),
    http.all(system.url('/*'), () => musementError(404, '1404', 'Not found')),
  ]
}

function answerLogin(system: Musement, parameters: Parameters): Response {
  const { clientId, clientSecret } = system.credentials.musement
  const grantType = parameters['grant_type']
  if (!['client_credentials', 'password', 'refresh_token'].includes(grantType ?? '')) {
    return refuseTokenRequest('invalid_request', 'Invalid grant_type parameter or parameter missing')
  }
  if (parameters['client_id'] !== clientId || parameters['client_secret'] !== clientSecret) {
    return refuseTokenRequest('invalid_client', 'The client credentials are invalid')
  }
  if (grantType === 'refresh_token') return refresh(system, parameters)
  const { username, password } = system.credentials.musementUser
  if (grantType === 'password' && (parameters['username'] !== username || parameters['password'] !== password)) {
    return refuseTokenRequest('invalid_grant', 'Invalid username and password combination')
  }
  return respond(system, issueToken(system, { grantType: grantType as string }))
}

function refresh(system: Musement, parameters: Parameters): Response {
  const { state, token } = system.ledger.presentRefreshToken(parameters['refresh_token'] ?? '', { rotate: true })
  if (state !== 'valid' || !token) {
    return refuseTokenRequest('invalid_grant', state === 'expired' ? 'Refresh token has expired' : 'Invalid refresh token')
  }
  return respond(system, issueToken(system, token))
}

function issueToken(system: Musement, origin: Pick<IssuedToken, 'grantType'> & Partial<IssuedToken>): IssuedToken {
  const { now, random, times, flavour, ledger, credentials } = system
  const refreshable = flavour === 'documented' || origin.grantType !== 'client_credentials'
  const newText = (): string => btoa(random.text(64, hexadecimal)).replace(/=+$/, '')
  return ledger.record({
    accessToken: newText(),
    expiresAt: now() + times.lifetimeMs,
    refreshToken: refreshable ? newText() : undefined,
    refreshExpiresAt: refreshable ? now() + times.refreshLifetimeMs : undefined,
    clientId: credentials.musement.clientId,
    grantType: origin.grantType,
    chainStartedAt: origin.chainStartedAt ?? now(),
    family: origin.family ?? random.uuid(),
  })
}

function respond({ times, flavour }: Musement, { accessToken, refreshToken }: IssuedToken): Response {
  return Response.json({
    access_token: accessToken,
    expires_in: times.lifetimeMs / 1000,
    token_type: 'bearer',
    scope: flavour === 'documented' ? 'user, password' : null,
    ...(refreshToken ? { refresh_token: refreshToken } : {}),
  })
}

function rejectToken({ ledger }: Musement, request: Request): Response | undefined {
  const text = readBearerToken(request)
  if (!text) return rejectCall('Service', 'access_denied', 'OAuth2 authentication required')
  const { state } = ledger.findAccessToken(text)
  if (state === 'valid') return undefined
  return rejectCall(
    'Service',
    'invalid_grant',
    state === 'expired' ? 'The access token provided has expired.' : 'The access token provided is invalid.',
  )
}

function demandApplication({ flavour }: Musement, request: Request): Response | undefined {
  if (flavour === 'documented' || request.headers.get('x-musement-application')) return undefined
  return musementError(400, '2271', 'X-Musement-Application header is required')
}

/** Without a total: a client stops at a page that is shorter than it asked for. */
function pageOfCities(query: URLSearchParams): unknown[] {
  const [offset, limit] = [readCount(query, 'offset', 0), readCount(query, 'limit', defaultLimit)]
  return createCities().slice(offset, offset + limit)
}

function findCity(id: string): Response {
  const city = createCities().find((candidate) => String(candidate.id) === id)
  return city ? Response.json(city) : musementError(404, '1404', 'Not found')
}

function readCount(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name) ?? ''
  return /^\d{1,6}$/.test(text) ? Number(text) : otherwise
}

/** The application's own errors have a `code`, which is a text, and no `error`. */
const musementError = (status: number, code: string, message: string): Response => Response.json({ code, message }, { status })
