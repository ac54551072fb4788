import { createHash } from 'node:crypto'
import { customGrant, defineProvider, TokenManager } from 'tokenwell'

/**
 * Blue Iris, a recorder for cameras.
 *
 * Odd: a log-in in two steps, the second of which proves the password by an MD5 of it and the session; the session travels in the JSON
 * body of each call. Both take a function. No reply says how long a session lives: a setting, ten minutes here.
 * Facts: the chapter on its JSON interface in https://blueirissoftware.com/BlueIris.PDF
 */
export const blueIris = defineProvider({
  name: 'blue-iris',
  apiUrl: 'http://127.0.0.1:81/json',
  tokenUrl: 'http://127.0.0.1:81/json',
  tokenResponse: {
    accessToken: 'session',
    defaultLifetimeMs: 10 * 60_000,
    error: [{ path: 'result', is: 'fail', error: 'invalid_grant', description: 'data.reason' }],
  },
  authorization: async ({ accessToken, body }) => ({
    body: JSON.stringify({ ...((await new Response(body).json()) as object), session: accessToken }),
  }),
  // Its word for everything. Without a reason the session is gone; a command that failed for one may have done something, and is not
  // sent again.
  isRejection: [
    { status: 200, path: 'data.reason' },
    { status: 200, path: 'result', is: 'fail', notApplied: true },
  ],
})

const headers = { 'content-type': 'application/json' }

export const grant = ({ username, password, url = blueIris.tokenUrl }: { username: string; password: string; url?: string }) =>
  customGrant({
    grantType: 'blue-iris',
    parameters: { username, password },
    exchange: async ({ fetch, parameters, signal }) => {
      const post = (body: object) => fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal })
      const { session } = (await (await post({ cmd: 'login' })).json()) as { session: string }
      const response = createHash('md5').update(`${parameters['username']}:${session}:${parameters['password']}`).digest('hex')
      return post({ cmd: 'login', session, response })
    },
  })

export async function example(): Promise<unknown> {
  const user = { username: 'admin', password: process.env['BLUE_IRIS_PASSWORD'] ?? '' }
  const tokens = new TokenManager({ provider: blueIris, grant: grant(user) })
  const response = await tokens.fetch(blueIris.apiUrl, { method: 'POST', headers, body: JSON.stringify({ cmd: 'camlist' }) })
  return response.json()
}
