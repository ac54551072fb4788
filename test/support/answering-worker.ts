// A server in a thread of its own, which answers while the thread that asks is busy. Posts its port, then each request.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort } from 'node:worker_threads'

let count = 0
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    parentPort?.postMessage({ requests: ++count })
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ access_token: `a${count}`, refresh_token: `r${count}`, expires_in: 60 }))
    }, 100)
  })
})
server.listen(0, '127.0.0.1', () => parentPort?.postMessage({ port: (server.address() as AddressInfo).port }))
