import { json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { authorize, oauthCredentials, readGrant, startWithRefreshToken, type TokenEndpoint, tokenRequestKind } from '../oauth.ts'
import { type ApiRequest, afterScheme } from '../read-request.ts'
import { opaque } from '../sessions.ts'

/** Customers. OAuth without `expires_in`, with the instance's address in the reply, and a refresh that brings no refresh token. */
export const salesforce: ApiDefinition = {
  name: 'Salesforce',
  source:
    'https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_refresh_token_flow.htm; https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm',
  credentials: oauthCredentials,
  secret: 'clientSecret',
  // The session timeout of the organization, which the reply does not tell.
  lifetimeMs: 2 * 3_600_000,
  refreshLifetimeMs: 365 * 86_400_000,
  hasOtherHost: true,
  start: startWithRefreshToken,
  misfit: (reason) => json(400, { error: 'invalid_request', error_description: reason }),
  notFound: json(404, [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }]),
  routes: [
    { kind: 'other', host: 'main', method: 'GET', path: '/services/oauth2/authorize', answer: authorize },
    { kind: tokenRequestKind, host: 'main', method: 'POST', path: '/services/oauth2/token', answer: token },
    { kind: 'api', host: 'other', method: 'GET', path: '/services/data/v62.0/query', answer: read },
    { kind: 'api', host: 'other', method: 'POST', path: '/services/data/v62.0/sobjects/Account', answer: write },
  ],
}

const endpoint: TokenEndpoint = {
  client: 'either',
  may: ['format'],
  refusals: {
    client: json(400, { error: 'invalid_client', error_description: 'invalid client credentials' }),
    code: json(400, { error: 'invalid_grant', error_description: 'expired authorization code' }),
    refresh: json(400, { error: 'invalid_grant', error_description: 'expired access/refresh token' }),
    grantType: json(400, { error: 'unsupported_grant_type', error_description: 'grant type not supported' }),
  },
}

function token(request: ApiRequest, api: Api) {
  const grant = readGrant(request, api, endpoint)
  const refreshToken = grant.is === 'code' ? opaque('5Aep861') : undefined
  const session = api.sessions.open({ token: opaque('00Dx0000000BV7z!AR8AQ'), refreshToken })
  return json(200, {
    ...{ access_token: session.token, ...(refreshToken && { refresh_token: refreshToken }) },
    ...{ signature: 'SSSbLO/gBhmmyNUvN18ODBDFYHzakxOMgqYtu+hDPsc=', scope: 'refresh_token api', instance_url: api.otherUrl },
    ...{ id: 'https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P', token_type: 'Bearer', issued_at: String(api.now()) },
  })
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { totalSize: 1, done: true, records: [{ Name: 'Acme' }] })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(201, { id: '001D000000IqhSLIAZ', errors: [], success: true })
}

/** The error is in a list. The same words for a session that is unknown and one that has expired. */
function checkToken(request: ApiRequest, { sessions }: Api): void {
  const invalid = json(401, [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }], { 'WWW-Authenticate': 'Token' })
  if (!sessions.live(afterScheme(request, 'Bearer'))) refuse(invalid, 'token gone')
}
