import { createHmac, randomUUID } from 'node:crypto'
import { clientCredentials, defineProvider, TokenManager } from 'tokenwell'

/**
 * HERE, maps and places.
 *
 * Odd: the token request is signed as OAuth 1.0a does it (RFC 5849), which takes a function. All else is OAuth 2.
 * Facts: https://www.here.com/docs/bundle/identity-and-access-management-developer-guide/page/topics/sdk.html
 */
export const here = defineProvider({
  name: 'here',
  apiUrl: 'https://geocode.search.hereapi.com/v1',
  tokenUrl: 'https://account.api.here.com/oauth2/token',
  tokenRequest: {
    clientAuthentication: ({ clientId = '', clientSecret = '' }, { method, url, parameters, now }) => {
      const oauth = {
        oauth_consumer_key: clientId,
        oauth_nonce: randomUUID(),
        oauth_signature_method: 'HMAC-SHA256',
        oauth_timestamp: String(Math.floor(now / 1000)),
        oauth_version: '1.0',
      }
      const signed = Object.entries({ ...parameters, ...oauth }).map(([name, value]) => [encode(name), encode(value)])
      const text = signed.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)).map((pair) => pair.join('='))
      const base = [method, url, text.join('&')].map(encode).join('&')
      const signature = createHmac('sha256', `${encode(clientSecret)}&`)
        .update(base)
        .digest('base64')
      const fields = Object.entries({ ...oauth, oauth_signature: signature }).map(([name, value]) => `${name}="${encode(value)}"`)
      return { headers: { authorization: `OAuth ${fields.join(', ')}` } }
    },
  },
})

/** RFC 5849 §3.6. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

export const grant = (app: { clientId: string; clientSecret: string }) => clientCredentials(app)

export async function example(): Promise<unknown> {
  const { HERE_KEY_ID = '', HERE_KEY_SECRET = '' } = process.env
  const tokens = new TokenManager({ provider: here, grant: grant({ clientId: HERE_KEY_ID, clientSecret: HERE_KEY_SECRET }) })
  const response = await tokens.fetch(`${here.apiUrl}/geocode?q=Invalidenstr+117+Berlin`)
  return response.json()
}
