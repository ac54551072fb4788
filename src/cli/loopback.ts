import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { codeOf, UsageError } from './failure.ts'

/** Where the browser comes back to (RFC 8252 §7.3). */
export interface Loopback {
  /** With the port that is in use. */
  readonly redirectUri: string
  /**
   * Waits for the response to the sign-in with this state. Browsers ask for other things too, such as an icon; and any page may
   * guess the port, so that what has another state ends nothing.
   */
  cameBack(state: string, signal: AbortSignal): Promise<{ url: URL; answer: (isDone: boolean) => Promise<void> }>
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
    cameBack: (state, signal) => cameBack(server, { url, state, signal }),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

interface Pending {
  readonly url: URL
  readonly state: string
  readonly signal: AbortSignal
}

function cameBack(server: Server, { url, state, signal }: Pending): ReturnType<Loopback['cameBack']> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    server.on('request', (request, response) => {
      const at = readTarget(request, url.origin)
      if (at?.pathname !== url.pathname || request.method !== 'GET') return show(response, 404, 'There is nothing here.')
      const states = at.searchParams.getAll('state')
      if (states.length !== 1 || states[0] !== state) {
        return show(response, 400, 'This is no response to the sign-in that is under way. The command line waits on.')
      }
      const done = 'You are signed in. You can close this page.'
      const failed = 'That did not work: the command line says why. You can close this page.'
      resolve({ url: at, answer: (isDone) => show(response, isDone ? 200 : 400, isDone ? done : failed) })
    })
  })
}

/** The address of a request. Any program may send `*`, or the address of another host, which are none here. */
function readTarget({ url: target = '' }: IncomingMessage, origin: string): URL | undefined {
  return target.startsWith('/') && URL.canParse(origin + target) ? new URL(origin + target) : undefined
}

function show(response: ServerResponse, status: number, text: string): Promise<void> {
  const headers = { 'content-type': 'text/plain', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', connection: 'close' }
  response.writeHead(status, headers)
  return new Promise((resolve) => response.end(`${text}\n`, resolve))
}
