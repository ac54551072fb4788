import { clientCredentials, defineProvider, TokenManager } from 'tokenwell'

/**
 * Verkada, cameras.
 *
 * Odd: the token request has no body, and the API key is a header; the token lives 30 minutes, which no reply says; pictures redirect
 * to a bucket of another host, which must not get the token.
 * Facts: https://apidocs.verkada.com/reference/postloginapikeyviewv1
 */
export const verkada = defineProvider({
  name: 'verkada',
  apiUrl: 'https://api.verkada.com',
  tokenUrl: 'https://api.verkada.com/token',
  tokenRequest: { encoding: 'none', headers: { 'x-api-key': '{client_secret}' } },
  tokenResponse: { accessToken: 'token', defaultLifetimeMs: 30 * 60_000 },
  authorization: { header: 'x-verkada-auth' },
})

export const grant = ({ apiKey }: { apiKey: string }) => clientCredentials({ clientSecret: apiKey })

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({ provider: verkada, grant: grant({ apiKey: process.env['VERKADA_API_KEY'] ?? '' }) })
  const response = await tokens.fetch(`${verkada.apiUrl}/cameras/v1/devices`)
  return response.json()
}
