import { describe, expect, it } from 'vitest'
import { OriginNotAllowedError } from '../../../src/base/errors.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import type { TokenStore } from '../../../src/token/token-store.ts'
import { type ApiAnswer, apiUrl, createGate, createService, rejectionOf, type ServiceOptions, settle } from '../../support/service.ts'
import { forms } from '../../support/url-forms.ts'

const provider = { apiOrigins: ['https://*.force.example', 'http://127.0.0.1:8000'], tokenResponse: { apiUrl: 'instance_url' } }
const eu = 'https://eu.force.example'
const us = 'https://us.force.example'

/** Each token leads to the next of these places. */
function createNamed(places: readonly unknown[], options: ServiceOptions = {}) {
  const replies = places.map((place, index) => ({
    access_token: `token-${index + 1}`,
    ...(place !== undefined && { instance_url: place as string }),
  }))
  return createService({ ...options, replies, provider: { ...provider, ...options.provider } })
}

describe('the origin of the API that a reply names', () => {
  it('may receive that token, as the origins of the provider and of the options may', async () => {
    const { tokens, apiCalls } = createNamed([eu], { manager: { origins: ['https://second.ok'] } })
    for (const url of [`${eu}/x`, new URL(`${eu}/y`), new Request(`${eu}/z`), apiUrl, 'https://second.ok/']) await tokens.fetch(url)
    expect(apiCalls.map(({ token }) => token)).toEqual(Array(5).fill('token-1'))
  })

  it.each([`${us}/x`, 'http://127.0.0.1:8000/'])(
    '%s, of another origin that a reply could name → waits for the token, and is refused',
    async (url) => {
      const { tokens, apiCalls, tokenRequests } = createNamed([eu])
      const error = await rejectionOf(tokens.fetch(url))
      expect(error).toBeInstanceOf(OriginNotAllowedError)
      expect(error).toMatchObject({ url, message: expect.stringContaining('elsewhere') })
      expect([apiCalls.length, tokenRequests.length]).toEqual([0, 1])
    },
  )

  it.each([
    'https://force.example/',
    'https://eu.force.example.evil.example/',
    'https://euforce.example/',
    'https://eu.force.example:8443/',
    'http://eu.force.example/',
    'https://eu.force.example./',
    'https://user:pw@eu.force.example/',
    'blob:https://eu.force.example/1',
    ...forms.filter(([, isAllowed]) => !isAllowed).map(([text]) => text),
  ])('%s, that no reply can name → is refused at once', async (url) => {
    const { tokens, apiCalls, tokenRequests } = createNamed([eu])
    expect((await rejectionOf(tokens.fetch(url))) instanceof Error).toBe(true)
    expect([apiCalls.length, tokenRequests.length]).toEqual([0, 0])
  })

  it('is not there in a reply → only the provider’s may receive the token', async () => {
    const { tokens } = createNamed([undefined])
    expect((await tokens.fetch(apiUrl)).status).toBe(200)
    expect(await rejectionOf(tokens.fetch(eu))).toBeInstanceOf(OriginNotAllowedError)
  })

  it('another one that a reply could name, where foreign calls pass through → is refused all the same', async () => {
    const { tokens, apiCalls } = createNamed([eu], { manager: { foreignOrigins: 'pass-through' } })
    expect(await rejectionOf(tokens.fetch(`${us}/x`))).toBeInstanceOf(OriginNotAllowedError)
    expect(apiCalls).toHaveLength(0)
  })

  it('is that of another token after a renewal → the rejected call is not sent again, and the next one follows', async () => {
    const api: ApiAnswer = ({ token }) => new Response(token, { status: token === 'token-1' ? 401 : 200 })
    const { tokens, apiCalls } = createNamed([eu, us], { api })
    expect((await tokens.fetch(`${eu}/x`)).status).toBe(401)
    expect(await rejectionOf(tokens.fetch(`${eu}/x`))).toBeInstanceOf(OriginNotAllowedError)
    expect(await (await tokens.fetch(`${us}/x`)).text()).toBe('token-2')
    expect(apiCalls.map(({ url, token }) => [url, token])).toEqual([[`${eu}/x`, 'token-1'], [`${us}/x`, 'token-2']]) // biome-ignore format: one line
  })

  it('is the same after a renewal → the call is sent again', async () => {
    const { tokens } = createNamed([eu, eu], { api: ({ token }) => new Response(token, { status: token === 'token-1' ? 401 : 200 }) })
    expect(await (await tokens.fetch(`${eu}/x`, { method: 'POST', body: 'b' })).text()).toBe('token-2')
  })

  it('changes while a call waits for the token → the call is checked against the one it gets', async () => {
    const reply = createGate<Record<string, unknown>>()
    const { tokens, apiCalls } = createService({ provider, replies: [() => reply.promise] })
    const call = rejectionOf(tokens.fetch(`${eu}/x`))
    await settle()
    reply.open({ access_token: 'a', instance_url: us })
    expect(await call).toBeInstanceOf(OriginNotAllowedError)
    expect(apiCalls).toHaveLength(0)
  })

  it.each([
    ['to it', `${eu}/y`, 'token-1'],
    ['to another one that a reply could name', `${us}/y`, null],
  ])('redirects %s, of a token in another header → %s with %s', async (_, location, token) => {
    const { tokens, apiCalls } = createNamed([eu], {
      provider: { authorization: { header: 'X-Token' } },
      api: ({ url }) => new Response(null, url === apiUrl ? { status: 307, headers: { location } } : {}),
    })
    await tokens.fetch(apiUrl)
    expect(apiCalls.map(({ url, headers }) => [url, headers.get('x-token')])).toEqual([[apiUrl, 'token-1'], [location, token]]) // biome-ignore format: one line
  })
})

describe('a token of a store', () => {
  const issuedAt = createFakeClock().now()
  const storeOf = (apiUrlInStore: unknown): TokenStore => ({
    get: async (key) => ({
      version: 1,
      key,
      id: 'i',
      epoch: '',
      token: { accessToken: 'stored', tokenType: 'b', issuedAt, expiresAt: issuedAt + 3_600_000, apiUrl: apiUrlInStore as string },
    }),
    set: async () => {},
    delete: async () => {},
  })

  it('that leads where a reply may lead → goes there', async () => {
    const { tokens, apiCalls } = createNamed([], { manager: { store: storeOf(`${eu}/v1`) } })
    await tokens.fetch(`${eu}/x`)
    expect(apiCalls.map(({ token }) => token)).toEqual(['stored'])
    expect(tokens.explain().apiUrl).toBe(`${eu}/v1`)
  })

  it.each([
    'https://evil.example/',
    'https://user:pw@eu.force.example/',
    'http://eu.force.example/',
    'javascript:1',
    '',
    7,
    null,
    {},
    ['https://eu.force.example'],
  ])('that leads to %j → goes to the provider’s API alone', async (place) => {
    const { tokens, apiCalls } = createNamed([], { manager: { store: storeOf(place) } })
    await tokens.fetch(apiUrl)
    for (const url of ['https://evil.example/', `${eu}/x`])
      expect(await rejectionOf(tokens.fetch(url))).toBeInstanceOf(OriginNotAllowedError)
    expect(apiCalls).toHaveLength(1)
    expect(tokens.explain().apiUrl).toBe(apiUrl)
  })
})

it('explain → the address that came with the token, and that replies say so', async () => {
  const { tokens } = createNamed([`${eu}/services`])
  expect(tokens.explain()).toMatchObject({ apiUrl, apiUrlFrom: 'token' })
  await tokens.getToken()
  expect(tokens.explain()).toMatchObject({ apiUrl: `${eu}/services`, apiUrlFrom: 'token' })
  expect(createService().tokens.explain()).not.toHaveProperty('apiUrlFrom')
})
