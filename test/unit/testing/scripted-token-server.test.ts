import { setupServer } from 'msw/node'
import { expect, it, onTestFinished } from 'vitest'
import { oauth2, TokenManager } from '../../../src/index.ts'
import { createFakeClock, createScriptedTokenServer } from '../../../src/testing.ts'
import { postForm, postJson } from './emulation/use-emulation.ts'

const url = 'https://auth.example.com/token'
const ask = (fetch: typeof globalThis.fetch, init?: RequestInit): Promise<Response> =>
  fetch(url, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }), ...init })

it('replies come in their order: fields, a response, a function; then new tokens', async () => {
  const server = createScriptedTokenServer({
    replies: [
      { access_token: 'a', expires_in: 60 },
      new Response('down', { status: 503 }),
      ({ parameters }) => ({ access_token: `for ${parameters['grant_type']}` }),
    ],
  })
  expect(await (await ask(server.fetch)).json()).toEqual({ access_token: 'a', expires_in: 60 })
  const down = await ask(server.fetch)
  expect([down.status, await down.text()]).toEqual([503, 'down'])
  expect(await (await ask(server.fetch)).json()).toEqual({ access_token: 'for client_credentials' })
  expect(await (await ask(server.fetch)).json()).toMatchObject({ access_token: 'token-1', expires_in: 3600 })
  server.enqueue({ access_token: 'b' })
  expect(await (await ask(server.fetch)).json()).toEqual({ access_token: 'b' })
  expect(await (await ask(server.fetch)).json()).toMatchObject({ access_token: 'token-2' })
})

it('one response may be given several times', async () => {
  const reply = Response.json({ access_token: 'a' })
  const server = createScriptedTokenServer({ replies: [reply, reply] })
  expect(await (await ask(server.fetch)).json()).toEqual(await (await ask(server.fetch)).json())
})

it('requests are recorded, with the fields of form, JSON and query', async () => {
  const server = createScriptedTokenServer()
  await ask(server.fetch, { headers: { authorization: 'Basic eDp5' } })
  await server.fetch(`${url}?from=query`, { method: 'POST', body: '{"a":"b"}', headers: { 'content-type': 'application/json' } })
  expect(server.requests).toEqual([
    {
      method: 'POST',
      url,
      headers: { authorization: 'Basic eDp5', 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      body: 'grant_type=client_credentials',
      parameters: { grant_type: 'client_credentials' },
    },
    expect.objectContaining({ body: '{"a":"b"}', parameters: { from: 'query', a: 'b' } }),
  ])
})

it('«network» rejects like fetch does, and so does another URL', async () => {
  const server = createScriptedTokenServer({ otherwise: 'network' })
  await expect(ask(server.fetch)).rejects.toThrow(TypeError)
  await expect(server.fetch('https://auth.example.com/other')).rejects.toThrow(TypeError)
})

it('an abort rejects with its reason, while the reply is still awaited', async () => {
  const reason = new Error('enough')
  const server = createScriptedTokenServer({ otherwise: () => new Promise(() => {}) })
  const controller = new AbortController()
  const asking = ask(server.fetch, { signal: controller.signal })
  controller.abort(reason)
  await expect(asking).rejects.toBe(reason)
  await expect(ask(server.fetch, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})

it('the handler answers through msw', async () => {
  const server = createScriptedTokenServer({ replies: ['network'] })
  const network = setupServer(server.handler)
  network.listen({ onUnhandledFrame: 'error' })
  onTestFinished(() => network.close())
  await expect(postForm(url, {})).rejects.toThrow(TypeError)
  expect(await (await postJson(url, { a: 'b' })).json()).toMatchObject({ access_token: 'token-1' })
  expect(server.requests).toHaveLength(2)
})

it('a manager is tested with it and a fake clock: its token is asked for once, and again when it has expired', async () => {
  const clock = createFakeClock()
  const calls: (string | null)[] = []
  const server = createScriptedTokenServer({
    elsewhere: async (input, init) => {
      calls.push(new Request(input, init).headers.get('authorization'))
      return Response.json([])
    },
  })
  const preset = oauth2({ tokenUrl: server.tokenUrl, apiUrl: 'https://api.example.com', clientId: 'id', clientSecret: 'secret' })
  const tokens = new TokenManager({ ...preset, fetch: server.fetch, now: clock.now, renewal: { scheduled: false } })
  await tokens.fetch('https://api.example.com/things')
  await tokens.fetch('https://api.example.com/things')
  clock.advance(3_600_000)
  await tokens.fetch('https://api.example.com/things')
  expect(calls).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2'])
  expect(server.requests).toHaveLength(2)
  expect(server.requests[0]).toMatchObject({
    parameters: { grant_type: 'client_credentials' },
    headers: { authorization: `Basic ${btoa('id:secret')}` },
  })
})
