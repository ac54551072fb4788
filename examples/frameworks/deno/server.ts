// Deno: deno serve --allow-env --allow-net --port 3000 server.ts
import process from 'node:process'
import { oauth2, TokenManager } from 'tokenwell'
import { createTokenProxy } from 'tokenwell/proxy'

const { API_URL = '', TOKEN_URL = '', CLIENT_ID = '', CLIENT_SECRET = '', SESSION = '' } = process.env

const proxy = createTokenProxy({
  tokens: new TokenManager(oauth2({ tokenUrl: TOKEN_URL, apiUrl: API_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET })),
  upstream: API_URL,
  routes: [{ path: '/cities/*', methods: ['GET', 'POST'] }],
  authorize: ({ headers }) => headers.get('cookie') === `session=${SESSION}`, // your own check
  prefix: '/api',
})

export default { fetch: proxy }
