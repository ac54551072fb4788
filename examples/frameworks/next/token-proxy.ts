import { oauth2, TokenManager } from 'tokenwell'
import { createTokenProxy } from 'tokenwell/proxy'

type Handler = (request: Request) => Promise<Response>
let handler: Handler | undefined

/** Made with the first request: `next build` loads this file as well, where no secrets are. */
export const proxy: Handler = (request) => {
  handler ??= createProxy()
  return handler(request)
}

function createProxy(): Handler {
  const { API_URL = '', TOKEN_URL = '', CLIENT_ID = '', CLIENT_SECRET = '', SESSION = '', PUBLIC_ORIGIN } = process.env
  return createTokenProxy({
    tokens: new TokenManager(oauth2({ tokenUrl: TOKEN_URL, apiUrl: API_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET })),
    upstream: API_URL,
    routes: [{ path: '/cities/*', methods: ['GET', 'POST'] }],
    authorize: ({ headers }) => headers.get('cookie') === `session=${SESSION}`, // your own check
    prefix: '/api',
    // Where a front end changes the Host, the origin of the pages has to be told: https://app.example.com
    ...(PUBLIC_ORIGIN && { origins: [PUBLIC_ORIGIN] }),
  })
}
