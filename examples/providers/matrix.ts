import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * Matrix, messages.
 *
 * Odd: a log-in says of which type it is, and asks for a refresh token; refresh tokens rotate; a wrong password is a 403, a dead
 * token a 401.
 * Facts: https://spec.matrix.org/latest/client-server-api/#login
 */
export const matrix = defineProvider({
  name: 'matrix',
  apiUrl: 'https://matrix.org/_matrix/client/v3',
  tokenUrl: 'https://matrix.org/_matrix/client/v3/login',
  tokenRequest: {
    body: {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: '{username}' },
      password: '{password}',
      refresh_token: true,
    },
  },
  renewal: {
    by: 'refresh_token',
    url: 'https://matrix.org/_matrix/client/v3/refresh',
    request: { body: { refresh_token: '{refresh_token}' } },
  },
  tokenResponse: {
    expiresIn: 'expires_in_ms',
    expiresInUnit: 'ms',
    error: [{ path: 'errcode', is: ['M_FORBIDDEN', 'M_UNKNOWN_TOKEN'], error: 'invalid_grant', description: 'error' }],
  },
  revocation: { url: 'https://matrix.org/_matrix/client/v3/logout', as: 'token' },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({ provider: matrix, grant: grant({ username: 'me', password: process.env['MATRIX_PASSWORD'] ?? '' }) })
  const response = await tokens.fetch(`${matrix.apiUrl}/account/whoami`)
  return response.json()
}
