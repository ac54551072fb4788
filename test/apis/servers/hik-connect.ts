import { hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, header, readExactly } from '../read-request.ts'
import { opaque, seconds } from '../sessions.ts'

const base = '/api/hccgw'

/** Cameras in a cloud. The reply to the log-in names the host at which the token works; all answers are 200. */
export const hikConnect: ApiDefinition = {
  name: 'Hik-Connect',
  source: 'Hik-Connect for Teams OpenAPI Developer Guide (https://tpp.hikvision.com), «Get Token» and «Error Codes»',
  credentials: { appKey: 'A1b2C3d4', secretKey: 'gate keeper' },
  secret: 'secretKey',
  lifetimeMs: 7 * 86_400_000,
  hasOtherHost: true,
  misfit: () => fails('OPEN000003'),
  notFound: json(404, { errorCode: 'OPEN000404' }),
  routes: [
    { kind: 'log-in', host: 'main', method: 'POST', path: `${base}/platform/v1/token/get`, answer: logIn },
    { kind: 'api', host: 'other', method: 'GET', path: `${base}/platform/v1/systemproperties`, answer: read },
    { kind: 'api', host: 'other', method: 'POST', path: `${base}/resource/v1/devices/get`, answer: listDevices },
  ],
}

function logIn(request: ApiRequest, { credentials, sessions, otherUrl }: Api) {
  const fields = readExactly(request, { as: 'json', needs: ['appKey', 'secretKey'] })
  // OPEN000001: the key, or its secret, is not right.
  if (!hasRight(fields, credentials, 'appKey', 'secretKey')) refuse(fails('OPEN000001'), 'wrong key')
  const { token, expiresAt } = sessions.open({ token: opaque('hcc.') })
  return json(200, { data: { accessToken: token, expireTime: seconds(expiresAt), userId: 'u1', areaDomain: otherUrl }, errorCode: '0' })
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { data: { version: '2.1' }, errorCode: '0' })
}

function listDevices(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { data: { totalCount: 1, device: [{ id: 'd1', name: 'Gate' }] }, errorCode: '0' })
}

/** OPEN000006: the token does not exist. OPEN000007: it has expired. */
function checkToken(request: ApiRequest, { sessions }: Api): void {
  const found = sessions.find(header(request, 'token'))
  if (found.is !== 'live') refuse(fails(found.is === 'expired' ? 'OPEN000007' : 'OPEN000006'), `token ${found.is}`)
}

const fails = (errorCode: string) => json(200, { errorCode })
