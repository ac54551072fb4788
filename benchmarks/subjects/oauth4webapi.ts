import * as oauth from 'oauth4webapi'
import type { Subject } from '../subject.ts'

/** A protocol library without a cache: the cache by hand is what its users begin with, a variable and its expiry. */
export const subject: Subject = {
  takesRequests: true,
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
      call: async (input, init) => {
        if (Date.now() >= expiresAt) await ask()
        const [url, given] = typeof input === 'string' ? [input, init] : [input.url, input]
        const method = given?.method ?? 'GET'
        const body = given?.body as oauth.ProtectedResourceRequestBody
        return oauth.protectedResourceRequest(accessToken, method, new URL(url), new Headers(given?.headers), body, options)
      },
    }
  },
}
