import { describe, expect, it, vi } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import type { AuthorizationFunction, AuthorizationProfile } from '../../../src/vocabulary/provider.ts'
import { apiUrl, createService, rejectionOf, type ServiceOptions, settle } from '../../support/service.ts'

const query = { query: 'tok' }
const sign: AuthorizationFunction = ({ accessToken }) => ({ headers: { 'x-sign': accessToken } })

function preparing(authorization: AuthorizationProfile | AuthorizationFunction, options: ServiceOptions = {}) {
  return createService({ ...options, provider: { authorization } })
}

/** A Request with a stream for a body, which goes on as `pull` says. */
function streaming(pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void, init: RequestInit = {}) {
  const cancelled = vi.fn()
  const body = new ReadableStream<Uint8Array>({ pull, cancel: cancelled }, { highWaterMark: 0 })
  return { request: new Request(apiUrl, { method: 'POST', body, duplex: 'half', ...init } as RequestInit), cancelled }
}

const text = (body: Uint8Array | undefined) => new TextDecoder().decode(body)

describe('the body of a Request, whose call is sent by its URL', () => {
  it('ends soon, and the token is in the query → goes as bytes, and can be sent again', async () => {
    const api: ServiceOptions['api'] = ({ url }) => new Response('', { status: url.endsWith('token-1') ? 401 : 200 })
    const { tokens, apiCalls } = preparing(query, { api })
    await tokens.fetch(new Request(apiUrl, { method: 'POST', body: 'short' }))
    expect(apiCalls.map(({ url, body }) => [url, text(body)])).toEqual([
      [`${apiUrl}?tok=token-1`, 'short'],
      [`${apiUrl}?tok=token-2`, 'short'],
    ])
    expect(apiCalls[0]?.init?.body).toBeInstanceOf(Blob)
  })

  it('is longer than maxReplayBytes, and the token is in the query → goes as a stream, whole', async () => {
    let left = 20
    const { request } = streaming((controller) => (left-- ? controller.enqueue(new Uint8Array(100)) : controller.close()))
    const { tokens, apiCalls } = preparing(query, { manager: { maxReplayBytes: 1_000 } })
    await tokens.fetch(request)
    expect(apiCalls.map(({ body, init }) => [body.length, init?.body instanceof ReadableStream])).toEqual([[2_000, true]])
  })

  it.each([
    ['is longer than maxReplayBytes', 20],
    ['has no end', Infinity],
  ])('%s, and a function signs → a ConfigurationError, nothing is sent, and its source learns of it', async (_, chunks) => {
    let sent = 0
    const { request, cancelled } = streaming((controller) =>
      sent++ < chunks ? controller.enqueue(new Uint8Array(100)) : controller.close(),
    )
    const { tokens, apiCalls } = preparing(sign, { manager: { maxReplayBytes: 1_000 } })
    const error = await rejectionOf(tokens.fetch(request))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).toMatchObject({ message: expect.stringContaining('maxReplayBytes') })
    await settle()
    expect([apiCalls.length, cancelled.mock.calls.length, request.bodyUsed]).toEqual([0, 1, true])
    expect(sent).toBeLessThan(20)
  })

  it.each([
    ['the token is in the query', query],
    ['a function signs', sign],
  ])('does not come, %s, and the caller aborts → the caller’s reason, at once, and its source learns of it', async (_, authorization) => {
    const controller = new AbortController()
    const { request, cancelled } = streaming(() => new Promise(() => {}) as never, { signal: controller.signal })
    const { tokens, apiCalls } = preparing(authorization)
    const call = rejectionOf(tokens.fetch(request))
    await settle()
    const reason = { mine: true }
    controller.abort(reason)
    expect(await call).toBe(reason)
    await settle()
    expect([apiCalls.length, cancelled.mock.calls.length]).toEqual([0, 1])
  })

  it.each([
    ['the token is in the query', query],
    ['a function signs', sign],
  ])('breaks off, and %s → an error without its words', async (_, authorization) => {
    const { request } = streaming((controller) => controller.error(new Error('canary')))
    const { tokens } = preparing(authorization)
    expect(String(await rejectionOf(tokens.fetch(request)))).not.toContain('canary')
  })
})

describe('the body of a Request, as a function that signs gets it', () => {
  it.each([
    ['text/plain;charset=UTF-8', 'a ü', 'a ü'],
    ['application/json', '{"a":1}', '{"a":1}'],
    ['application/vnd.api+json; charset=utf-8', '{}', '{}'],
    ['application/x-www-form-urlencoded', 'a=1', 'a=1'],
    ['text/plain', '\ufeffa', '\ufeffa'],
  ])('%s → as text, and the same is sent', async (type, given, expected) => {
    const seen = vi.fn<AuthorizationFunction>(sign)
    const { tokens, apiCalls } = preparing(seen)
    await tokens.fetch(new Request(apiUrl, { method: 'POST', body: given, headers: { 'content-type': type } }))
    expect(seen.mock.calls[0]?.[0].body).toBe(expected)
    expect([new TextDecoder('utf-8', { ignoreBOM: true }).decode(apiCalls[0]?.body), apiCalls[0]?.headers.get('content-type')]).toEqual([
      given,
      type,
    ])
  })

  it.each([
    ['image/png', new Uint8Array([1, 2])],
    ['application/jsonish', new Uint8Array([123, 125])],
    ['text/plain', new Uint8Array([0xff, 0xfe])],
  ])('%s, of bytes that are none or no valid ones → as bytes, and the same is sent', async (type, given) => {
    const seen = vi.fn<AuthorizationFunction>(sign)
    const { tokens, apiCalls } = preparing(seen)
    await tokens.fetch(new Request(apiUrl, { method: 'POST', body: given, headers: { 'content-type': type } }))
    expect(seen.mock.calls[0]?.[0].body).toBeInstanceOf(ArrayBuffer)
    expect(apiCalls[0]?.body).toEqual(given)
  })
})

describe('a function that signs, and calls its own manager → a ConfigurationError that names it, and no endless loop', () => {
  it.each([
    ['at once', false],
    ['later', true],
  ])('%s', async (_, isLate) => {
    let calls = 0
    const { tokens, apiCalls } = preparing(async () => {
      if (isLate) await Promise.resolve()
      if (++calls > 20_000) throw new Error('a loop')
      await tokens.fetch(`${apiUrl}/nonce`)
      return {}
    })
    const error = await rejectionOf(tokens.fetch(apiUrl))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).toMatchObject({ option: 'authorization', message: expect.stringContaining('calls this manager') })
    expect(apiCalls).toHaveLength(0)
  })
})

it.each([
  ['in the query', query],
  ['by a function', sign],
  ['in a cookie', { cookie: 'sid' }],
])('a given fetch that leads back with a copy of init, the token being %s → a ConfigurationError', async (_, authorization) => {
  let calls = 0
  const { tokens, fetch } = preparing(authorization)
  await tokens.getToken()
  const looping: typeof tokens = createService({
    provider: { authorization },
    manager: {
      fetch: (input, init) => {
        if (!String(input).startsWith(apiUrl)) return fetch(input, init)
        if (++calls > 3) throw new Error('a loop')
        return looping.fetch(input, { ...init })
      },
    },
  }).tokens
  expect(await rejectionOf(looping.fetch(apiUrl))).toBeInstanceOf(ConfigurationError)
})
