import { setupServer } from 'msw/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEmulation, createFakeClock, type Emulation, type FaultRule, type SystemName } from '../../../../src/testing.ts'
import { postForm, useEmulation } from './use-emulation.ts'

const host = 'http://127.0.0.1:8000'

const askToken = ({ credentials }: Emulation, init?: RequestInit): Promise<Response> =>
  postForm(`${host}/token/`, { client_id: credentials.cam2.clientId, client_secret: credentials.cam2.clientSecret }, init)

async function signIn(emulation: Emulation): Promise<() => Promise<Response>> {
  const { token } = (await (await askToken(emulation)).json()) as { token: string }
  return () => fetch(`${host}/cameras.json`, { headers: { authorization: `JWT ${token}` } })
}

describe('revoke', () => {
  it('makes the tokens of that system worthless, says how many worked, and spares later ones', async () => {
    const emulation = useEmulation({ systems: ['cam2'] })
    const list = await signIn(emulation)
    await signIn(emulation)
    expect(emulation.revoke('camdram')).toBe(0)
    expect((await list()).status).toBe(200)
    expect(emulation.revoke('cam2')).toBe(2)
    expect(emulation.revoke()).toBe(0)
    expect((await list()).status).toBe(403)
    expect((await (await signIn(emulation))()).status).toBe(200)
  })

  it('spares refresh tokens unless told otherwise', async () => {
    const emulation = useEmulation({ systems: ['musement'] })
    const { clientId: client_id, clientSecret: client_secret } = emulation.credentials.musement
    const login = async (fields: Record<string, string>) => {
      const query = new URLSearchParams({ client_id, client_secret, ...fields })
      return fetch(`https://api.musement.com/api/v3/login?${query}`)
    }
    const first = await (await login({ grant_type: 'client_credentials' })).json()
    emulation.revoke('musement')
    const second = await login({ grant_type: 'refresh_token', refresh_token: first.refresh_token })
    expect(second.status).toBe(200)
    emulation.revoke('musement', { refreshTokens: true })
    const third = await login({ grant_type: 'refresh_token', refresh_token: (await second.json()).refresh_token })
    expect(third.status).toBe(400)
  })
})

describe('fail', () => {
  it('a status strikes as often as it is told to, with Retry-After, and nothing is issued meanwhile', async () => {
    const emulation = useEmulation({ systems: ['cam2'] })
    emulation.fail({ system: 'cam2', status: 503, retryAfter: 2, count: 2 })
    const responses = [await askToken(emulation), await askToken(emulation), await askToken(emulation)]
    expect(responses.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([
      [503, '2'],
      [503, '2'],
      [200, null],
    ])
    expect(emulation.counters.cam2).toMatchObject({ tokenRequests: 3, faults: 2, byGrant: { client_credentials: 1 } })
  })

  it('a fault ends after its time, or when it is told to', async () => {
    const clock = createFakeClock()
    const emulation = useEmulation({ systems: ['cam2'], now: clock.now })
    emulation.fail({ status: 500, forMs: 1_000 })
    expect((await askToken(emulation)).status).toBe(500)
    clock.advance(1_000)
    expect((await askToken(emulation)).status).toBe(200)
    const end = emulation.fail({ status: 429 })
    expect((await askToken(emulation)).status).toBe(429)
    end()
    expect((await askToken(emulation)).status).toBe(200)
  })

  it('a fault strikes its system and its endpoint only', async () => {
    const emulation = useEmulation({ systems: ['cam2'] })
    const list = await signIn(emulation)
    emulation.fail({ system: 'dive', status: 500 })
    emulation.fail({ endpoint: 'api', status: 502, body: '<html>', headers: { 'content-type': 'text/html' } })
    expect((await askToken(emulation)).status).toBe(200)
    const broken = await list()
    expect([broken.status, await broken.text()]).toEqual([502, '<html>'])
  })

  it.each<[string, FaultRule<SystemName>, number]>([
    ['network: nothing is done', { kind: 'network' }, 0],
    ['lost: done, without a reply', { kind: 'lost' }, 1],
  ])('%s', async (_, rule, issued) => {
    const emulation = useEmulation({ systems: ['cam2'] })
    emulation.fail(rule)
    await expect(askToken(emulation)).rejects.toThrow(TypeError)
    expect(emulation.counters.cam2.byGrant['client_credentials'] ?? 0).toBe(issued)
  })

  it('cut: done, and the reply does not come through', async () => {
    const emulation = useEmulation({ systems: ['cam2'] })
    emulation.fail({ kind: 'cut' })
    // Where the error is seen, at `fetch` or at the body, is up to msw here; the emulator's test has a real connection.
    await expect(askToken(emulation).then((response) => response.text())).rejects.toThrow()
    expect(emulation.counters.cam2.byGrant['client_credentials']).toBe(1)
  })

  it('garbage: 200 with JSON that ends too early', async () => {
    const emulation = useEmulation({ systems: ['cam2'] })
    emulation.fail({ kind: 'garbage' })
    const response = await askToken(emulation)
    expect(response.status).toBe(200)
    await expect(response.json()).rejects.toThrow(SyntaxError)
  })

  it('hang: no answer until the caller gives up', async () => {
    const emulation = useEmulation({ systems: ['cam2'] })
    emulation.fail({ kind: 'hang' })
    await expect(askToken(emulation, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/i)
  })
})

describe('options', () => {
  it('lifetimes are set for all systems or for each, and can be changed', async () => {
    const clock = createFakeClock()
    const emulation = useEmulation({ systems: ['cam2'], lifetimeMs: { cam2: 2_000, dive: 5 }, now: clock.now })
    const list = await signIn(emulation)
    clock.advance(1_999)
    expect((await list()).status).toBe(200)
    clock.advance(1)
    expect((await list()).status).toBe(403)
    emulation.setTimes({ lifetimeMs: 10_000 })
    expect(await (await askToken(emulation)).json()).toMatchObject({ 'expires in': 10 })
  })

  it('token requests and API calls take the time that they are told to', async () => {
    const emulation = useEmulation({ systems: ['cam2'], tokenLatencyMs: 60 })
    const startedAt = performance.now()
    const list = await signIn(emulation)
    const tokenMs = performance.now() - startedAt
    expect(tokenMs).toBeGreaterThanOrEqual(55)
    emulation.setTimes({ latencyMs: 60 }, 'cam2')
    const calledAt = performance.now()
    await list()
    expect(performance.now() - calledAt).toBeGreaterThanOrEqual(55)
  })

  it('the servers’ clock is in the Date header', async () => {
    const clock = createFakeClock(Date.UTC(2020, 1, 29, 12))
    const emulation = useEmulation({ systems: ['cam2'], now: clock.now })
    expect((await askToken(emulation)).headers.get('date')).toBe('Sat, 29 Feb 2020 12:00:00 GMT')
  })

  it('the same seed gives the same tokens, another one others', async () => {
    const { now } = createFakeClock()
    const tokenOf = async (seed: number): Promise<string> => {
      const emulation = createEmulation({ systems: ['cam2'], seed, now })
      const server = setupServer(...emulation.handlers)
      server.listen()
      const { token } = (await (await askToken(emulation)).json()) as { token: string }
      server.close()
      return token
    }
    const [one, again, other] = [await tokenOf(1), await tokenOf(1), await tokenOf(2)]
    expect(again).toBe(one)
    expect(other).not.toBe(one)
  })

  it('base URLs move the systems', async () => {
    const emulation = createEmulation({ systems: ['cam2'], baseUrls: { cam2: 'https://cams.example/api/' } })
    const server = setupServer(...emulation.handlers)
    server.listen({ onUnhandledFrame: 'error' })
    onTestFinished(() => server.close())
    const { clientId, clientSecret } = emulation.credentials.cam2
    const response = await postForm('https://cams.example/api/token/', { client_id: clientId, client_secret: clientSecret })
    expect(response.status).toBe(200)
  })
})

describe('counters', () => {
  it('count token requests by grant, refreshes, refusals, API calls and rejections; reset sets all to zero', async () => {
    const emulation = useEmulation({ systems: ['cam2'] })
    const list = await signIn(emulation)
    await list()
    await postForm(`${host}/refresh_token/`, { token: 'unknown' })
    emulation.revoke('cam2')
    await list()
    expect(emulation.counters.cam2).toEqual({
      tokenRequests: 2,
      byGrant: { client_credentials: 1, refresh_token: 1 },
      refreshes: 1,
      refusedTokenRequests: 1,
      apiCalls: 2,
      rejectedCalls: 1,
      faults: 0,
    })
    emulation.fail({ status: 500 })
    emulation.reset()
    expect(emulation.counters.cam2).toMatchObject({ tokenRequests: 0, byGrant: {}, apiCalls: 0 })
    expect((await askToken(emulation)).status).toBe(200)
  })
})
