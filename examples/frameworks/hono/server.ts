// Hono on Node: node server.ts. Elsewhere, `export default app` takes the place of the last line.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { oauth2, TokenManager } from 'tokenwell'
import { createTokenProxy } from 'tokenwell/proxy'

const { API_URL = '', TOKEN_URL = '', CLIENT_ID = '', CLIENT_SECRET = '', SESSION = '', PORT = '3000' } = process.env

const proxy = createTokenProxy({
  tokens: new TokenManager(oauth2({ tokenUrl: TOKEN_URL, apiUrl: API_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET })),
  upstream: API_URL,
  routes: [{ path: '/cities/*', methods: ['GET', 'POST'] }],
  authorize: ({ headers }) => headers.get('cookie') === `session=${SESSION}`, // your own check
  prefix: '/api',
})

const app = new Hono()
app.all('/api/*', (context) => proxy(context.req.raw))
app.post('/own', async (context) => context.json({ parsed: await context.req.json() }))

serve({ fetch: app.fetch, port: Number(PORT) })
