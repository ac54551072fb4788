import { type Route, route } from '../route.ts'
import { answerCredentials, answerRefresh, type Cam2, findApplication } from './cam2-real-tokens.ts'
import { detail, finish, outOfOrder, readData } from './cam2-replies.ts'
import { findCameras, findNearest, NoNumberError } from './data/camera-search.ts'
import { type StoredCamera, showCamera } from './data/cameras.ts'
import type { Resolve } from './emulated-system.ts'

export type { Cam2, Cam2Credentials } from './cam2-real-tokens.ts'

/** An address of the server, and what it answers. */
interface View {
  /** Below the base URL, without what comes at the end: a slash, or a format. */
  readonly path: RegExp
  readonly methods: readonly string[]
  /** `parts` are what the path's groups have caught. */
  answer(info: Parameters<Resolve>[0], parts: readonly string[]): Response | Promise<Response>
}

/** The level of an application, `anonymous` where nobody says who asks. */
type Level = 'anonymous' | 'Basic' | 'Admin'

/** CAM2 as it really is. What an Admin client changes is answered, and not kept. */
export function createRealCam2Routes(system: Cam2): Route[] {
  const views = createViews(system)
  const base = new URL(system.url('/')).pathname
  return [
    route.all(system.url('/*'), async (info) => {
      const { request } = info
      const { pathname, search } = new URL(request.url)
      // Commas may come encoded.
      const path = pathname.slice(base.length).replaceAll(/%2c/gi, ',').replaceAll(/%3d/gi, '=')
      const find = (asked: string) => views.map((view) => ({ view, parts: matchPath(view, asked) })).find(({ parts }) => parts)
      const found = find(path)
      if (found?.parts) {
        const response = await found.view.answer(info, found.parts)
        return response.type === 'error' ? response : finish(response, request, found.view.methods)
      }
      // A `POST` that is sent here becomes a `GET` there.
      if (find(`${path}/`)) return finish(new Response(null, { status: 301, headers: { location: `${pathname}/${search}` } }), request)
      return finish(new Response('<h1>Not Found</h1>', { status: 404, headers: { 'content-type': 'text/html' } }), request)
    }),
  ]
}

function matchPath({ path }: View, asked: string): readonly string[] | undefined {
  const stem = /^(.*?)(?:\/|\.json\/?)$/.exec(asked)?.[1]
  return stem === undefined ? undefined : path.exec(stem)?.slice(1)
}

function createViews(system: Cam2): View[] {
  const change = system.cam2Era === 'json' ? ['PATCH', 'DELETE'] : ['PUT', 'DELETE']
  const tokens = (path: RegExp, grantType: string, answer: (system: Cam2, request: Request) => Promise<Response>): View => {
    const resolve = system.tokenEndpoint(({ request, asked }) => {
      asked(grantType)
      return answer(system, request)
    }, {})
    const refuse = ({ method }: Request): Response => detail(405, `Method "${method}" not allowed.`)
    return {
      path,
      methods: ['POST'],
      answer: (info) => (info.request.method === 'POST' ? resolve(info) : refuse(info.request)),
    }
  }
  const cameras = (path: RegExp, methods: readonly string[], read: ReadCameras): View => ({
    path,
    methods,
    answer: (info, parts) => createCameraEndpoint(system, methods, (query) => read(query, parts))(info),
  })
  return [
    tokens(/^token$/, 'client_credentials', answerCredentials),
    tokens(/^refresh_token$/, 'refresh_token', answerRefresh),
    cameras(/^cameras$/, ['GET', 'POST'], (query) => findCameras(query)),
    cameras(/^(\d+)$/, ['GET', ...change], (_, [id]) => findCameras(new URLSearchParams()).find(({ camera_id }) => `${camera_id}` === id)),
    cameras(/^query\/lat=(-?\d+\.?\d{0,4}),lng=(-?\d+\.?\d{0,4}),(radius|count)=(\d+)$/, ['GET'], (query, [lat, lng, by, value]) =>
      findNearest(findCameras(query), { lat: Number(lat), lng: Number(lng), by: by as 'radius' | 'count', value: Number(value) }),
    ),
  ]
}

/** @throws NoNumberError */
type ReadCameras = (query: URLSearchParams, parts: readonly string[]) => StoredCamera[] | StoredCamera | undefined

function createCameraEndpoint(system: Cam2, methods: readonly string[], read: (query: URLSearchParams) => ReturnType<ReadCameras>) {
  return system.apiEndpoint(
    (request) => {
      const level = identify(system, request)
      return level instanceof Response ? level : undefined
    },
    async ({ request, url }) => {
      const { method } = request
      const refusal = refuseMethod(system, identify(system, request) as Level, { method, methods })
      if (refusal) return refusal
      try {
        const found = read(url.searchParams)
        if (!found) return detail(404, 'Not found.')
        if (method !== 'GET') return await changeCamera(system, request, Array.isArray(found) ? undefined : found)
        return Response.json(Array.isArray(found) ? found.map(showCamera) : showCamera(found))
      } catch (error) {
        if (error instanceof NoNumberError) return outOfOrder()
        throw error
      }
    },
  )
}

/** Who asks, or the rejection of what is shown. */
function identify(system: Cam2, request: Request): Level | Response {
  const [scheme, text, more] = (request.headers.get('authorization') ?? '').trim().split(/\s+/)
  if (!scheme) return 'anonymous'
  // To the letter: `jwt` is another scheme. The older servers do not look at others.
  if (scheme !== 'JWT') return system.cam2Era === 'form' ? 'anonymous' : detail(403, 'Please provide JWT authentication credentials')
  if (!text) return detail(403, 'Invalid Authorization header. No credentials provided.')
  if (more) return detail(403, 'Invalid Authorization header. Credentials string should not contain spaces.')
  const { state, token } = system.ledger.findAccessToken(text)
  if (state === 'expired') return detail(403, 'Signature has expired')
  if (state !== 'valid') return detail(403, 'Decode Error')
  return findApplication(system, token?.clientId)?.level ?? detail(403, 'Invalid Payload. Client_id cannot be found')
}

/** Everybody may `GET`, an Admin client change what can be changed. The right is looked at before the method. */
function refuseMethod(
  { cam2Era }: Cam2,
  level: Level,
  { method, methods }: { method: string; methods: readonly string[] },
): Response | undefined {
  const changing = cam2Era === 'json' ? /^(POST|PATCH|DELETE)$/ : /^(POST|PUT|DELETE)$/
  const isPermitted = method === 'GET' || (level === 'Admin' && changing.test(method)) || (cam2Era === 'form' && method === 'PATCH')
  if (isPermitted) return methods.includes(method) ? undefined : detail(405, `Method "${method}" not allowed.`)
  return detail(
    403,
    level === 'anonymous' ? 'Authentication credentials were not provided.' : 'You do not have permission to perform this action.',
  )
}

async function changeCamera(system: Cam2, request: Request, camera: StoredCamera | undefined): Promise<Response> {
  if (request.method === 'DELETE') return new Response(null, { status: 204 })
  const data = await readData(system, request)
  if (data instanceof Response) return data
  const [template] = findCameras(new URLSearchParams())
  const changed = { ...showCamera(camera ?? (template as StoredCamera)), ...data }
  return Response.json(camera ? changed : { ...changed, pk: 1_000, camera_id: 1_000 }, {
    status: camera || system.cam2Era === 'form' ? 200 : 201,
  })
}
