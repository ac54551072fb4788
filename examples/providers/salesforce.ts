import { defineProvider, refreshToken, TokenManager } from 'tokenwell'

/**
 * Salesforce, data about customers.
 *
 * Odd: the reply says where this organisation's API is (`instance_url`), and not how long the token lives: that is a setting of the
 * organisation, two hours unless somebody changed it.
 * Facts: https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_refresh_token_flow.htm
 */
export const salesforce = defineProvider({
  name: 'salesforce',
  apiUrl: 'https://login.salesforce.com/services/data/v62.0',
  apiOrigins: ['https://*.my.salesforce.com', 'https://*.salesforce.com'],
  tokenUrl: 'https://login.salesforce.com/services/oauth2/token',
  authorizationUrl: 'https://login.salesforce.com/services/oauth2/authorize',
  tokenRequest: { clientAuthentication: 'body' },
  tokenResponse: { apiUrl: 'instance_url', defaultLifetimeMs: 2 * 3_600_000 },
})

export const grant = (app: { clientId: string; clientSecret: string; refreshToken: string }) => refreshToken(app)

export async function example(): Promise<unknown> {
  const { SALESFORCE_ID = '', SALESFORCE_SECRET = '', SALESFORCE_REFRESH_TOKEN = '' } = process.env
  const app = { clientId: SALESFORCE_ID, clientSecret: SALESFORCE_SECRET, refreshToken: SALESFORCE_REFRESH_TOKEN }
  const tokens = new TokenManager({ provider: salesforce, grant: grant(app) })
  const { apiUrl } = await tokens.getToken()
  const response = await tokens.fetch(`${apiUrl}/limits`)
  return response.json()
}
