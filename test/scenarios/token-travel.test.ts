import { describe, expect, it } from 'vitest'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import { createClient } from '../../src/ky/create-client.ts'
import type { TokenManagerOptions } from '../../src/manager/options.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { defineProvider } from '../../src/providers/define-provider.ts'
import type { Provider } from '../../src/vocabulary/provider.ts'
import { type Answer, type Received, startServer } from '../support/loopback-server.ts'
import { rejectionOf, settle } from '../support/service.ts'

const grant = clientCredentials({ clientId: 'client', clientSecret: 's3cret' })

const places: readonly (readonly [string, Partial<Provider>, (request: Received) => string | undefined])[] = [
  ['a query', { authorization: { query: 'token' } }, ({ target }) => new URL(target, 'http://x').searchParams.get('token') ?? undefined],
  ['a cookie', { authorization: { cookie: 'sid' } }, ({ headers }) => /sid=([\w-]+)/.exec(headers.cookie ?? '')?.[1]],
  ['another header', { authorization: { header: 'X-Token' } }, ({ headers }) => headers['x-token'] as string | undefined],
  [
    'a second header',
    { authorization: { headers: { 'X-Session': '{access_token}' } } },
    ({ headers }) => headers['x-session'] as string | undefined,
  ],
  [
    'a signed header',
    { authorization: ({ accessToken }) => ({ headers: { 'x-sign': accessToken } }) },
    ({ headers }) => headers['x-sign'] as string | undefined,
  ],
]

interface WorldOptions extends Partial<TokenManagerOptions> {
  readonly reply?: object
}

/** An API with its token endpoint, over real HTTP. */
async function startWorld(profile: Partial<Provider>, answer: (request: Received) => Answer, { reply, ...options }: WorldOptions = {}) {
  const api: Received[] = []
  let issued = 0
  const server = await startServer((request) => {
    if (request.target.startsWith('/token')) return { json: { access_token: `token-${++issued}`, ...reply } }
    api.push(request)
    return answer(request)
  })
  const provider = defineProvider({ name: 'p', apiUrl: `${server.origin}/api`, tokenUrl: `${server.origin}/token`, ...profile })
  return { ...server, api, tokens: new TokenManager({ provider, grant, ...options }), tokenRequests: () => issued }
}

describe.each(places)('a token in %s', (_, profile, read) => {
  it.each([301, 302, 303, 307, 308])('%i to another origin, which redirects back → no token there, nor after it', async (status) => {
    const sink = await startServer(({ target }) =>
      target.startsWith('/back') ? { status, headers: { location: `${world.origin}/api/end` } } : {},
    )
    const world = await startWorld(
      profile,
      ({ target }) =>
        target.startsWith('/api/away') ? { status, headers: { location: `${sink.origin}/back${new URL(target, 'http://x').search}` } } : {},
      { foreignOrigins: 'pass-through' },
    )
    await world.tokens.fetch(`${world.origin}/api/away?x=1`, { headers: { cookie: 'sid=mine' } })
    expect(sink.received).toHaveLength(1)
    expect(JSON.stringify([sink.received[0]?.target, sink.received[0]?.rawHeaders])).not.toContain('token-1')
    expect(world.api.map(read)).toEqual(['token-1', undefined])
  })

  it('a redirect within the API → the token again, with the whole body on 307', async () => {
    const world = await startWorld(profile, ({ target }) =>
      target.startsWith('/api/a') ? { status: 307, headers: { location: '/api/b' } } : {},
    )
    const response = await world.tokens.fetch(new Request(`${world.origin}/api/a`, { method: 'PUT', body: 'the body' }))
    expect(response.status).toBe(200)
    expect(world.api.map((request) => [read(request), request.method, request.body.toString()])).toEqual([
      ['token-1', 'PUT', 'the body'],
      ['token-1', 'PUT', 'the body'],
    ])
  })

  it('a rejection → renewed once for all, and each call sent again, by ky too', async () => {
    const world = await startWorld(profile, (request) => ({
      status: read(request) === 'token-1' ? 401 : 200,
      json: { body: request.body.toString() },
    }))
    const client = createClient(world.tokens)
    const answers = await Promise.all(Array.from({ length: 10 }, (_item, id) => client.post('x', { json: { id } }).json()))
    expect(answers).toEqual(Array.from({ length: 10 }, (_item, id) => ({ body: `{"id":${id}}` })))
    expect(world.tokenRequests()).toBe(2)
    expect(world.api.filter((request) => read(request) === 'token-2')).toHaveLength(10)
  })
})

describe('a reply of 200 that rejects the token', () => {
  const isRejection = { status: 200, path: ['error.code', '0.error.rspCode'], is: [106, -6] }

  it.each([
    ['JSON', 'application/json', '{"success":false,"error":{"code":106}}'],
    ['JSON that says that it is text', 'text/html', '[{"cmd":"x","code":1,"error":{"rspCode":-6}}]'],
  ])('in %s → is sent again', async (_, type, body) => {
    const world = await startWorld({ isRejection }, ({ headers }) =>
      headers.authorization === 'Bearer token-1' ? { headers: { 'content-type': type }, body } : { json: { ok: true } },
    )
    expect(await (await world.tokens.fetch(`${world.origin}/api/x`)).json()).toEqual({ ok: true })
  })

  it('a stream of text, an endless one of JSON, and video → arrive as they come', async () => {
    const world = await startWorld({ isRejection }, ({ target }) => (response) => {
      const type = {
        '/api/log': 'text/plain',
        '/api/events': 'text/event-stream',
        '/api/video': 'video/mp4',
        '/api/json': 'application/json',
      }[target]
      response.writeHead(200, { 'content-type': type })
      response.write('first part')
    })
    for (const path of ['log', 'events', 'video', 'json']) {
      const startedAt = performance.now()
      const controller = new AbortController()
      const { body } = await world.tokens.fetch(`${world.origin}/api/${path}`, { signal: controller.signal })
      const { value } = (await body?.getReader().read()) ?? {}
      expect(new TextDecoder().decode(value)).toBe('first part')
      // Only what may be JSON is waited for.
      expect(performance.now() - startedAt).toBeLessThan(path === 'json' ? 3_000 : 900)
      controller.abort()
    }
  })

  it('a large download of JSON → arrives whole, and is not waited for to its end', async () => {
    const text = JSON.stringify({ pad: 'x'.repeat(5_000_000) })
    const world = await startWorld({ isRejection }, () => (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(text)
    })
    expect(await (await world.tokens.fetch(`${world.origin}/api/x`)).text()).toBe(text)
  })
})

describe('a reply of the token endpoint that says where the API is', () => {
  it('leads all calls there, and the token nowhere else', async () => {
    const elsewhere = await startServer(({ target }) => ({ json: { target } }))
    const evil = await startServer(() => ({}))
    const profile = { apiOrigins: [elsewhere.origin], tokenResponse: { apiUrl: 'instance_url' } }
    const world = await startWorld(profile, () => ({}), { reply: { instance_url: elsewhere.origin } })
    expect(await createClient(world.tokens).post('cities', { json: {} }).json()).toEqual({ target: '/api/cities' })
    expect(elsewhere.received[0]?.headers.authorization).toBe('Bearer token-1')
    expect(await rejectionOf(world.tokens.fetch(evil.origin))).toMatchObject({ code: 'origin_not_allowed' })
    await settle()
    expect([evil.received, world.api]).toEqual([[], []])
  })

  it('another place than its profile allows → no token', async () => {
    const evil = await startServer(() => ({}))
    const profile = { apiOrigins: ['https://*.force.example'], tokenResponse: { apiUrl: 'instance_url' } }
    const world = await startWorld(profile, () => ({}), { reply: { instance_url: evil.origin } })
    expect(await rejectionOf(createClient(world.tokens).get('cities'))).toMatchObject({ code: 'invalid_token_response' })
    expect([evil.received, world.api]).toEqual([[], []])
  })
})
