import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * UniFi Protect, cameras of Ubiquiti.
 *
 * Odd: the token is a cookie, and every call wants a second header beside it, whose value is a header of the log-in's reply. Browsers
 * set cookies themselves, so this is for Node.
 * Facts: clients of the community, such as https://github.com/hjdhjd/unifi-protect
 */
export const unifiProtect = defineProvider({
  name: 'unifi-protect',
  apiUrl: 'https://unifi.local/proxy/protect/api',
  tokenUrl: 'https://unifi.local/api/auth/login',
  tokenRequest: { body: { username: '{username}', password: '{password}' } },
  tokenResponse: { accessToken: 'cookie:TOKEN', extra: ['header:x-csrf-token'] },
  authorization: { cookie: 'TOKEN', headers: { 'X-CSRF-Token': '{extra.header:x-csrf-token}' } },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: unifiProtect,
    grant: grant({ username: 'admin', password: process.env['UNIFI_PASSWORD'] ?? '' }),
  })
  const response = await tokens.fetch(`${unifiProtect.apiUrl}/cameras`)
  return response.json()
}
