// The server behind Vite's dev server: node server.ts
import { createServer } from 'node:http'
import { oauth2, TokenManager } from 'tokenwell'
import { toNodeListener } from 'tokenwell/node'
import { createTokenProxy } from 'tokenwell/proxy'

const { API_URL = '', TOKEN_URL = '', CLIENT_ID = '', CLIENT_SECRET = '', SESSION = '', PORT = '3000' } = process.env

const proxy = createTokenProxy({
  tokens: new TokenManager(oauth2({ tokenUrl: TOKEN_URL, apiUrl: API_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET })),
  upstream: API_URL,
  routes: [{ path: '/cities/*', methods: ['GET', 'POST'] }],
  authorize: ({ headers }) => headers.get('cookie') === `session=${SESSION}`, // your own check
  prefix: '/api',
  // Vite changes the Host, so that the origin of its pages has to be told.
  origins: [process.env.PUBLIC_ORIGIN ?? 'http://localhost:5173'],
})
createServer(toNodeListener(proxy)).listen(Number(PORT), 'localhost')
