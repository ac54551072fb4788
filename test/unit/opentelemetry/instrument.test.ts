import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { password } from '../../../src/grants/password.ts'
import type { TokenManager } from '../../../src/manager/token-manager.ts'
import { instrument } from '../../../src/opentelemetry/instrument.ts'
import { recordMetrics } from '../../../src/opentelemetry/record-metrics.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { createService, type ServiceOptions, settle } from '../../support/service.ts'
import { createTelemetry, followContexts } from '../../support/telemetry.ts'
import { apiUrl } from '../../support/test-provider.ts'
import { withLock } from '../../support/with-lock.ts'

/** A manager that is instrumented, and what came of it. */
function observe(options: ServiceOptions = {}) {
  const telemetry = createTelemetry()
  onTestFinished(telemetry.stop)
  const service = createService({ clock: createFakeClock(Date.now()), ...options })
  const stop = instrument(service.tokens, telemetry.options)
  const spansOf = (name: string) => telemetry.spans().filter((span) => span.name === name)
  const seriesOf = async (name: string) => (await telemetry.metrics()).filter((series) => series.name === name)
  return { ...service, ...telemetry, stop, spansOf, seriesOf }
}

const request = 'tokenwell token request'
const wait = 'tokenwell wait for token'
const unauthorized = new Set<string | undefined>()
/** An API that refuses these tokens. */
const refusing: ServiceOptions['api'] = ({ token }) => new Response(token, { status: unauthorized.has(token) ? 401 : 200 })
beforeEach(() => unauthorized.clear())

describe('a token that is asked for', () => {
  it('makes a span of the request, and one of each caller’s wait, which is linked to it', async () => {
    const { tokens, spansOf } = observe()
    await Promise.all([tokens.getToken(), tokens.fetch(`${apiUrl}/things`)])
    const [asked, ...others] = spansOf(request)
    expect(others).toEqual([])
    expect(asked).toMatchObject({
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'tokenwell.provider': 'test',
        'tokenwell.grant': 'client_credentials',
        'server.address': 'auth.example.com',
        'server.port': 443,
      },
    })
    const waits = spansOf(wait)
    expect(waits).toHaveLength(2)
    for (const { kind, links } of waits) {
      expect(kind).toBe(SpanKind.INTERNAL)
      expect(links.map(({ context }) => context.spanId)).toEqual([asked?.spanContext().spanId])
    }
  })

  it('has spans that are children of the call that waits for it', async () => {
    onTestFinished(followContexts())
    const { tokens, options, spansOf } = observe()
    await options.tracer.startActiveSpan('handler', async (span) => {
      await tokens.fetch(`${apiUrl}/things`)
      span.end()
    })
    const [handler] = spansOf('handler')
    expect([...spansOf(request), ...spansOf(wait)].map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([
      handler?.spanContext().spanId,
      handler?.spanContext().spanId,
    ])
  })

  it('has spans that last as long as the request did', async () => {
    const clock = createFakeClock(Date.now())
    const { tokens, spansOf } = observe({
      clock,
      grant: { grantType: 'client_credentials', clientId: 'client', clientSecret: async () => 's3cret' },
      manager: {
        fetch: async () => {
          clock.advance(1_500)
          return Response.json({ access_token: 'a', token_type: 'Bearer', expires_in: 60 })
        },
      },
    })
    await tokens.getToken()
    expect([...spansOf(request), ...spansOf(wait)].map(({ duration }) => duration)).toEqual([
      [1, 500_000_000],
      [1, 500_000_000],
    ])
  })

  it('in vain → spans with the server’s word, and its status', async () => {
    const { tokens, spansOf, seriesOf } = observe({ replies: [Response.json({ error: 'invalid_client' }, { status: 401 })] })
    await expect(tokens.getToken()).rejects.toThrow()
    expect(spansOf(request)).toMatchObject([
      { status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'invalid_client', 'http.response.status_code': 401 } },
    ])
    expect(spansOf(wait)).toMatchObject([{ status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'invalid_client' } }])
    expect(await seriesOf('tokenwell.renewal_failures')).toMatchObject([
      { count: 1, attributes: { 'error.type': 'invalid_client', 'tokenwell.waiting': true } },
    ])
    expect(await seriesOf('tokenwell.tokens.served')).toEqual([])
  })

  it('in vain, with a word of the server’s own → our code, since the word may name a user', async () => {
    const replies = [Response.json({ error: 'user_alice_smith_1975_is_locked' }, { status: 400 })]
    const { tokens, spansOf, seriesOf } = observe({ replies })
    await expect(tokens.getToken()).rejects.toMatchObject({ error: 'user_alice_smith_1975_is_locked' })
    for (const name of [request, wait]) expect(spansOf(name)).toMatchObject([{ attributes: { 'error.type': 'refused' } }])
    for (const name of ['tokenwell.renewal_failures', 'tokenwell.token_request.duration'])
      expect(await seriesOf(name)).toMatchObject([{ attributes: { 'error.type': 'refused' } }])
  })

  it('again after an outage → the second span says that it was sent again', async () => {
    const { tokens, spansOf } = observe({ replies: [new Response('', { status: 503 })], manager: { retry: { minDelayMs: 1 } } })
    await tokens.getToken()
    await tokens.getToken({ forceRenewal: true })
    expect(spansOf(request).map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1, undefined])
    expect(spansOf(request)[0]?.attributes).toMatchObject({ 'error.type': 'unavailable', 'http.response.status_code': 503 })
  })

  it('anew after a renewal that failed → is no request that was sent again', async () => {
    const { tokens, spansOf, clock } = observe({ replies: [new Response('', { status: 503 })], manager: { retry: { retries: 0 } } })
    await expect(tokens.getToken()).rejects.toThrow()
    clock.advance(60_000)
    await tokens.getToken()
    expect(spansOf(request).map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, undefined])
  })

  it('by a caller who gives up → a wait that was interrupted', async () => {
    const { tokens, spansOf } = observe()
    const controller = new AbortController()
    const call = tokens.getToken({ signal: controller.signal })
    controller.abort(new Error('of the caller: s3cret'))
    await expect(call).rejects.toThrow('of the caller')
    await settle()
    expect(spansOf(wait)).toMatchObject([{ attributes: { 'error.type': 'interrupted' } }])
    expect(spansOf(request)).toHaveLength(1)
  })
})

it('a wait that another context’s token ends → is not linked to an older request', async () => {
  const store = memoryStore()
  const clock = createFakeClock(Date.now())
  const { tokens, spansOf } = observe({ clock, manager: { store } })
  await tokens.getToken()
  clock.advance(3_600_000)
  await createService({ clock, manager: { store } }).tokens.getToken()
  await tokens.getToken()
  expect(spansOf(request)).toHaveLength(1)
  expect(spansOf(wait).map(({ links }) => links.length)).toEqual([1, 0])
})

describe('a call whose token is rejected', () => {
  it('is marked when it is sent again as the conventions for HTTP say', async () => {
    unauthorized.add('token-1')
    const { tokens, spansOf, seriesOf } = observe({ api: refusing })
    await tokens.fetch(`${apiUrl}/users/alice?q=1`, { method: 'POST', body: 'x' })
    expect(spansOf('POST')).toMatchObject([
      {
        kind: SpanKind.CLIENT,
        status: { code: SpanStatusCode.UNSET },
        attributes: {
          'http.request.method': 'POST',
          'http.request.resend_count': 1,
          'http.response.status_code': 200,
          'server.address': 'api.example.com',
        },
      },
    ])
    expect(await seriesOf('tokenwell.rejections')).toMatchObject([{ count: 1, attributes: { 'http.response.status_code': 401 } }])
    expect(await seriesOf('tokenwell.replays')).toMatchObject([{ count: 1, attributes: { 'http.response.status_code': 200 } }])
  })

  it('and rejected again, with a method of its own → an error, under a name that is not the caller’s', async () => {
    for (const token of ['token-1', 'token-2']) unauthorized.add(token)
    const { tokens, spansOf } = observe({ api: refusing })
    await tokens.fetch(`${apiUrl}/things`, { method: 'ALICE' })
    expect(spansOf('HTTP')).toMatchObject([
      { status: { code: SpanStatusCode.ERROR }, attributes: { 'http.request.method': '_OTHER', 'error.type': '401' } },
    ])
  })

  it('of a manager with several origins → no server is named: nobody knows which', async () => {
    unauthorized.add('token-1')
    const { tokens, spansOf } = observe({ api: refusing, manager: { origins: ['https://other.example.com'] } })
    await tokens.fetch(`${apiUrl}/things`)
    expect(spansOf('GET')[0]?.attributes).not.toHaveProperty('server.address')
  })
})

describe('metrics', () => {
  it('tokens that are served → are counted by where they came from, with the time that they have left', async () => {
    const { tokens, seriesOf } = observe()
    await tokens.getToken()
    for (const call of [() => tokens.getToken(), () => tokens.getAuthorization(), () => tokens.fetch(`${apiUrl}/things`)]) await call()
    const bySource = (await seriesOf('tokenwell.tokens.served')).map(({ attributes, count }) => [
      attributes['tokenwell.token.source'],
      count,
    ])
    expect(bySource).toEqual([
      ['endpoint', 1],
      ['memory', 3],
    ])
    for (const { count, sum, unit } of await seriesOf('tokenwell.token.time_left')) {
      expect(unit).toBe('s')
      expect(sum / count).toBeGreaterThan(3_590)
      expect(sum / count).toBeLessThanOrEqual(3_600)
    }
  })

  it('a token that has expired when it is served → has no time left, and not less', async () => {
    const { tokens, options, seriesOf } = observe()
    recordMetrics(tokens, () => ({ getMeter: () => options.meter })).onServed('memory', -5_000)
    expect(await seriesOf('tokenwell.token.time_left')).toMatchObject([{ count: 1, sum: 0 }])
  })

  it('a token that another context has stored → is adopted, and served from the store', async () => {
    const store = memoryStore()
    const clock = createFakeClock(Date.now())
    const first = createService({ clock, manager: { store } })
    await first.tokens.getToken()
    const { tokens, seriesOf, spansOf } = observe({ clock, manager: { store } })
    await tokens.getToken()
    expect(spansOf(request)).toEqual([])
    expect(await seriesOf('tokenwell.adoptions')).toMatchObject([{ count: 1 }])
    expect(await seriesOf('tokenwell.tokens.served')).toMatchObject([{ count: 1, attributes: { 'tokenwell.token.source': 'store' } }])
  })

  it('a lock that is waited for → is measured; one that is not acquired says so', async () => {
    const { tokens, seriesOf } = observe({ manager: { store: memoryStore() } })
    await tokens.getToken()
    expect(await seriesOf('tokenwell.lock_wait.duration')).toMatchObject([{ count: 1, unit: 's' }])
    const broken = withLock(memoryStore(), () => Promise.reject(new Error('s3cret')))
    const other = observe({ manager: { store: broken } })
    await other.tokens.getToken()
    expect(await other.seriesOf('tokenwell.lock_wait.duration')).toMatchObject([{ count: 1, attributes: { 'error.type': 'interrupted' } }])
  })

  it.each([
    ['with its own Authorization', `${apiUrl}/things`, { headers: { authorization: 'Basic eA==' } }],
    ['to an origin that gets no token', 'https://elsewhere.example.com/', undefined],
  ])('a call %s → serves no token', async (_, url, init) => {
    const { tokens, seriesOf } = observe({ manager: { foreignOrigins: 'pass-through' } })
    await tokens.getToken()
    await tokens.fetch(url, init)
    expect((await seriesOf('tokenwell.tokens.served')).map(({ attributes }) => attributes['tokenwell.token.source'])).toEqual(['endpoint'])
  })

  it('headers that can be read only once → reach the call whole', async () => {
    const { tokens, apiCalls } = observe()
    await tokens.getToken()
    const headers = [['x-one', '1']][Symbol.iterator]()
    await tokens.fetch(`${apiUrl}/things`, { headers: headers as never })
    expect(apiCalls[0]?.headers.get('x-one')).toBe('1')
  })
})

it('no token, secret, client, user or path is in a span or a metric, whatever happens', async () => {
  unauthorized.add('token-1')
  const { tokens, spans, metrics } = observe({
    api: refusing,
    grant: password({ username: 'alice', password: 'p4ssword', clientId: 'client-of-alice' }),
    replies: [Response.json({ error: 'invalid_grant', error_description: 'alice is locked' }, { status: 400 })],
    manager: { subject: 'alice' },
  })
  await tokens.getToken().catch(() => {})
  await tokens.clear()
  await tokens.fetch(`${apiUrl}/users/alice`)
  const told = JSON.stringify([
    spans().map(({ name, attributes, status, events }) => ({ name, attributes, status, events })),
    await metrics(),
  ])
  expect(spans().length).toBeGreaterThan(4)
  for (const secret of ['alice', 'p4ssword', 'token-1', 'token-2', 'client-of']) expect(told).not.toContain(secret)
})

describe('instrument', () => {
  it('undone → nothing more is recorded, and the manager has its own methods again', async () => {
    const telemetry = createTelemetry()
    onTestFinished(telemetry.stop)
    const { tokens } = createService()
    const { fetch } = tokens
    const stop = instrument(tokens, telemetry.options)
    const counting = tokens.fetch
    expect(counting).not.toBe(fetch)
    stop()
    expect(tokens.fetch).toBe(fetch)
    expect(Object.keys(tokens)).toEqual(['fetch'])
    await tokens.getToken()
    await counting(`${apiUrl}/things`)
    expect(telemetry.spans()).toEqual([])
    expect(await telemetry.metrics()).toEqual([])
  })

  it('undone when somebody else has put a function around it → leaves that alone', () => {
    const { tokens, stop } = observe()
    const { fetch } = tokens
    const around: typeof globalThis.fetch = (input, init) => fetch(input, init)
    Object.defineProperty(tokens, 'fetch', { value: around })
    stop()
    expect(tokens.fetch).toBe(around)
  })

  it('without options → uses what is registered globally', async () => {
    const { tracers, spans, stop } = createTelemetry()
    onTestFinished(stop)
    trace.setGlobalTracerProvider(tracers)
    onTestFinished(() => trace.disable())
    const { tokens } = createService()
    instrument(tokens)
    await tokens.getToken()
    expect(spans().map(({ name }) => name)).toEqual([request, wait])
  })

  it('before an SDK is registered → records what happens after that, once', async () => {
    const telemetry = createTelemetry()
    onTestFinished(telemetry.stop)
    const { tokens } = createService()
    instrument(tokens)
    await tokens.getToken()
    trace.setGlobalTracerProvider(telemetry.tracers)
    metrics.setGlobalMeterProvider(telemetry.meters)
    onTestFinished(() => {
      trace.disable()
      metrics.disable()
    })
    await tokens.getToken({ forceRenewal: true })
    await tokens.getToken()
    expect(telemetry.spans().map(({ name }) => name)).toEqual([request, wait])
    expect((await telemetry.metrics()).map(({ name, count }) => [name, count])).toEqual([
      ['tokenwell.tokens.served', 1],
      ['tokenwell.tokens.served', 1],
      ['tokenwell.token.time_left', 1],
      ['tokenwell.token.time_left', 1],
      ['tokenwell.token_request.duration', 1],
      ['tokenwell.token_wait.duration', 1],
    ])
  })

  it.each([
    ['a preset', { provider: {}, grant: {} }, {}, 'manager: must be a TokenManager: instrument(new TokenManager(…))'],
    ['no tracer', undefined, { tracer: {} }, 'tracer: must be a Tracer of @opentelemetry/api'],
    ['no meter', undefined, { meter: null }, 'meter: must be a Meter of @opentelemetry/api'],
    ['a misspelt option', undefined, { traser: {} }, 'traser: is unknown: did you mean tracer?'],
  ])('given %s → says so', (_, manager, options, message) => {
    const { tokens } = createService()
    expect(() => instrument((manager ?? tokens) as TokenManager, options as never)).toThrow(message)
  })
})
