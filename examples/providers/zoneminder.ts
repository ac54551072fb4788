import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * ZoneMinder, cameras of one's own.
 *
 * Odd: names of its own for all parameters; the token travels in the query, so it stands in logs of servers and proxies; a renewal
 * goes to the log-in's URL with the refresh token as `token`, and gives no new refresh token.
 * Facts: https://zoneminder.readthedocs.io/en/stable/api.html
 */
export const zoneMinder = defineProvider({
  name: 'zoneminder',
  apiUrl: 'https://zoneminder.local/zm/api',
  tokenUrl: 'https://zoneminder.local/zm/api/host/login.json',
  tokenRequest: { clientAuthentication: 'none', parameterNames: { username: 'user', password: 'pass', grant_type: false } },
  renewal: { by: 'refresh_token', request: { parameterNames: { refresh_token: 'token', grant_type: false } } },
  tokenResponse: {
    expiresIn: 'access_token_expires',
    refreshExpiresIn: 'refresh_token_expires',
    error: [{ status: 401, error: 'invalid_grant', description: 'data.name' }],
  },
  authorization: { query: 'token' },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: zoneMinder,
    grant: grant({ username: 'admin', password: process.env['ZONEMINDER_PASSWORD'] ?? '' }),
  })
  const response = await tokens.fetch(`${zoneMinder.apiUrl}/monitors.json`)
  return response.json()
}
