import { grant, parseServer } from '../../../examples/providers/parse-server.ts'
import { findPostgres, startPostgres } from './postgres.ts'
import type { RealApi } from './real-api.ts'
import { startServer, versionOf } from './server-process.ts'

const user = { username: 'cooldude6', password: 'p_n7!-e8' }
/** npm has no database for it. */
const programs = findPostgres()

export const realParseServer: RealApi = {
  profile: 'parse-server',
  software: `parse-server ${versionOf('parse-server')}`,
  ...(programs === undefined && { needs: 'Postgres (initdb and postgres, as of Debian’s package postgresql)' }),
  logIn: { method: 'POST', path: '/parse/login', body: JSON.stringify(user) },
  lifetimeMs: 365 * 86_400_000,
  async start() {
    const database = await startPostgres(programs ?? '')
    const server = await startServer({
      script: 'parse-server.mjs',
      args: ({ port }) => [String(port), database.address],
      readyPath: '/ready',
    })
    return {
      ...server,
      stop: async () => {
        await server.stop()
        await database.stop()
      },
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
