import { expect, it } from 'vitest'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { cam2 } from '../../../src/providers/cam2.ts'
import { oauth2 } from '../../../src/providers/oauth2.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { createScriptedTokenServer } from '../../../src/testing/with-msw.ts'
import type { TokenRequestProfile } from '../../../src/vocabulary/provider.ts'
import { createService } from '../../support/service.ts'

const clientSecret = () => 'late-secret'

it('a manager whose client only functions know → is made without asking them, and asks when a request needs them', async () => {
  const asked: string[] = []
  const server = createScriptedTokenServer()
  const urls = { tokenUrl: server.tokenUrl, apiUrl: 'https://api.example.com' }
  const find = (name: string) => () => {
    asked.push(name)
    return `late-${name}`
  }
  const tokens = new TokenManager({ ...oauth2({ ...urls, clientId: find('id'), clientSecret: find('secret') }), fetch: server.fetch })
  expect(asked).toEqual([])
  await tokens.getToken()
  expect(new Set(asked)).toEqual(new Set(['id', 'secret']))
  expect(server.requests[0]?.headers['authorization']).toBe(`Basic ${btoa('late-id:late-secret')}`)
  tokens.dispose()
})

it.each<[string, TokenRequestProfile, (request: { body: string; headers: Readonly<Record<string, string>> }) => unknown]>([
  ['in the body', { clientAuthentication: 'body' }, ({ body }) => new URLSearchParams(body).get('client_id')],
  ['as a public client', { clientAuthentication: 'none' }, ({ body }) => new URLSearchParams(body).get('client_id')],
  ['by a template', { clientAuthentication: 'none', headers: { 'x-app': '{client_id}' } }, ({ headers }) => headers['x-app']],
  [
    'to a function that proves the client',
    { clientAuthentication: ({ clientId = '' }) => ({ headers: { 'x-app': clientId } }) },
    ({ headers }) => headers['x-app'],
  ],
])('an id from a function → is sent %s', async (_, tokenRequest, read) => {
  const grant = clientCredentials({ clientId: async () => 'late-id', clientSecret })
  const { tokens, tokenRequests } = createService({ grant, provider: { tokenRequest } })
  await tokens.getToken()
  expect(read(tokenRequests[0]!)).toBe('late-id')
})

it('an id from a function → finds the record of the same id that was given as a string', async () => {
  const store = memoryStore()
  const first = createService({ grant: clientCredentials({ clientId: 'same', clientSecret }), manager: { store } })
  const { accessToken } = await first.tokens.getToken()
  const same = createService({ grant: clientCredentials({ clientId: () => 'same', clientSecret }), manager: { store } })
  expect((await same.tokens.getToken()).accessToken).toBe(accessToken)
  expect(same.tokenRequests).toEqual([])
  const other = createService({ grant: clientCredentials({ clientId: () => 'other', clientSecret }), manager: { store } })
  await other.tokens.getToken()
  expect(other.tokenRequests).toHaveLength(1)
})

it('an id from a function → reaches the function that signs API calls', async () => {
  const { tokens, apiCalls } = createService({
    grant: clientCredentials({ clientId: () => 'late-id', clientSecret }),
    provider: { authorization: ({ client }) => ({ headers: { 'x-app': client.clientId ?? '' } }) },
  })
  await tokens.fetch('https://api.example.com/things')
  expect(apiCalls[0]?.headers.get('x-app')).toBe('late-id')
})

it.each([
  ['throws', () => Promise.reject(new Error('no such variable: s3cret-path')), { code: 'function_failed', retryable: true }],
  ['gives nothing', () => undefined as never, { code: 'invalid_configuration', option: 'clientId' }],
  ['gives no string', () => 42 as never, { code: 'invalid_configuration', option: 'clientId' }],
])('a function for the id that %s → nothing is sent, and the error names the option', async (_, clientId, error) => {
  const { tokens, tokenRequests } = createService({
    grant: clientCredentials({ clientId, clientSecret }),
    manager: { retry: { retries: 0 } },
  })
  const thrown = await tokens.getToken().catch((reason: unknown) => reason)
  expect(thrown).toMatchObject(error)
  expect(String(thrown)).toContain('clientId')
  expect(String(thrown)).not.toContain('s3cret')
  expect(tokenRequests).toEqual([])
})

it('an id from a function, where the provider puts it into API calls → is refused at construction', () => {
  const grant = clientCredentials({ clientId: () => 'late-id', clientSecret })
  const make = () => createService({ grant, provider: { authorization: { headers: { 'x-app': '{client_id}' } } } })
  expect(make).toThrow(expect.objectContaining({ code: 'invalid_configuration', option: 'clientId' }))
})

it('CAM2 renews by its access token → nobody is asked for the id that is not sent', async () => {
  let asked = 0
  const preset = cam2({ clientId: () => `id-${++asked}`, clientSecret, baseUrl: 'https://cam2.example.com', encoding: 'json' })
  const replies = [1, 2].map((n) => Response.json({ token: `token-${n}`, 'expires in': 3600 }))
  const fetch = async () => replies.shift() as Response
  const tokens = new TokenManager({ ...preset, fetch, renewal: { scheduled: false } })
  await tokens.getToken()
  const before = asked
  await tokens.getToken({ forceRenewal: true })
  expect(asked).toBe(before)
  tokens.dispose()
})

it('a refresh token of a client whose id a function gives → is presented with it', async () => {
  const grant = refreshToken({ clientId: () => 'late-id', clientSecret, refreshToken: 'r-1' })
  const { tokens, tokenRequests } = createService({ grant, provider: { tokenRequest: { clientAuthentication: 'body' } } })
  await tokens.getToken()
  expect(tokenRequests[0]?.parameters).toMatchObject({ client_id: 'late-id', refresh_token: 'r-1' })
})
