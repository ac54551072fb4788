import { createSign } from 'node:crypto'
import { clientCredentials, defineProvider, TokenManager } from 'tokenwell'

/**
 * GitHub, as an installation of an App.
 *
 * Odd: the app proves itself by a JWT that it signs for each request, which takes a function; the token request has no body, and its
 * URL names the installation; the end of the token is a date.
 * Facts: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
 */
export const gitHubApp = defineProvider({
  name: 'github-app',
  apiUrl: 'https://api.github.com',
  tokenUrl: 'https://api.github.com/app/installations/12345678/access_tokens',
  headers: { Accept: 'application/vnd.github+json', 'X-GitHub-Api-Version': '2022-11-28' },
  tokenRequest: {
    encoding: 'none',
    clientAuthentication: ({ clientId = '', clientSecret = '' }, { now }) => {
      const seconds = Math.floor(now / 1000)
      // Dated a minute back: clocks differ.
      const claims = { iss: clientId, iat: seconds - 60, exp: seconds + 540 }
      const text = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
      return { headers: { authorization: `Bearer ${text}.${createSign('RSA-SHA256').update(text).sign(clientSecret, 'base64url')}` } }
    },
  },
  tokenResponse: { accessToken: 'token', expiresAt: 'expires_at' },
})

/** The secret is the app's private key, a PEM. */
export const grant = ({ appId, privateKey }: { appId: string; privateKey: string }) =>
  clientCredentials({ clientId: appId, clientSecret: privateKey.trim() })

export async function example(): Promise<unknown> {
  const { GITHUB_APP_ID = '', GITHUB_APP_KEY = '' } = process.env
  const tokens = new TokenManager({ provider: gitHubApp, grant: grant({ appId: GITHUB_APP_ID, privateKey: GITHUB_APP_KEY }) })
  const response = await tokens.fetch(`${gitHubApp.apiUrl}/installation/repositories`)
  return response.json()
}
