import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * Synology Surveillance Station, cameras.
 *
 * Odd: the log-in is a GET with the password in its query; every refusal is a 200; the session travels in the query as `_sid`, and no
 * reply says how long it lives (a setting, 15 minutes here).
 * Facts: Synology Surveillance Station Web API, chapter 2.3; https://global.download.synology.com/download/Document/Software/DeveloperGuide/Os/DSM/All/enu/DSM_Login_Web_API_Guide_enu.pdf
 */
export const synology = defineProvider({
  name: 'synology',
  apiUrl: 'https://nas.local:5001/webapi',
  tokenUrl: 'https://nas.local:5001/webapi/entry.cgi?api=SYNO.API.Auth&version=6&method=login&session=SurveillanceStation&format=sid',
  tokenRequest: {
    method: 'GET',
    clientAuthentication: 'none',
    parameterNames: { username: 'account', password: 'passwd', grant_type: false },
  },
  tokenResponse: {
    accessToken: 'data.sid',
    defaultLifetimeMs: 15 * 60_000,
    error: [{ path: 'error.code', is: [400, 401, 402, 403, 404], error: 'invalid_grant' }],
  },
  authorization: { query: '_sid' },
  isRejection: { status: 200, path: 'error.code', is: [105, 106, 107, 119], notApplied: true },
  revocation: {
    url: 'https://nas.local:5001/webapi/entry.cgi?api=SYNO.API.Auth&version=6&method=logout&session=SurveillanceStation',
    as: 'token',
    method: 'GET',
    request: { encoding: 'none' },
  },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: synology,
    grant: grant({ username: 'admin', password: process.env['SYNOLOGY_PASSWORD'] ?? '' }),
  })
  const query = 'api=SYNO.SurveillanceStation.Camera&version=9&method=List'
  const response = await tokens.fetch(`${synology.apiUrl}/entry.cgi?${query}`)
  return response.json()
}
