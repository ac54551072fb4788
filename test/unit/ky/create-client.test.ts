import { HTTPError } from 'ky'
import { describe, expect, it } from 'vitest'
import { OriginNotAllowedError } from '../../../src/base/errors.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { createClient } from '../../../src/ky/create-client.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { startApi } from '../../support/loopback-api.ts'
import { apiUrl, createService, rejecting, rejectionOf, settle } from '../../support/service.ts'

describe('a path', () => {
  it.each([
    ['cities', 'https://api.example.com/v1/cities'],
    ['cities/1?limit=2', 'https://api.example.com/v1/cities/1?limit=2'],
    ['./cities', 'https://api.example.com/v1/cities'],
    ['', 'https://api.example.com/v1/'],
    ['https://api.example.com/v2/cities', 'https://api.example.com/v2/cities'],
    ['/cities', 'https://api.example.com/cities'],
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

it('options of ky apply, but for fetch', async () => {
  const { tokens, apiCalls } = createService({ api: ({ url }) => new Response('x', { status: url.endsWith('busy') ? 503 : 404 }) })
  let isCalled = false
  const fetch = async () => {
    isCalled = true
    return new Response()
  }
  const client = createClient(tokens, { headers: { 'x-app': 'mine' }, throwHttpErrors: false, retry: 0, fetch })
  expect((await client.get('x')).status).toBe(404)
  expect((await client.get('busy')).status).toBe(503)
  expect([apiCalls.length, apiCalls[0]?.headers.get('x-app'), isCalled]).toEqual([2, 'mine', false])
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
