import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * Homebridge UI, devices of the home.
 *
 * Odd: a renewal shows the access token itself, in the header and with no body; a wrong password is a 403.
 * Facts: homebridge-config-ui-x was run; https://github.com/homebridge/homebridge-config-ui-x/wiki/API-Reference
 */
export const homebridge = defineProvider({
  name: 'homebridge',
  apiUrl: 'http://localhost:8581/api',
  tokenUrl: 'http://localhost:8581/api/auth/login',
  tokenRequest: { body: { username: '{username}', password: '{password}' } },
  renewal: {
    by: 'access_token',
    url: 'http://localhost:8581/api/auth/refresh',
    request: { encoding: 'none', headers: { Authorization: 'Bearer {access_token}' } },
  },
  tokenResponse: { error: [{ status: 403, error: 'invalid_grant', description: 'message' }] },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: homebridge,
    grant: grant({ username: 'admin', password: process.env['HOMEBRIDGE_PASSWORD'] ?? '' }),
  })
  const response = await tokens.fetch(`${homebridge.apiUrl}/accessories`)
  return response.json()
}
