import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * Reolink, cameras.
 *
 * Odd: everything is a list of commands in JSON at one URL, and every refusal a 200; the token travels in the query; a camera has few
 * sessions, so give yours back with `tokens.revoke()`.
 * Facts: Reolink Camera HTTP API User Guide, version 8, from https://reolink.com
 */
export const reolink = defineProvider({
  name: 'reolink',
  apiUrl: 'https://camera.local/cgi-bin/api.cgi',
  tokenUrl: 'https://camera.local/cgi-bin/api.cgi?cmd=Login',
  tokenRequest: {
    body: [{ cmd: 'Login', param: { User: { userName: '{username}', password: '{password}' } } }],
  },
  tokenResponse: {
    accessToken: '0.value.Token.name',
    expiresIn: '0.value.Token.leaseTime',
    error: [{ path: '0.error.rspCode', is: -7, error: 'invalid_grant', description: '0.error.detail' }],
  },
  authorization: { query: 'token' },
  isRejection: { status: 200, path: '*.error.rspCode', is: -6, notApplied: true },
  revocation: { url: 'https://camera.local/cgi-bin/api.cgi?cmd=Logout', as: 'token', request: { body: [{ cmd: 'Logout', param: {} }] } },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: reolink,
    grant: grant({ username: 'admin', password: process.env['REOLINK_PASSWORD'] ?? '' }),
  })
  const body = JSON.stringify([{ cmd: 'GetDevInfo', action: 0 }])
  const response = await tokens.fetch(`${reolink.apiUrl}?cmd=GetDevInfo`, { method: 'POST', body })
  await tokens.revoke()
  return response.json()
}
