// The smoke program for workerd, and what is peculiar to it: nothing of one request may be used in another, so that there
// is a manager for each request, over one store for all of them.
import { memoryStore, oauth2, TokenManager } from 'tokenwell'
import { createTokenProxy } from 'tokenwell/proxy'
import { smoke } from './smoke.ts'

const store = memoryStore()

export default {
  async fetch(request: Request, env: { url: string; deadUrl: string }): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/smoke') return Response.json(await smoke(env))
    const profile = oauth2({ tokenUrl: `${env.url}-shared/token`, apiUrl: `${env.url}-shared/api`, clientId: 'id', clientSecret: 'secret' })
    const tokens = new TokenManager({ ...profile, store })
    if (pathname.startsWith('/proxy/')) {
      const routes = [{ path: '/cities/*', methods: ['GET', 'POST'] }]
      return createTokenProxy({ tokens, upstream: `${env.url}-shared/api`, routes, authorize: () => true, prefix: '/proxy' })(request)
    }
    return tokens.fetch(`${env.url}-shared/api${pathname}`)
  },
}
