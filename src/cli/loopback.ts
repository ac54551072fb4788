import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { codeOf, UsageError } from './failure.ts'

/** Where the browser comes back to (RFC 8252 §7.3). */
export interface Loopback {
  /** With the port that is in use. */
  readonly redirectUri: string
  /** Waits for the first request at the redirect URI. Browsers ask for other things too, such as an icon. */
  cameBack(signal: AbortSignal): Promise<{ url: URL; answer: (isDone: boolean) => Promise<void> }>
  close(): void
}

/** @throws UsageError where the redirect URI is none of this machine, or its port is in use */
export async function listenForRedirect(redirectUri = 'http://127.0.0.1:0/callback'): Promise<Loopback> {
  const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined
  const host = url && { '127.0.0.1': '127.0.0.1', '[::1]': '::1', localhost: 'localhost' }[url.hostname]
  if (url?.protocol !== 'http:' || !host)
    throw new UsageError('signIn.redirectUri must begin with http://127.0.0.1, http://[::1] or http://localhost')
  const server = createServer().listen(Number(url.port || 80), host)
  await once(server, 'listening').catch((error) => {
    throw new UsageError(`The port ${url.port || 80} of signIn.redirectUri cannot be listened at (${codeOf(error)}).`)
  })
  url.port = String((server.address() as AddressInfo).port)
  return {
    redirectUri: url.href,
    cameBack: (signal) => cameBack(server, { url, signal }),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

function cameBack(server: Server, { url, signal }: { url: URL; signal: AbortSignal }): ReturnType<Loopback['cameBack']> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    server.on('request', (request, response) => {
      const at = new URL(`${url.origin}${request.url}`)
      if (at.pathname !== url.pathname || request.method !== 'GET') return show(response, 404, 'There is nothing here.')
      const done = 'You are signed in. You can close this page.'
      const failed = 'That did not work: the command line says why. You can close this page.'
      resolve({ url: at, answer: (isDone) => show(response, isDone ? 200 : 400, isDone ? done : failed) })
    })
  })
}

function show(response: ServerResponse, status: number, text: string): Promise<void> {
  const headers = { 'content-type': 'text/plain', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', connection: 'close' }
  response.writeHead(status, headers)
  return new Promise((resolve) => response.end(`${text}\n`, resolve))
}
