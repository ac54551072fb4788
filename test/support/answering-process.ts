// A token endpoint in a process of its own, which answers while the one that asks is busy. Tells its port, then counts requests.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface AnsweringMessage {
  readonly port?: number
  readonly requests?: number
}

let count = 0
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    process.send?.({ requests: ++count })
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ access_token: `a${count}`, refresh_token: `r${count}`, expires_in: 60 }))
    }, 100)
  })
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
