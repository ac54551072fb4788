import { readTokenRequest } from '../received-token-request.ts'
import { type Route, route } from '../route.ts'
import { createCities } from './data/cities.ts'
import type { EmulatedSystem, SystemDefinition } from './emulated-system.ts'
import { chooseKnownScope, grantAccessToken, type OAuthRequest, type OAuthServer, readBearerToken, rejectToken } from './oauth-server.ts'
import { readPhpRequest } from './php-request.ts'

export interface MusementCredentials {
  musement: { clientId: string; clientSecret: string }
  musementUser: { clientId: string; clientSecret: string; username: string; password: string }
}

type Musement = EmulatedSystem<MusementCredentials>

const hexadecimal = '0123456789abcdef'
const defaultLimit = 20

/**
 * Musement: `/login`, cities behind it.
 *
 * Documented: GET with a query; every login gets a refresh token, which rotates. Real: also POST, and HTTP Basic;
 * `X-Musement-Application` is demanded on every request; client credentials get no refresh token, `scope` is `null`,
 * and none is known that could be asked for.
 */
export const musement: SystemDefinition<'musement', MusementCredentials> = {
  name: 'musement',
  baseUrl: 'https://api.musement.com/api/v3',
  lifetimeMs: 3_600_000,
  refreshLifetimeMs: 14 * 86_400_000,
  createCredentials() {
    const client = { clientId: '9_emulated-musement-client', clientSecret: 'emulated-musement-secret' }
    const user = { username: 'traveller@musement.example', password: 'emulated-musement-password' }
    return { musement: client, musementUser: { ...client, ...user } }
  },
  createRoutes,
}

function createServer({ flavour, credentials, random, reuse }: Musement): OAuthServer {
  return {
    clients: () => [{ ...credentials.musement, grantTypes: ['client_credentials', 'password', 'refresh_token'] }],
    chooseScope: flavour === 'documented' ? () => 'user, password' : chooseKnownScope(undefined),
    issuesRefreshToken: (_, grantType) => flavour === 'documented' || grantType !== 'client_credentials',
    createTokenText: () => btoa(random.text(64, hexadecimal)).replace(/=+$/, ''),
    isUser: (username, password) => username === credentials.musementUser.username && password === credentials.musementUser.password,
    isAtomic: flavour === 'documented' || reuse === 'revoke-family',
  }
}

function createRoutes(system: Musement): Route[] {
  const server = createServer(system)
  const login = system.tokenEndpoint(
    async ({ request, asked, arrivedAt }) => {
      const read = await readLogin(system, request)
      asked(read.parameters['grant_type'] ?? 'none')
      return demandApplication(system, request) ?? grantAccessToken(system, server, { ...read, arrivedAt })
    },
    system.flavour === 'real' ? { 'cache-control': 'no-store, private', pragma: 'no-cache' } : undefined,
  )
  const cities = system.apiEndpoint(
    (request) => rejectToken(system, readBearerToken(request)),
    ({ request, url }) => demandApplication(system, request) ?? Response.json(pageOfCities(url.searchParams)),
  )
  const city = system.apiEndpoint(
    (request) => rejectToken(system, readBearerToken(request)),
    ({ request, params }) => demandApplication(system, request) ?? findCity(String(params['id'])),
  )

  return [
    route.get(system.url('/login'), login),
    ...(system.flavour === 'real' ? [route.post(system.url('/login'), login)] : []),
    route.get(system.url('/cities'), cities),
    route.get(system.url('/cities/:id'), city),
    route.all(system.url('/*'), () => musementError(404, '1404', 'Not found')),
  ]
}

async function readLogin({ flavour }: Musement, request: Request): Promise<Omit<OAuthRequest, 'arrivedAt'>> {
  if (flavour === 'documented') return { parameters: (await readTokenRequest(request)).query }
  return (await readPhpRequest(request)) ?? { parameters: {} }
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
