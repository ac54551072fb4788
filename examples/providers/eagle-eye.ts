import { defineProvider, refreshToken, TokenManager } from 'tokenwell'

/**
 * Eagle Eye Networks, cameras.
 *
 * Odd: the reply says at which host the API is for this account (`httpsBaseUrl`).
 * Facts: https://developer.eagleeyenetworks.com/docs/getting-started
 */
export const eagleEye = defineProvider({
  name: 'eagle-eye',
  apiUrl: 'https://api.eagleeyenetworks.com/api/v3.0',
  apiOrigins: ['https://*.eagleeyenetworks.com'],
  tokenUrl: 'https://auth.eagleeyenetworks.com/oauth2/token',
  authorizationUrl: 'https://auth.eagleeyenetworks.com/oauth2/authorize',
  tokenResponse: { apiUrl: ['httpsBaseUrl.hostname', 'httpsBaseUrl'] },
})

export const grant = (app: { clientId: string; clientSecret: string; refreshToken: string }) => refreshToken(app)

export async function example(): Promise<unknown> {
  const { EAGLE_EYE_ID = '', EAGLE_EYE_SECRET = '', EAGLE_EYE_REFRESH_TOKEN = '' } = process.env
  const app = { clientId: EAGLE_EYE_ID, clientSecret: EAGLE_EYE_SECRET, refreshToken: EAGLE_EYE_REFRESH_TOKEN }
  const tokens = new TokenManager({ provider: eagleEye, grant: grant(app) })
  const { apiUrl } = await tokens.getToken()
  const response = await tokens.fetch(`${apiUrl}/cameras`)
  return response.json()
}
