import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * OpenStack Keystone, clouds.
 *
 * Odd: the log-in is a deep JSON document, and answers 201 with the token in a header; a log-out names the token in a second header.
 * Facts: https://docs.openstack.org/api-ref/identity/v3/#password-authentication-with-unscoped-authorization
 */
export const keystone = defineProvider({
  name: 'keystone',
  apiUrl: 'https://keystone.example:5000/v3',
  tokenUrl: 'https://keystone.example:5000/v3/auth/tokens',
  tokenRequest: {
    body: {
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: '{username}', domain: { name: 'Default' }, password: '{password}' } },
        },
      },
    },
  },
  tokenResponse: {
    accessToken: 'header:x-subject-token',
    expiresAt: 'token.expires_at',
    error: [{ status: 401, error: 'invalid_grant', description: 'error.message' }],
  },
  authorization: { header: 'X-Auth-Token' },
  revocation: {
    url: 'https://keystone.example:5000/v3/auth/tokens',
    as: 'token',
    method: 'DELETE',
    request: { encoding: 'none', headers: { 'X-Subject-Token': '{token}' } },
  },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({ provider: keystone, grant: grant({ username: 'admin', password: process.env['OS_PASSWORD'] ?? '' }) })
  const response = await tokens.fetch(`${keystone.apiUrl}/auth/projects`)
  return response.json()
}
