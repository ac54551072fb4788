import { json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, header, readExactly } from '../read-request.ts'
import { opaque } from '../sessions.ts'

/** Cameras in a cloud. The key travels in a header, and pictures redirect to a bucket on another host. */
export const verkada: ApiDefinition = {
  name: 'Verkada',
  source: 'https://apidocs.verkada.com/reference/authentication, https://apidocs.verkada.com/reference/posttoken',
  credentials: { 'x-api-key': 'vkd_api_0f1e2d3c4b5a' },
  secret: 'x-api-key',
  lifetimeMs: 30 * 60_000,
  hasOtherHost: true,
  misfit: (reason) => says(400, `Malformed request: ${reason}`),
  notFound: says(404, 'Not Found'),
  routes: [
    { kind: 'log-in', host: 'main', method: 'POST', path: '/token', answer: logIn },
    { kind: 'api', host: 'main', method: 'GET', path: '/cameras/v1/devices', answer: listCameras },
    { kind: 'api', host: 'main', method: 'POST', path: '/cameras/v1/people/person_of_interest', answer: writePerson },
    { kind: 'api', host: 'main', method: 'GET', path: '/cameras/v1/footage/thumbnails', answer: redirectToPicture },
    { kind: 'api', host: 'other', method: 'GET', path: '/bucket/thumbnail.jpg', answer: picture },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  readExactly(request, { as: 'nothing' })
  if (header(request, 'x-api-key') !== credentials['x-api-key']) refuse(says(401, 'API key is invalid'), 'wrong key')
  return json(200, { token: sessions.open({ token: opaque('v2_') }).token })
}

function listCameras(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { cameras: [{ camera_id: '12345678-9abc', name: 'Gate', status: 'Live' }], next_page_token: null })
}

function writePerson(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { person_id: 'a1b2', label: 'Visitor', created: Math.floor(api.now() / 1000) })
}

function redirectToPicture(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return { status: 302, headers: { Location: `${api.otherUrl}/bucket/thumbnail.jpg?signature=${opaque()}` } }
}

/** A signed address is all that a bucket asks for. A record of this request shows whether the token came along. */
function picture(request: ApiRequest) {
  if (!request.query.has('signature')) refuse({ status: 403, headers: { 'Content-Type': 'application/xml' }, body: '<Error/>' }, 'unsigned')
  return { status: 200, headers: { 'Content-Type': 'image/jpeg' }, body: Buffer.from([0xff, 0xd8, 0xff, 0xd9]) }
}

function checkToken(request: ApiRequest, { sessions }: Api): void {
  const found = sessions.find(header(request, 'x-verkada-auth'))
  if (found.is !== 'live') refuse(says(401, found.is === 'expired' ? 'Token expired' : 'Token is invalid'), `token ${found.is}`)
}

/** The one form of all its errors. */
function says(status: number, message: string) {
  return json(status, { id: opaque().slice(0, 8), message, data: null })
}
