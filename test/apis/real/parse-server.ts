import { grant, parseServer } from '../../../examples/providers/parse-server.ts'
import type { RealApi } from './real-api.ts'
import { startServer, versionOf } from './server-process.ts'

const user = { username: 'cooldude6', password: 'p_n7!-e8' }
/** npm has no database for it: the address of an empty one of Postgres. */
const database = process.env['PARSE_DATABASE']

export const realParseServer: RealApi = {
  profile: 'parse-server',
  software: `parse-server ${versionOf('parse-server')}`,
  ...(database === undefined && { needs: 'PARSE_DATABASE, the address of an empty Postgres database' }),
  logIn: { method: 'POST', path: '/parse/login', body: JSON.stringify(user) },
  lifetimeMs: 365 * 86_400_000,
  async start() {
    const server = await startServer({
      script: 'parse-server.mjs',
      args: ({ port }) => [String(port), database ?? ''],
      readyPath: '/ready',
    })
    return {
      ...server,
      profile: parseServer,
      grant: (password = user.password) => grant({ ...user, password }),
      read: '/parse/users/me',
      drop: async ({ accessToken }) => {
        const headers = { ...parseServer.headers, 'X-Parse-Session-Token': accessToken }
        const response = await fetch(`${server.url}/parse/logout`, { method: 'POST', headers })
        if (!response.ok) throw new Error(`parse-server did not end the session: ${response.status}`)
      },
    }
  },
}
