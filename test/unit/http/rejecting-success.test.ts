import { describe, expect, it } from 'vitest'
import type { ReplyMatch } from '../../../src/vocabulary/reply-match.ts'
import { apiUrl, countEvents, createGate, createService, settle } from '../../support/service.ts'

const gone: ReplyMatch = { status: 200, path: 'error.code', is: 106 }

/** An API that says in a 200 that it does not know these tokens. */
function createApi(isRejection: ReplyMatch | readonly ReplyMatch[], rejected: readonly (string | undefined)[] = ['token-1']) {
  return createService({
    provider: { isRejection },
    api: ({ token }) => Response.json(rejected.includes(token) ? { error: { code: 106 } } : { token }),
  })
}

describe('a success that rejects the token', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'])('of a %s → is renewed, and sent again', async (method) => {
    // A HEAD has no body to look into: a header says it.
    const { tokens, apiCalls, tokenRequests, events } = createService({
      provider: { isRejection: { status: 200, path: 'header:x-session', is: 'gone' } },
      api: ({ token }) => new Response(null, { headers: token === 'token-1' ? { 'x-session': 'gone' } : {} }),
    })
    const response = await tokens.fetch(apiUrl, { method })
    expect([response.headers.get('x-session'), apiCalls.length, tokenRequests.length]).toEqual([null, 2, 2])
    expect(events).toContainEqual(expect.objectContaining({ type: 'rejected', status: 200 }))
  })

  it('of a plain GET, the hot path → is renewed, and sent again', async () => {
    const { tokens, apiCalls } = createApi(gone)
    await tokens.getToken()
    expect(await (await tokens.fetch(apiUrl)).json()).toEqual({ token: 'token-2' })
    expect(apiCalls.map(({ token }) => token)).toEqual(['token-1', 'token-2'])
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('of a %s → its response as it came, and a new token for the next call', async (method) => {
    const { tokens, apiCalls } = createApi(gone)
    const response = await tokens.fetch(apiUrl, { method, body: 'b' })
    expect([response.bodyUsed, await response.json()]).toEqual([false, { error: { code: 106 } }])
    await settle()
    expect(await (await tokens.fetch(apiUrl)).json()).toEqual({ token: 'token-2' })
    expect(apiCalls.map((call) => [call.method, call.token])).toEqual([
      [method, 'token-1'],
      ['GET', 'token-2'],
    ])
  })

  it('of a POST, whose rule says that nothing was carried out → is sent again', async () => {
    const { tokens, apiCalls } = createApi([
      { status: 200, path: 'ok', is: false },
      { ...gone, notApplied: true },
    ])
    await tokens.fetch(new Request(apiUrl, { method: 'POST', body: 'b' }))
    expect(apiCalls.map(({ token, body }) => [token, new TextDecoder().decode(body)])).toEqual([
      ['token-1', 'b'],
      ['token-2', 'b'],
    ])
  })

  it('again → is handed out, and the path is left alone for a minute while the token is good elsewhere', async () => {
    const { tokens, apiCalls, tokenRequests } = createService({
      provider: { isRejection: gone },
      api: ({ url }) => Response.json(url.endsWith('forbidden') ? { error: { code: 106 } } : {}),
    })
    await tokens.fetch(`${apiUrl}/x`)
    expect(await (await tokens.fetch(`${apiUrl}/forbidden`)).json()).toEqual({ error: { code: 106 } })
    await tokens.fetch(`${apiUrl}/x`)
    for (let call = 0; call < 10; call++) await tokens.fetch(`${apiUrl}/forbidden`)
    expect([tokenRequests.length, apiCalls.length]).toEqual([2, 14])
  })

  it('always → after three tokens in a row that nobody accepted there are none for a minute', async () => {
    const { tokens, tokenRequests, events, clock } = createService({
      provider: { isRejection: gone },
      api: () => Response.json({ error: { code: 106 } }),
    })
    for (let call = 0; call < 20; call++) {
      await tokens.fetch(`${apiUrl}/${call}`)
      clock.advance(100)
    }
    expect(tokenRequests).toHaveLength(4)
    expect(events.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'forced_renewals_paused' }])
  })

  it('a hundred at once → one renewal', async () => {
    const { tokens, tokenRequests } = createApi(gone)
    await tokens.getToken()
    const responses = await Promise.all(Array.from({ length: 100 }, () => tokens.fetch(apiUrl)))
    expect(await Promise.all(responses.map((response) => response.json()))).toEqual(responses.map(() => ({ token: 'token-2' })))
    expect(tokenRequests).toHaveLength(2)
  })

  it('whose call was made before clear() → is not sent again', async () => {
    const answer = createGate<Response>()
    const { tokens, apiCalls } = createService({ provider: { isRejection: gone }, api: () => answer.promise })
    const call = tokens.fetch(apiUrl)
    await settle()
    await tokens.clear()
    answer.open(Response.json({ error: { code: 106 } }))
    expect(await (await call).json()).toEqual({ error: { code: 106 } })
    expect(apiCalls).toHaveLength(1)
  })
})

it('a success is not noted as acceptance before its rule was looked up', async () => {
  const rest = createGate()
  const { tokens, tokenRequests, events } = createService({
    provider: { isRejection: gone },
    api: ({ token, url }) => {
      if (url.endsWith('slow')) {
        const stream = new ReadableStream({
          pull: async (controller) => {
            await rest.promise
            controller.enqueue(new TextEncoder().encode('{"error":{"code":106}}'))
            controller.close()
          },
        })
        return new Response(stream, { headers: { 'content-type': 'application/json' } })
      }
      return Response.json({ token })
    },
  })
  const slow = tokens.fetch(`${apiUrl}/slow`)
  await settle()
  expect(countEvents(events, 'rejected')).toBe(0)
  rest.open()
  await slow
  expect(countEvents(events, 'rejected')).toBe(1)
  expect(tokenRequests).toHaveLength(2)
})

it.each<[string, ReplyMatch | undefined]>([
  ['no rule', undefined],
  ['a rule on other statuses', { status: 403, path: 'error' }],
  ['a rule without a status', { path: 'error' }],
])('%s → a success is handed out untouched', async (_, isRejection) => {
  const response = Object.assign(Response.json({ error: 1 }), { clone: () => expect.unreachable() })
  const { tokens } = createService({ ...(isRejection && { provider: { isRejection } }), api: () => response })
  expect(await tokens.fetch(apiUrl)).toBe(response)
})

it('a rule for what is no success → the token is renewed, and any method sent again', async () => {
  const { tokens, apiCalls } = createService({
    provider: { isRejection: { status: 400, path: 'code', is: 209 } },
    api: ({ token }) => (token === 'token-1' ? Response.json({ code: 209 }, { status: 400 }) : new Response('ok')),
  })
  expect(await (await tokens.fetch(apiUrl, { method: 'POST', body: 'b' })).text()).toBe('ok')
  expect(apiCalls).toHaveLength(2)
})
