import { describe, expect, it } from 'vitest'
import { SignInRequiredError } from '../../../src/base/errors.ts'
import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { createClient } from '../../../src/ky/create-client.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import type { TokenStore } from '../../../src/token/token-store.ts'
import type { AuthorizationFunction, Provider } from '../../../src/vocabulary/provider.ts'
import { apiUrl, createGate, createService, settle } from '../../support/service.ts'
import { testProvider, tokenUrl } from '../../support/test-provider.ts'

const origin = new URL(apiUrl).origin

/** Two people who sign in one after the other, over one store; where `named`, each has an API of their own. */
function createWorld(profile: Partial<Provider>) {
  const sent: string[] = []
  const clock = createFakeClock()
  const store = memoryStore()
  const named = { apiOrigins: [origin], tokenResponse: { apiUrl: 'at' } }
  const provider = testProvider({ ...named, ...profile })
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const { url, headers } = request
    const who = /code=(\w+)/.exec(await request.text())?.[1]
    if (url === tokenUrl) return Response.json({ access_token: `of-${who}`, expires_in: 100, at: `${origin}/${who}` })
    sent.push(`${url} ${headers.get('authorization') ?? headers.get('x-sign') ?? ''}`)
    return new Response('done')
  }
  const options = { provider, fetch, now: clock.now, renewal: { scheduled: false } }
  const start = (code?: string, own: TokenStore = store) => {
    const signIn = code ? { code, codeVerifier: 'v'.repeat(43), redirectUri: 'https://app.test/' } : {}
    return new TokenManager({ ...options, grant: authorizationCode({ clientId: 'c', ...signIn }), store: own })
  }
  return { sent, clock, store, start }
}

/** A body that ends when the gate is opened. */
function createBody() {
  const gate = createGate()
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode('alice '))
      await gate.promise
      controller.enqueue(new TextEncoder().encode('pays'))
      controller.close()
    },
  })
  return { body, end: () => gate.open() }
}

const post = (body: BodyInit) => ({ method: 'POST', body, duplex: 'half' }) as RequestInit
const sign: AuthorizationFunction = ({ accessToken }) => ({ headers: { 'x-sign': accessToken } })
const profiles = [
  ['in a header', {}],
  ['in the query', { query: 'tok' }],
  ['by a function', sign],
] as const

describe.each(profiles)('a call whose token travels %s, and somebody else signs in before it is sent', (_, authorization) => {
  it.each([
    ['the body of a Request is still read', false],
    ['the body of a Request is still read, and the token has expired', true],
  ])('while %s → is never sent as that one', async (_, isExpired) => {
    const { sent, clock, start } = createWorld({ authorization })
    await start('alice').getToken()
    const tokens = start()
    await tokens.getToken()
    if (isExpired) clock.advance(101_000)
    const { body, end } = createBody()
    const call = tokens.fetch(new Request(`${apiUrl}/pay`, post(body))).catch((error: unknown) => error)
    await settle()
    await tokens.clear()
    await start('bob').getToken()
    end()
    const answer = await call
    expect(sent.join()).not.toContain('of-bob')
    expect(answer instanceof SignInRequiredError || sent.length > 0).toBe(true)
  })

  it.each([false, true])('in the turn of the call, the store being slow (expired: %s) → is never sent as that one', async (isExpired) => {
    const { sent, clock, store, start } = createWorld({ authorization })
    await start('alice').getToken()
    // The first read is that of the sign-out.
    const turns = [1, 8]
    let isSlow = false
    const slow = {
      get: async (key: string) => {
        for (let turn = isSlow ? (turns.shift() ?? 0) : 0; turn > 0; turn--) await settle()
        return store.get(key)
      },
      set: store.set.bind(store),
      delete: store.delete.bind(store),
      lock: store.lock?.bind(store),
    } as TokenStore
    const tokens = start(undefined, slow)
    await tokens.getToken()
    if (isExpired) clock.advance(101_000)
    isSlow = true
    const call = tokens.fetch(`${apiUrl}/pay`, { method: 'POST', body: 'alice pays' }).catch((error: unknown) => error)
    await tokens.clear()
    await start('bob').getToken()
    await call
    expect(sent.join()).not.toContain('of-bob')
  })
})

it('a sign-out while the body of a Request is read, with a grant that is nobody’s → the call is sent with the next token', async () => {
  const { tokens, apiCalls } = createService({ provider: { authorization: sign } })
  await tokens.getToken()
  const { body, end } = createBody()
  const call = tokens.fetch(new Request(apiUrl, post(body)))
  await settle()
  await tokens.clear()
  end()
  await call
  expect(apiCalls.map(({ headers }) => headers.get('x-sign'))).toEqual(['token-2'])
})

describe('a call of a ky client whose API the reply names, and somebody else signs in before it is sent', () => {
  it.each([
    ['while its body is read', true],
    ['while its body is read, and no token was held', false],
  ])('%s → is sent neither as that one nor to that place', async (_, isHeld) => {
    const { sent, start } = createWorld({})
    await start('alice').getToken()
    const tokens = start()
    if (isHeld) await tokens.getToken()
    const { body, end } = createBody()
    const call = createClient(tokens, { retry: 0 })
      .post('pay', post(body) as never)
      .then(String, (error: unknown) => error)
    await settle()
    await tokens.clear()
    await start('bob').getToken()
    end()
    expect(await call).toBeInstanceOf(SignInRequiredError)
    expect(sent).toEqual([])
  })

  it('with a grant that is nobody’s → is sent once more token is there, to where that leads', async () => {
    const { tokens, apiCalls } = createService({
      replies: [
        { access_token: 'a', at: `${origin}/first` },
        { access_token: 'b', at: `${origin}/second` },
      ],
      provider: { apiOrigins: [origin], tokenResponse: { apiUrl: 'at' } },
    })
    const { body, end } = createBody()
    const call = createClient(tokens, { retry: 0 }).post('pay', post(body) as never)
    await settle()
    await tokens.clear()
    end()
    await call
    expect(apiCalls.map(({ url, token }) => [url, token])).toEqual([[`${origin}/second/pay`, 'b']])
  })
})

describe('a sign-out while a function signs a call → the call is not sent', () => {
  const later = (isSlow: (accessToken: string) => boolean) => {
    const gate = createGate()
    const slow: AuthorizationFunction = async (call) => {
      if (isSlow(call.accessToken)) await gate.promise
      return sign(call)
    }
    return { slow, end: () => gate.open() }
  }

  it('the first time', async () => {
    const { slow, end } = later(() => true)
    const { sent, start } = createWorld({ authorization: slow })
    await start('alice').getToken()
    const tokens = start()
    await tokens.getToken()
    const call = tokens.fetch(`${apiUrl}/pay`, post('alice pays')).catch((error: unknown) => error)
    await settle()
    await tokens.clear()
    end()
    expect(await call).toBeInstanceOf(SignInRequiredError)
    expect(sent).toEqual([])
  })

  it('to be sent again with a newer token', async () => {
    const { slow, end } = later((accessToken) => accessToken === 'second')
    const { tokens, apiCalls } = createService({
      grant: refreshToken({ clientId: 'c', refreshToken: 'r' }),
      replies: [
        { access_token: 'first', refresh_token: 'r1' },
        { access_token: 'second', refresh_token: 'r2' },
      ],
      provider: { authorization: slow },
      api: ({ headers }) => new Response('', { status: headers.get('x-sign') === 'first' ? 401 : 200 }),
    })
    const call = tokens.fetch(apiUrl, { method: 'POST', body: 'b' }).catch((error: unknown) => error)
    await settle()
    await tokens.clear()
    end()
    expect(await call).toBeInstanceOf(SignInRequiredError)
    expect(apiCalls).toHaveLength(1)
  })

  it('after a redirect', async () => {
    const gate = createGate()
    const { tokens, apiCalls } = createService({
      grant: refreshToken({ clientId: 'c', refreshToken: 'r' }),
      provider: {
        authorization: async (call) => {
          if (call.url.endsWith('/there')) await gate.promise
          return sign(call)
        },
      },
      api: ({ url }) => new Response(null, url.endsWith('/there') ? {} : { status: 307, headers: { location: '/there' } }),
    })
    const call = tokens.fetch(apiUrl).catch((error: unknown) => error)
    await settle()
    await tokens.clear()
    gate.open()
    expect(await call).toBeInstanceOf(SignInRequiredError)
    expect(apiCalls).toHaveLength(1)
  })
})

describe('clear(), in whichever microtask before a call is sent', () => {
  const microtasks = Array.from({ length: 120 }, (_, count) => count)
  const expired = 3_600_000

  /** A call whose user signs out after so many microtasks. What it was sent with since, and what it came to. */
  async function clearAfter(count: number, held: 'nothing' | 'expired' | 'rejected') {
    const clock = createFakeClock()
    const sent: (string | null)[] = []
    let asked = 0
    // Noted in the turn in which it is called.
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (input === tokenUrl) return Response.json({ access_token: `token-${++asked}`, refresh_token: `r${asked}`, expires_in: 3_600 })
      const token = new Headers(init?.headers).get('authorization')
      sent.push(token)
      return new Response('', { status: held === 'rejected' && token === 'Bearer token-1' ? 401 : 200 })
    }
    const grant = refreshToken({ clientId: 'c', refreshToken: 'r0' })
    const tokens = new TokenManager({ provider: testProvider(), grant, fetch, now: clock.now, renewal: { scheduled: false } })
    if (held !== 'nothing') await tokens.getToken()
    if (held === 'expired') clock.advance(expired)
    const call = tokens.fetch(apiUrl, post('pay')).then(
      ({ status }) => status,
      (error: unknown) => (error instanceof SignInRequiredError ? 'sign in' : error),
    )
    for (let tick = 0; tick < count; tick++) await Promise.resolve()
    const before = sent.length
    const cleared = tokens.clear()
    const outcome = await call
    await cleared
    return { sentSince: sent.slice(before), outcome }
  }

  it.each([
    ['waits for its first token', 'nothing', [200, 'sign in']],
    ['waits for a renewal', 'expired', [200, 'sign in']],
    // Where it is not sent again, the caller gets what the API answered.
    ['was rejected, and waits for another token', 'rejected', [200, 401]],
  ] as const)('a call that %s → is not sent after it', async (_, held, possible) => {
    const outcomes = new Set<unknown>()
    for (const count of microtasks) {
      const { sentSince, outcome } = await clearAfter(count, held)
      expect([count, sentSince]).toEqual([count, []])
      outcomes.add(outcome)
    }
    // Early and late ones.
    expect([...outcomes].sort()).toEqual([...possible])
  })
})
