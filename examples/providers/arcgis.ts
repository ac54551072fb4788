import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * ArcGIS Online and Enterprise, maps.
 *
 * Odd: says no with 200 and an `error`; the end of the token is an instant in milliseconds; the token belongs to a referer, which each
 * call has to send; a header of its own takes it out of the query.
 * Facts: https://developers.arcgis.com/rest/users-groups-and-items/generate-token/
 */
export const arcgis = defineProvider({
  name: 'arcgis',
  apiUrl: 'https://www.arcgis.com/sharing/rest',
  tokenUrl: 'https://www.arcgis.com/sharing/rest/generateToken',
  headers: { Referer: 'https://maps.example.com' },
  tokenRequest: {
    clientAuthentication: 'none',
    parameterNames: { grant_type: false },
    extraParameters: { client: 'referer', referer: 'https://maps.example.com', expiration: 60, f: 'json' },
  },
  tokenResponse: {
    accessToken: 'token',
    expiresAt: 'expires',
    error: [{ path: 'error.code', is: 400, error: 'invalid_grant', description: ['error.details.0', 'error.message'] }],
  },
  authorization: { header: 'X-Esri-Authorization', scheme: 'Bearer' },
  isRejection: { status: 200, path: 'error.code', is: [498, 499], notApplied: true },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({ provider: arcgis, grant: grant({ username: 'admin', password: process.env['ARCGIS_PASSWORD'] ?? '' }) })
  const response = await tokens.fetch(`${arcgis.apiUrl}/community/self?f=json`)
  return response.json()
}
