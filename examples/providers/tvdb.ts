import { customGrant, defineProvider, TokenManager } from 'tokenwell'

/**
 * TVDB, television and films.
 *
 * Odd: a key, and a PIN beside it where a subscriber pays; the token is a JWT of a month.
 * Facts: https://thetvdb.github.io/v4-api/
 */
export const tvdb = defineProvider({
  name: 'tvdb',
  apiUrl: 'https://api4.thetvdb.com/v4',
  tokenUrl: 'https://api4.thetvdb.com/v4/login',
  tokenRequest: { body: { apikey: '{apikey}', pin: '{pin}' } },
  tokenResponse: {
    accessToken: 'data.token',
    defaultLifetimeMs: 30 * 86_400_000,
    error: [{ status: 401, error: 'invalid_grant', description: 'message' }],
  },
})

export const grant = (key: { apikey: string; pin: string }) => customGrant({ grantType: 'api_key', parameters: key })

export async function example(): Promise<unknown> {
  const { TVDB_API_KEY = '', TVDB_PIN = '' } = process.env
  const tokens = new TokenManager({ provider: tvdb, grant: grant({ apikey: TVDB_API_KEY, pin: TVDB_PIN }) })
  const response = await tokens.fetch(`${tvdb.apiUrl}/series/81189`)
  return response.json()
}
