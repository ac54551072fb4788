import { describe, expect, it } from 'vitest'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { apiUrl, countEvents, createGate, createService, rejecting, rejectionOf, settle } from '../../support/service.ts'

const replies = [{ access_token: 'a', expires_in: 1000, refresh_token: 'r', scope: 'read write' }]

describe('what explain says', () => {
  it('before the first call → absent, and that the next call waits', () => {
    const { tokens, tokenRequests } = createService()
    expect(tokens.explain()).toEqual({
      provider: 'test',
      apiUrl: 'https://api.example.com/v1',
      origins: ['https://api.example.com'],
      tokenUrl: 'https://auth.example.com/token',
      grant: 'client_credentials',
      state: 'absent',
      reason: expect.stringContaining('waits'),
      isRenewing: false,
      signInRequired: false,
      generation: 0,
      hasRefreshToken: false,
    })
    expect(tokenRequests).toHaveLength(0)
  })

  it('while a token is got → that a renewal is under way', async () => {
    const reply = createGate<Record<string, unknown>>()
    const { tokens } = createService({ replies: [() => reply.promise] })
    const call = tokens.getToken()
    expect(tokens.explain()).toMatchObject({ state: 'absent', isRenewing: true })
    reply.open({ access_token: 'a' })
    await call
    expect(tokens.explain()).toMatchObject({ state: 'fresh', isRenewing: false })
  })

  it.each([
    [0, 'fresh', 'uses it, and nothing is renewed'],
    [600_000, 'fresh', 'uses it, and nothing is renewed'],
    [800_000, 'aging', 'renewed in the background'],
    [990_000, 'expired', 'waits for a new one'],
    [5_000_000, 'expired', 'waits for a new one'],
  ])('%i ms after a token of 1000 s was got → %s', async (afterMs, state, reason) => {
    const { tokens, clock, tokenRequests } = createService({ replies })
    const start = clock.now()
    await tokens.getToken()
    clock.advance(afterMs)
    expect(tokens.explain()).toMatchObject({
      state,
      reason: expect.stringContaining(reason),
      generation: 1,
      issuedAt: start,
      expiresAt: start + 1_000_000,
      hasRefreshToken: true,
      scope: ['read', 'write'],
    })
    const { agingAt } = tokens.explain()
    expect(agingAt).toBeGreaterThanOrEqual(start + 700_000)
    expect(agingAt).toBeLessThanOrEqual(start + 750_000)
    // It looks, and does nothing: an aging token is not renewed by being explained.
    await settle()
    expect(tokenRequests).toHaveLength(1)
  })

  it('of a token that never expires → fresh, without an end', async () => {
    const { tokens, clock } = createService({
      provider: { tokenResponse: { defaultLifetimeMs: Number.POSITIVE_INFINITY } },
      replies: [{ access_token: 'a' }],
    })
    await tokens.getToken()
    clock.advance(1e12)
    expect(tokens.explain()).toMatchObject({ state: 'fresh' })
    expect(tokens.explain()).not.toHaveProperty('expiresAt')
    expect(tokens.explain()).not.toHaveProperty('agingAt')
  })

  it('after a refusal → the failure, and that calls get it at once until retryAt', async () => {
    const { tokens, clock } = createService({ replies: [Response.json({ error: 'invalid_client' }, { status: 401 })] })
    await rejectionOf(tokens.getToken())
    expect(tokens.explain()).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('until retryAt'),
      failure: { code: 'refused', retryAt: clock.now() + 30_000 },
    })
    clock.advance(30_000)
    expect(tokens.explain()).not.toHaveProperty('failure')
    expect(tokens.explain().reason).toContain('waits')
  })

  it('after a background renewal has failed → the failure, and that the token is used all the same', async () => {
    const { tokens, clock } = createService({
      replies: [...replies, new Response('', { status: 503 })],
      manager: { retry: { retries: 0 } },
    })
    await tokens.getToken()
    clock.advance(800_000)
    await tokens.getToken()
    await settle()
    expect(tokens.explain()).toMatchObject({ state: 'aging', reason: expect.stringContaining('uses it'), failure: { code: 'unavailable' } })
  })

  it('after the API has rejected a token, and its renewal was refused → that, and not that all is well', async () => {
    const isValid = { now: true }
    const { tokens, clock } = createService({
      api: rejecting(() => !isValid.now),
      replies: [...replies, Response.json({ error: 'invalid_client' }, { status: 401 })],
      provider: { renewal: { by: 'grant' } },
    })
    await tokens.fetch(apiUrl)
    isValid.now = false
    await rejectionOf(tokens.fetch(apiUrl))
    expect(tokens.explain()).toMatchObject({
      state: 'fresh',
      reason: expect.stringMatching(/rejected.* uses it\. Its renewal failed.* after retryAt/),
      failure: { code: 'refused', retryAt: clock.now() + 30_000 },
    })
    clock.advance(30_000)
    expect(tokens.explain().reason).toMatch(/rejected.* renewed if it is rejected again/)
    expect(tokens.explain()).not.toHaveProperty('failure')
  })

  it('after a newer token was asked for, and its renewal failed → the failure, also of a token that is fresh', async () => {
    const { tokens } = createService({ replies: [...replies, new Response('', { status: 503 })], manager: { retry: { retries: 0 } } })
    await tokens.getToken()
    await rejectionOf(tokens.getToken({ forceRenewal: true }))
    expect(tokens.explain()).toMatchObject({ state: 'fresh', reason: expect.stringContaining('failed'), failure: { code: 'unavailable' } })
  })

  it('while an API rejects every new token → that renewals are paused, and until when', async () => {
    const { tokens, clock, events } = createService({ api: rejecting(() => true) })
    for (let count = 0; count < 4; count++) expect((await tokens.fetch(`${apiUrl}/${count}`)).status).toBe(401)
    const paused = { code: 'forced_renewals_paused', retryAt: clock.now() + 60_000 }
    expect(countEvents(events, 'warning')).toBe(1)
    expect(tokens.explain()).toMatchObject({ state: 'fresh', reason: expect.stringMatching(/no use.* until retryAt/), failure: paused })
    clock.advance(60_000)
    expect(tokens.explain()).not.toHaveProperty('failure')
  })

  it('while forced renewals are paused, and the token has expired → that the next call waits for a new one', async () => {
    const short = Array.from({ length: 11 }, (_, index) => ({ access_token: `token-${index}`, expires_in: 30 }))
    const { tokens, clock } = createService({ replies: short })
    await tokens.getToken()
    for (let count = 0; count < 10; count++) await tokens.getToken({ forceRenewal: true })
    expect(tokens.explain()).toMatchObject({ state: 'fresh', failure: { code: 'forced_renewals_paused' } })
    clock.advance(30_000)
    expect(tokens.explain()).toMatchObject({ state: 'expired', reason: expect.stringContaining('waits for a new one') })
    expect(tokens.explain()).not.toHaveProperty('failure')
  })

  it('while its renewal is postponed, since the store is unreachable → that, and that the token is used', async () => {
    const store = memoryStore()
    const { tokens, clock, tokenRequests } = createService({ replies, manager: { store, renewal: {} } })
    await tokens.getToken()
    store.get = () => Promise.reject(new Error('away'))
    clock.advance(800_000)
    await tokens.getToken()
    await settle()
    expect(tokens.explain()).toMatchObject({
      state: 'aging',
      isRenewing: false,
      reason: expect.stringContaining('postponed while the store is unreachable'),
    })
    expect(tokens.explain()).not.toHaveProperty('failure')
    expect(tokenRequests).toHaveLength(1)
  })

  it.each([
    ['a scope of the server’s', 'read write', ['read', 'write']],
    ['the access token among the scopes', 'read canary-access', ['read', '[secret]']],
    ['the client secret, escaped', 'read%20client%2Dsecret', ['[secret]']],
    ['a terminal’s escape', 'read\u001b[31m', ['read [31m']],
  ])('scopes with %s → no secret and no control character', async (_, scope, expected) => {
    const { tokens } = createService({ replies: [{ access_token: 'canary-access', expires_in: 1000, scope }] })
    await tokens.getToken()
    expect(tokens.explain().scope).toEqual(expected)
  })

  it('of a person who has to sign in → that, also while a rejected token is held', async () => {
    const { tokens } = createService({
      grant: refreshToken({ clientId: 'client', refreshToken: 'r0' }),
      replies: [{ access_token: 'a', expires_in: 1000 }, Response.json({ error: 'invalid_grant' }, { status: 400 })],
    })
    await tokens.getToken()
    await rejectionOf(tokens.getToken({ forceRenewal: true }))
    expect(tokens.explain()).toMatchObject({ signInRequired: true, state: 'fresh', reason: expect.stringContaining('has to sign in') })
    expect(tokens.explain().reason).not.toContain('uses it')
  })

  it('of a refresh token that ends → until when it can be used', async () => {
    const { tokens, clock } = createService({
      grant: refreshToken({ clientId: 'client', refreshToken: 'r0' }),
      provider: { renewal: { by: 'refresh_token', refreshLifetimeMs: 86_400_000 } },
      replies,
    })
    await tokens.getToken()
    expect(tokens.explain()).toMatchObject({ grant: 'refresh_token', refreshableUntil: clock.now() + 86_400_000 })
  })

  it('what explain says → is plain data, that survives JSON and holds neither token nor secret', async () => {
    const { tokens } = createService({ replies: [{ access_token: 'canary-a', refresh_token: 'canary-r', expires_in: 100 }] })
    await tokens.getToken()
    const status = tokens.explain()
    expect(JSON.parse(JSON.stringify(status))).toEqual(status)
    expect(JSON.stringify(status)).not.toMatch(/canary|secret"?:|client-secret/)
  })
})

describe('the URL of the API, as a reply names it', () => {
  const named = (at: string) =>
    createService({
      replies: [{ access_token: 'canary-token-123', refresh_token: 'canary-refresh-1', at }],
      provider: { apiOrigins: ['https://eu.example.com'], tokenResponse: { apiUrl: 'at' } },
    }).tokens

  it.each([
    ['the refresh token', 'https://eu.example.com/botcanary-refresh-1/'],
    ['the refresh token, percent-encoded', 'https://eu.example.com/bot%63anary-refresh-1/x'],
    ['the client’s secret', 'https://eu.example.com/client-secret'],
  ])('has %s in its path → its origin alone is shown', async (_, at) => {
    const tokens = named(at)
    await tokens.getToken()
    expect(tokens.explain().apiUrl).toBe('https://eu.example.com')
  })

  it.each([
    ['as it is', 'https://eu.example.com/botcanary-token-123/'],
    ['percent-encoded', 'https://eu.example.com/bot%63anary-token-123/x'],
    ['in base64', `https://eu.example.com/${Buffer.from('canary-token-123').toString('base64url')}`],
  ])('has the token in it, %s → the reply is refused, without it', async (_, at) => {
    const error = await rejectionOf(named(at).getToken())
    expect(error).toMatchObject({ name: 'InvalidTokenResponseError', message: expect.stringContaining('apiUrl') })
    expect(String(error)).not.toContain('canary')
  })

  it('has no secret in it → is shown whole', async () => {
    const tokens = named('https://eu.example.com/services/data')
    await tokens.getToken()
    expect(tokens.explain().apiUrl).toBe('https://eu.example.com/services/data')
  })
})
