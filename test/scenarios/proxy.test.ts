import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request as nodeRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SignInRequiredError } from '../../src/base/errors.ts'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { createProxyFetch } from '../../src/proxy/proxy-fetch.ts'
import { createSeededRandom } from '../../src/testing/seeded-random.ts'
import { headOf, listen, startProxyWorld, tokenCanary, until, withinRoutes } from '../support/proxy-world.ts'
import { testProvider } from '../support/test-provider.ts'

const own = { 'x-tokenwell': '1' }
const mebibyte = 1_048_576

/** A request whose body the test writes by hand. */
function open(origin: string, path: string, method = 'POST', headers: Record<string, string> = {}): ClientRequest {
  const outgoing = nodeRequest(`${origin}${path}`, { method, headers: { ...own, ...headers } })
  outgoing.on('error', () => {})
  return outgoing
}

async function responseOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return response
}

/** Bytes on the way, at most: 64 MiB have to go through much less. */
function measureLag() {
  let [written, taken, most] = [0, 0, 0]
  return {
    write: (length: number) => {
      written += length
      most = Math.max(most, written - taken)
    },
    take: (length: number) => {
      taken += length
    },
    result: () => ({ written, taken, most }),
  }
}

describe('bodies are streamed', () => {
  it('upwards: the first bytes arrive before the last are sent', async () => {
    let received = ''
    const world = await startProxyWorld({
      api: (request, response) => {
        request.setEncoding('utf8').on('data', (chunk) => {
          received += chunk
        })
        request.on('end', () => response.end(received))
      },
    })
    const outgoing = open(world.origin, '/api/cities')
    outgoing.write('first')
    await until(() => received === 'first')
    outgoing.end(' last')
    expect(await text(await responseOf(outgoing))).toBe('first last')
  })

  it('downwards: the first bytes arrive before the last are sent', async () => {
    let finish = (): void => {}
    const world = await startProxyWorld({
      api: (_, response) => {
        response.write('first')
        finish = () => response.end(' last')
      },
    })
    const response = await fetch(`${world.origin}/api/cities`, { headers: own })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const decoder = new TextDecoder()
    expect(decoder.decode((await reader.read()).value)).toBe('first')
    finish()
    expect(decoder.decode((await reader.read()).value)).toBe(' last')
    expect((await reader.read()).done).toBe(true)
  })

  it('64 MiB upwards → arrive whole, with little on the way at any time', async () => {
    const lag = measureLag()
    const world = await startProxyWorld({
      api: async (request, response) => {
        for await (const chunk of request) {
          lag.take((chunk as Uint8Array).byteLength)
          // Slower than what comes: whatever does not wait for it piles up.
          if (Math.random() < 0.02) await sleep(1)
        }
        response.end('ok')
      },
    })
    const chunk = new Uint8Array(65_536)
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (lag.result().written === 64 * mebibyte) return controller.close()
        lag.write(chunk.byteLength)
        controller.enqueue(chunk.slice())
      },
    })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers: own, body, duplex: 'half' }
    expect((await fetch(`${world.origin}/api/cities`, init)).status).toBe(200)
    const { taken, most } = lag.result()
    expect(taken).toBe(64 * mebibyte)
    expect(most).toBeLessThan(24 * mebibyte)
  }, 60_000)

  it('64 MiB downwards → arrive whole, with little on the way at any time', async () => {
    const lag = measureLag()
    const world = await startProxyWorld({
      api: async (_, response) => {
        const chunk = Buffer.alloc(65_536)
        for (let count = 0; count < 1024; count++) {
          lag.write(chunk.byteLength)
          if (!response.write(chunk)) await once(response, 'drain')
        }
        response.end()
      },
    })
    const response = await fetch(`${world.origin}/api/cities`, { headers: own })
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      lag.take(chunk.byteLength)
      if (Math.random() < 0.02) await sleep(1)
    }
    const { taken, most } = lag.result()
    expect(taken).toBe(64 * mebibyte)
    expect(most).toBeLessThan(24 * mebibyte)
  }, 60_000)

  it('an upstream that does not read → the caller is held up, and nothing is collected', async () => {
    const world = await startProxyWorld({ api: () => {} })
    const outgoing = open(world.origin, '/api/cities')
    let written = 0
    const chunk = Buffer.alloc(mebibyte)
    while (written < 64 * mebibyte) {
      written += chunk.byteLength
      if (!outgoing.write(chunk) && !(await Promise.race([once(outgoing, 'drain'), sleep(300)]))) break
    }
    expect(written).toBeLessThan(24 * mebibyte)
    outgoing.destroy()
  })

  it('a response that nobody reads for a while, and that garbage collection passes over → is still there', async () => {
    const world = await startProxyWorld({
      api: (_, response) => {
        response.write('first')
        setTimeout(() => response.end(' last'), 300)
      },
    })
    const { body } = await world.handler(new Request('http://app.example/api/cities', { headers: own }))
    const collect = await loadCollector()
    for (let turn = 0; turn < 10; turn++) {
      collect()
      await sleep(20)
    }
    expect(await new Response(body).text()).toBe('first last')
  })
})

describe('what the upstream sends comes down right', () => {
  const page = 'x'.repeat(10_000)

  it('compressed → decoded, without the length of the wire', async () => {
    const packed = gzipSync(page)
    const headers = { 'content-encoding': 'gzip', 'content-length': String(packed.length), 'content-type': 'text/plain' }
    const world = await startProxyWorld({ api: (_, response) => void response.writeHead(200, headers).end(packed) })
    const response = await responseOf(open(world.origin, '/api/cities', 'GET').end())
    expect([response.headers['content-encoding'], response.headers['content-length']]).toEqual([undefined, undefined])
    expect(await text(response)).toBe(page)
  })

  it('a HEAD → the length, and no body', async () => {
    const world = await startProxyWorld({ api: (_, response) => void response.writeHead(200, { 'content-length': '10000' }).end() })
    const response = await responseOf(open(world.origin, '/api/cities', 'HEAD').end())
    expect([response.statusCode, response.headers['content-length'], await text(response)]).toEqual([200, '10000', ''])
  })

  it('a range → 206 with it, and the upstream was asked not to compress', async () => {
    const world = await startProxyWorld({
      api: ({ headers }, response) => {
        const [, from = 0, to = 0] = /bytes=(\d+)-(\d+)/.exec(headers.range ?? '') ?? []
        const part = page.slice(Number(from), Number(to) + 1)
        response
          .writeHead(206, { 'content-range': `bytes ${from}-${to}/10000`, 'content-length': part.length, 'accept-ranges': 'bytes' })
          .end(part)
      },
    })
    const response = await responseOf(open(world.origin, '/api/cities', 'GET', { range: 'bytes=10-19' }).end())
    expect(response.statusCode).toBe(206)
    expect(response.headers).toMatchObject({ 'content-range': 'bytes 10-19/10000', 'content-length': '10', 'accept-ranges': 'bytes' })
    expect(await text(response)).toBe('xxxxxxxxxx')
    expect(world.arrivals[0]?.head).toMatch(/accept-encoding\nidentity$/im)
  })

  it.each([204, 304])('%i → no body', async (status) => {
    const world = await startProxyWorld({ api: (_, response) => void response.writeHead(status).end() })
    const response = await responseOf(open(world.origin, '/api/cities', 'GET').end())
    expect([response.statusCode, await text(response)]).toEqual([status, ''])
  })

  it.each([400, 403, 404, 409, 418, 422, 429, 500, 503])(
    'an error %i of the API → the same, with its body, and not as one of the proxy',
    async (status) => {
      const world = await startProxyWorld({
        api: (_, response) =>
          void response.writeHead(status, { 'retry-after': '7', 'content-type': 'a/b', 'x-tokenwell-error': 'forged' }).end('why'),
      })
      const response = await fetch(`${world.origin}/api/cities`, { headers: own })
      expect([
        response.status,
        response.headers.get('retry-after'),
        response.headers.get('x-tokenwell-error'),
        await response.text(),
      ]).toEqual([status, '7', null, 'why'])
    },
  )
})

describe('one side goes away', () => {
  it('the caller, before the answer → the upstream sees it', async () => {
    let gone = 0
    const world = await startProxyWorld({ api: (_, response) => void response.on('close', () => gone++) })
    const outgoing = open(world.origin, '/api/cities', 'GET').end()
    await until(() => world.arrivals.length === 1)
    outgoing.destroy()
    await until(() => gone === 1)
  })

  it('the caller, in the middle of the answer → the upstream sees it', async () => {
    let gone = 0
    const world = await startProxyWorld({
      api: (_, response) => {
        response.write('first')
        response.on('close', () => gone++)
      },
    })
    const response = await responseOf(open(world.origin, '/api/cities', 'GET').end())
    await once(response, 'data')
    response.destroy()
    await until(() => gone === 1)
  })

  it('the caller, in the middle of its body → the upstream sees it, and no complete body', async () => {
    let outcome = ''
    const world = await startProxyWorld({
      api: (request) => {
        request
          .on('data', () => {})
          .on('end', () => (outcome = 'complete'))
          .on('close', () => (outcome ||= 'cut'))
      },
    })
    const outgoing = open(world.origin, '/api/cities')
    outgoing.write('part')
    await until(() => world.arrivals.length === 1)
    await sleep(20)
    outgoing.destroy()
    await until(() => outcome !== '')
    expect(outcome).toBe('cut')
  })

  it('the upstream, before it answers → 502 at once', async () => {
    const world = await startProxyWorld({ api: (_, response) => void response.destroy() })
    const response = await fetch(`${world.origin}/api/cities`, { headers: own })
    expect([response.status, response.headers.get('x-tokenwell-error')]).toEqual([502, 'upstream_failed'])
  })

  it.each([
    ['with a length', { 'content-length': '100' }],
    ['without one', {}],
  ])('the upstream, in the middle of a body %s → the caller’s is cut as well, and does not look complete', async (_, headers) => {
    const world = await startProxyWorld({
      api: (_, response) => {
        response.writeHead(200, headers).write('part')
        setTimeout(() => response.destroy(), 20)
      },
    })
    const response = await fetch(`${world.origin}/api/cities`, { headers: own })
    await expect(response.text()).rejects.toThrow()
  })

  it('nobody listens upstream → 502', async () => {
    const world = await startProxyWorld()
    const tokens = new TokenManager({
      provider: testProvider({ apiUrl: 'http://127.0.0.1:1/v1', tokenUrl: `${world.upstream}/v1/oauth/token` }),
      grant: clientCredentials({ clientId: 'client', clientSecret: 'secret' }),
    })
    const broken = await startProxyWorld({ proxy: { tokens, upstream: 'http://127.0.0.1:1/v1' } })
    expect((await fetch(`${broken.origin}/api/cities`, { headers: own })).status).toBe(502)
    tokens.dispose()
  })
})

describe('a token that is rejected', () => {
  const revoked = (from: number) => async (request: IncomingMessage, response: import('node:http').ServerResponse) => {
    const body = await text(request)
    const count = Number(/-(\d+)$/.exec(request.headers.authorization ?? '')?.[1])
    response.writeHead(count < from ? 401 : 200).end(`${request.method} ${body.length}`)
  }

  it.each([
    ['no body', 'GET', undefined],
    ['a short body', 'POST', 'x'.repeat(100)],
    ['a body that is streamed', 'POST', 'x'.repeat(500_000)],
  ])('of a request with %s → renewed, sent again, and answered', async (_, method, body) => {
    const world = await startProxyWorld({ api: revoked(2) })
    const response = await fetch(`${world.origin}/api/cities`, { method, headers: own, ...(body && { body }) })
    expect([response.status, await response.text()]).toEqual([200, `${method} ${body?.length ?? 0}`])
    expect([world.arrivals.length, world.tokenRequests()]).toEqual([2, 2])
  })

  it('of a body too large to be kept → the 401 as it is, and the next request goes through', async () => {
    const world = await startProxyWorld({ api: revoked(2), manager: { maxReplayBytes: 100_000 } })
    const send = () => fetch(`${world.origin}/api/cities`, { method: 'POST', headers: own, body: 'x'.repeat(500_000) })
    const first = await send()
    expect([first.status, first.headers.get('x-tokenwell-error')]).toEqual([401, null])
    await until(() => world.tokenRequests() === 2)
    expect((await send()).status).toBe(200)
  })

  it('for good → the API’s own 401, and the token endpoint is left in peace', async () => {
    const world = await startProxyWorld({ api: revoked(Number.POSITIVE_INFINITY) })
    for (let turn = 0; turn < 20; turn++) {
      const response = await fetch(`${world.origin}/api/cities`, { headers: own })
      expect([response.status, response.headers.get('x-tokenwell-error'), await response.text()]).toEqual([401, null, 'GET 0'])
    }
    // The first token, and three renewals before they pause.
    expect(world.tokenRequests()).toBe(4)
  })
})

describe('no token', () => {
  it('the token endpoint is down → 503 quickly, and at once for those after it, and no request goes up', async () => {
    const world = await startProxyWorld({ token: (_, response) => void response.writeHead(503, { 'retry-after': '20' }).end() })
    const startedAt = performance.now()
    for (let turn = 0; turn < 10; turn++) {
      const response = await fetch(`${world.origin}/api/cities`, { headers: own })
      expect([response.status, response.headers.get('x-tokenwell-error')]).toEqual([503, 'token_unavailable'])
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(15)
      expect(await response.text()).not.toContain('Canary')
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    expect([world.arrivals.length, world.tokenRequests()]).toEqual([0, 1])
  })

  it('the client is refused → 502 with Retry-After', async () => {
    const world = await startProxyWorld({ token: (_, response) => void response.writeHead(401).end('{"error":"invalid_client"}') })
    const response = await fetch(`${world.origin}/api/cities`, { headers: own })
    expect([response.status, response.headers.get('x-tokenwell-error')]).toEqual([502, 'token_refused'])
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(25)
  })

  it('the person has to sign in → a 401 that createProxyFetch’s user can tell from one of the API', async () => {
    const world = await startProxyWorld({ proxy: { tokens: () => Promise.reject(new SignInRequiredError('no session')) } })
    const response = await createProxyFetch({ baseUrl: `${world.origin}/api` })('cities')
    expect([response.status, response.headers.get('x-tokenwell-error')]).toEqual([401, 'sign_in_required'])
  })
})

it('50 people in parallel, 20 calls each, a manager for each → nobody gets what is another’s', async () => {
  const names = Array.from({ length: 50 }, (_, index) => `person-${index}`)
  const upstream = await listen(async (request, response) => {
    const body = new URLSearchParams(await text(request))
    if (request.url === '/token') {
      await sleep(Math.random() * 20)
      return void response.end(JSON.stringify({ access_token: `token-of-${body.get('scope')}`, token_type: 'bearer', expires_in: 3600 }))
    }
    response.setHeader('content-type', 'text/plain')
    response.end(`${request.headers.authorization} ${request.url}`.replace('Bearer token-of-', ''))
  })
  const provider = testProvider({ apiUrl: `${upstream}/v1`, tokenUrl: `${upstream}/token` })
  const managers = new Map(
    names.map((name) => [
      name,
      new TokenManager({ provider, subject: name, grant: clientCredentials({ clientId: 'c', clientSecret: 's', scope: name }) }),
    ]),
  )
  onTestFinished(() => {
    for (const manager of managers.values()) manager.dispose()
  })
  const world = await startProxyWorld({
    proxy: {
      upstream: `${upstream}/v1`,
      authorize: ({ headers }) => managers.has(headers.get('cookie') ?? ''),
      tokens: async ({ headers }) => {
        await nextTurn()
        return managers.get(headers.get('cookie') ?? '') as TokenManager
      },
    },
  })
  const calls = names.flatMap((name) => Array.from({ length: 20 }, (_, index) => ({ name, index })))
  const answers = await Promise.all(
    calls.map(async ({ name, index }) => {
      const response = await responseOf(open(world.origin, `/api/cities/${name}-${index}`, 'GET', { cookie: name }).end())
      return text(response)
    }),
  )
  expect(answers).toEqual(calls.map(({ name, index }) => `${name} /v1/cities/${name}-${index}`))
  const stranger = await responseOf(open(world.origin, '/api/cities', 'GET', { cookie: 'stranger' }).end())
  expect(stranger.statusCode).toBe(403)
})

const seed = Number(process.env['SEED'] ?? 20_261_124)

describe(`10 000 fuzzed requests (seed ${seed})`, () => {
  const random = createSeededRandom(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T
  const chance = (share: number): boolean => random.next() < share
  const pieces = [
    '/',
    '/',
    '/api',
    'api',
    '/cities',
    '/cities/',
    'shows/list.json',
    '..',
    '.',
    '%2e',
    '%2F',
    '%5c',
    '\\',
    ';',
    '//',
    '%25',
    '%00',
    '?',
    '#',
    '&a=b',
    '%c3%b6',
    '%',
    '@evil.example',
    ':80',
    'oauth/token',
    'v1',
    '*',
    '%ef%bc%8f',
  ]
  const buildTarget = (): string =>
    (chance(0.5)
      ? pick(['/api/cities', '/api/cities/1', '/api/shows/list.json', '/api/cities/a/b'])
      : `/${chance(0.7) ? 'api/cities' : ''}`) + Array.from({ length: Math.floor(random.next() * 4) }, () => pick(pieces)).join('')
  const canary = 'Canary6Sent'
  const hostileHeaders: readonly (readonly [string, string])[] = [
    ['cookie', canary], ['authorization', `Bearer ${canary}`], ['x-forwarded-for', canary], ['forwarded', canary], ['x-custom', canary], ['via', canary],
    ['connection', 'accept, x-tokenwell'], ['te', 'trailers'], ['expect', '100-continue'], ['x-http-method-override', 'DELETE'], ['host', 'evil.example'],
    ['sec-fetch-site', 'cross-site'], ['sec-fetch-site', 'same-origin'], ['origin', 'https://evil.example'], ['origin', 'http://app.example'], ['referer', canary],
    ['content-type', 'text/plain'], ['accept', '*/*'], ['range', 'bytes=0-'], ['if-none-match', '"a"'], ['content-encoding', 'br'], ['prefer', 'x'],
    ['accept-encoding', 'br;q=0.1'], ['x-original-url', '/admin'], ['proxy-authorization', canary], ['upgrade-insecure-requests', '1'],
  ] // biome-ignore format: a table
  const methods = ['GET', 'GET', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND', 'get', 'QUERY']

  const buildHeaders = (): [string, string][] => {
    const headers: [string, string][] = chance(0.85)
      ? [['x-tokenwell', '1']]
      : chance(0.5)
        ? [['x-tokenwell', pick(['', '0', '1, 1', 'true'])]]
        : []
    for (let count = Math.floor(random.next() * 5); count > 0; count--) headers.push([...pick(hostileHeaders)])
    return headers
  }

  /** An upstream in a bad mood: whatever HTTP allows, and the token in every header that it may set. */
  const moody = async (request: IncomingMessage, response: import('node:http').ServerResponse): Promise<void> => {
    await text(request).catch(() => '')
    const token = request.headers.authorization?.slice(7) ?? ''
    const echo = (name: string) =>
      response.setHeader(name, pick([token, `"${token}"`, encodeURIComponent(token), btoa(token), `a ${token} b`]))
    for (const name of ['etag', 'link', 'vary', 'content-location', 'content-language', 'x-token', 'set-cookie', 'www-authenticate'])
      if (chance(0.3)) echo(name)
    const mood = random.next()
    if (mood < 0.03) return void response.destroy()
    if (mood < 0.06) return void response.writeHead(200, { 'content-length': '50' }).write('short', () => response.destroy())
    if (mood < 0.14)
      return void response
        .writeHead(pick([300, 301, 302, 303, 307, 308]), { location: pick(['/v1/admin', 'http://evil.example/', token, '//']) })
        .end()
    if (mood < 0.17) return void response.writeHead(401).end('rejected')
    if (mood < 0.22)
      return void response.writeHead(200, { 'content-encoding': 'gzip' }).end(chance(0.7) ? gzipSync('packed') : 'not packed')
    if (mood < 0.24) return void response.writeHead(200, { 'content-encoding': 'x-none' }).end('odd')
    response
      .writeHead(pick([200, 200, 200, 201, 203, 204, 205, 206, 304, 400, 404, 416, 429, 500, 503, 599]))
      .end(chance(0.5) ? 'body' : '')
  }

  async function startFuzzed() {
    const rejections: unknown[] = []
    const note = (reason: unknown) => void rejections.push(reason)
    process.on('unhandledRejection', note)
    onTestFinished(() => void process.off('unhandledRejection', note))
    const world = await startProxyWorld({ api: moody })
    return { world, rejections }
  }

  /** What must hold after any number of requests. */
  function expectNothingEscaped({ world, rejections }: Awaited<ReturnType<typeof startFuzzed>>): void {
    expect(rejections).toEqual([])
    for (const { target, head } of world.arrivals) {
      expect(target).toMatch(withinRoutes)
      expect(target.split('?')[0]).not.toMatch(/\/\.{1,2}(\/|$)|%2[ef5]|%5c|%00|;|\\|\/\//i)
      expect(head.replace(target, '')).not.toContain(canary)
      expect(head.match(/^authorization$/gim)).toHaveLength(1)
      expect(head).toContain(`Bearer ${tokenCanary}-`)
    }
  }

  const expectNoToken = (reply: string): void => {
    expect(reply).not.toContain(tokenCanary)
    expect(reply).not.toContain(btoa(tokenCanary).slice(0, 14))
    expect(reply).not.toMatch(/set-cookie|www-authenticate|x-token:|evil\.example/i)
  }

  it('7 500 to the handler → each is answered, and nothing escapes', async () => {
    const fuzzed = await startFuzzed()
    const counts = new Map<number, number>()
    const send = async (): Promise<void> => {
      const method = pick(methods)
      const url = `http://app.example${buildTarget()}`
      const headers = new Headers(buildHeaders())
      const body = chance(0.5) && !/^(get|head)$/i.test(method) ? 'a body' : undefined
      if (body && chance(0.5)) headers.set('content-length', pick(['6', '7', 'x', '99999999', '-1']))
      const request = new Request(url, { method, headers, ...(body && { body }) })
      const response = await fuzzed.world.handler(request)
      counts.set(response.status, (counts.get(response.status) ?? 0) + 1)
      const content = await response.text().catch(() => 'cut')
      expectNoToken(`${response.status} ${response.statusText} ${JSON.stringify([...response.headers])} ${content}`)
    }
    for (let done = 0; done < 7_500; done += 20) await Promise.all(Array.from({ length: 20 }, send))
    expectNothingEscaped(fuzzed)
    expect([...counts.values()].reduce((sum, count) => sum + count)).toBe(7_500)
    // The seed reaches everything: what passes, and each way of being refused.
    expect([...counts.keys()]).toEqual(expect.arrayContaining([200, 204, 304, 403, 404, 405, 502]))
    expect(fuzzed.world.arrivals.length).toBeGreaterThan(1_000)
  }, 120_000)

  it('2 500 over raw sockets → the server stays up, and nothing escapes', async () => {
    const fuzzed = await startFuzzed()
    let answered = 0
    const send = async (): Promise<void> => {
      const method = pick(methods)
      const extra = buildHeaders()
        .map(([name, value]) => `${chance(0.3) ? name.toUpperCase() : name}: ${value}\r\n`)
        .join('')
      const body = chance(0.3) ? 'a body' : ''
      const length = body && chance(0.8) ? `Content-Length: ${pick(['6', '6', '5', '0'])}\r\n` : ''
      const reply = await fuzzed.world.raw(headOf(method, buildTarget(), `${extra}${length}`) + body)
      if (reply.startsWith('HTTP/1.1 ')) answered++
      expectNoToken(reply)
    }
    for (let done = 0; done < 2_500; done += 20) await Promise.all(Array.from({ length: 20 }, send))
    expectNothingEscaped(fuzzed)
    expect(answered).toBeGreaterThan(2_300)
    expect((await fetch(`${fuzzed.world.origin}/api/other`, { headers: own })).status).toBe(404)
  }, 120_000)
})

/** Node's own garbage collector, which a program cannot call unless it asks for that. */
async function loadCollector(): Promise<() => void> {
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import('node:v8'), import('node:vm')])
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
