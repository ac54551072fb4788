import { clientCredentials, oauth2, refreshToken } from '../../../src/index.ts'
import type { RealApi } from './real-api.ts'
import { startServer, versionOf } from './server-process.ts'

const client = { clientId: 'app', clientSecret: 'open sesame' }
const software = `oidc-provider ${versionOf('oidc-provider')}`

/** A client on its own. A wrong password is a wrong client secret here. */
export const realOidcProvider: RealApi = {
  profile: 'oidc-provider',
  software,
  logIn: { method: 'POST', path: '/token', body: 'grant_type=client_credentials' },
  lifetimeMs: 3_600_000,
  start: () => start(false),
}

/** A user who has signed in: the refresh token is used once. */
export const realOidcUser: RealApi = {
  profile: 'oidc-provider',
  software,
  variant: 'with refresh tokens',
  logIn: { method: 'POST', path: '/token', body: 'grant_type=refresh_token&refresh_token=REFRESH' },
  lifetimeMs: 3_600_000,
  start: () => start(true),
}

async function start(isUser: boolean) {
  const server = await startServer({ script: 'oidc-server.mjs', args: ({ port }) => [String(port)], readyPath: '/api/things' })
  const preset = oauth2({ ...client, tokenUrl: `${server.url}/token`, apiUrl: server.url })
  const revoke = async (token: string): Promise<void> => {
    const authorization = `Basic ${Buffer.from('app:open+sesame').toString('base64')}`
    const body = new URLSearchParams({ token })
    const response = await fetch(`${server.url}/token/revocation`, { method: 'POST', headers: { authorization }, body })
    if (!response.ok) throw new Error(`oidc-provider did not revoke: ${response.status} ${await response.text()}`)
  }
  const signIn = async () => (await fetch(`${server.url}/refresh-token`)).text()
  return {
    ...server,
    profile: preset.provider,
    grant: (clientSecret = client.clientSecret) =>
      isUser ? refreshToken({ ...client, clientSecret, refreshToken: signIn }) : clientCredentials({ ...client, clientSecret }),
    read: '/api/things',
    drop: async ({ accessToken }: { accessToken: string }) => {
      const { status } = await fetch(`${server.url}/forget?token=${encodeURIComponent(accessToken)}`)
      if (status !== 200) throw new Error(`oidc-provider did not forget: ${status}`)
    },
    ...(isUser && {
      killRefresh: (token: { refreshToken?: string }) => revoke(String(token.refreshToken)),
      onDeadRefresh: 'sign-in' as const,
    }),
  }
}
