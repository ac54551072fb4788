import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * Directus, content management.
 *
 * Odd: everything stands in `data`, and lifetimes are in milliseconds; refresh tokens rotate; a token that it does not know is a
 * 403; some 25 wrong log-ins suspend the account.
 * Facts: Directus was run; https://directus.io/docs/api/authentication
 */
export const directus = defineProvider({
  name: 'directus',
  apiUrl: 'http://localhost:8055',
  tokenUrl: 'http://localhost:8055/auth/login',
  tokenRequest: { body: { email: '{username}', password: '{password}', mode: 'json' } },
  renewal: {
    by: 'refresh_token',
    url: 'http://localhost:8055/auth/refresh',
    request: { body: { refresh_token: '{refresh_token}', mode: 'json' } },
  },
  tokenResponse: {
    accessToken: 'data.access_token',
    refreshToken: 'data.refresh_token',
    expiresIn: 'data.expires',
    expiresInUnit: 'ms',
    error: [{ status: 401, error: 'invalid_grant', description: 'errors.0.message' }],
  },
  isRejection: { status: 403, path: 'errors.0.extensions.code', is: 'INVALID_TOKEN' },
  revocation: {
    url: 'http://localhost:8055/auth/logout',
    request: { body: { refresh_token: '{token}', mode: 'json' } },
  },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: directus,
    grant: grant({ username: 'admin@example.com', password: process.env['DIRECTUS_PASSWORD'] ?? '' }),
  })
  const response = await tokens.fetch(`${directus.apiUrl}/users/me`)
  return response.json()
}
