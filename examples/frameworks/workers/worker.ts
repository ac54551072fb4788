// Cloudflare Workers. Nothing of one request may be used in another there: a manager for each, over a store that they share.
import { memoryStore, oauth2, TokenManager } from 'tokenwell'
import { createTokenProxy } from 'tokenwell/proxy'

interface Env {
  API_URL: string
  TOKEN_URL: string
  CLIENT_ID: string
  CLIENT_SECRET: string
  SESSION: string
}

const store = memoryStore()

export default {
  fetch(request: Request, env: Env): Promise<Response> {
    const preset = oauth2({ tokenUrl: env.TOKEN_URL, apiUrl: env.API_URL, clientId: env.CLIENT_ID, clientSecret: env.CLIENT_SECRET })
    const proxy = createTokenProxy({
      tokens: new TokenManager({ ...preset, store }),
      upstream: env.API_URL,
      routes: [{ path: '/cities/*', methods: ['GET', 'POST'] }],
      authorize: ({ headers }) => headers.get('cookie') === `session=${env.SESSION}`, // your own check
      prefix: '/api',
    })
    return proxy(request)
  },
}
