import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * Pi-hole 6, a DNS server of one's own.
 *
 * Odd: a password without a name; limited seats, so give yours back with `tokens.revoke()`; the session ends when nobody uses it for
 * `validity` seconds.
 * Facts: https://docs.pi-hole.net/api/auth/
 */
export const piHole = defineProvider({
  name: 'pi-hole',
  apiUrl: 'https://pi.hole/api',
  tokenUrl: 'https://pi.hole/api/auth',
  tokenRequest: { body: { password: '{password}' } },
  tokenResponse: {
    accessToken: 'session.sid',
    expiresIn: 'session.validity',
    error: [{ status: 401, error: 'invalid_grant', description: 'session.message' }],
  },
  authorization: { header: 'X-FTL-SID' },
  revocation: { url: 'https://pi.hole/api/auth', as: 'token', method: 'DELETE', request: { encoding: 'none' } },
})

export const grant = ({ password: secret }: { password: string }) => password({ password: secret })

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: piHole,
    grant: grant({ password: process.env['PI_HOLE_PASSWORD'] ?? '' }),
    subject: 'pi.hole',
  })
  const response = await tokens.fetch(`${piHole.apiUrl}/stats/summary`)
  await tokens.revoke()
  return response.json()
}
