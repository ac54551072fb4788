import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * USGS Machine-to-Machine, pictures of the earth.
 *
 * Odd: the log-in takes an application token in the place of a password; the reply's `data` is the token itself; an expired one is a
 * 403; it asks for a log-out when done.
 * Facts: https://m2m.cr.usgs.gov/api/docs/json/
 */
export const usgs = defineProvider({
  name: 'usgs-m2m',
  apiUrl: 'https://m2m.cr.usgs.gov/api/api/json/stable',
  tokenUrl: 'https://m2m.cr.usgs.gov/api/api/json/stable/login-token',
  tokenRequest: { body: { username: '{username}', token: '{password}' } },
  tokenResponse: {
    accessToken: 'data',
    defaultLifetimeMs: 2 * 3_600_000,
    error: [{ path: 'errorCode', is: 'AUTH_INVALID', error: 'invalid_grant', description: 'errorMessage' }],
  },
  authorization: { header: 'X-Auth-Token' },
  isRejection: { status: 403, path: 'errorCode', is: 'AUTH_EXPIRED' },
  revocation: { url: 'https://m2m.cr.usgs.gov/api/api/json/stable/logout', as: 'token' },
})

export const grant = ({ username, token }: { username: string; token: string }) => password({ username, password: token })

export async function example(): Promise<unknown> {
  const { USGS_USERNAME = '', USGS_TOKEN = '' } = process.env
  const tokens = new TokenManager({ provider: usgs, grant: grant({ username: USGS_USERNAME, token: USGS_TOKEN }) })
  const response = await tokens.fetch(`${usgs.apiUrl}/dataset-search`, { method: 'POST', body: '{"datasetName":"landsat"}' })
  await tokens.revoke()
  return response.json()
}
