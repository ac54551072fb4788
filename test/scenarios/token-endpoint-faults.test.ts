import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGunzip, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { TokenwellError } from '../../src/base/errors.ts'
import { createTokenSource, type TokenSourceOptions } from '../../src/endpoint/token-source.ts'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import { refreshToken } from '../../src/grants/refresh-token.ts'
import { tokenOf } from '../support/token-of.ts'

// Real sockets and real time: the deadlines are short, and nothing waits for longer than they allow.
type Handler = (request: IncomingMessage, response: ServerResponse) => void

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

async function serve(handler: Handler): Promise<{ url: string; requests: string[]; closed: () => number }> {
  const requests: string[] = []
  let closed = 0
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    response.on('close', () => {
      closed += 1
    })
    handler(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, requests, closed: () => closed }
}

function sourceFor(tokenUrl: string, options: Partial<TokenSourceOptions> = {}) {
  return createTokenSource({
    provider: { name: 'faulty', apiUrl: 'https://api.example', tokenUrl },
    grant: clientCredentials({ clientId: 'id', clientSecret: 's3cret' }),
    retry: { retries: 0, minDelayMs: 1 },
    timeoutMs: 150,
    ...options,
  })
}

async function failureOf(tokenUrl: string, options?: Partial<TokenSourceOptions>): Promise<TokenwellError & { tookMs: number }> {
  const startedAt = performance.now()
  const error = await tokenOf(sourceFor(tokenUrl, options).ask()).then(
    (token) => expect.unreachable(JSON.stringify(token)),
    (thrown: TokenwellError) => thrown,
  )
  return Object.assign(error, { tookMs: performance.now() - startedAt })
}

const json = { 'content-type': 'application/json' }

describe('one deadline covers connecting, headers and body', () => {
  it.each<[string, Handler]>([
    ['silence', () => {}],
    ['silence after the headers', (_, response) => response.writeHead(200, json).flushHeaders()],
    ['silence in mid-body', (_, response) => void response.writeHead(200, json).write('{"access_token":"a')],
    [
      'a slow drip, a byte at a time',
      (_, response) => {
        response.writeHead(200, json)
        const drip = setInterval(() => response.write(' '), 20)
        response.on('close', () => clearInterval(drip))
      },
    ],
  ])('%s', async (_, handler) => {
    const { url, closed } = await serve(handler)
    const error = await failureOf(url)
    expect(error).toMatchObject({ code: 'timed_out', retryable: true })
    expect(error.tookMs).toBeGreaterThan(140)
    expect(error.tookMs).toBeLessThan(1500)
    // The connection is given up, not left to the server.
    await expect.poll(closed, { timeout: 2000 }).toBe(1)
  })
})

describe('no complete reply', () => {
  it.each<[string, Handler]>([
    ['a connection that is cut', (request) => request.socket.destroy()],
    [
      'a body that is cut',
      (_, response) => {
        response.writeHead(200, { ...json, 'content-length': '100' }).write('{"access_token":"a')
        setTimeout(() => response.destroy(), 10)
      },
    ],
    ['no HTTP', (request) => void request.socket.end('220 smtp.example ESMTP\r\n')],
    ['broken gzip', (_, response) => void response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end('{"access_token":"a"}')],
  ])('%s is a failed network', async (_, handler) => {
    const { url } = await serve(handler)
    expect(await failureOf(url, { timeoutMs: 3000 })).toMatchObject({ code: 'network_failed', retryable: true })
  })

  it('nobody listens: the platform’s code says so', async () => {
    const { url } = await serve(() => {})
    await Promise.all(closers.splice(0).map((close) => close()))
    // By a name that may have two addresses too: then the code is in the errors of an AggregateError.
    for (const tokenUrl of [url, url.replace('127.0.0.1', 'localhost')]) {
      const error = await failureOf(tokenUrl, { timeoutMs: 3000 })
      expect(error).toMatchObject({ code: 'network_failed', cause: { code: 'ECONNREFUSED' } })
      expect(error.message).toContain(`faulty: no complete reply from ${new URL(tokenUrl).host} (ECONNREFUSED)`)
    }
  })

  it('a server without TLS is asked by https: the code, which has digits, says so', async () => {
    const { url } = await serve(() => {})
    const error = await failureOf(url.replace('http:', 'https:'), { timeoutMs: 3000 })
    expect(error.cause).toMatchObject({ code: expect.stringMatching(/^ERR_SSL_[A-Z0-9_]+$/) })
    expect(error.message).toMatch(/\(ERR_SSL_[A-Z0-9_]+\): check its certificate/)
  })

  it('a refresh token is presented once more, and no more', async () => {
    const { url, requests } = await serve((request) => request.socket.destroy())
    const grant = refreshToken({ clientId: 'id', refreshToken: 'r' })
    expect(await failureOf(url, { grant, timeoutMs: 3000, retry: { retries: 5, minDelayMs: 1 } })).toMatchObject({ code: 'network_failed' })
    expect(requests).toHaveLength(2)
  })
})

describe('a reply that is too long', () => {
  const tooLong = { code: 'unreadable_token_response', status: 200, retryable: true }
  it('a gzip bomb of 100 MB is read to 256 KiB', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000, ' '))
    const { url } = await serve((_, response) => void response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb))
    const before = process.memoryUsage().rss
    expect(await failureOf(url, { timeoutMs: 5000 })).toMatchObject(tooLong)
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000)
  })
  it('an endless one too, and it is given up', async () => {
    const { url, closed } = await serve((_, response) => {
      response.writeHead(200, json)
      const chunk = Buffer.alloc(65_536, ' ')
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
      }
      response.on('drain', pour)
      pour()
    })
    expect(await failureOf(url, { timeoutMs: 5000 })).toMatchObject(tooLong)
    await expect.poll(closed, { timeout: 2000 }).toBe(1)
  })
  it.each([
    [262_144, 'taken'],
    [262_145, 'refused'],
  ])('%i bytes are %s', async (size, expected) => {
    const start = '{"access_token":"abc","padding":"'
    const body = `${start}${'x'.repeat(size - start.length - 2)}"}`
    const { url } = await serve((_, response) => void response.writeHead(200, json).end(body))
    const source = sourceFor(url, { timeoutMs: 5000 })
    if (expected === 'taken') expect(await tokenOf(source.ask())).toMatchObject({ accessToken: 'abc' })
    else await expect(source.ask()).rejects.toMatchObject(tooLong)
  })
})

describe('a redirect is never followed', () => {
  it.each([301, 302, 303, 307, 308])('%i: the other origin sees nothing', async (status) => {
    const sink = await serve((_, response) => void response.writeHead(200, json).end('{"access_token":"stolen"}'))
    const { url, requests } = await serve((_, response) => void response.writeHead(status, { location: sink.url }).end())
    expect(await failureOf(url, { retry: { retries: 5, minDelayMs: 1 } })).toMatchObject({ code: 'redirected', retryable: false, status })
    expect(requests).toHaveLength(1)
    expect(sink.requests).toEqual([])
  })
  it('nor within the origin, nor one without a destination', async () => {
    for (const headers of [{ location: '/token/' }, {}]) {
      const { url, requests } = await serve((_, response) => void response.writeHead(301, headers).end())
      expect(await failureOf(url)).toMatchObject({ code: 'redirected' })
      expect(requests).toEqual(['POST /token'])
    }
  })
  it('a fetch that follows all the same gets no token out of it', async () => {
    const sink = await serve((_, response) => void response.writeHead(200, json).end('{"access_token":"stolen"}'))
    const { url } = await serve((_, response) => void response.writeHead(302, { location: sink.url }).end())
    const follow: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'follow' })
    expect(await failureOf(url, { fetch: follow, timeoutMs: 3000 })).toMatchObject({ code: 'redirected' })
  })
})

it('nothing is cached; of a query, which holds secrets, no referrer tells', async () => {
  const { url } = await serve((_, response) => void response.writeHead(200, json).end('{"access_token":"abc"}'))
  const seen: [string, string][] = []
  const provider = { name: 'query', apiUrl: 'https://api.example', tokenUrl: url }
  const fetching: typeof fetch = (input, init) => {
    const request = new Request(input, init)
    seen.push([request.cache, request.referrerPolicy])
    return fetch(request)
  }
  await sourceFor(url, {
    provider: { ...provider, tokenRequest: { method: 'GET', clientAuthentication: 'query' } },
    fetch: fetching,
    timeoutMs: 3000,
  }).ask()
  await sourceFor(url, { provider, fetch: fetching, timeoutMs: 3000 }).ask()
  expect(seen).toEqual([
    ['no-store', 'no-referrer'],
    ['no-store', ''],
  ])
})

describe('another implementation of fetch, over real HTTP', () => {
  /** As node-fetch is one: it reads a string and plain headers, and its body is a stream of Node. */
  const byNode: typeof fetch = (input, init = {}) =>
    new Promise((resolve, reject) => {
      if (typeof input !== 'string') throw new TypeError('Only absolute URLs are supported')
      const { method, headers, body, signal } = init
      const outgoing = request(input, { method, headers: headers as Record<string, string>, signal: signal as AbortSignal }, (incoming) => {
        const compressed = incoming.headers['content-encoding'] === 'gzip'
        const stream = compressed ? incoming.pipe(createGunzip()) : incoming
        const get = (name: string) => (incoming.headers[name] as string | undefined) ?? null
        resolve({ status: incoming.statusCode, headers: { get }, body: stream } as never)
      })
      outgoing.on('error', reject).end(body)
    })

  it('gives a token', async () => {
    const { url } = await serve((_, response) => void response.writeHead(200, json).end('{"access_token":"abc"}'))
    expect(await tokenOf(sourceFor(url, { fetch: byNode, timeoutMs: 3000 }).ask())).toMatchObject({ accessToken: 'abc' })
  })
  it('is read to 256 KiB, and the connection is given up', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000, ' '))
    const { url, closed } = await serve((_, response) => void response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb))
    expect(await failureOf(url, { fetch: byNode, timeoutMs: 5000 })).toMatchObject({ code: 'unreadable_token_response' })
    await expect.poll(closed, { timeout: 2000 }).toBe(1)
  })
  it('says that a connection was refused', async () => {
    const { url } = await serve(() => {})
    await Promise.all(closers.splice(0).map((close) => close()))
    expect(await failureOf(url, { fetch: byNode, timeoutMs: 3000 })).toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  })
})

it.each(['form', 'json'] as const)('a body has a length, since many servers take no chunks: %s', async (encoding) => {
  let headers: Record<string, unknown> = {}
  const { url } = await serve((request, response) => {
    headers = request.headers
    response.writeHead(200, json).end('{"access_token":"abc"}')
  })
  const provider = { name: 'length', apiUrl: 'https://api.example', tokenUrl: url, tokenRequest: { encoding } }
  await sourceFor(url, { provider, timeoutMs: 3000 }).ask()
  expect(headers).toMatchObject({ 'content-length': encoding === 'form' ? '29' : '35' })
  expect(headers).not.toHaveProperty('transfer-encoding')
})
