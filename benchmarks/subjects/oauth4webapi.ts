import * as oauth from 'oauth4webapi'
import type { Subject } from '../subject.ts'

/** A protocol library without a cache: the cache by hand is what its users begin with, a variable and its expiry. */
export const subject: Subject = {
  create({ tokenUrl, clientId, clientSecret, fetch }) {
    const server: oauth.AuthorizationServer = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl }
    const client: oauth.Client = { client_id: clientId }
    const authentication = oauth.ClientSecretBasic(clientSecret)
    const options = {
      [oauth.customFetch]: (url: string, init: unknown) => fetch(url, init as RequestInit),
      [oauth.allowInsecureRequests]: true,
    } as const
    let accessToken = ''
    let expiresAt = 0

    const ask = async () => {
      const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, {}, options)
      const token = await oauth.processClientCredentialsResponse(server, client, response)
      accessToken = token.access_token
      expiresAt = Date.now() + (token.expires_in ?? 3600) * 1000
    }
    return {
      call: async (url, init) => {
        if (Date.now() >= expiresAt) await ask()
        const headers = new Headers(init?.headers)
        return oauth.protectedResourceRequest(
          accessToken,
          init?.method ?? 'GET',
          new URL(url),
          headers,
          init?.body as oauth.ProtectedResourceRequestBody,
          options,
        )
      },
    }
  },
}
