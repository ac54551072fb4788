import { type ReceivedTokenRequest, readTokenRequest } from '../received-token-request.ts'
import { type Route, route } from '../route.ts'
import { type Cam2, type Cam2Credentials, createRealCam2Routes } from './cam2-real.ts'
import { type Camera, createCameras } from './data/cameras.ts'
import type { SystemDefinition } from './emulated-system.ts'
import { createFakeJwt, toNumericDate } from './fake-jwt.ts'
import type { IssuedToken } from './token-ledger.ts'

export type { Cam2Credentials } from './cam2-real.ts'

/**
 * CAM2: tokens at `/token/` and `/refresh_token/`, cameras behind them.
 *
 * Documented, and in this file: form bodies, status 200, `token_type`. What the document leaves open is as on the real
 * server: 403 for a rejected token, never 401; a list of cameras, where the document prints one.
 */
export const cam2: SystemDefinition<'cam2', Cam2Credentials> = {
  name: 'cam2',
  baseUrl: 'http://127.0.0.1:8000',
  lifetimeMs: 3_600_000,
  refreshLifetimeMs: 86_400_000,
  createCredentials: () => ({
    cam2: { clientId: 'emulated-cam2-client', clientSecret: 'emulated-cam2-secret' },
    cam2Admin: { clientId: 'emulated-cam2-admin', clientSecret: 'emulated-cam2-admin-secret' },
  }),
  createRoutes: (system) => (system.flavour === 'documented' ? createDocumentedRoutes(system) : createRealCam2Routes(system)),
}

function createDocumentedRoutes(system: Cam2): Route[] {
  const token = system.tokenEndpoint(async ({ request, asked }) => {
    asked('client_credentials')
    const received = await readTokenRequest(request)
    return refuseEncoding(received) ?? answerCredentials(system, received)
  })
  const refresh = system.tokenEndpoint(async ({ request, asked }) => {
    asked('refresh_token')
    const received = await readTokenRequest(request)
    return refuseEncoding(received) ?? answerRefresh(system, received)
  })
  const cameras = system.apiEndpoint(
    (request) => rejectToken(system, request),
    ({ url }) => Response.json(findCameras(url.searchParams)),
  )
  const camera = system.apiEndpoint(
    (request) => rejectToken(system, request),
    ({ params }) => {
      const found = createCameras().find(({ camera_id }) => `${camera_id}` === String(params['id']).replace(/\.json$/, ''))
      return found ? Response.json(found) : detail(404, 'Not found.')
    },
  )
  const change = system.apiEndpoint(
    (request) => rejectToken(system, request),
    // Adding cameras takes another level than the emulated client has: refused for its rights, not for its token.
    () => detail(403, 'You do not have permission to perform this action.'),
  )

  return [
    ...['/token', '/refresh_token'].flatMap((path) => [
      // A route ignores a slash at the end of a path; Django does not.
      route.all(system.url(path), ({ request }) => demandSlash(request)),
      route.post(system.url(path), path === '/token' ? token : refresh),
      route.post(system.url(`${path}.json`), path === '/token' ? token : refresh),
      route.all(system.url(path), ({ request }) => refuseMethod(request)),
      route.all(system.url(`${path}.json`), ({ request }) => refuseMethod(request)),
    ]),
    route.get(system.url('/cameras'), cameras),
    route.get(system.url('/cameras.json'), cameras),
    route.get(system.url('/cameras/:id'), camera),
    route.post(system.url('/cameras'), change),
    route.post(system.url('/cameras.json'), change),
    route.all(system.url('/*'), () => detail(404, 'Not found.')),
  ]
}

function answerCredentials(system: Cam2, { body }: ReceivedTokenRequest): Response {
  const missing = (['client_id', 'client_secret'] as const).filter((name) => !body[name])
  if (missing.length > 0) {
    return Response.json(Object.fromEntries(missing.map((name) => [name, ['This field is required.']])), { status: 400 })
  }
  const { clientId, clientSecret } = system.credentials.cam2
  if (body['client_id'] !== clientId || body['client_secret'] !== clientSecret) {
    return nonFieldError('Unable to log in with provided credentials.')
  }
  const token = issueToken(system, system.now(), system.random.uuid())
  return Response.json({ 'expires in': system.times.lifetimeMs / 1000, token: token.accessToken, token_type: 'JWT' })
}

function answerRefresh(system: Cam2, { body }: ReceivedTokenRequest): Response {
  if (!body['token']) return Response.json({ token: ['This field is required.'] }, { status: 400 })
  const { state, token } = system.ledger.findAccessToken(body['token'])
  if (token && token.clientId !== system.credentials.cam2.clientId) {
    // The real server does not catch that the application was deleted.
    return new Response('Server Error (500)', { status: 500, headers: { 'content-type': 'text/plain' } })
  }
  if (!token || state === 'revoked') return nonFieldError('Error decoding signature.')
  // An expired token is renewed too, until some time (a day) after the first of its chain: the window never slides.
  if (system.now() >= token.chainStartedAt + system.times.refreshLifetimeMs) return nonFieldError('Refresh token has been expired')
  return Response.json({ token: issueToken(system, token.chainStartedAt, token.family).accessToken })
}

function issueToken(system: Cam2, chainStartedAt: number, family: string): IssuedToken {
  const { clientId, clientSecret } = system.credentials.cam2
  const { lifetimeMs } = system.times
  const exp = toNumericDate(system.now() + lifetimeMs, lifetimeMs)
  const orig_iat = toNumericDate(chainStartedAt, lifetimeMs)
  const claims = { id: clientId, secret: clientSecret, exp, level: 'user', aud: 'cam2api', iss: 'cam2api', orig_iat }
  const accessToken = createFakeJwt(claims, system.random)
  return system.ledger.record({ accessToken, expiresAt: exp * 1000, clientId, grantType: 'client_credentials', chainStartedAt, family })
}

function rejectToken(system: Cam2, request: Request): Response | undefined {
  const header = request.headers.get('authorization')
  // The scheme must be exactly `JWT`: neither `jwt` nor `Bearer` is understood.
  const text = /^JWT ([^ ]+)$/.exec(header ?? '')?.[1]
  if (!text) return detail(403, 'Please provide JWT authentication credentials')
  const { state } = system.ledger.findAccessToken(text)
  if (state === 'valid') return undefined
  return detail(403, state === 'expired' ? 'Signature has expired' : 'Decode Error')
}

const textFields = ['country', 'state', 'city', 'source'] as const
const numberFields = ['lat', 'lng', 'resolution_w', 'resolution_h'] as const

/** Filters by the fields' values, and by `_min` and `_max` of those that are numbers. */
function findCameras(query: URLSearchParams): Camera[] {
  const isWithin = (camera: Camera, field: (typeof numberFields)[number]): boolean =>
    (!query.has(`${field}_min`) || camera[field] >= Number(query.get(`${field}_min`))) &&
    (!query.has(`${field}_max`) || camera[field] <= Number(query.get(`${field}_max`)))
  return createCameras().filter(
    (camera) =>
      [...textFields, ...numberFields].every((field) => !query.has(field) || String(camera[field]) === query.get(field)) &&
      numberFields.every((field) => isWithin(camera, field)),
  )
}

function refuseEncoding({ encoding }: ReceivedTokenRequest): Response | undefined {
  if (encoding === 'form' || encoding === 'none') return undefined
  return detail(415, `Unsupported media type "${encoding === 'json' ? 'application/json' : 'text/plain'}" in request.`)
}

function demandSlash(request: Request): Response | undefined {
  const url = new URL(request.url)
  if (url.pathname.endsWith('/')) return undefined
  return new Response(null, { status: 301, headers: { location: `${url.pathname}/${url.search}` } })
}

const refuseMethod = ({ method }: Request): Response => detail(405, `Method "${method}" not allowed.`)
const detail = (status: number, text: string): Response => Response.json({ detail: text }, { status })
const nonFieldError = (text: string): Response => Response.json({ non_field_errors: [text] }, { status: 400 })
