import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * Bluesky (the AT protocol).
 *
 * Odd: a renewal sends the refresh token in the header, with no body, and rotates it; an expired access token is a 400; log-ins are
 * strictly limited.
 * Facts: https://docs.bsky.app/docs/api/com-atproto-server-create-session,
 * https://docs.bsky.app/docs/api/com-atproto-server-refresh-session
 */
export const bluesky = defineProvider({
  name: 'bluesky',
  apiUrl: 'https://bsky.social/xrpc',
  tokenUrl: 'https://bsky.social/xrpc/com.atproto.server.createSession',
  tokenRequest: { body: { identifier: '{username}', password: '{password}' } },
  renewal: {
    by: 'refresh_token',
    url: 'https://bsky.social/xrpc/com.atproto.server.refreshSession',
    request: { encoding: 'none', headers: { Authorization: 'Bearer {refresh_token}' } },
  },
  tokenResponse: {
    accessToken: 'accessJwt',
    refreshToken: 'refreshJwt',
    error: [
      { path: 'error', is: ['AuthenticationRequired', 'ExpiredToken', 'InvalidToken'], error: 'invalid_grant', description: 'message' },
    ],
  },
  isRejection: { status: 400, path: 'error', is: 'ExpiredToken' },
  revocation: {
    url: 'https://bsky.social/xrpc/com.atproto.server.deleteSession',
    request: { encoding: 'none', headers: { Authorization: 'Bearer {token}' } },
  },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: bluesky,
    grant: grant({ username: 'me.bsky.social', password: process.env['BLUESKY_APP_PASSWORD'] ?? '' }),
  })
  const response = await tokens.fetch(`${bluesky.apiUrl}/app.bsky.actor.getPreferences`)
  return response.json()
}
