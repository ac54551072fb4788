// Fastify 5: node server.ts
import fastify from 'fastify'
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

const app = fastify()
// A plugin of its own: what it does to parsers holds for its routes only.
app.register(async (scope) => {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_request, _body, done) => done(null)) // leaves the body unread
  scope.all('/api/*', (request, reply) => {
    reply.hijack()
    listener(request.raw, reply.raw)
  })
})
app.post('/own', (request, reply) => void reply.send({ parsed: request.body }))

await app.listen({ port: Number(PORT) })
