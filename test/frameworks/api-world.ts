import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** An API with its token endpoint, for programs that are processes of their own. */
export interface ApiWorld {
  /** What the programs read their settings from. */
  readonly environment: Readonly<Record<string, string>>
  /** Bodies of the API's requests that were answered, as they arrived. */
  readonly bodies: readonly string[]
  tokenRequests(): number
  /** Makes the tokens that were issued worthless. */
  revoke(): void
  close(): void
}

const [clientId, clientSecret] = ['client', 'Canary8Secret']

/** The tokens begin with it, so that one search finds them all. */
export const tokenCanary = 'Canary7Token'

export async function startApiWorld(): Promise<ApiWorld> {
  const bodies: string[] = []
  let count = 0
  let valid = ''
  const token = (response: ServerResponse): void => {
    valid = `${tokenCanary}-${++count}`
    sendJson(response, 200, { access_token: valid, token_type: 'bearer', expires_in: 3600 })
  }
  const api = (request: IncomingMessage, body: string, response: ServerResponse): void => {
    if (request.headers.authorization !== `Bearer ${valid}`) return void sendJson(response, 401, { error: 'invalid_token' })
    bodies.push(body)
    const { method, url, headers } = request
    sendJson(response, 200, { method, path: url, type: headers['content-type'] ?? null, body, cookie: headers.cookie ?? null })
  }
  const server: Server = createServer(async (request, response) => {
    const body = await text(request)
    if (request.url === '/token') return token(response)
    api(request, body, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    environment: {
      API_URL: `${origin}/v1`,
      TOKEN_URL: `${origin}/token`,
      CLIENT_ID: clientId as string,
      CLIENT_SECRET: clientSecret as string,
      SESSION: 'visitor',
    },
    bodies,
    tokenRequests: () => count,
    revoke: () => {
      valid = ''
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
