import { createServer } from 'node:http'
import { oauth2, TokenManager } from '../../dist/index.js'
import { toNodeListener } from '../../dist/node.js'
import { createTokenProxy } from '../../dist/proxy.js'
import { credentials } from './token-server.ts'

/**
 * The servers of S11, in one process: `/proxy/…` is the proxy, and `/relay/…` the least that any proxy of this kind has to do, a
 * fetch with a header whose body is handed on.
 */
const [upstream = ''] = process.argv.slice(2)
const tokens = new TokenManager(oauth2({ tokenUrl: `${upstream}/oauth/token`, apiUrl: `${upstream}/v1/`, ...credentials }))
const proxy = createTokenProxy({
  tokens,
  upstream: `${upstream}/v1`,
  routes: [{ path: '/cameras', methods: ['GET'] }],
  authorize: () => true,
  prefix: '/proxy',
})

async function relay({ url, signal }: Request): Promise<Response> {
  const { pathname, search } = new URL(url)
  const href = `${upstream}/v1${pathname.slice('/relay'.length)}${search}`
  const response = await fetch(href, { headers: { authorization: 'Bearer relayed' }, redirect: 'manual', signal })
  const headers = {
    'content-type': response.headers.get('content-type') ?? '',
    'content-length': response.headers.get('content-length') ?? '',
  }
  return new Response(response.body, { status: response.status, headers })
}

const server = createServer(toNodeListener((request) => (request.url.includes('/proxy/') ? proxy(request) : relay(request))))
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.(typeof address === 'object' ? address?.port : undefined)
})
// Whoever started it has gone: nothing may be left behind.
process.on('disconnect', () => process.exit())
