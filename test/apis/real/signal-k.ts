import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { grant, signalK } from '../../../examples/providers/signal-k.ts'
import type { RealApi } from './real-api.ts'
import { type Place, requireInstalled, startServer, versionOf } from './server-process.ts'

const user = { username: 'skipper', password: 'fair winds' }

/** Its tokens are signed: it forgets them when it gets another key. */
export const realSignalK: RealApi = {
  profile: 'signal-k',
  software: `signalk-server ${versionOf('signalk-server')}`,
  logIn: { method: 'POST', path: '/signalk/v1/auth/login', body: JSON.stringify(user) },
  lifetimeMs: 3_600_000,
  async start() {
    const server = await startServer({
      script: 'node_modules/signalk-server/bin/signalk-server',
      readyPath: '/signalk',
      env: ({ port, folder }) => ({ PORT: String(port), SIGNALK_NODE_CONFIG_DIR: folder }),
      prepare: async (at) => {
        const settings = { interfaces: {}, security: { strategy: './tokensecurity' }, pipedProviders: [], mdns: false }
        await writeFile(join(at.folder, 'settings.json'), JSON.stringify(settings))
        await writeSecurity(at, 'one key')
      },
    })
    return {
      ...server,
      profile: signalK,
      grant: (password = user.password) => grant({ ...user, password }),
      read: '/signalk/v1/api/',
      drop: async () => {
        await writeSecurity(server, 'another key')
        await server.restart()
      },
    }
  },
}

async function writeSecurity({ folder }: Pick<Place, 'folder'>, secretKey: string): Promise<void> {
  const password = requireInstalled('bcryptjs').hashSync(user.password, 4)
  const security = { allow_readonly: false, expiration: '1h', secretKey, users: [{ username: user.username, password, type: 'admin' }] }
  await writeFile(join(folder, 'security.json'), JSON.stringify(security), { mode: 0o600 })
}
