import { defineProvider, refreshToken, TokenManager } from 'tokenwell'

/**
 * Slack, a user's token.
 *
 * Odd: the user's token stands in `authed_user`; every refusal is a 200 with `ok: false`; tokens live for ever, unless token rotation
 * is switched on for the app: then they live 12 hours and have refresh tokens.
 * Facts: https://docs.slack.dev/authentication/installing-with-oauth, https://docs.slack.dev/authentication/using-token-rotation
 */
export const slack = defineProvider({
  name: 'slack',
  apiUrl: 'https://slack.com/api',
  tokenUrl: 'https://slack.com/api/oauth.v2.access',
  authorizationUrl: 'https://slack.com/oauth/v2/authorize',
  tokenRequest: { scopeParameter: 'user_scope', scopeSeparator: ',' },
  tokenResponse: {
    accessToken: ['authed_user.access_token', 'access_token'],
    refreshToken: ['authed_user.refresh_token', 'refresh_token'],
    expiresIn: ['authed_user.expires_in', 'expires_in'],
    scope: ['authed_user.scope', 'scope'],
    scopeSeparator: ',',
    defaultLifetimeMs: 'never',
    error: [
      { path: 'error', is: ['invalid_refresh_token', 'invalid_code', 'code_already_used', 'token_expired'], error: 'invalid_grant' },
      { path: 'error', is: ['invalid_client_id', 'bad_client_secret'], error: 'invalid_client' },
      { path: 'ok', is: false, error: 'invalid_request', description: 'error' },
    ],
  },
  isRejection: {
    status: 200,
    path: 'error',
    is: ['token_expired', 'token_revoked', 'invalid_auth', 'not_authed'],
    notApplied: true,
  },
})

export const grant = (app: { clientId: string; clientSecret: string; refreshToken: string }) => refreshToken(app)

export async function example(): Promise<unknown> {
  const { SLACK_ID = '', SLACK_SECRET = '', SLACK_REFRESH_TOKEN = '' } = process.env
  const app = { clientId: SLACK_ID, clientSecret: SLACK_SECRET, refreshToken: SLACK_REFRESH_TOKEN }
  const tokens = new TokenManager({ provider: slack, grant: grant(app) })
  const response = await tokens.fetch(`${slack.apiUrl}/users.identity`)
  return response.json()
}
