import { once } from 'node:events'
import { createServer, type IncomingMessage, request as nodeRequest, type RequestListener } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type RequestHandler, toNodeListener } from '../../../src/node/to-node-listener.ts'

// What it says to the operator: see «what it answers by itself».
const warn = vi.spyOn(console, 'warn')
beforeEach(() => void warn.mockImplementation(() => {}))
afterEach(() => void warn.mockReset())

function serve(handler: RequestHandler): Promise<{ url: string; port: number }> {
  return listen(toNodeListener(handler))
}

async function listen(listener: RequestListener): Promise<{ url: string; port: number }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port }
}

/** Sends bytes as they are, and returns all that comes back until the connection ends. */
async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1')
  socket.end(bytes)
  return text(socket)
}

/** Resolves when `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 5_000
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error('waited 5 s in vain')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('a request', () => {
  it('arrives with its method, URL, headers and body', async () => {
    const { url } = await serve(async (request) =>
      Response.json({
        method: request.method,
        url: request.url,
        accept: request.headers.get('accept'),
        twice: request.headers.get('x-twice'),
        body: await request.text(),
      }),
    )
    const outgoing = nodeRequest(`${url}/path?a=b%20c`, { method: 'PUT', headers: { accept: 'x/y', 'x-twice': ['1', '2'] } })
    outgoing.end('a body with ü')
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    expect(JSON.parse(await text(response))).toEqual({
      method: 'PUT',
      url: `${url}/path?a=b%20c`,
      accept: 'x/y',
      twice: '1, 2',
      body: 'a body with ü',
    })
  })

  it('without a body has none', async () => {
    const { url } = await serve(async (request) => Response.json([request.body === null, await request.text()]))
    expect(await (await fetch(url)).json()).toEqual([true, ''])
    expect(await (await fetch(url, { method: 'DELETE' })).json()).toEqual([true, ''])
  })

  it('whose path looks like another host stays on this one', async () => {
    const { port } = await serve((request) => new Response(request.url))
    const reply = await sendRaw(port, 'GET //evil.example/x HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n')
    expect(reply).toContain('http://api.test//evil.example/x')
  })

  it.each([
    ['a method that the web forbids', 'TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['a host that does not parse', 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
    ['userinfo in its host', 'GET / HTTP/1.1\r\nHost: user:secret@a\r\nConnection: close\r\n\r\n'],
    ['a path in its host', 'GET /favicon.ico HTTP/1.1\r\nHost: h/api/admin/users?\r\nConnection: close\r\n\r\n'],
    ['a slash after its host', 'GET /users HTTP/1.1\r\nHost: h/api\r\nConnection: close\r\n\r\n'],
    ['a backslash in its host', 'GET /users HTTP/1.1\r\nHost: h\\api\r\nConnection: close\r\n\r\n'],
    ['a fragment in its host', 'GET /users HTTP/1.1\r\nHost: h#\r\nConnection: close\r\n\r\n'],
    ['an escape in its host', 'GET /users HTTP/1.1\r\nHost: h%2fapi\r\nConnection: close\r\n\r\n'],
    ['an empty host', 'GET /app.example/users HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'],
    ['a port that is none', 'GET / HTTP/1.1\r\nHost: h:port\r\nConnection: close\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
    ['two hosts in one', 'GET / HTTP/1.1\r\nHost: a, b\r\nConnection: close\r\n\r\n'],
    ['an absolute target, and a path in its host', 'GET http://h/ HTTP/1.1\r\nHost: h/api?\r\nConnection: close\r\n\r\n'],
    ['an absolute target of another host', 'GET http://other/api HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'],
    ['an absolute target with an account', 'GET http://h:x@other/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'],
    ['an asterisk for a path', 'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ])('with %s is answered with an empty 400', async (_, bytes) => {
    let called = false
    const { port } = await serve(() => {
      called = true
      return new Response()
    })
    const reply = await sendRaw(port, bytes)
    expect(reply).toMatch(/^HTTP\/1\.1 400 /)
    expect(reply).not.toContain('secret')
    expect(called).toBe(false)
  })

  it.each([
    ['Host: api.test:8080', '/a', 'http://api.test:8080/a'],
    ['Host: [::1]:8080', '/a', 'http://[::1]:8080/a'],
    ['Host: my_host', '/a', 'http://my_host/a'],
    ['Host: API.test:80', 'http://api.test/a?b', 'http://api.test/a?b'],
  ])('with %s and the target %s is for %s', async (host, target, expected) => {
    const { port } = await serve((request) => new Response(request.url))
    expect(await sendRaw(port, `GET ${target} HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`)).toContain(`\r\n${expected}\r\n`)
  })

  it('of HTTP/1.0 needs no host', async () => {
    const { port } = await serve((request) => new Response(request.url))
    expect(await sendRaw(port, 'GET /a HTTP/1.0\r\n\r\n')).toContain('http://localhost/a')
  })

  const readers: [string, (incoming: IncomingMessage) => Promise<unknown>][] = [
    ['whole, as body parsers do', (incoming) => text(incoming)],
    ['in part', (incoming) => once(incoming, 'data').then(() => incoming.pause())],
    ['by another reader, which then ends it', (incoming) => incoming[Symbol.asyncIterator]().next()],
    ['as text', async (incoming) => incoming.setEncoding('utf8')],
  ]
  it.each(readers)('whose body somebody has read %s is answered with a 500 that says so', async (_, read) => {
    let called = false
    const listener = toNodeListener(() => {
      called = true
      return new Response()
    })
    const { url } = await listen((incoming, outgoing) => void read(incoming).then(() => listener(incoming, outgoing)))
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const response = await fetch(url, { method, body: '{"a":1}' }).catch((error: Error) => error)
      if (response instanceof Error) throw response
      expect([response.status, response.headers.get('x-tokenwell-error')]).toEqual([500, 'misconfigured'])
      const body = await response.text()
      expect(body).toMatch(/Express.*express\.json.*Fastify/)
      expect(JSON.parse(body)).toMatchObject({ status: 500, code: 'misconfigured' })
    }
    expect(called).toBe(false)
  })

  it('whose body is empty, or that has none, is handled, whoever has looked for one', async () => {
    const listener = toNodeListener(async (request) => new Response(`body: ${await request.text()}`))
    const { url } = await listen((incoming, outgoing) => void text(incoming).then(() => listener(incoming, outgoing)))
    expect(await (await fetch(url)).text()).toBe('body: ')
    expect(await (await fetch(url, { method: 'POST' })).text()).toBe('body: ')
    expect(await (await fetch(url, { method: 'DELETE' })).text()).toBe('body: ')
  })

  it('is streamed: the handler reads the first chunk before the second one is sent', async () => {
    const { url } = await serve(async (request) => {
      const reader = (request.body as ReadableStream<Uint8Array>).getReader()
      const chunks: string[] = []
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { done, value } = await reader.read()
          if (done) return controller.close()
          chunks.push(new TextDecoder().decode(value))
          controller.enqueue(new TextEncoder().encode(`got ${chunks.at(-1)};`))
        },
      })
      return new Response(body)
    })
    const outgoing = nodeRequest(url, { method: 'POST' })
    outgoing.write('one')
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    expect(String((await once(response, 'data'))[0])).toBe('got one;')
    outgoing.end('two')
    expect(await text(response)).toBe('got two;')
  })

  it('is not read faster than the handler does', async () => {
    let release = (): void => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const { url } = await serve(async (request) => {
      await released
      return new Response(String((await request.arrayBuffer()).byteLength))
    })
    const outgoing = nodeRequest(url, { method: 'POST' })
    const chunk = Buffer.alloc(65_536)
    let sent = 0
    // Until the buffers of both sides are full; without back-pressure this would go on.
    while (sent < 256 && (outgoing.write(chunk) || (await Promise.race([once(outgoing, 'drain'), pause(300)])))) sent++
    expect(sent).toBeLessThan(256)
    release()
    outgoing.end()
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    expect(Number(await text(response))).toBe((sent + 1) * 65_536)
  })

  it('whose body nobody reads does not block the next one on its connection', async () => {
    const { port } = await serve((request) => new Response(new URL(request.url).pathname))
    const body = 'x'.repeat(200_000)
    const reply = await sendRaw(
      port,
      `POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}GET /two HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    )
    expect(reply).toContain('/one')
    expect(reply).toContain('/two')
  })

  it('with a long body that nobody reads is answered, and its connection closed', async () => {
    const { url } = await serve(() => new Response('no', { status: 413 }))
    const outgoing = nodeRequest(url, { method: 'POST', headers: { 'content-length': String(2 ** 30) } })
    outgoing.on('error', () => {})
    const closed = once(outgoing, 'close')
    const chunk = Buffer.alloc(65_536)
    const feed = setInterval(() => outgoing.write(chunk), 1)
    onTestFinished(() => clearInterval(feed))
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(413)
    await closed
  })

  it('that ends too early makes reading its body fail', async () => {
    let failure: unknown
    const { port } = await serve(async (request) => {
      failure = await request.text().catch((error: unknown) => error)
      return new Response()
    })
    const socket = connect(port, '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf')
    setTimeout(() => socket.destroy(), 30)
    await until(() => failure !== undefined)
    expect(failure).toBeInstanceOf(Error)
  })
})

describe('a response', () => {
  it('arrives with its status, text, headers and body', async () => {
    const { url } = await serve(() => {
      const headers = new Headers({ 'x-one': '1', connection: 'upgrade', 'transfer-encoding': 'x' })
      headers.append('set-cookie', 'a=1')
      headers.append('set-cookie', 'b=2')
      return new Response('body', { status: 203, statusText: 'Fine', headers })
    })
    const response = await fetch(url)
    expect([response.status, response.statusText, await response.text()]).toEqual([203, 'Fine', 'body'])
    expect(response.headers.get('x-one')).toBe('1')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('connection')).not.toBe('upgrade')
  })

  it('to HEAD has headers and no body, and its stream is given up', async () => {
    let cancelled = false
    const { url } = await serve(
      () =>
        new Response(
          new ReadableStream({
            cancel() {
              cancelled = true
            },
          }),
          { headers: { 'x-one': '1' } },
        ),
    )
    const response = await fetch(url, { method: 'HEAD' })
    expect([response.headers.get('x-one'), await response.text()]).toEqual(['1', ''])
    expect(cancelled).toBe(true)
  })

  it('without a body ends at once', async () => {
    const { url } = await serve(() => new Response(null, { status: 204 }))
    expect((await fetch(url)).status).toBe(204)
  })

  it('is not read faster than the client does, and its stream is given up when the client goes away', async () => {
    let pulled = 0
    let cancelled = false
    const { url } = await serve(
      () =>
        new Response(
          new ReadableStream<Uint8Array>({
            pull: (controller) => {
              pulled++
              controller.enqueue(new Uint8Array(65_536))
            },
            cancel: () => {
              cancelled = true
            },
          }),
        ),
    )
    const outgoing = nodeRequest(url).end()
    outgoing.on('error', () => {})
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    response.on('error', () => {})
    await pause(200)
    const before = pulled
    await pause(100)
    expect(pulled).toBe(before)
    expect(pulled).toBeLessThan(1_000)
    outgoing.destroy()
    await until(() => cancelled)
  })

  it('of 40 × 256 KiB, to a reader that pauses at each piece, has no more listeners at its end than at its beginning', async () => {
    const pieces = 40
    const counts: number[] = []
    const listener = toNodeListener(() => {
      let left = pieces
      const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
        if (left-- > 0) controller.enqueue(new Uint8Array(262_144))
        else controller.close()
      }
      return new Response(new ReadableStream({ pull }))
    })
    const { url } = await listen((incoming, outgoing) => {
      listener(incoming, outgoing)
      outgoing.on('drain', () => counts.push(outgoing.listenerCount('drain') + outgoing.listenerCount('close')))
    })
    const [response] = (await once(nodeRequest(url).end(), 'response')) as [IncomingMessage]
    let bytes = 0
    for await (const chunk of response) {
      bytes += (chunk as Buffer).byteLength
      // Until the buffers of both sides are full.
      if (bytes < pieces * 131_072) await pause(2)
    }
    expect(bytes).toBe(pieces * 262_144)
    // It was full often enough for a leak to show.
    expect(counts.length).toBeGreaterThan(10)
    expect(Math.max(...counts)).toBeLessThan(8)
  })

  it('whose body fails cuts the connection, so that it does not look complete', async () => {
    const { url } = await serve(() => {
      const parts = ['first', undefined]
      return new Response(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            const part = parts.shift()
            if (part) controller.enqueue(new TextEncoder().encode(part))
            else controller.error(new Error('secret detail'))
          },
        }),
      )
    })
    const response = await fetch(url)
    await expect(response.text()).rejects.toThrow(TypeError)
  })

  it('that is a network error cuts the connection', async () => {
    const { url } = await serve(() => Response.error())
    await expect(fetch(url)).rejects.toThrow(TypeError)
  })
})

describe('errors and aborts', () => {
  it.each<[string, RequestHandler]>([
    ['throws', () => throwing('secret detail')],
    ['rejects', () => Promise.reject(new Error('secret detail'))],
    ['returns no response', () => undefined as never],
  ])('a handler that %s is answered with an empty 500', async (_, handler) => {
    const { url } = await serve(handler)
    const response = await fetch(url)
    expect([response.status, await response.text()]).toEqual([500, ''])
    expect(JSON.stringify([...response.headers])).not.toContain('secret')
  })

  it('the request’s signal aborts when the client goes away', async () => {
    let signal: AbortSignal | undefined
    const { url } = await serve((request) => {
      signal = request.signal
      return new Promise(() => {})
    })
    const controller = new AbortController()
    const asking = fetch(url, { signal: controller.signal }).catch(() => {})
    await until(() => signal !== undefined)
    expect(signal?.aborted).toBe(false)
    controller.abort()
    await asking
    await until(() => signal?.aborted === true)
  })

  it('the request’s signal does not abort after an answer', async () => {
    let signal: AbortSignal | undefined
    const { url } = await serve((request) => {
      signal = request.signal
      return new Response('done')
    })
    await (await fetch(url, { headers: { connection: 'close' } })).text()
    await pause(50)
    expect(signal?.aborted).toBe(false)
  })

  it('an error of a request and of a response that nobody else listens to ends nothing, and both are answered as ever', async () => {
    const listener = toNodeListener(() => new Response('answered'))
    const { url } = await listen((incoming, outgoing) => {
      listener(incoming, outgoing)
      // What connections that go emit, if they do, differs between HTTP/1.1, HTTP/2 and the versions of Node.
      for (const stream of [incoming, outgoing]) stream.emit('error', new Error('read ECONNRESET'))
    })
    expect(await (await fetch(url)).text()).toBe('answered')
  })

  it('an answer that comes when the client has gone is dropped, its stream is given up, and the next client is answered', async () => {
    let isGone = false
    let isCancelled = false
    const { url } = await serve(async (request) => {
      if (request.url.endsWith('/next')) return new Response('answered')
      await once(request.signal, 'abort')
      isGone = true
      return new Response(
        new ReadableStream({
          cancel() {
            isCancelled = true
          },
        }),
      )
    })
    const outgoing = nodeRequest(url).end()
    outgoing.on('error', () => {})
    await pause(30)
    outgoing.destroy()
    await until(() => isGone && isCancelled)
    expect(await (await fetch(`${url}/next`)).text()).toBe('answered')
  })
})

const pause = (ms: number): Promise<false> => new Promise((resolve) => setTimeout(resolve, ms, false))

function throwing(message: string): never {
  throw new Error(message)
}

describe('what it answers by itself', () => {
  const codes = (): unknown[] => warn.mock.calls.map(([line]) => /\((\w+)\)/.exec(String(line))?.[1])

  it('a host that is none, twice → one line on the console, without a word of the request', async () => {
    const { port } = await serve(() => new Response())
    for (let asked = 0; asked < 2; asked++) await sendRaw(port, 'GET /secret HTTP/1.1\r\nHost: secret/path\r\nConnection: close\r\n\r\n')
    expect(codes()).toEqual(['request_invalid'])
    expect(String(warn.mock.calls)).toMatch(/Host header.*This is said once/)
    expect(String(warn.mock.calls)).not.toContain('secret')
  })

  it('a body that somebody has read → one line with the words for Express and Fastify', async () => {
    const listener = toNodeListener(() => new Response())
    const { url } = await listen((incoming, outgoing) => void text(incoming).then(() => listener(incoming, outgoing)))
    await fetch(url, { method: 'POST', body: '{}' })
    expect(codes()).toEqual(['misconfigured'])
    expect(String(warn.mock.calls)).toMatch(/Express.*Fastify/)
  })

  it('a handler that throws → one line, without what it threw; and each listener says it for itself', async () => {
    for (let listeners = 0; listeners < 2; listeners++) {
      const { url } = await serve(() => throwing('secret detail'))
      await fetch(url)
      await fetch(url)
    }
    expect(codes()).toEqual(['handler_failed', 'handler_failed'])
    expect(String(warn.mock.calls)).not.toContain('secret')
  })

  it('a handler that fails because its client has gone, and one that answers → nothing', async () => {
    let isGone = false
    const { url } = await serve(async (request) => {
      if (request.url.endsWith('/next')) return new Response('', { status: 500 })
      await once(request.signal, 'abort')
      isGone = true
      throw request.signal.reason
    })
    const outgoing = nodeRequest(url).end()
    outgoing.on('error', () => {})
    await pause(30)
    outgoing.destroy()
    await until(() => isGone)
    await fetch(`${url}/next`)
    expect(codes()).toEqual([])
  })

  it.each([undefined, {}, 'handler'])('no handler (%j) → refused at once', (handler) => {
    expect(() => toNodeListener(handler as never)).toThrow(/handler must be a function/)
  })
})

describe('a response that has no body', () => {
  it.each([204, 205, 304])('%i with a Content-Length → has none, and the next one on its connection comes', async (status) => {
    const { port } = await serve((request) =>
      request.url.endsWith('/next')
        ? new Response('next')
        : new Response(null, { status, headers: { 'content-length': '10', etag: '"e"' } }),
    )
    const reply = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    const [first, second] = reply.split('\r\n\r\n')
    expect(first).toContain(` ${status} `)
    expect(first).toMatch(/etag: "e"/i)
    expect(first).not.toMatch(/content-length: 10/i)
    expect(second).toMatch(/^HTTP\/1\.1 200 /)
  })
})
