import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * etcd 3, through its JSON gateway.
 *
 * Odd: the bare token is the value of `Authorization`; every refusal is a 400 with plain text; a token ends when nobody uses it for five
 * minutes.
 * Facts: etcd was run; https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/
 */
export const etcd = defineProvider({
  name: 'etcd',
  apiUrl: 'http://localhost:2379/v3',
  tokenUrl: 'http://localhost:2379/v3/auth/authenticate',
  tokenRequest: { body: { name: '{username}', password: '{password}' } },
  tokenResponse: {
    accessToken: 'token',
    defaultLifetimeMs: 5 * 60_000,
    error: [{ path: 'error', contains: 'authentication failed', error: 'invalid_grant', description: 'error' }],
  },
  authorization: { scheme: '' },
  isRejection: { path: 'error', contains: 'invalid auth token' },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({ provider: etcd, grant: grant({ username: 'root', password: process.env['ETCD_PASSWORD'] ?? '' }) })
  const key = Buffer.from('my-key').toString('base64')
  const response = await tokens.fetch(`${etcd.apiUrl}/kv/range`, { method: 'POST', body: JSON.stringify({ key }) })
  return response.json()
}
