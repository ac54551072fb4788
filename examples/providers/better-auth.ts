import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * better-auth with its bearer plugin, log-ins of one's own.
 *
 * Odd: it demands a header `Origin`, which only browsers send by themselves; the token comes in a header of the reply, and lives a week.
 * Facts: better-auth was run; https://www.better-auth.com/docs/plugins/bearer
 */
export const betterAuth = defineProvider({
  name: 'better-auth',
  apiUrl: 'http://localhost:3000/api',
  tokenUrl: 'http://localhost:3000/api/auth/sign-in/email',
  tokenRequest: { headers: { Origin: 'https://app.example.com' }, body: { email: '{username}', password: '{password}' } },
  tokenResponse: {
    accessToken: 'header:set-auth-token',
    defaultLifetimeMs: 7 * 86_400_000,
    error: [{ path: 'code', is: 'INVALID_EMAIL_OR_PASSWORD', error: 'invalid_grant', description: 'message' }],
  },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: betterAuth,
    grant: grant({ username: 'me@example.com', password: process.env['BETTER_AUTH_PASSWORD'] ?? '' }),
  })
  const response = await tokens.fetch(`${betterAuth.apiUrl}/auth/get-session`)
  return response.json()
}
