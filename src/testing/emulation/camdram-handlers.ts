import { readTokenRequest } from '../received-token-request.ts'
import { type Route, route } from '../route.ts'
import { createConsentPages } from './camdram-consent.ts'
import { createShows, createSocieties, createVenues } from './data/shows.ts'
import type { EmulatedSystem, SystemDefinition } from './emulated-system.ts'
import {
  chooseKnownScope,
  grantAccessToken,
  type OAuthClient,
  type OAuthServer,
  readBearerToken,
  refuseTokenRequest,
  rejectCall,
  rejectToken,
} from './oauth-server.ts'
import { readPhpRequest } from './php-request.ts'

export interface CamdramCredentials {
  /** An application of the kind «server-based»: client credentials and nothing else. */
  camdram: { clientId: string; clientSecret: string }
  /** Of the kind «website»: users sign in to it, and it may use the refresh tokens that it gets. */
  camdramWebsite: { clientId: string; clientSecret: string; redirectUri: string }
  /** Of the kind «other»: users sign in to it; it gets refresh tokens, and may not use them. */
  camdramOther: { clientId: string; clientSecret: string; redirectUri: string }
}

type Camdram = EmulatedSystem<CamdramCredentials>
type CamdramClient = OAuthClient & { readonly name: string; readonly redirectUri?: string }

/**
 * Camdram: `/oauth/v2/token`, `/oauth/v2/auth`, shows behind them.
 *
 * Documented: JSON bodies only, the scopes of the document, and a page that consents at once. Real: also forms,
 * multipart, HTTP Basic and GET with a query; a page with log-in, Allow and Deny; the scopes of the server's
 * configuration, which it enforces.
 */
export const camdram: SystemDefinition<'camdram', CamdramCredentials> = {
  name: 'camdram',
  baseUrl: 'https://www.camdram.net',
  lifetimeMs: 3_600_000,
  refreshLifetimeMs: 14 * 86_400_000,
  createCredentials: () => ({
    camdram: { clientId: '7_emulated-camdram-script', clientSecret: 'emulated-camdram-script-secret' },
    camdramWebsite: {
      clientId: '8_emulated-camdram-website',
      clientSecret: 'emulated-camdram-website-secret',
      redirectUri: 'http://127.0.0.1:4000/callback',
    },
    camdramOther: {
      clientId: '10_emulated-camdram-other',
      clientSecret: 'emulated-camdram-other-secret',
      redirectUri: 'http://127.0.0.1:4000/callback',
    },
  }),
  createRoutes: (system) => [
    ...(system.flavour === 'documented' ? createDocumentedEndpoints(system) : createRealEndpoints(system)),
    ...createApi(system),
  ],
}

const listClients = ({ credentials }: Camdram): CamdramClient[] => [
  { ...credentials.camdram, name: 'A script', grantTypes: ['client_credentials'] },
  { ...credentials.camdramWebsite, name: 'A website', grantTypes: ['refresh_token', 'authorization_code', 'client_credentials'] },
  { ...credentials.camdramOther, name: 'Another application', grantTypes: ['authorization_code', 'client_credentials'] },
]

const documentedScope = 'user_email user_shows user_orgs api_write api_write_org'
const realScope = 'user_email user_shows user_orgs write write_org'

function createDocumentedEndpoints(system: Camdram): Route[] {
  // The document knows no kinds of applications.
  const grantTypes = ['authorization_code', 'client_credentials', 'refresh_token']
  const server: OAuthServer = {
    clients: () => listClients(system).map((client) => ({ ...client, grantTypes })),
    chooseScope: (asked, held) => held ?? asked ?? documentedScope,
    issuesRefreshToken: ({ clientId }, grantType) =>
      clientId === system.credentials.camdramWebsite.clientId && grantType !== 'client_credentials',
    createTokenText: () => system.random.text(86),
    isAtomic: true,
  }
  const token = system.tokenEndpoint(async ({ request, asked, arrivedAt }) => {
    const { encoding, body } = await readTokenRequest(request)
    if (request.method !== 'POST' || encoding !== 'json') {
      return refuseTokenRequest('invalid_request', 'Invalid grant_type parameter or parameter missing')
    }
    asked(body['grant_type'] ?? 'none')
    return grantAccessToken(system, server, { parameters: body, arrivedAt })
  })
  return [
    route.post(system.url('/oauth/v2/token'), token),
    route.get(system.url('/oauth/v2/token'), token),
    route.get(system.url('/oauth/v2/auth'), ({ request }) => consentAtOnce(system, new URL(request.url).searchParams)),
  ]
}

/** The page where a user agrees, without the page. A code challenge is ignored. */
function consentAtOnce({ credentials, random, ledger, now }: Camdram, query: URLSearchParams): Response {
  const { clientId, redirectUri } = credentials.camdramWebsite
  if (query.get('client_id') !== clientId || query.get('redirect_uri') !== redirectUri) return nestedError(400, 'Bad Request')
  const code = random.text(86)
  ledger.recordCode({ code, clientId, redirectUri, scope: query.get('scope') ?? documentedScope, expiresAt: now() + 30_000 })
  const location = new URL(redirectUri)
  location.searchParams.set('code', code)
  if (query.has('state')) location.searchParams.set('state', query.get('state') as string)
  return new Response(null, { status: 302, headers: { location: location.href } })
}

function createRealEndpoints(system: Camdram): Route[] {
  const clients = (): CamdramClient[] => listClients(system)
  const createTokenText = (): string => system.random.text(86)
  const server: OAuthServer = {
    clients,
    chooseScope: chooseKnownScope(realScope),
    issuesRefreshToken: (_, grantType) => grantType !== 'client_credentials',
    createTokenText,
    isAtomic: system.reuse === 'revoke-family',
  }
  const token = system.tokenEndpoint(
    async ({ request, asked, arrivedAt }) => {
      const read = await readPhpRequest(request)
      if (!read) return Response.json({ code: 400, message: 'Invalid json message received' }, { status: 400 })
      asked(read.parameters['grant_type'] ?? 'none')
      return grantAccessToken(system, server, { ...read, arrivedAt })
    },
    { 'cache-control': 'no-store, private', pragma: 'no-cache' },
  )
  const notAllowed = (): Response => nestedError(405, 'Method Not Allowed', { allow: 'GET, POST' })
  return [
    route.post(system.url('/oauth/v2/token'), token),
    route.get(system.url('/oauth/v2/token'), token),
    route.all(system.url('/oauth/v2/token'), notAllowed),
    ...createConsentPages(system, { clients, isKnownScope: (scope) => realScope.split(' ').includes(scope), createText: createTokenText }),
  ]
}

function createApi(system: Camdram): Route[] {
  const get = (path: string, access: 'open' | string | undefined, answer: (scope: string) => unknown): Route =>
    route.get(
      system.url(path),
      system.apiEndpoint(
        (request) => rejectRequest(system, request, { isOpen: access === 'open' }),
        ({ request }) => {
          const scope = system.ledger.findAccessToken(readToken(system, request) ?? '').token?.scope ?? ''
          const isForbidden = system.flavour === 'real' && access && access !== 'open' && !scope.split(' ').includes(access)
          return isForbidden ? nestedError(403, 'Forbidden') : Response.json(answer(scope))
        },
      ),
    )

  return [
    // The owner may edit the first few.
    get('/auth/account/shows.json', 'user_shows', () => createShows().slice(0, 8)),
    ...(system.flavour === 'real'
      ? [get('/auth/account/organisations.json', 'user_orgs', () => [...createSocieties().slice(0, 2), ...createVenues().slice(0, 1)])]
      : []),
    get('/auth/account.json', undefined, (scope) => {
      const isShown = system.flavour === 'documented' || scope.split(' ').includes('user_email')
      return { id: 1, name: 'Application owner', ...(isShown ? { email: 'owner@camdram.example' } : {}) }
    }),
    get('/shows.json', 'open', createShows),
    get('/societies.json', 'open', createSocieties),
    get('/venues.json', 'open', createVenues),
    route.all(system.url('/*'), () => nestedError(404, 'Not Found')),
  ]
}

function rejectRequest(system: Camdram, request: Request, { isOpen }: { isOpen: boolean }): Response | undefined {
  const text = readToken(system, request)
  if (system.flavour === 'documented') return isOpen && !request.headers.has('authorization') ? undefined : rejectToken(system, text)
  if (readBearerToken(request) && new URL(request.url).searchParams.get('access_token')) {
    const description = 'Only one method may be used to authenticate at a time (Auth header, GET or POST).'
    return rejectCall('invalid_request', description, 400)
  }
  // Whoever shows no token that is understood is anonymous.
  return isOpen && !text ? undefined : rejectToken(system, text)
}

function readToken({ flavour }: Camdram, request: Request): string | undefined {
  const inHeader = readBearerToken(request)
  return flavour === 'documented' ? inHeader : (inHeader ?? (new URL(request.url).searchParams.get('access_token') || undefined))
}

/** The application's own errors are nested, unlike those of its OAuth library. */
function nestedError(code: number, message: string, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ error: { code, message } }, { status: code, headers })
}
