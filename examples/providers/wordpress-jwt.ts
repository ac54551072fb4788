import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * WordPress with the plugin JWT Authentication for WP REST API.
 *
 * Odd: a wrong password and a dead token are both 403, told apart by their codes; no reply says how long the token lives, since it is
 * a JWT.
 * Facts: https://wordpress.org/plugins/jwt-authentication-for-wp-rest-api/
 */
export const wordPress = defineProvider({
  name: 'wordpress-jwt',
  apiUrl: 'https://blog.example/wp-json/wp/v2',
  tokenUrl: 'https://blog.example/wp-json/jwt-auth/v1/token',
  tokenRequest: { body: { username: '{username}', password: '{password}' } },
  tokenResponse: {
    accessToken: 'token',
    error: [{ status: 403, path: 'code', contains: '[jwt_auth]', error: 'invalid_grant', description: 'message' }],
  },
  isRejection: { status: 403, path: 'code', is: 'jwt_auth_invalid_token' },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: wordPress,
    grant: grant({ username: 'admin', password: process.env['WORDPRESS_PASSWORD'] ?? '' }),
  })
  const response = await tokens.fetch(`${wordPress.apiUrl}/users/me`)
  return response.json()
}
