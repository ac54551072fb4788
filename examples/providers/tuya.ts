import { createHash, createHmac } from 'node:crypto'
import { clientCredentials, defineProvider, TokenManager } from 'tokenwell'

/**
 * Tuya, devices of the home, cameras among them.
 *
 * Odd: every request is signed with the client secret, that for a token and each call. That takes a function. Its own renewal puts the
 * refresh token into the path of a URL; asking again costs the same, and keeps it out of logs.
 * Facts: https://developer.tuya.com/en/docs/iot/new-singnature
 */
export const tuya = defineProvider({
  name: 'tuya',
  apiUrl: 'https://openapi.tuyaus.com',
  tokenUrl: 'https://openapi.tuyaus.com/v1.0/token?grant_type=1',
  tokenRequest: {
    method: 'GET',
    encoding: 'none',
    clientAuthentication: (client, { method, url, now }) => ({ headers: sign({ client, method, url, now }) }),
  },
  renewal: { by: 'grant' },
  tokenResponse: {
    accessToken: 'result.access_token',
    expiresIn: 'result.expire_time',
    error: [{ path: 'success', is: false, error: 'invalid_client', description: 'msg' }],
  },
  authorization: async ({ accessToken, client, method, url, body, now }) => ({
    headers: sign({ client, method, url, now, accessToken, body: await new Response(body).bytes() }),
  }),
  isRejection: { status: 200, path: 'code', is: 1010, notApplied: true },
})

interface Signed {
  client: { clientId?: string; clientSecret?: string }
  method: string
  url: string
  now: number
  accessToken?: string
  body?: Uint8Array
}

/** HMAC-SHA256 over the client, the token, the time and the request. */
function sign({ client: { clientId = '', clientSecret = '' }, method, url, now, accessToken = '', body = new Uint8Array() }: Signed) {
  const { pathname, searchParams } = new URL(url)
  const query = [...searchParams].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${value}`)
  const path = query.length > 0 ? `${pathname}?${query.join('&')}` : pathname
  const request = [method, createHash('sha256').update(body).digest('hex'), '', path].join('\n')
  const signature = createHmac('sha256', clientSecret).update(`${clientId}${accessToken}${now}${request}`)
  return {
    client_id: clientId,
    t: String(now),
    sign_method: 'HMAC-SHA256',
    sign: signature.digest('hex').toUpperCase(),
    ...(accessToken && { access_token: accessToken }),
  }
}

export const grant = (app: { clientId: string; clientSecret: string }) => clientCredentials(app)

export async function example(): Promise<unknown> {
  const { TUYA_CLIENT_ID = '', TUYA_SECRET = '' } = process.env
  const tokens = new TokenManager({ provider: tuya, grant: grant({ clientId: TUYA_CLIENT_ID, clientSecret: TUYA_SECRET }) })
  const response = await tokens.fetch(`${tuya.apiUrl}/v2.0/cloud/thing/device?page_size=20`)
  return response.json()
}
