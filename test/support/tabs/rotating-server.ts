import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface RotatingServer {
  readonly url: string
  /** Refreshes that were carried out, and when they were sent. */
  readonly renewals: readonly { readonly at: number; readonly tab: string }[]
  /** Refreshes that were refused: used refresh tokens, and all of a revoked family. */
  readonly refused: readonly string[]
  /** What the tabs report, and how often. */
  readonly reports: ReadonlyMap<string, number>
  /** How long tabs waited for a token at most, ms. */
  readonly longestWaitMs: number
  /** Gives the tab that asks next, and answers it never: whoever awaits this closes the tab. */
  nextRenewal(): Promise<string>
  close(): Promise<void>
}

/**
 * A page for tabs, and behind it an authorization server that rotates refresh tokens and revokes the family when a used
 * one comes back. A refresh is carried out when it is answered: one whose tab has gone before has not happened.
 */
export async function startRotatingServer({ script, lifetimeS, answerMs }: { script: string; lifetimeS: number; answerMs: number }) {
  let current = 0
  let isRevoked = false
  let longestWaitMs = 0
  const renewals: { at: number; tab: string }[] = []
  const refused: string[] = []
  const reports = new Map<string, number>()
  let onNext: ((tab: string) => void) | undefined

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
    const body = await textOf(request)
    if (pathname === '/token') return refresh(request, response, new URLSearchParams(body).get('refresh_token') ?? '')
    if (pathname === '/report') {
      const [word = '', ms] = body.split(' ')
      if (word === 'got') longestWaitMs = Math.max(longestWaitMs, Number(ms))
      const name = word === 'got' ? word : body.trim()
      reports.set(name, (reports.get(name) ?? 0) + 1)
      response.writeHead(204).end()
    } else if (pathname === '/script.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
    else if (pathname === '/') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><script type="module" src="/script.js"></script>')
    } else response.writeHead(404).end()
  }

  const refresh = async (request: IncomingMessage, response: ServerResponse, presented: string): Promise<void> => {
    const tab = String(request.headers['x-tab'])
    const reply = (status: number, content: object) =>
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(content))
    if (isRevoked || presented !== `refresh-${current}`) {
      isRevoked = true
      refused.push(`${presented} by tab ${tab}, after refresh-${current}`)
      reply(400, { error: 'invalid_grant' })
      return
    }
    if (onNext) {
      onNext(tab)
      onNext = undefined
      // Until the tab has gone.
      await once(response, 'close')
      return
    }
    await sleep(answerMs)
    if (response.destroyed) return
    if (isRevoked || presented !== `refresh-${current}`) return refresh(request, response, presented)
    current++
    renewals.push({ at: Number(request.headers['x-sent-at']), tab })
    reply(200, { access_token: `access-${current}`, refresh_token: `refresh-${current}`, token_type: 'Bearer', expires_in: lifetimeS })
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.destroy(error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    renewals,
    refused,
    reports,
    get longestWaitMs() {
      return longestWaitMs
    },
    nextRenewal: () =>
      new Promise<string>((resolve) => {
        onNext = resolve
      }),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  } satisfies RotatingServer
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}
