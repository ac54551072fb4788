import { clientCredentials, defineProvider, TokenManager } from 'tokenwell'

/**
 * Hik-Connect for Teams (Hikvision), cameras.
 *
 * Odd: the reply says where the API is (`areaDomain`), when the token ends as an instant in seconds, and no with 200 and an
 * `errorCode`. The token travels in a header `Token`.
 * Facts: Hik-Connect for Teams OpenAPI Developer Guide, from https://tpp.hikvision.com
 */
export const hikConnect = defineProvider({
  name: 'hik-connect',
  apiUrl: 'https://api.hik-partner.com/api/hccgw',
  apiOrigins: ['https://*.hik-partner.com', 'https://*.hikcentralconnect.com'],
  tokenUrl: 'https://api.hik-partner.com/api/hccgw/platform/v1/token/get',
  tokenRequest: { body: { appKey: '{client_id}', secretKey: '{client_secret}' } },
  tokenResponse: {
    accessToken: 'data.accessToken',
    expiresAt: 'data.expireTime',
    apiUrl: 'data.areaDomain',
    error: [{ path: 'errorCode', is: 'OPEN000001', error: 'invalid_client' }],
  },
  authorization: { header: 'Token' },
  isRejection: { status: 200, path: 'errorCode', is: ['OPEN000006', 'OPEN000007'], notApplied: true },
})

export const grant = (app: { clientId: string; clientSecret: string }) => clientCredentials(app)

export async function example(): Promise<unknown> {
  const { HIK_APP_KEY = '', HIK_SECRET_KEY = '' } = process.env
  const tokens = new TokenManager({ provider: hikConnect, grant: grant({ clientId: HIK_APP_KEY, clientSecret: HIK_SECRET_KEY }) })
  const { apiUrl } = await tokens.getToken()
  const response = await tokens.fetch(`${apiUrl}/resource/v1/areas/cameras/get`, { method: 'POST', body: '{"pageIndex":1}' })
  return response.json()
}
