import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * Parse Server, a backend of one's own.
 *
 * Odd: two headers name the application in every request; a wrong password is a 404, and a session that has gone a 400.
 * Facts: parse-server was run; https://docs.parseplatform.org/rest/guide/#logging-in
 */
export const parseServer = defineProvider({
  name: 'parse-server',
  apiUrl: 'http://localhost:1337/parse',
  tokenUrl: 'http://localhost:1337/parse/login',
  headers: { 'X-Parse-Application-Id': 'app1', 'X-Parse-REST-API-Key': 'rest1' },
  tokenRequest: { body: { username: '{username}', password: '{password}' } },
  tokenResponse: {
    accessToken: 'sessionToken',
    defaultLifetimeMs: 365 * 86_400_000,
    error: [{ path: 'code', is: 101, error: 'invalid_grant', description: 'error' }],
  },
  authorization: { header: 'X-Parse-Session-Token' },
  isRejection: { status: 400, path: 'code', is: 209 },
  revocation: { url: 'http://localhost:1337/parse/logout', as: 'token' },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: parseServer,
    grant: grant({ username: 'admin', password: process.env['PARSE_PASSWORD'] ?? '' }),
  })
  const response = await tokens.fetch(`${parseServer.apiUrl}/users/me`)
  return response.json()
}
