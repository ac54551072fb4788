// Express 4 and 5, beside a JSON parser: node server.ts
import express from 'express'
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
})
const listener = toNodeListener(proxy)

const app = express()
// Before express.json(), which reads bodies. Not app.use('/api', listener): Express would remove that part of the path.
app.use((request, response, next) => (request.url.startsWith('/api/') ? listener(request, response) : next()))
app.use(express.json())
app.post('/own', (request, response) => void response.json({ parsed: request.body }))

app.listen(Number(PORT))
