import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * Django REST framework with simplejwt.
 *
 * Odd: the tokens are called `access` and `refresh`; no reply says how long they live, since they are JWTs.
 * Facts: djangorestframework-simplejwt was run; https://django-rest-framework-simplejwt.readthedocs.io/en/latest/getting_started.html
 */
export const simpleJwt = defineProvider({
  name: 'simplejwt',
  apiUrl: 'http://localhost:8000/api',
  tokenUrl: 'http://localhost:8000/api/token/',
  tokenRequest: { body: { username: '{username}', password: '{password}' } },
  renewal: {
    by: 'refresh_token',
    url: 'http://localhost:8000/api/token/refresh/',
    request: { body: { refresh: '{refresh_token}' } },
  },
  tokenResponse: {
    accessToken: 'access',
    refreshToken: 'refresh',
    error: [{ status: 401, error: 'invalid_grant', description: 'detail' }],
  },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: simpleJwt,
    grant: grant({ username: 'admin', password: process.env['DJANGO_PASSWORD'] ?? '' }),
  })
  const response = await tokens.fetch(`${simpleJwt.apiUrl}/items/`)
  return response.json()
}
