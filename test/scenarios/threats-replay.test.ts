import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import { password } from '../../src/grants/password.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { createSeededRandom } from '../../src/testing/seeded-random.ts'
import { startApi } from '../support/loopback-api.ts'
import { type Received, startServer } from '../support/loopback-server.ts'
import { createGate, recordEvents, rejectionOf } from '../support/service.ts'

const grant = clientCredentials({ clientId: 'client', clientSecret: 'client-secret' })
const seed = Number(process.env['SEED'] ?? 20_261_120)
const random = createSeededRandom(seed)
const randomBytes = (length: number) => Uint8Array.from({ length }, () => Math.floor(random.next() * 256))

/** An API whose first token is held, and revoked: the next call is rejected once. */
async function startRevoked(options: Partial<ConstructorParameters<typeof TokenManager>[0]> = {}) {
  const api = await startApi()
  const tokens = new TokenManager({ provider: api.provider, grant, ...options })
  await tokens.getToken()
  api.revoke()
  return { api, tokens }
}

/** A multipart body without its boundary, which the platform draws anew for each sending. */
function withoutBoundary({ headers, body }: Received): string {
  const boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1]
  const text = body.toString('latin1')
  return boundary ? text.replaceAll(boundary, 'boundary') : text
}

const bytes = randomBytes(2_000)
const long = randomBytes(900_000)
const form = () => {
  const data = new FormData()
  data.append('name', 'Rome')
  data.append('file', new File([bytes], 'bytes.bin'))
  return data
}
const streamOf = (chunk: Uint8Array<ArrayBuffer>) => new Blob([chunk]).stream()

describe(`bodies that replay byte for byte (seed ${seed})`, () => {
  const bodies: readonly (readonly [name: string, create: () => BodyInit | undefined, expected: Uint8Array | string])[] = [
    ['none', () => undefined, ''],
    ['an empty text', () => '', ''],
    ['a text', () => 'naïve ✓', 'naïve ✓'],
    ['a Blob', () => new Blob([bytes]), bytes],
    ['URLSearchParams', () => new URLSearchParams({ q: 'a b&c' }), 'q=a+b%26c'],
    ['an ArrayBuffer', () => bytes.slice().buffer, bytes],
    ['a Uint8Array', () => bytes.slice(), bytes],
    ['a view with an offset', () => new Uint8Array(bytes.slice().buffer, 100, 50), bytes.subarray(100, 150)],
    ['a DataView with an offset', () => new DataView(bytes.slice().buffer, 7, 11), bytes.subarray(7, 18)],
    ['a Uint16Array with an offset', () => new Uint16Array(bytes.slice().buffer, 200, 10), bytes.subarray(200, 220)],
    ['long bytes', () => long.slice(), long],
    ['an ArrayBuffer of another realm', () => runInNewContext('Uint8Array.of(1, 2, 3).buffer') as ArrayBuffer, Uint8Array.of(1, 2, 3)],
    [
      'a view of another realm',
      () => runInNewContext('new Uint16Array([1, 2, 3]).subarray(1)') as Uint16Array<ArrayBuffer>,
      Uint8Array.of(2, 0, 3, 0),
    ],
  ]

  it.each(bodies)('%s in init', async (_, create, expected) => {
    const { api, tokens } = await startRevoked()
    const body = create()
    const call = tokens.fetch(api.apiUrl, { method: 'POST', ...(body !== undefined && { body }) })
    // What the caller does with it afterwards changes neither sending.
    if (ArrayBuffer.isView(body)) new Uint8Array(body.buffer).fill(0)
    else if (body instanceof ArrayBuffer) new Uint8Array(body).fill(0)
    else if (body instanceof URLSearchParams) body.set('q', 'changed')
    expect((await call).status).toBe(200)
    const sent = api.apiRequests.map((request) => request.body)
    expect(sent).toHaveLength(2)
    for (const one of sent) expect(one.equals(Buffer.from(expected as Uint8Array))).toBe(true)
    const types = api.apiRequests.map(({ headers }) => headers['content-type'])
    expect(types[1]).toBe(types[0])
  })

  it.each(bodies)('%s in a Request', async (_, create, expected) => {
    const { api, tokens } = await startRevoked()
    const body = create()
    const request = new Request(api.apiUrl, { method: 'POST', headers: { 'x-own': 'kept' }, ...(body !== undefined && { body }) })
    expect((await tokens.fetch(request)).status).toBe(200)
    expect(api.apiRequests).toHaveLength(2)
    for (const one of api.apiRequests) {
      expect(one.body.equals(Buffer.from(expected as Uint8Array))).toBe(true)
      expect(one.headers['x-own']).toBe('kept')
    }
    const types = api.apiRequests.map(({ headers }) => headers['content-type'])
    expect(types[1]).toBe(types[0])
  })

  it.each([
    ['in init', (url: string, body: FormData) => [url, { method: 'POST', body }] as const],
    ['in a Request', (url: string, body: FormData) => [new Request(url, { method: 'POST', body })] as const],
  ])('FormData %s: the same but for the boundary', async (_, args) => {
    const { api, tokens } = await startRevoked()
    const data = form()
    const [input, init] = args(api.apiUrl, data)
    const call = tokens.fetch(input, init)
    data.set('name', 'changed')
    expect((await call).status).toBe(200)
    const [first, second] = api.apiRequests.map(withoutBoundary)
    expect(second).toBe(first)
    expect(first).toContain('Rome')
    expect(first).toContain(Buffer.from(bytes).toString('latin1'))
  })

  it('a Request with a stream', async () => {
    const { api, tokens } = await startRevoked()
    const request = new Request(api.apiUrl, { method: 'POST', body: streamOf(bytes), duplex: 'half' } as RequestInit)
    expect((await tokens.fetch(request)).status).toBe(200)
    for (const one of api.apiRequests) expect(one.body.equals(Buffer.from(bytes))).toBe(true)
    expect(api.apiRequests).toHaveLength(2)
  })

  it('a body of init that takes the place of the body of a Request', async () => {
    const { api, tokens } = await startRevoked()
    const request = new Request(api.apiUrl, { method: 'POST', body: 'of the request' })
    expect((await tokens.fetch(request, { body: 'of init' })).status).toBe(200)
    expect(api.apiRequests.map(({ body }) => body.toString())).toEqual(['of init', 'of init'])
  })

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'PUT', 'PATCH', 'PROPFIND'])('%s without one', async (method) => {
    const { api, tokens } = await startRevoked()
    expect((await tokens.fetch(api.apiUrl, { method })).status).toBe(200)
    expect(api.apiRequests.map((request) => request.method)).toEqual([method, method])
  })
})

describe('bodies that do not replay', () => {
  it('a Request over maxReplayBytes → arrives whole, and its 401 comes back untouched', async () => {
    const { api, tokens } = await startRevoked({ maxReplayBytes: 1_999 })
    const response = await tokens.fetch(new Request(api.apiUrl, { method: 'POST', body: bytes }))
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"'])
    expect(api.apiRequests.map(({ body }) => body.equals(Buffer.from(bytes)))).toEqual([true])
    // The next call has a token that works.
    expect((await tokens.fetch(api.apiUrl)).status).toBe(200)
    expect(api.tokenRequests).toHaveLength(2)
  })

  it.each([
    ['a stream', () => streamOf(bytes)],
    [
      'an async iterable',
      () =>
        (async function* () {
          yield bytes
        })(),
    ],
  ])('%s in init → is read once, and whoever calls next has a token that works', async (_, create) => {
    const { api, tokens } = await startRevoked()
    const response = await tokens.fetch(api.apiUrl, { method: 'POST', body: create(), duplex: 'half' } as unknown as RequestInit)
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"'])
    expect(api.apiRequests.map(({ body }) => body.equals(Buffer.from(bytes)))).toEqual([true])
    expect((await tokens.fetch(api.apiUrl)).status).toBe(200)
    expect(api.tokenRequests).toHaveLength(2)
  })

  it('a Request that has already been used → a TypeError, and nothing is sent', async () => {
    const { api, tokens } = await startRevoked()
    const request = new Request(api.apiUrl, { method: 'POST', body: 'b' })
    await request.text()
    expect(await rejectionOf(tokens.fetch(request))).toBeInstanceOf(TypeError)
    expect(api.apiRequests).toHaveLength(0)
  })
})

describe('an API that rejects every token', () => {
  async function startRejecting() {
    let now = Date.now()
    const api = await startApi()
    const server = await startServer(() => ({ status: 401 }))
    const tokens = new TokenManager({
      provider: { ...api.provider, apiUrl: server.origin },
      grant,
      now: () => now,
      renewal: { scheduled: false },
    })
    await tokens.getToken()
    const cost = async (calls: number) => {
      const before = [server.received.length, api.tokenRequests.length]
      const responses = await Promise.all(Array.from({ length: calls }, () => tokens.fetch(server.origin)))
      expect(responses.every(({ status }) => status === 401)).toBe(true)
      return [server.received.length - (before[0] ?? 0), api.tokenRequests.length - (before[1] ?? 0)]
    }
    return { cost, advance: (ms: number) => (now += ms) }
  }

  it('costs 2 API calls and 1 token request for each of the first three calls, then 1 and 0 for a minute', async () => {
    const { cost, advance } = await startRejecting()
    const costs = []
    for (let call = 0; call < 5; call++) costs.push(await cost(1))
    advance(59_999)
    costs.push(await cost(1))
    advance(1)
    costs.push(await cost(1))
    expect(costs).toEqual([
      [2, 1],
      [2, 1],
      [2, 1],
      [1, 0],
      [1, 0],
      [1, 0],
      [2, 1],
    ])
  })

  it('1 000 at once cost at most 1 token request', async () => {
    const { cost } = await startRejecting()
    const [apiCalls, tokenRequests] = await cost(1_000)
    expect(apiCalls).toBeLessThanOrEqual(2_000)
    expect(tokenRequests).toBe(1)
  }, 30_000)
})

it('1 000 calls in flight, all tokens revoked → 1 token request, 2 000 API requests, none failed', async () => {
  const { api, tokens } = await startRevoked()
  const responses = await Promise.all(Array.from({ length: 1_000 }, () => tokens.fetch(api.apiUrl)))
  expect(responses.filter(({ status }) => status !== 200)).toHaveLength(0)
  expect([api.tokenRequests.length - 1, api.apiRequests.length]).toEqual([1, 2_000])
}, 30_000)

it('a 401 for an older generation → no renewal', async () => {
  const gate = createGate()
  const api = await startApi()
  const server = await startServer(async ({ headers }) => {
    if (headers.authorization === 'Bearer token-2') return {}
    await gate.promise
    return { status: 401 }
  })
  const tokens = new TokenManager({ provider: { ...api.provider, apiUrl: server.origin }, grant })
  await tokens.getToken()
  const late = Array.from({ length: 10 }, () => tokens.fetch(server.origin))
  await tokens.getToken({ forceRenewal: true })
  gate.open()
  expect((await Promise.all(late)).map(({ status }) => status)).toEqual(Array(10).fill(200))
  expect(api.tokenRequests).toHaveLength(2)
})

it('a caller who aborts, while a rejected token is renewed for ten → is rejected alone, with the own reason', async () => {
  const gate = createGate()
  const api = await startApi({ token: (_, count) => (count > 1 ? gate.promise.then(() => undefined) : undefined) })
  const tokens = new TokenManager({ provider: api.provider, grant })
  await tokens.getToken()
  api.revoke()
  const controllers = Array.from({ length: 10 }, () => new AbortController())
  const calls = controllers.map(({ signal }) => tokens.fetch(api.apiUrl, { signal }))
  while (api.tokenRequests.length < 2) await new Promise((resolve) => setImmediate(resolve))
  const reason = { mine: true }
  controllers[3]?.abort(reason)
  expect(await rejectionOf(calls[3] as Promise<Response>)).toBe(reason)
  gate.open()
  const others = await Promise.all(calls.filter((_, index) => index !== 3))
  expect(others.map(({ status }) => status)).toEqual(Array(9).fill(200))
  expect(api.tokenRequests).toHaveLength(2)
})

describe('a call under way while its user signs out', () => {
  it.each([
    ['client credentials', grant],
    ['a password', password({ clientId: 'client', clientSecret: 'client-secret', username: 'anna', password: 'pw' })],
  ])('(%s) and another one signs in → its 401 comes back, and the write is not carried out as that one', async (_, held) => {
    const gate = createGate()
    const api = await startApi()
    const server = await startServer(async ({ headers }) => {
      if (headers.authorization !== 'Bearer token-1') return { status: 200 }
      await gate.promise
      return { status: 401, body: 'gone' }
    })
    const tokens = new TokenManager({ provider: { ...api.provider, apiUrl: server.origin }, grant: held })
    await tokens.getToken()
    const call = tokens.fetch(`${server.origin}/orders`, { method: 'POST', body: 'of anna' })
    while (server.received.length < 1) await new Promise((resolve) => setImmediate(resolve))
    await tokens.clear()
    await tokens.getToken()
    gate.open()
    const response = await call
    expect([response.status, await response.text()]).toEqual([401, 'gone'])
    expect(server.received.map(({ method, headers }) => [method, headers.authorization])).toEqual([['POST', 'Bearer token-1']])
    expect(api.tokenRequests).toHaveLength(2)
  })

  it('and nobody signs in → its 401 comes back, and the user stays signed out', async () => {
    const gate = createGate()
    const api = await startApi()
    const server = await startServer(async () => {
      await gate.promise
      return { status: 401 }
    })
    const tokens = new TokenManager({
      provider: { ...api.provider, apiUrl: server.origin },
      grant: password({ clientId: 'client', clientSecret: 'client-secret', username: 'anna', password: 'pw' }),
    })
    await tokens.getToken()
    const call = tokens.fetch(server.origin, { method: 'POST', body: 'b' })
    while (server.received.length < 1) await new Promise((resolve) => setImmediate(resolve))
    await tokens.clear()
    gate.open()
    expect((await call).status).toBe(401)
    expect([server.received.length, api.tokenRequests.length, tokens.explain().state]).toEqual([1, 1, 'absent'])
  })
})

describe('a write that is redirected to a page that rejects the token', () => {
  it.each([301, 302, 303])('by %i, which makes a GET of it → is carried out once', async (status) => {
    const api = await startApi()
    const server = await startServer(({ target }) =>
      target === '/orders' ? { status, headers: { location: '/done' } } : { status: 401, body: 'who?' },
    )
    const tokens = new TokenManager({ provider: { ...api.provider, apiUrl: server.origin }, grant })
    const response = await tokens.fetch(`${server.origin}/orders`, { method: 'POST', body: 'one' })
    expect([response.status, await response.text()]).toEqual([401, 'who?'])
    expect(server.received.map(({ method, target }) => `${method} ${target}`)).toEqual(['POST /orders', 'GET /done'])
    while (api.tokenRequests.length < 2) await new Promise((resolve) => setImmediate(resolve))
  })

  it('a read that is redirected → is read again with the newer token', async () => {
    const api = await startApi()
    const server = await startServer(({ target, headers }) => {
      if (target === '/orders') return { status: 302, headers: { location: '/done' } }
      return headers.authorization === 'Bearer token-1' ? { status: 401 } : { body: 'done' }
    })
    const tokens = new TokenManager({ provider: { ...api.provider, apiUrl: server.origin }, grant })
    expect(await (await tokens.fetch(`${server.origin}/orders`)).text()).toBe('done')
  })
})

it('a renewal that fails while the token lives → the words of the API, over real HTTP', async () => {
  const api = await startApi({ token: (_request, count) => (count > 1 ? 'cut' : undefined) })
  const server = await startServer(() => ({ status: 401, body: 'Your session was ended by an administrator.' }))
  const tokens = new TokenManager({ provider: { ...api.provider, apiUrl: server.origin }, grant, retry: { retries: 0 } })
  const response = await tokens.fetch(server.origin)
  expect([response.status, await response.text()]).toEqual([401, 'Your session was ended by an administrator.'])
})

it('a 401 that says insufficient_scope → 1 API call, 1 token request, and a warning', async () => {
  const api = await startApi()
  const challenge = 'Bearer realm="orders", error="insufficient_scope", scope="orders:write"'
  const server = await startServer(() => ({ status: 401, headers: { 'www-authenticate': challenge } }))
  const tokens = new TokenManager({ provider: { ...api.provider, apiUrl: server.origin }, grant })
  const events = recordEvents(tokens)
  const response = await tokens.fetch(server.origin)
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, challenge])
  expect([server.received.length, api.tokenRequests.length]).toEqual([1, 1])
  expect(events.at(-1)).toMatchObject({ type: 'warning', code: 'insufficient_scope', scope: 'orders:write' })
})

it('a path that always answers 401, and a real revocation elsewhere → one renewal for each, and nobody else gets a 401', async () => {
  const revoked = new Set<string | undefined>()
  const api = await startApi()
  const server = await startServer(({ target, headers }) => ({
    status: target === '/forbidden' || revoked.has(headers.authorization) ? 401 : 200,
  }))
  const tokens = new TokenManager({ provider: { ...api.provider, apiUrl: server.origin }, grant })
  for (let round = 0; round < 20; round++) {
    expect((await tokens.fetch(`${server.origin}/forbidden`)).status).toBe(401)
    expect((await tokens.fetch(`${server.origin}/open`)).status).toBe(200)
  }
  expect(api.tokenRequests).toHaveLength(2)
  revoked.add(await tokens.getAuthorization())
  expect((await tokens.fetch(`${server.origin}/open`)).status).toBe(200)
  expect(api.tokenRequests).toHaveLength(3)
})

it('ten sockets that hear «unauthorized» for one old token → one renewal', async () => {
  const api = await startApi()
  const tokens = new TokenManager({ provider: api.provider, grant })
  const { accessToken: rejected } = await tokens.getToken()
  const renewed = await Promise.all(Array.from({ length: 10 }, () => tokens.getToken({ rejected })))
  expect(new Set(renewed.map(({ accessToken }) => accessToken))).toEqual(new Set(['token-2']))
  expect((await tokens.getToken({ rejected })).accessToken).toBe('token-2')
  expect(api.tokenRequests).toHaveLength(2)
})

it.each([
  ['that says nothing', undefined, 1],
  ['that says so', (response: Response) => response.status === 403, 2],
])('a 403, with a provider %s → %i API calls', async (_, isRejection, calls) => {
  const api = await startApi({ answer: () => ({ status: 403, body: 'not yours' }) })
  const tokens = new TokenManager({ provider: { ...api.provider, ...(isRejection && { isRejection }) }, grant })
  const response = await tokens.fetch(api.apiUrl)
  expect([response.status, await response.text(), api.apiRequests.length]).toEqual([403, 'not yours', calls])
})
