import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { verifyJwt } from '../support/verify-jwt.ts'

interface World {
  tokenRequests: number
  apiRequests: number
  rejected: number
  accepted: Set<string>
  /** Of the client that signs. */
  key?: JsonWebKey
  /** How often the token of a device was asked for. */
  devicePolls: number
}

export interface SmokeServer {
  /** Each `url/{any id}` is a world of its own: a token endpoint, an API behind it, counters. */
  url: string
  close(): Promise<void>
}

/**
 * A token endpoint and an API over real HTTP, with CORS, for programs that run in a browser or in another runtime:
 *
 *   POST /{id}/token           client credentials (Basic id:secret) → a token for an hour, after 20 ms
 *   POST /{id}/key             the public key of the client `signer`, as JWK: it gets tokens for assertions, and exchanges them
 *   POST /{id}/device          begins a device sign-in of the public client `screen`: pending at the first poll, granted at the second
 *   GET  /{id}/.well-known/openid-configuration   metadata of the issuer `url/{id}`
 *   any  /{id}/api/…?delay=ms  401 unless the token was good when the request came in; echoes method and body
 *   any  /{id}/api/…?redirect=path  the same, as a redirect
 *   POST /{id}/revoke          no token is good any more
 *   GET  /{id}/counts          what was asked so far
 */
export async function startSmokeServer(): Promise<SmokeServer> {
  const worlds = new Map<string, World>()
  const server = createServer((request, response) => {
    respond(worlds, request, response).catch((error) => response.destroy(error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A URL on which nobody listens: the port was free a moment ago. */
export async function findDeadUrl(): Promise<string> {
  const { url, close } = await startSmokeServer()
  await close()
  return url
}

async function respond(worlds: Map<string, World>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const [, id = '', action = ''] = url.pathname.split('/')
  const world = worlds.get(id) ?? { tokenRequests: 0, apiRequests: 0, rejected: 0, accepted: new Set<string>(), devicePolls: 0 }
  worlds.set(id, world)

  response.setHeader('access-control-allow-origin', '*')
  if (request.method === 'OPTIONS') {
    response.setHeader('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE')
    response.setHeader('access-control-allow-headers', request.headers['access-control-request-headers'] ?? '')
    response.writeHead(204).end()
    return
  }

  const body = await readText(request)
  const reply = (status: number, content: object) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content))
  }
  switch (action) {
    case 'token': {
      world.tokenRequests++
      const form = new URLSearchParams(body)
      const isDevice = form.get('client_id') === 'screen' && form.get('device_code') === 'device-code'
      if (isDevice && world.devicePolls++ === 0) return reply(400, { error: 'authorization_pending' })
      const isKnown = isDevice || request.headers.authorization === `Basic ${btoa('id:secret')}` || isSigned(form, world)
      if (!isKnown) return reply(401, { error: 'invalid_client' })
      const token = `token-${id}-${world.tokenRequests}`
      world.accepted.add(token)
      await sleep(20)
      return reply(200, { access_token: token, token_type: 'bearer', expires_in: 3600 })
    }
    case 'api': {
      world.apiRequests++
      const isGood = world.accepted.has(request.headers.authorization?.replace('Bearer ', '') ?? '')
      if (!isGood) world.rejected++
      await sleep(Number(url.searchParams.get('delay') ?? 0))
      const redirect = url.searchParams.get('redirect')
      if (redirect !== null) response.setHeader('location', redirect)
      if (isGood && redirect !== null) return reply(307, {})
      return isGood ? reply(200, { method: request.method, path: url.pathname, body }) : reply(401, { error: 'invalid_token' })
    }
    case 'device': {
      const codes = { device_code: 'device-code', user_code: 'WDJB-MJHT', verification_uri: `http://${request.headers.host}/${id}/enter` }
      const isKnown = new URLSearchParams(body).get('client_id') === 'screen'
      return isKnown ? reply(200, { ...codes, expires_in: 60, interval: 1 }) : reply(401, { error: 'invalid_client' })
    }
    case 'key':
      world.key = JSON.parse(body)
      return reply(200, {})
    case '.well-known': {
      const issuer = `http://${request.headers.host}/${id}`
      return url.pathname.endsWith('/openid-configuration') ? reply(200, { issuer, token_endpoint: `${issuer}/token` }) : reply(404, {})
    }
    case 'revoke':
      world.accepted.clear()
      return reply(200, {})
    case 'counts':
      return reply(200, { tokenRequests: world.tokenRequests, apiRequests: world.apiRequests, rejected: world.rejected })
    default:
      return reply(404, {})
  }
}

/** Whether an assertion proves the client, or is the grant; of an exchange, whether its token was accepted. */
function isSigned(form: URLSearchParams, { key, accepted }: World): boolean {
  const assertion = form.get('client_assertion') ?? form.get('assertion')
  if (!assertion || !key) return false
  const { claims } = verifyJwt(assertion, createPublicKey({ key, format: 'jwk' }))
  const isExchange = form.get('grant_type')?.endsWith('token-exchange')
  return claims['iss'] === 'signer' && (!isExchange || accepted.has(form.get('subject_token') ?? ''))
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}
