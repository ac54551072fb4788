import { json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { authorize, oauthCredentials, readGrant, startWithRefreshToken, type TokenEndpoint, tokenRequestKind } from '../oauth.ts'
import { type ApiRequest, afterScheme } from '../read-request.ts'
import { opaque } from '../sessions.ts'

const lifetimeSeconds = 43_200

/** Chat, with token rotation switched on. The user's token is nested, all answers are 200, scopes are listed by comma. */
export const slack: ApiDefinition = {
  name: 'Slack',
  source:
    'https://docs.slack.dev/reference/methods/oauth.v2.access; https://docs.slack.dev/authentication/using-token-rotation; https://docs.slack.dev/reference/methods/auth.test',
  credentials: oauthCredentials,
  secret: 'clientSecret',
  lifetimeMs: lifetimeSeconds * 1000,
  refreshLifetimeMs: 365 * 86_400_000,
  start: startWithRefreshToken,
  misfit: () => fails('invalid_arguments'),
  notFound: json(200, { ok: false, error: 'unknown_method' }),
  routes: [
    { kind: 'other', method: 'GET', path: '/oauth/v2/authorize', answer: authorize },
    { kind: tokenRequestKind, method: 'POST', path: '/api/oauth.v2.access', answer: token },
    { kind: 'api', method: 'GET', path: '/api/auth.test', answer: read },
    { kind: 'api', method: 'POST', path: '/api/chat.postMessage', answer: write },
  ],
}

function token(request: ApiRequest, api: Api) {
  const grant = readGrant(request, api, endpoint())
  const refreshToken = opaque('xoxe-1-')
  const session = api.sessions.open({ token: opaque('xoxe.xoxp-1-'), refreshToken })
  const user = { scope: 'chat:write,users:read', access_token: session.token, token_type: 'user', expires_in: lifetimeSeconds }
  const team = { app_id: 'A0KRD7HC3', team: { name: 'Acme', id: 'T9TK3CUKW' }, enterprise: null }
  if (grant.is === 'code') return json(200, { ok: true, ...team, authed_user: { id: 'U1234', ...user, refresh_token: refreshToken } })
  // A refresh token is used up. A refreshed user token comes at the top of the reply, not under authed_user.
  api.sessions.killRefresh(grant.refreshToken)
  return json(200, { ok: true, ...user, refresh_token: refreshToken, user_id: 'U1234', ...team })
}

const endpoint = (): TokenEndpoint => ({
  client: 'either',
  isGrantTypeOptional: true,
  refusals: {
    client: fails('bad_client_secret'),
    code: fails('invalid_code'),
    refresh: fails('invalid_refresh_token'),
    grantType: fails('invalid_grant_type'),
  },
})

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { ok: true, url: 'https://acme.slack.com/', user_id: 'U1234' })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { ok: true, channel: 'C123456', ts: '1503435956.000247' })
}

function checkToken(request: ApiRequest, { sessions }: Api): void {
  const token = afterScheme(request, 'Bearer')
  if (token === undefined) refuse(fails('not_authed'), 'no token')
  const found = sessions.find(token)
  if (found.is !== 'live') refuse(fails(found.is === 'expired' ? 'token_expired' : 'invalid_auth'), `token ${found.is}`)
}

function fails(error: string) {
  return json(200, { ok: false, error })
}
