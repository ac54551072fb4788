import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import type { TokenManagerOptions } from '../../src/manager/options.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { toNodeListener } from '../../src/node/to-node-listener.ts'
import { createTokenProxy } from '../../src/proxy/create-token-proxy.ts'
import type { TokenProxyOptions } from '../../src/proxy/proxy-options.ts'
import { testProvider } from './test-provider.ts'

/** A request as the upstream got it, but for its body. */
export interface Arrival {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly trailers: () => NodeJS.Dict<string>
  /** All of it, names and values. */
  readonly head: string
}

export interface ProxyWorldOptions {
  proxy?: Partial<TokenProxyOptions>
  manager?: Partial<TokenManagerOptions>
  /** What the API answers. @default 200 'ok', once the body is in */
  api?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>
  /** What the token endpoint answers. @default canary tokens, counted */
  token?: (request: IncomingMessage, response: ServerResponse, count: number) => void
}

export interface ProxyWorld {
  /** Origin of the proxy's server, behind which its prefix is `/api`. */
  readonly origin: string
  readonly port: number
  readonly upstream: string
  readonly tokens: TokenManager
  readonly handler: (request: Request) => Promise<Response>
  readonly arrivals: Arrival[]
  tokenRequests(): number
  /** Sends a request head, and a body, byte for byte; returns all that came back before the connection ended. */
  raw(bytes: string): Promise<string>
}

/** The tokens of this world begin with it, so that one search finds them all. */
export const tokenCanary = 'Canary7Token'

export const worldRoutes = [
  { path: '/cities', methods: ['GET', 'HEAD', 'POST'] },
  { path: '/cities/*', methods: ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] },
  { path: '/shows/list.json', methods: ['GET'] },
]

/** What of the upstream lies within these routes; anything else must never arrive. */
export const withinRoutes = /^\/v1\/(cities|cities\/[\w\-.~!$&'()*+,=:@%/]+|shows\/list\.json)(\?.*)?$/

/** A proxy on a real server, before a real upstream that has its token endpoint on the same origin. */
export async function startProxyWorld(options: ProxyWorldOptions = {}): Promise<ProxyWorld> {
  const arrivals: Arrival[] = []
  let count = 0
  const token = options.token ?? sendToken
  const api = options.api ?? sendOk
  const upstream = await listen((request, response) => {
    response.on('error', () => {})
    if (request.url === '/v1/oauth/token' && request.headers.authorization?.startsWith('Basic ')) {
      count++
      request.resume()
      return token(request, response, count)
    }
    arrivals.push(recordArrival(request))
    void api(request, response)
  })
  const provider = testProvider({ apiUrl: `${upstream}/v1`, tokenUrl: `${upstream}/v1/oauth/token` })
  const grant = clientCredentials({ clientId: 'client', clientSecret: 'Canary8Secret' })
  const tokens = new TokenManager({ provider, grant, ...options.manager })
  onTestFinished(() => tokens.dispose())
  const handler = createTokenProxy({
    tokens,
    upstream: `${upstream}/v1/`,
    routes: worldRoutes,
    authorize: () => true,
    prefix: '/api',
    onError: () => {},
    ...options.proxy,
  })
  const origin = await listen(toNodeListener(handler))
  const port = Number(new URL(origin).port)
  return { origin, port, upstream, tokens, handler, arrivals, tokenRequests: () => count, raw: (bytes) => sendRaw(port, bytes) }
}

/** Listens on loopback until the test ends. */
export async function listen(listener: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  // Not `end`: a server may take that for a client that has gone.
  socket.write(bytes, 'latin1')
  socket.setTimeout(5_000, () => socket.destroy())
  return text(socket).catch(() => '')
}

function recordArrival(request: IncomingMessage): Arrival {
  const { method = '', url: target = '', rawHeaders } = request
  return { method, target, rawHeaders, trailers: () => request.trailers, head: `${method} ${target}\n${rawHeaders.join('\n')}` }
}

function sendToken(_request: IncomingMessage, response: ServerResponse, count: number): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ access_token: `${tokenCanary}-${count}`, token_type: 'bearer', expires_in: 3600 }))
}

async function sendOk(request: IncomingMessage, response: ServerResponse): Promise<void> {
  await text(request).catch(() => '')
  response.end('ok')
}

/** A request head that passes every check but those that `headers` fail. */
export function headOf(method: string, target: string, headers: string = 'x-tokenwell: 1\r\n'): string {
  return `${method} ${target} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n${headers}\r\n`
}

/** Waits for what happens in another connection. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 5_000
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error('waited 5 s in vain')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
