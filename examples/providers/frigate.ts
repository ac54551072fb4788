import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * Frigate, a recorder for cameras.
 *
 * Odd: the log-in answers with a cookie, whose value is a JWT that is accepted as a Bearer token, too. Browsers show no cookie of a
 * reply: there, use its own log-in.
 * Facts: https://docs.frigate.video/configuration/authentication
 */
export const frigate = defineProvider({
  name: 'frigate',
  apiUrl: 'https://frigate.local:8971/api',
  tokenUrl: 'https://frigate.local:8971/api/login',
  tokenRequest: { body: { user: '{username}', password: '{password}' } },
  tokenResponse: { accessToken: 'cookie:frigate_token' },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: frigate,
    grant: grant({ username: 'admin', password: process.env['FRIGATE_PASSWORD'] ?? '' }),
  })
  const response = await tokens.fetch(`${frigate.apiUrl}/config`)
  return response.json()
}
