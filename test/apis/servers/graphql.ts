import { json, Misfit, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { authorize, oauthCredentials, readGrant, startWithRefreshToken, type TokenEndpoint, tokenRequestKind } from '../oauth.ts'
import { type ApiRequest, afterScheme, readJson } from '../read-request.ts'
import { opaque } from '../sessions.ts'

/** A GraphQL API behind OAuth, as Apollo Server answers where a resolver asks for the user: 200, and the refusal in the body. */
export const graphQl: ApiDefinition = {
  name: 'GraphQL',
  source:
    'https://www.apollographql.com/docs/apollo-server/data/errors (a resolver that throws `UNAUTHENTICATED`); https://spec.graphql.org/October2021/#sec-Errors; RFC 6749',
  credentials: oauthCredentials,
  secret: 'clientSecret',
  lifetimeMs: 3_600_000,
  refreshLifetimeMs: 30 * 86_400_000,
  start: startWithRefreshToken,
  misfit: (reason) => json(400, { error: 'invalid_request', error_description: reason }),
  routes: [
    { kind: 'other', method: 'GET', path: '/oauth/authorize', answer: authorize },
    { kind: tokenRequestKind, method: 'POST', path: '/oauth/token', answer: token },
    { kind: 'api', method: 'GET', path: '/graphql', answer: query },
    { kind: 'api', method: 'POST', path: '/graphql', answer: mutate },
  ],
}

const endpoint: TokenEndpoint = {
  client: 'either',
  may: ['scope'],
  refusals: {
    client: json(401, { error: 'invalid_client' }, { 'WWW-Authenticate': 'Basic realm="token"' }),
    code: json(400, { error: 'invalid_grant' }),
    refresh: json(400, { error: 'invalid_grant' }),
    grantType: json(400, { error: 'unsupported_grant_type' }),
  },
}

function token(request: ApiRequest, api: Api) {
  const grant = readGrant(request, api, endpoint)
  if (grant.is === 'refresh') api.sessions.killRefresh(grant.refreshToken)
  const refreshToken = opaque('r')
  const session = api.sessions.open({ token: opaque('a'), refreshToken })
  return json(200, { access_token: session.token, token_type: 'Bearer', expires_in: 3600, refresh_token: refreshToken })
}

/** Queries alone may come by GET. */
function query(request: ApiRequest, api: Api) {
  if (!request.query.has('query')) throw new Misfit('no query')
  checkToken(request, api, 'me')
  return json(200, { data: { me: { id: 'u1' } } })
}

function mutate(request: ApiRequest, api: Api) {
  if (typeof readJson(request)['query'] !== 'string') throw new Misfit('no query')
  checkToken(request, api, 'addNote')
  return json(200, { data: { addNote: { id: 'n1' } } })
}

/** Before a resolver nothing is done: `data` is null. */
function checkToken(request: ApiRequest, { sessions }: Api, field: string): void {
  const locations = [{ line: 1, column: 3 }]
  const error = { message: 'You must be logged in.', locations, path: [field], extensions: { code: 'UNAUTHENTICATED' } }
  if (!sessions.live(afterScheme(request, 'Bearer'))) refuse(json(200, { errors: [error], data: null }), 'token gone')
}
