import { HTTPError } from 'ky'
import { describe, expect, it } from 'vitest'
import { ConfigurationError, OriginNotAllowedError } from '../../../src/base/errors.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { createClient } from '../../../src/ky/create-client.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { oauth2 } from '../../../src/providers/oauth2.ts'
import { startApi } from '../../support/loopback-api.ts'
import { apiUrl, createService, rejecting, rejectionOf, settle } from '../../support/service.ts'

describe('a path', () => {
  it.each([
    ['cities', 'https://api.example.com/v1/cities'],
    ['cities/1?limit=2', 'https://api.example.com/v1/cities/1?limit=2'],
    ['./cities', 'https://api.example.com/v1/cities'],
    ['', 'https://api.example.com/v1/'],
    ['https://api.example.com/v2/cities', 'https://api.example.com/v2/cities'],
    ['/cities', 'https://api.example.com/v1/cities'],
    ['/', 'https://api.example.com/v1/'],
    ['/a:b', 'https://api.example.com/v1/a:b'],
    ['/../v2/cities', 'https://api.example.com/v2/cities'],
    ['https://api.example.com/cities', 'https://api.example.com/cities'],
  ])('%j → %s', async (path, url) => {
    const { tokens, apiCalls } = createService()
    await createClient(tokens).get(path)
    expect(apiCalls.map((call) => [call.url, call.token])).toEqual([[url, 'token-1']])
  })

  it('with a provider whose apiUrl ends in a slash → is joined with one slash', async () => {
    const { tokens, apiCalls } = createService({ provider: { apiUrl: `${apiUrl}/` } })
    await createClient(tokens).get('cities')
    expect(apiCalls[0]?.url).toBe(`${apiUrl}/cities`)
  })

  it.each(['get', 'post', 'put', 'patch', 'delete', 'head'] as const)(
    'with a slash before it, by %s → is joined as without',
    async (method) => {
      const { tokens, apiCalls } = createService()
      await createClient(tokens)[method]('/cities')
      expect(apiCalls.map((call) => [call.url, call.method])).toEqual([[`${apiUrl}/cities`, method.toUpperCase()]])
    },
  )

  it('with a slash before it, by a call of the client itself, or of one that extends it → is joined as without', async () => {
    const { tokens, apiCalls } = createService()
    const client = createClient(tokens)
    await client('/cities')
    await client.extend({ headers: { 'x-app': 'mine' } }).get('/cities')
    await client.extend((parent) => ({ headers: parent.headers ?? {} })).get('/cities')
    expect(apiCalls).toHaveLength(3)
    for (const call of apiCalls) expect([call.url, call.token]).toEqual([`${apiUrl}/cities`, 'token-1'])
    expect(apiCalls[1]?.headers.get('x-app')).toBe('mine')
  })

  it.each([
    ['things', `${apiUrl.replace('v1', 'v2')}`],
    ['/things', `${apiUrl.replace('v1', 'v2')}/`],
    ['things', new URL(apiUrl.replace('v1', 'v2'))],
  ])('%j, with a baseUrl of its own → is joined to that', async (path, baseUrl) => {
    const { tokens, apiCalls } = createService()
    await createClient(tokens, { baseUrl }).get(path)
    expect(apiCalls[0]?.url).toBe('https://api.example.com/v2/things')
  })

  it.each(['things', '/things'])('%j, with a prefix → has the prefix before it', async (path) => {
    const { tokens, apiCalls } = createService()
    await createClient(tokens, { prefix: 'shop' }).get(path)
    expect(apiCalls[0]?.url).toBe(`${apiUrl}/shop/things`)
  })

  it.each(['https://evil.example/x', '//evil.example/x', '/\\evil.example'])(
    '%j, of another origin → is refused, and not tried again',
    async (path) => {
      const { tokens, apiCalls } = createService()
      expect(await rejectionOf(createClient(tokens).get(path))).toBeInstanceOf(OriginNotAllowedError)
      expect(apiCalls).toHaveLength(0)
    },
  )
})

it('JSON goes up and comes down, and the query is added', async () => {
  const { tokens, apiCalls } = createService({ api: () => Response.json({ id: 7 }) })
  const answer = await createClient(tokens)
    .post('cities', { json: { name: 'Rome' }, searchParams: { draft: 'yes' } })
    .json()
  expect(answer).toEqual({ id: 7 })
  const [call] = apiCalls
  expect([call?.url, call?.method, call?.headers.get('content-type'), new TextDecoder().decode(call?.body), call?.token]).toEqual([
    `${apiUrl}/cities?draft=yes`,
    'POST',
    'application/json',
    '{"name":"Rome"}',
    'token-1',
  ])
})

it('a rejected token is renewed, and the JSON body replayed, over real HTTP', async () => {
  const api = await startApi()
  const tokens = new TokenManager({ provider: api.provider, grant: clientCredentials({ clientId: 'c', clientSecret: 's' }) })
  await tokens.getToken()
  api.revoke()
  const answer = await createClient(tokens)
    .post('cities', { json: { name: 'Rome' } })
    .json()
  expect(answer).toEqual({ token: 'token-2', method: 'POST', target: '/api/cities', body: '{"name":"Rome"}' })
  expect(api.apiRequests.map(({ body }) => body.toString())).toEqual(['{"name":"Rome"}', '{"name":"Rome"}'])
})

it('a second rejection → an HTTPError of ky, that is not tried a third time', async () => {
  const { tokens, apiCalls } = createService({ api: rejecting(() => true) })
  const error = await rejectionOf(createClient(tokens).get('x'))
  expect(error).toBeInstanceOf(HTTPError)
  expect((error as HTTPError).response.status).toBe(401)
  expect(apiCalls).toHaveLength(2)
})

it('a signal that aborts → the call is rejected with its reason, and others are not', async () => {
  const { tokens } = createService({ api: ({ url }) => (url.endsWith('slow') ? new Promise<Response>(() => {}) : new Response('ok')) })
  const client = createClient(tokens)
  const controller = new AbortController()
  const slow = client.get('slow', { signal: controller.signal })
  const other = client.get('other').text()
  await settle()
  const reason = new Error('left')
  controller.abort(reason)
  expect(await rejectionOf(slow)).toBe(reason)
  expect(await other).toBe('ok')
})

it('options of ky apply', async () => {
  const { tokens, apiCalls } = createService({ api: ({ url }) => new Response('x', { status: url.endsWith('busy') ? 503 : 404 }) })
  const client = createClient(tokens, { headers: { 'x-app': 'mine' }, throwHttpErrors: false, retry: 0 })
  expect((await client.get('x')).status).toBe(404)
  expect((await client.get('busy')).status).toBe(503)
  expect([apiCalls.length, apiCalls[0]?.headers.get('x-app')]).toEqual([2, 'mine'])
})

it('an option fetch → is refused, and the message says where it goes', () => {
  const { tokens } = createService()
  // @ts-expect-error: TypeScript refuses it too.
  expect(() => createClient(tokens, { fetch })).toThrow(
    new ConfigurationError('fetch', 'has no place here, since calls go through tokens.fetch: give it to the TokenManager'),
  )
  expect(() => createClient(tokens, { fetch: undefined })).not.toThrow()
})

it.each([
  ['a preset', oauth2({ tokenUrl: 'https://auth.example.com/token', apiUrl, clientId: 'c' })],
  ['nothing', undefined],
  ['options', {}],
])('%s in the place of a manager → is refused', (_, tokens) => {
  expect(() => createClient(tokens as never)).toThrow(
    new ConfigurationError('tokens', 'must be a TokenManager: createClient(new TokenManager(…))'),
  )
})

it("the caller's own Authorization → wins", async () => {
  const { tokens, apiCalls, tokenRequests } = createService()
  await createClient(tokens).get('x', { headers: { authorization: 'mine' } })
  expect([apiCalls[0]?.headers.get('authorization'), tokenRequests.length]).toEqual(['mine', 0])
})

it('options that the application keeps → are not changed', () => {
  const { tokens } = createService()
  const options = Object.freeze({ headers: Object.freeze({ 'x-app': 'mine' }) })
  expect(() => createClient(tokens, options)).not.toThrow()
  expect(Object.keys(options)).toEqual(['headers'])
})

describe('where replies name the API', () => {
  const provider = { apiOrigins: ['https://*.force.example'], tokenResponse: { apiUrl: 'instance_url' } }
  const reply = (token: string, instance_url: string) => ({ access_token: token, instance_url })
  const eu = 'https://eu.force.example'

  it.each([
    ['cities?limit=2', `${eu}/v1/cities?limit=2`],
    ['/cities', `${eu}/v1/cities`],
    ['../cities', `${eu}/cities`],
    ['', `${eu}/v1/`],
    [`${apiUrl}/cities`, `${apiUrl}/cities`],
    [`${eu}/x`, `${eu}/x`],
  ])('%j → waits for the first token, and goes to %s', async (path, url) => {
    const { tokens, apiCalls } = createService({ provider, replies: [reply('a', eu)] })
    const client = createClient(tokens)
    await client.get(path)
    await client.get(path)
    expect(apiCalls.map((call) => [call.url, call.token])).toEqual([[url, 'a'], [url, 'a']]) // biome-ignore format: one line
  })

  it('with a path of its own → paths are joined to that', async () => {
    const { tokens, apiCalls } = createService({ provider, replies: [reply('a', `${eu}/services/data`)] })
    const client = createClient(tokens)
    for (const path of ['cities', '/cities']) await client.get(path)
    expect(apiCalls.map(({ url }) => url)).toEqual([`${eu}/services/data/cities`, `${eu}/services/data/cities`])
  })

  it('and no reply does → to that of the provider', async () => {
    const { tokens, apiCalls } = createService({ provider })
    await createClient(tokens).get('cities')
    expect(apiCalls.map(({ url }) => url)).toEqual([`${apiUrl}/cities`])
  })

  it('a call with a body → all of it arrives, and it follows when the API moves', async () => {
    const us = 'https://us.force.example'
    const { tokens, apiCalls } = createService({ provider, replies: [reply('a', eu), reply('b', us)] })
    const client = createClient(tokens, { headers: { 'x-app': 'mine' } })
    await client.post('cities', { json: { name: 'Rome' } })
    await tokens.getToken({ forceRenewal: true })
    await client.put('cities', { body: 'x' })
    expect(
      apiCalls.map((call) => [
        call.method,
        call.url,
        call.token,
        new TextDecoder().decode(call.body),
        call.headers.get('content-type'),
        call.headers.get('x-app'),
      ]),
    ).toEqual([
      ['POST', `${eu}/v1/cities`, 'a', '{"name":"Rome"}', 'application/json', 'mine'],
      ['PUT', `${us}/v1/cities`, 'b', 'x', 'text/plain;charset=UTF-8', 'mine'],
    ])
  })

  it.each(['//evil.example/x', '/\\evil.example', 'https://evil.example/x'])('%j → is refused', async (path) => {
    const { tokens, apiCalls } = createService({ provider, replies: [reply('a', eu)] })
    await rejectionOf(createClient(tokens).get(path))
    expect(apiCalls).toHaveLength(0)
  })

  it.each(['cities//evil.example', './/evil.example', '/.//evil.example'])('%j → stays at the API', async (path) => {
    const { tokens, apiCalls } = createService({ provider, replies: [reply('a', eu)] })
    await createClient(tokens).get(path)
    expect(new URL(apiCalls[0]?.url ?? '').origin).toBe(eu)
  })

  it('a signal that aborts while the token is waited for → its reason', async () => {
    const { tokens } = createService({ provider, replies: [() => new Promise<never>(() => {})] })
    const controller = new AbortController()
    const call = createClient(tokens).get('x', { signal: controller.signal })
    const failed = rejectionOf(call)
    await settle()
    const reason = new Error('left')
    controller.abort(reason)
    expect(await failed).toBe(reason)
  })
})
