import { defineProvider, password, TokenManager } from 'tokenwell'

/**
 * Signal K, the data of a boat.
 *
 * Odd: a log-in without a client; the lifetime is called `timeToLive`; says no with 401 and a page of text, at log-in too.
 * Facts: signalk-server itself was run; https://demo.signalk.org/documentation/Developing/REST_APIs/Security.html
 */
export const signalK = defineProvider({
  name: 'signal-k',
  apiUrl: 'http://localhost:3000/signalk/v1/api',
  tokenUrl: 'http://localhost:3000/signalk/v1/auth/login',
  tokenRequest: { body: { username: '{username}', password: '{password}' } },
  tokenResponse: { accessToken: 'token', expiresIn: 'timeToLive' },
  authorization: { scheme: 'JWT' },
})

export const grant = (user: { username: string; password: string }) => password(user)

export async function example(): Promise<unknown> {
  const tokens = new TokenManager({
    provider: signalK,
    grant: grant({ username: 'admin', password: process.env['SIGNAL_K_PASSWORD'] ?? '' }),
  })
  const response = await tokens.fetch(`${signalK.apiUrl}/vessels/self`)
  return response.json()
}
