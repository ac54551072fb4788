import { afterEach, describe, expect, it, vi } from 'vitest'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { createFakeJwt } from '../../src/testing/emulation/fake-jwt.ts'
import { createSeededRandom } from '../../src/testing/seeded-random.ts'
import { startApi } from '../support/loopback-api.ts'
import { runScript } from '../support/run-script.ts'
import { apiUrl, createService, settle } from '../support/service.ts'

const grant = clientCredentials({ clientId: 'client', clientSecret: 'client-secret' })
const hour = 3_600_000

afterEach(() => void vi.useRealTimers())

/** A service whose tokens live `lifetimeMs`, under fake timers. */
function createTimedService(lifetimeMs: number) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.UTC(2026, 0, 1) })
  let count = 0
  return createService({
    otherwise: () => ({ access_token: `at-${++count}`, expires_in: lifetimeMs / 1000 }),
    manager: { now: Date.now, renewal: {} },
  })
}

/** How many tokens it takes: one per life, less the window of a quarter (5 min. at most) and the jitter of a fifth of that. */
function idealCounts(totalMs: number, lifetimeMs: number): [least: number, most: number] {
  const aheadMs = Math.min(300_000, lifetimeMs / 4)
  return [Math.floor(totalMs / (lifetimeMs - aheadMs)), Math.ceil(totalMs / (lifetimeMs - aheadMs * 1.2)) + 1]
}

describe('a timer that would be longer than a timer can be', () => {
  it('in a process of its own, with a token of 30 days → exactly 1 token request, and no busy timer', async () => {
    const api = await startApi({ expiresIn: 30 * 86_400 })
    const { exitCode, stderr, reports } = await runScript(
      `const tokens = new TokenManager({ provider, grant })
       let calls = 0
       for (const end = Date.now() + 1_000; Date.now() < end; calls++) {
         await (await tokens.fetch(provider.apiUrl)).text()
         await new Promise((resolve) => setTimeout(resolve, 20))
       }
       report({ isMany: calls > 1, cpuMs: process.cpuUsage().user / 1000 < 900 })`,
      { ORIGIN: api.origin },
    )
    expect({ exitCode, stderr, reports }).toEqual({ exitCode: 0, stderr: '', reports: [{ isMany: true, cpuMs: true }] })
    expect(api.tokenRequests).toHaveLength(1)
  })

  it.each([25, 30, 60, 365])('of %i days → as many requests as the ideal, over two lives', async (days) => {
    const lifetimeMs = days * 24 * hour
    const { tokens, tokenRequests } = createTimedService(lifetimeMs)
    for (let elapsed = 0; elapsed < 2 * lifetimeMs; elapsed += 6 * hour) {
      await tokens.getToken()
      await vi.advanceTimersByTimeAsync(6 * hour)
    }
    const [least, most] = idealCounts(2 * lifetimeMs, lifetimeMs)
    expect(tokenRequests.length).toBeGreaterThanOrEqual(least)
    expect(tokenRequests.length).toBeLessThanOrEqual(most)
  })
})

describe('short tokens in constant use', () => {
  it.each([2, 10, 60, 200, 240, 300, 900, 3600])(
    'of %i s → the ideal count ± 1 over ten lives, and no caller gets an expired one',
    async (seconds) => {
      const lifetimeMs = seconds * 1000
      const { tokens, tokenRequests } = createTimedService(lifetimeMs)
      const stepMs = lifetimeMs / 50
      for (let step = 0; step < 500; step++) {
        const token = await tokens.getToken()
        expect(token.expiresAt).toBeGreaterThan(Date.now())
        await vi.advanceTimersByTimeAsync(stepMs)
      }
      const [least, most] = idealCounts(10 * lifetimeMs, lifetimeMs)
      expect(tokenRequests.length).toBeGreaterThanOrEqual(least - 1)
      expect(tokenRequests.length).toBeLessThanOrEqual(most + 1)
    },
  )

  it('that are already expired when they come (expires_in 0) → one request for each call, no storm of its own', async () => {
    const { tokens, tokenRequests } = createTimedService(0)
    for (let call = 0; call < 5; call++) {
      await tokens.getToken()
      await vi.advanceTimersByTimeAsync(60_000)
    }
    expect(tokenRequests).toHaveLength(5)
  })
})

describe('a machine that sleeps', () => {
  it('8 h, ten times → a new token on the first use after each, and never one that has expired', async () => {
    const { tokens, tokenRequests } = createTimedService(hour)
    for (let night = 0; night < 10; night++) {
      const token = await tokens.getToken()
      expect(token.expiresAt).toBeGreaterThan(Date.now())
      // Timers stand still while the wall clock goes on.
      vi.setSystemTime(Date.now() + 8 * hour)
    }
    expect(tokenRequests).toHaveLength(10)
  })

  it('8 h, with a timer that is late by that → one renewal when it fires, for all callers that come at once', async () => {
    const { tokens, tokenRequests } = createTimedService(hour)
    await tokens.getToken()
    vi.setSystemTime(Date.now() + 8 * hour)
    const calls = Array.from({ length: 20 }, () => tokens.getToken())
    await vi.advanceTimersByTimeAsync(hour)
    const texts = new Set((await Promise.all(calls)).map(({ accessToken }) => accessToken))
    expect([...texts]).toEqual(['at-2'])
    // The one after the sleep, and the one that its timer gets in the hour that follows.
    expect(tokenRequests.length).toBeLessThanOrEqual(3)
  })

  it('8 h, in mid-renewal → the token of before is not used, and there is one more request', async () => {
    const { tokens, tokenRequests } = createTimedService(hour)
    await tokens.getToken()
    vi.setSystemTime(Date.now() + 0.8 * hour)
    await tokens.getToken()
    vi.setSystemTime(Date.now() + 8 * hour)
    expect((await tokens.getToken()).expiresAt).toBeGreaterThan(Date.now())
    expect(tokenRequests.length).toBeLessThanOrEqual(3)
  })
})

describe('a clock that jumps', () => {
  it.each([
    ['ahead by 3 h', 2, [3 * hour]],
    // A token that was dated ahead is used, and renewed at once: nobody knows when it ends.
    ['back by 3 h', 2, [-3 * hour]],
    ['back by a second', 1, [-1_000]],
    ['ahead and back', 3, [3 * hour, -3 * hour]],
    ['back and ahead', 3, [-3 * hour, 3 * hour]],
  ])('%s → at most %i token requests', async (_, most, jumps) => {
    const { tokens, clock, tokenRequests } = createService()
    await tokens.getToken()
    for (const jump of jumps) {
      clock.advance(jump)
      for (let call = 0; call < 5; call++) {
        await tokens.getToken()
        await settle()
      }
    }
    expect(tokenRequests.length).toBeLessThanOrEqual(most)
    expect(tokenRequests.length).toBeGreaterThanOrEqual(1)
  })

  it('a seeded walk of 200 jumps → never an expired token, and no more requests than jumps', async () => {
    const seed = Number(process.env['SEED'] ?? 7)
    const random = createSeededRandom(seed)
    const { tokens, clock, tokenRequests } = createService({
      otherwise: () => ({ access_token: `at-${random.text(8)}`, expires_in: 3600 }),
    })
    for (let step = 0; step < 200; step++) {
      const jump = Math.round((random.next() - 0.4) * 4 * hour)
      clock.advance(jump)
      const token = await tokens.getToken()
      expect(token.expiresAt, `seed ${seed}, step ${step}`).toBeGreaterThan(clock.now())
      await settle()
    }
    expect(tokenRequests.length, `seed ${seed}`).toBeLessThanOrEqual(200 + 1)
  })
})

describe('a clock that is wrong by hours, against a real server', () => {
  const offsets = [-8 * hour, -3 * hour, -5_000, 0, 5_000, 3 * hour, 8 * hour]

  it.each(offsets)('%i ms, with expires_in → five calls, 1 token request, and a lifetime of ten minutes', async (offset) => {
    const api = await startApi({ expiresIn: 600 })
    const now = () => Date.now() + offset
    const tokens = new TokenManager({ provider: api.provider, grant, now, renewal: { scheduled: false } })
    for (let call = 0; call < 5; call++) expect((await tokens.fetch(api.apiUrl)).status).toBe(200)
    expect(api.tokenRequests).toHaveLength(1)
    expect((await tokens.getToken()).expiresAt).toBeGreaterThan(now() + 590_000)
    expect((await tokens.getToken()).expiresAt).toBeLessThanOrEqual(now() + 600_000)
  })

  it.each(offsets)("%i ms, with a JWT's exp alone → the same, corrected by the server's Date", async (offset) => {
    const random = createSeededRandom(1)
    const api = await startApi({
      token: () => {
        const exp = Math.floor(Date.now() / 1000) + 600
        return { headers: { date: new Date().toUTCString() }, json: { access_token: createFakeJwt({ exp }, random) } }
      },
    })
    const now = () => Date.now() + offset
    const tokens = new TokenManager({ provider: api.provider, grant, now, renewal: { scheduled: false } })
    for (let call = 0; call < 5; call++) await tokens.getToken()
    expect(api.tokenRequests).toHaveLength(1)
    const lifetimeMs = ((await tokens.getToken()).expiresAt ?? 0) - now()
    expect(lifetimeMs).toBeGreaterThan(590_000)
    expect(lifetimeMs).toBeLessThan(603_000)
  })
})

describe('a script in a process of its own', () => {
  // Generous: it is a slow machine. A timer that holds the process would hold it for 45 minutes.
  const atOnceMs = 2_500

  it.each([
    ['one call', 'await (await tokens.fetch(provider.apiUrl)).text()'],
    ['a call whose body it never reads', 'await tokens.fetch(provider.apiUrl)'],
    ['a token', 'await tokens.getToken()'],
    [
      'a thousand calls at once',
      'await Promise.all(Array.from({ length: 1000 }, async () => (await tokens.fetch(provider.apiUrl)).text()))',
    ],
    ['a call that it aborts', 'await tokens.fetch(provider.apiUrl, { signal: AbortSignal.abort() }).catch(() => {})'],
    [
      'a wait that it aborts',
      `const c = new AbortController(); const p = tokens.getToken({ signal: c.signal }); c.abort(); await p.catch(() => {})`,
    ],
    ['nothing at all', ''],
  ])('after %s, with scheduled renewal and no dispose() → it exits at once', async (_, code) => {
    const api = await startApi({ expiresIn: 3600 })
    const { exitCode, stderr, exitedAfterMs } = await runScript(
      `const tokens = new TokenManager({ provider, grant })\n${code}\nreport('last await')`,
      { ORIGIN: api.origin },
    )
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(exitedAfterMs).toBeLessThan(atOnceMs)
  })

  it('after a call that failed, while the back-off of a background renewal runs → it exits at once', async () => {
    const api = await startApi({
      expiresIn: 1,
      token: (_request, count) => (count > 1 ? { status: 503, headers: { 'retry-after': '4' } } : undefined),
    })
    const { exitCode, stderr, exitedAfterMs } = await runScript(
      `const tokens = new TokenManager({ provider, grant })
       await tokens.getToken()
       while (tokens.explain().state === 'fresh') await new Promise((resolve) => setTimeout(resolve, 10))
       await tokens.getToken()
       await new Promise((resolve) => setTimeout(resolve, 100))
       report('last await')`,
      { ORIGIN: api.origin },
    )
    expect({ exitCode, stderr, requests: api.tokenRequests.length }).toEqual({ exitCode: 0, stderr: '', requests: 2 })
    expect(exitedAfterMs).toBeLessThan(atOnceMs)
  })

  it.each([
    ['dispose()', 'tokens.dispose()'],
    ['await using', 'await tokens[Symbol.asyncDispose]()'],
    ['the end of a block with using', 'tokens[Symbol.dispose]()'],
  ])('after %s, while a background request that uses up nothing hangs → it exits at once', async (_, end) => {
    const api = await startApi({ expiresIn: 2, token: (_request, count) => (count > 1 ? 'hang' : undefined) })
    const { exitCode, stderr, exitedAfterMs } = await runScript(
      `const tokens = new TokenManager({ provider, grant })
       await tokens.getToken()
       while (tokens.explain().state === 'fresh') await new Promise((resolve) => setTimeout(resolve, 10))
       await tokens.getToken()
       await new Promise((resolve) => setTimeout(resolve, 100))
       ${end}
       report('last await')`,
      { ORIGIN: api.origin },
    )
    expect({ exitCode, stderr, requests: api.tokenRequests.length }).toEqual({ exitCode: 0, stderr: '', requests: 2 })
    expect(exitedAfterMs).toBeLessThan(atOnceMs)
  })

  it('that waits for a token while the endpoint fails twice → does not exit in mid-wait', async () => {
    const api = await startApi({ token: (_request, count) => (count < 3 ? { status: 503 } : undefined) })
    const { exitCode, stderr, reports } = await runScript(
      `const tokens = new TokenManager({ provider, grant })
       report((await tokens.getToken()).accessToken)`,
      { ORIGIN: api.origin },
    )
    expect({ exitCode, stderr, reports }).toEqual({ exitCode: 0, stderr: '', reports: ['token-3'] })
  })

  it('that waits for a token of a silent endpoint → ends with the typed error after timeoutMs', async () => {
    const api = await startApi({ token: () => 'hang' })
    const { exitCode, reports } = await runScript(
      `const tokens = new TokenManager({ provider, grant, timeoutMs: 300, retry: { retries: 0 } })
       report(await tokens.getToken().catch((error) => error.code))`,
      { ORIGIN: api.origin },
    )
    expect({ exitCode, reports }).toEqual({ exitCode: 0, reports: ['timed_out'] })
  })
})

it('a script that ends by `await using` while a token of a rotating refresh token is renewed → the rotated one is stored', async () => {
  const api = await startApi({
    expiresIn: 2,
    rotates: true,
    token: async (_request, count) => {
      if (count > 1) await new Promise((resolve) => setTimeout(resolve, 300))
      return undefined
    },
  })
  const { exitCode, stderr, reports } = await runScript(
    `let record
     const store = { get: async () => record, set: async (_, value) => { record = value }, delete: async () => { record = undefined } }
     const tokens = new TokenManager({ provider, grant, store })
     process.on('exit', () => report({ generation: tokens.explain().generation, isStored: record.token.accessToken === 'token-2' }))
     await tokens.getToken()
     while (tokens.explain().state === 'fresh') await new Promise((resolve) => setTimeout(resolve, 10))
     await tokens.getToken()
     await tokens[Symbol.asyncDispose]()`,
    { ORIGIN: api.origin },
  )
  expect({ exitCode, stderr, reports }).toEqual({ exitCode: 0, stderr: '', reports: [{ generation: 2, isStored: true }] })
})

describe('nothing is unhandled, in a process where that would be an uncaught exception', () => {
  const failing = `const tokens = new TokenManager({ provider, grant, retry: { retries: 1, minDelayMs: 1, maxDelayMs: 5 } })`
  it.each([
    [
      'a background renewal that fails',
      1,
      `${failing}
      let hasFailed = false
      tokens.on('failed', () => { hasFailed = true })
      await tokens.getToken()
      while (!hasFailed) await new Promise((resolve) => setTimeout(resolve, 10))`,
    ],
    [
      'a caller who has gone when the renewal fails',
      0,
      `${failing}
      const controller = new AbortController()
      const call = tokens.getToken({ signal: controller.signal }).catch(() => {})
      setTimeout(() => controller.abort(), 1)
      await call
      await new Promise((resolve) => setTimeout(resolve, 200))`,
    ],
    [
      'a caller who aborts after the failure',
      0,
      `${failing}
      const controller = new AbortController()
      await tokens.fetch(provider.apiUrl, { signal: controller.signal }).catch(() => {})
      controller.abort()`,
    ],
    [
      'clear() during a renewal that fails',
      0,
      `${failing}
      const call = tokens.getToken().catch(() => {})
      await tokens.clear()
      await call`,
    ],
    [
      'dispose() during a renewal that fails',
      0,
      `${failing}
      const call = tokens.getToken().catch(() => {})
      tokens.dispose()
      await call`,
    ],
    [
      'listeners that throw and reject',
      0,
      `${failing}
      for (const type of ['failed', 'acquired']) { tokens.on(type, () => { throw new Error('x') }); tokens.on(type, async () => { throw new Error('x') }) }
      await tokens.getToken().catch(() => {})`,
    ],
  ])('%s', async (_, worksFor, code) => {
    const api = await startApi({ expiresIn: 1, token: (_request, count) => (count > worksFor ? { status: 500 } : undefined) })
    const { exitCode, stderr, reports } = await runScript(
      `${code}\nawait new Promise((resolve) => setTimeout(resolve, 50))\nreport('end')`,
      { ORIGIN: api.origin },
    )
    expect({ exitCode, stderr, reports }).toEqual({ exitCode: 0, stderr: '', reports: ['end'] })
    expect(api.tokenRequests.length).toBeGreaterThan(worksFor)
  })
})

it('an outage while the token is aging, over real HTTP → API calls go on with the old token', async () => {
  let now = Date.now()
  const api = await startApi({ expiresIn: 100, token: (_request, count) => (count > 1 ? 'cut' : undefined) })
  const tokens = new TokenManager({ provider: api.provider, grant, now: () => now, retry: { retries: 0 }, renewal: { scheduled: false } })
  expect((await tokens.fetch(api.apiUrl)).status).toBe(200)
  now += 80_000
  for (let call = 0; call < 20; call++) expect((await tokens.fetch(api.apiUrl)).status).toBe(200)
  expect(tokens.explain().state).toBe('aging')
  expect(api.tokenRequests.length).toBeLessThanOrEqual(3)
})

it('five parallel callers each second of an aging token → one background renewal, and none of them waits', async () => {
  const { tokens, clock, tokenRequests } = createService({
    otherwise: () => ({ access_token: `at-${tokenRequests.length}`, expires_in: 100 }),
  })
  await tokens.getToken()
  clock.advance(80_000)
  const texts = await Promise.all(Array.from({ length: 5 }, async () => (await tokens.fetch(apiUrl)).text()))
  expect(new Set(texts)).toEqual(new Set(['at-1']))
  await settle()
  expect(tokenRequests).toHaveLength(2)
})
