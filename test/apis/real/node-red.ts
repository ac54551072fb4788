import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { oauth2, password } from '../../../src/index.ts'
import type { RealApi } from './real-api.ts'
import { requireInstalled, startServer, versionOf } from './server-process.ts'

const user = { username: 'admin', password: 'flows & nodes' }
const client = { clientId: 'node-red-admin', clientSecret: 'not_available' }

/** OAuth as it is in the book: it needs no profile. */
export const realNodeRed: RealApi = {
  profile: 'node-red',
  software: `Node-RED ${versionOf('node-red')}`,
  logIn: {
    method: 'POST',
    path: '/auth/token',
    body: 'grant_type=password&username=admin&password=flows+%26+nodes&scope=*&client_id=node-red-admin&client_secret=not_available',
  },
  lifetimeMs: 3_600_000,
  async start() {
    const server = await startServer({
      script: 'node_modules/node-red/red.js',
      args: ({ folder }) => ['--settings', join(folder, 'settings.js'), '--userDir', folder],
      readyPath: '/auth/login',
      prepare: ({ folder, port }) => {
        const users = [{ username: user.username, password: requireInstalled('bcryptjs').hashSync(user.password, 4), permissions: '*' }]
        const adminAuth = { type: 'credentials', users, sessionExpiryTime: 3600 }
        const settings = { uiPort: port, uiHost: '127.0.0.1', adminAuth }
        return writeFile(join(folder, 'settings.js'), `module.exports = ${JSON.stringify(settings)}`)
      },
    })
    const preset = oauth2({
      ...client,
      ...{ tokenUrl: `${server.url}/auth/token`, apiUrl: server.url, clientAuthentication: 'body', scope: '*' },
      grant: password({ ...client, ...user }),
    })
    return {
      ...server,
      profile: preset.provider,
      grant: (secret = user.password) => password({ ...client, username: user.username, password: secret, scope: '*' }),
      read: '/settings',
      drop: async ({ accessToken }) => {
        const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' }
        const response = await fetch(`${server.url}/auth/revoke`, { method: 'POST', headers, body: JSON.stringify({ token: accessToken }) })
        if (!response.ok) throw new Error(`Node-RED did not revoke: ${response.status}`)
      },
    }
  },
}
