import { type HttpHandler, http } from 'msw'
import { decodeBasicClient, type ReceivedTokenRequest, readTokenRequest } from '../received-token-request.ts'
import { createShows, createSocieties, createVenues } from './data/shows.ts'
import type { EmulatedCredentials } from './emulated-credentials.ts'
import type { EmulatedSystem } from './emulated-system.ts'
import { readBearerToken, refuseTokenRequest, rejectCall } from './oauth-server.ts'
import type { IssuedToken } from './token-ledger.ts'

type Credentials = Pick<EmulatedCredentials, 'camdram' | 'camdramWebsite'>
type Camdram = EmulatedSystem<Credentials>
type Parameters = Readonly<Record<string, string>>

const codeLifetimeMs = 30_000

/**
 * Handlers that emulate Camdram: `/oauth/v2/token`, `/oauth/v2/auth` (which consents at once), shows behind them.
 *
 * Documented: JSON bodies only, the scopes of the document. Real: also forms, HTTP Basic and GET with a query, the
 * scopes of the server's configuration. The errors are the real server's in both: the document shows none.
 */
export function createCamdramHandlers(system: Camdram): HttpHandler[] {
  const token = system.tokenEndpoint(async (request, asked) => {
    const received = await readTokenRequest(request)
    const parameters = readParameters(system, request, received)
    if (!parameters) return refuseTokenRequest('invalid_request', 'Invalid grant_type parameter or parameter missing')
    asked(parameters['grant_type'] ?? 'none')
    return answerTokenRequest(system, parameters, received.basic)
  })
  const list = (rows: () => unknown[], options: { open: boolean }) =>
    system.apiEndpoint(
      (request) => (options.open && !request.headers.has('authorization') ? undefined : rejectToken(system, request)),
      () => Response.json(rows()),
    )

  return [
    http.post(system.url('/oauth/v2/token'), token),
    http.get(system.url('/oauth/v2/token'), token),
    http.get(system.url('/oauth/v2/auth'), ({ request }) => consent(system, new URL(request.url).searchParams)),
    // The owner may edit the first few.
    http.get(
      system.url('/auth/account/shows.json'),
      list(() => createShows().slice(0, 8), { open: false }),
    ),
    http.get(
      system.url('/auth/account.json'),
      system.apiEndpoint(
        (request) => rejectToken(system, request),
        () => Response.json({ id: 1, name: 'Application owner', email: 'owner@camdram.example' }),
      ),
    ),
    http.get(system.url('/shows.json'), list(createShows, { open: true })),
    http.get(system.url('/societies.json'), list(createSocieties, { open: true })),
    http.get(system.url('/venues.json'), list(createVenues, { open: true })),
    // The application's own errors are nested, unlike those of its OAuth library.
    http.all(system.url('/*'), () => Response.json({ error: { code: 404, message: 'Not Found' } }, { status: 404 })),
  ]
}

/** What the request says, or `undefined` where its shape is not understood. */
function readParameters(system: Camdram, request: Request, { encoding, body, query }: ReceivedTokenRequest): Parameters | undefined {
  if (system.flavour === 'documented') return request.method === 'POST' && encoding === 'json' ? body : undefined
  // POST reads the body only, GET the query only.
  return request.method === 'POST' ? body : query
}

function answerTokenRequest(system: Camdram, parameters: Parameters, basic: string | undefined): Response {
  const grantType = parameters['grant_type']
  if (!['client_credentials', 'authorization_code', 'refresh_token'].includes(grantType ?? '')) {
    return refuseTokenRequest('invalid_request', 'Invalid grant_type parameter or parameter missing')
  }
  const clientId = authenticateClient(system, parameters, basic)
  // The library answers 400, where RFC 6749 §5.2 would have 401 after HTTP Basic.
  if (!clientId) return refuseTokenRequest('invalid_client', 'The client credentials are invalid')
  if (grantType === 'authorization_code') return exchangeCode(system, parameters, clientId)
  if (grantType === 'refresh_token') return refreshToken(system, parameters, clientId)
  return respond(system, issueToken(system, { clientId, grantType: 'client_credentials', scope: parameters['scope'] }))
}

function authenticateClient({ credentials, flavour }: Camdram, parameters: Parameters, basic: string | undefined): string | undefined {
  const sent = basic && flavour === 'real' ? decodeBasicClient(basic) : undefined
  const clientId = sent?.clientId ?? parameters['client_id']
  const clientSecret = sent?.clientSecret ?? parameters['client_secret']
  const known = [credentials.camdram, credentials.camdramWebsite]
  return known.find((client) => client.clientId === clientId && client.clientSecret === clientSecret)?.clientId
}

function exchangeCode(system: Camdram, parameters: Parameters, clientId: string): Response {
  if (!parameters['redirect_uri']) return refuseTokenRequest('invalid_request', 'The redirect URI parameter is required.')
  const code = system.ledger.presentCode(parameters['code'] ?? '')
  if (code?.clientId !== clientId) return refuseTokenRequest('invalid_grant', "Code doesn't exist or is invalid for the client")
  if (code.redirectUri !== parameters['redirect_uri']) return refuseTokenRequest('redirect_uri_mismatch', 'The redirect URI does not match')
  return respond(system, issueToken(system, { clientId, grantType: 'authorization_code', scope: code.scope }))
}

function refreshToken(system: Camdram, parameters: Parameters, clientId: string): Response {
  const { state, token } = system.ledger.presentRefreshToken(parameters['refresh_token'] ?? '', { rotate: true })
  if (state === 'expired') return refuseTokenRequest('invalid_grant', 'Refresh token has expired')
  if (state !== 'valid' || token?.clientId !== clientId) return refuseTokenRequest('invalid_grant', 'Invalid refresh token')
  return respond(system, issueToken(system, token))
}

function issueToken(
  system: Camdram,
  origin: Pick<IssuedToken, 'clientId' | 'grantType' | 'scope'> & Partial<Pick<IssuedToken, 'chainStartedAt' | 'family'>>,
): IssuedToken {
  const { now, random, times, credentials, flavour, ledger } = system
  const refreshable = origin.clientId === credentials.camdramWebsite.clientId && origin.grantType !== 'client_credentials'
  const defaultScope =
    flavour === 'documented' ? 'user_email user_shows user_orgs api_write api_write_org' : 'user_email user_shows user_orgs write write_org'
  return ledger.record({
    accessToken: random.text(86),
    expiresAt: now() + times.lifetimeMs,
    refreshToken: refreshable ? random.text(86) : undefined,
    refreshExpiresAt: refreshable ? now() + times.refreshLifetimeMs : undefined,
    clientId: origin.clientId,
    grantType: origin.grantType,
    scope: origin.scope ?? defaultScope,
    chainStartedAt: origin.chainStartedAt ?? now(),
    family: origin.family ?? random.uuid(),
  })
}

function respond({ times }: Camdram, { accessToken, refreshToken, scope }: IssuedToken): Response {
  return Response.json({
    access_token: accessToken,
    expires_in: times.lifetimeMs / 1000,
    token_type: 'bearer',
    scope,
    ...(refreshToken ? { refresh_token: refreshToken } : {}),
  })
}

/** The page where a user agrees, without the page: redirects back with a code. A code challenge is ignored. */
function consent(system: Camdram, query: URLSearchParams): Response {
  const { clientId, redirectUri } = system.credentials.camdramWebsite
  if (query.get('client_id') !== clientId || query.get('redirect_uri') !== redirectUri) {
    return Response.json({ error: { code: 400, message: 'Bad Request' } }, { status: 400 })
  }
  const code = system.random.text(86)
  system.ledger.recordCode({
    code,
    clientId,
    redirectUri,
    scope: query.get('scope') ?? undefined,
    expiresAt: system.now() + codeLifetimeMs,
  })
  const location = new URL(redirectUri)
  location.searchParams.set('code', code)
  if (query.has('state')) location.searchParams.set('state', query.get('state') as string)
  return new Response(null, { status: 302, headers: { location: location.href } })
}

function rejectToken({ ledger }: Camdram, request: Request): Response | undefined {
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
