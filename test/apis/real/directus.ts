import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { directus, grant } from '../../../examples/providers/directus.ts'
import type { RealApi } from './real-api.ts'
import { installed, type Place, runOnce, startServer, versionOf } from './server-process.ts'

const user = { email: 'admin@example.com', password: 'content is king' }
/** Parts of it are compiled when they are installed, which not every machine can: see tools/apis-real/package.json. */
const compiled = ['isolated-vm/out/isolated_vm.node', 'sqlite3/build/Release/node_sqlite3.node']
const isCompiled = compiled.every((path) => existsSync(join(installed, 'node_modules', path)))
const script = 'node_modules/directus/cli.js'

/** Access tokens are signed: it forgets them when it gets another secret. Refresh tokens are in its database. */
export const realDirectus: RealApi = {
  profile: 'directus',
  software: `Directus ${versionOf('directus')}`,
  ...(!isCompiled && { needs: 'isolated-vm and sqlite3 compiled: npm run compile, in tools/apis-real' }),
  logIn: { method: 'POST', path: '/auth/login', body: JSON.stringify({ ...user, mode: 'json' }) },
  lifetimeMs: 900_000,
  async start() {
    let secret = 'one secret of enough characters'
    const env = ({ port, folder, url }: Place) => ({
      ...{
        HOST: '127.0.0.1',
        PORT: String(port),
        PUBLIC_URL: url,
        SECRET: secret,
        DB_CLIENT: 'sqlite3',
        DB_FILENAME: join(folder, 'data.db'),
      },
      ...{ ADMIN_EMAIL: user.email, ADMIN_PASSWORD: user.password, ACCESS_TOKEN_TTL: '15m', TELEMETRY: 'false', LOG_LEVEL: 'error' },
      // Else it answers 503 where the machine has other work.
      PRESSURE_LIMITER_ENABLED: 'false',
      ...{ SERVE_APP: 'false', EXTENSIONS_PATH: join(folder, 'extensions'), STORAGE_LOCAL_ROOT: join(folder, 'uploads') },
    })
    const server = await startServer({
      ...{ script, env, readyPath: '/server/ping', args: () => ['start'] },
      prepare: (at) => runOnce({ script, env: env(at), args: ['bootstrap'], folder: at.folder }),
    })
    return {
      ...server,
      profile: directus,
      grant: (password = user.password) => grant({ username: user.email, password }),
      read: '/users/me',
      drop: async () => {
        secret = `${secret}, and another`
        await server.restart()
      },
      killRefresh: async ({ refreshToken }) => {
        const body = JSON.stringify({ refresh_token: refreshToken, mode: 'json' })
        const response = await fetch(`${server.url}/auth/logout`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
        if (!response.ok) throw new Error(`Directus did not log out: ${response.status}`)
      },
      onDeadRefresh: 'log-in',
    }
  },
}
