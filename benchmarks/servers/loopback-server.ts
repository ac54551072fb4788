import { createServer, type ServerResponse } from 'node:http'

/**
 * The API of S2, in a process of its own so that it takes no time from what is measured. It looks at the `Authorization`
 * header as far as the wire shows it; that tokens are the right ones is checked elsewhere.
 */
const server = createServer((request, response) => {
  request.resume()
  if (request.url === '/oauth/token') {
    sendJson(response, 200, { access_token: 'loopback-token', token_type: 'Bearer', expires_in: 3600 })
  } else if (request.headers.authorization?.startsWith('Bearer ')) {
    sendJson(response, 200, { items: [{ id: 1, name: 'camera' }] })
  } else {
    sendJson(response, 401, { error: 'invalid_token' })
  }
})

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
}

server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.(typeof address === 'object' ? address?.port : undefined)
})
// Whoever started it has gone: nothing may be left behind.
process.on('disconnect', () => process.exit())
