import { json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { authorize, oauthCredentials, readGrant, startWithRefreshToken, type TokenEndpoint, tokenRequestKind } from '../oauth.ts'
import { type ApiRequest, afterScheme } from '../read-request.ts'
import { opaque } from '../sessions.ts'

const lifetimeSeconds = 604_799

/** Cameras in a cloud. OAuth whose reply names the host, in two parts, at which the token works. */
export const eagleEye: ApiDefinition = {
  name: 'Eagle Eye',
  source: 'https://developer.eagleeyenetworks.com/docs/getting-an-access-token; the API description for `httpsBaseUrl: { hostname, port }`',
  credentials: oauthCredentials,
  secret: 'clientSecret',
  lifetimeMs: lifetimeSeconds * 1000,
  refreshLifetimeMs: 90 * 86_400_000,
  hasOtherHost: true,
  start: startWithRefreshToken,
  misfit: (reason) => json(400, { error: 'invalid_request', error_description: reason }),
  routes: [
    { kind: 'other', host: 'main', method: 'GET', path: '/oauth2/authorize', answer: authorize },
    { kind: tokenRequestKind, host: 'main', method: 'POST', path: '/oauth2/token', answer: token },
    { kind: 'api', host: 'other', method: 'GET', path: '/api/v3.0/cameras', answer: read },
    { kind: 'api', host: 'other', method: 'POST', path: '/api/v3.0/cameras', answer: write },
  ],
}

const endpoint: TokenEndpoint = {
  client: 'basic',
  may: ['scope'],
  refusals: {
    client: json(401, { error: 'invalid_client' }),
    code: json(400, { error: 'invalid_grant', error_description: 'Invalid authorization code' }),
    refresh: json(400, { error: 'invalid_grant', error_description: 'Invalid refresh token' }),
    grantType: json(400, { error: 'unsupported_grant_type' }),
  },
}

function token(request: ApiRequest, api: Api) {
  const grant = readGrant(request, api, endpoint)
  // A refresh token is not used up: it comes back.
  const refreshToken = grant.is === 'refresh' ? grant.refreshToken : opaque('r')
  const session = api.sessions.open({ token: opaque('eyJraWQiOi'), refreshToken })
  const { hostname, port } = new URL(api.otherUrl)
  return json(200, {
    ...{ access_token: session.token, refresh_token: refreshToken, scope: 'vms.all', token_type: 'Bearer', expires_in: lifetimeSeconds },
    httpsBaseUrl: { hostname, port: Number(port) },
  })
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { nextPageToken: '', prevPageToken: '', results: [{ id: '100e1e23', name: 'Gate' }] })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(201, { id: '100e1e24' })
}

function checkToken(request: ApiRequest, { sessions }: Api): void {
  const unauthorized = json(401, { code: 401, status: 'unauthenticated', message: 'Authentication failed.', details: [] })
  if (!sessions.live(afterScheme(request, 'Bearer'))) refuse(unauthorized, 'token gone')
}
