import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../src/base/errors.ts'
import { customGrant } from '../../src/grants/custom-grant.ts'
import type { TokenManagerOptions } from '../../src/manager/options.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import type { Exchange } from '../../src/vocabulary/exchange.ts'
import { type Answer, type LoopbackServer, type Received, startServer } from '../support/loopback-server.ts'
import { testProvider } from '../support/test-provider.ts'

const bodyOf = ({ body }: Received): Record<string, string> => JSON.parse(body.toString() || '{}')
const bearerOf = ({ headers }: Received): string | undefined => headers.authorization?.replace('Bearer ', '')
const post = (fetch: typeof globalThis.fetch, url: string, body: object): Promise<Response> =>
  fetch(url, { method: 'POST', body: JSON.stringify(body) })

function manage(
  { origin }: LoopbackServer,
  exchange: Exchange,
  { grant = {}, ...options }: Record<string, unknown> & { grant?: object } = {},
) {
  const { provider = testProvider({ apiUrl: `${origin}/api`, tokenUrl: `${origin}/login` }) } = options as Partial<TokenManagerOptions>
  return new TokenManager({
    renewal: { scheduled: false },
    retry: { minDelayMs: 0 },
    ...options,
    provider,
    grant: customGrant({ grantType: 'own', exchange, ...grant }),
  })
}

describe('a log-in in two steps, which proves the password by a hash of the session', () => {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex')
  const exchange: Exchange = async ({ fetch, parameters: { user, password } }) => {
    const { session } = (await (await post(fetch, `${recorder}/json`, { cmd: 'login' })).json()) as { session: string }
    return post(fetch, `${recorder}/json`, { cmd: 'login', session, response: md5(`${user}:${session}:${password}`) })
  }
  let recorder = ''

  /** Answers as Blue Iris does. */
  async function startRecorder() {
    const sessions = new Set<string>()
    let count = 0
    const server = await startServer((request) => {
      if (request.target === '/api') return sessions.has(bearerOf(request) ?? '') ? { json: { ok: true } } : { status: 401 }
      const { session, response } = bodyOf(request)
      if (session === undefined) return { json: { result: 'fail', session: `session-${++count}` } }
      if (response !== md5(`admin:${session}:p4ssw0rd`)) return { json: { result: 'fail', data: { reason: `wrong: ${session}` } } }
      sessions.add(session)
      return { json: { result: 'success', session } }
    })
    recorder = server.origin
    const provider = testProvider({
      apiUrl: `${server.origin}/api`,
      tokenUrl: `${server.origin}/json`,
      tokenResponse: {
        accessToken: 'session',
        error: [{ path: 'result', is: 'fail', error: 'invalid_grant', description: 'data.reason' }],
      },
    })
    return { server, provider, sessions, logins: () => server.received.filter(({ target }) => target === '/json').length }
  }

  it('a call → has the session, and logs in again when the server has forgotten it', async () => {
    const { server, provider, sessions, logins } = await startRecorder()
    const tokens = manage(server, exchange, { provider, grant: { parameters: { user: 'admin', password: 'p4ssw0rd' } } })
    expect((await tokens.fetch(provider.apiUrl)).status).toBe(200)
    expect(logins()).toBe(2)
    sessions.clear()
    expect((await tokens.fetch(provider.apiUrl)).status).toBe(200)
    expect(await tokens.getToken()).toMatchObject({ accessToken: 'session-2' })
    expect(logins()).toBe(4)
  })

  it('a wrong password → is sent once, however many ask', async () => {
    const { server, provider, logins } = await startRecorder()
    const tokens = manage(server, exchange, { provider, grant: { parameters: { user: 'admin', password: 'wr0ng-p4ss' } } })
    for (let round = 0; round < 3; round++) {
      const error = await tokens.getToken().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'refused', error: 'invalid_grant', errorDescription: 'wrong: session-1', url: provider.tokenUrl })
    }
    expect(logins()).toBe(2)
  })

  it('a session that ends while the wrong password is set → that is sent once as well', async () => {
    const { server, provider, sessions, logins } = await startRecorder()
    let password = 'p4ssw0rd'
    const tokens = manage(server, exchange, { provider, grant: { parameters: { user: 'admin', password: () => password } } })
    await tokens.getToken()
    password = 'wr0ng-p4ss'
    sessions.clear()
    await expect(tokens.fetch(provider.apiUrl)).rejects.toMatchObject({ code: 'refused' })
    await expect(tokens.getToken({ forceRenewal: true })).rejects.toMatchObject({ code: 'refused' })
    expect(logins()).toBe(4)
  })

  it('ten managers that share a store → log in once', async () => {
    const { server, provider, logins } = await startRecorder()
    const store = memoryStore()
    const grant = { parameters: { user: 'admin', password: 'p4ssw0rd' } }
    const managers = Array.from({ length: 10 }, () => manage(server, exchange, { provider, grant, store, subject: 'recorder' }))
    const all = await Promise.all(managers.map((tokens) => tokens.getToken()))
    expect(new Set(all.map(({ accessToken }) => accessToken))).toEqual(new Set(['session-1']))
    expect(logins()).toBe(2)
  })
})

describe('a second exchange of a first token', () => {
  it('a call → carries the second one; where that fails, both are got anew', async () => {
    let count = 0
    let isDown = false
    const server = await startServer((request): Answer => {
      const token = bearerOf(request)
      if (request.target === '/first') return { json: { access_token: `first-${++count}` } }
      if (request.target === '/second') {
        if (isDown) {
          isDown = false
          return { status: 503 }
        }
        return token === `first-${count}` ? { json: { jwt: `second-${count}`, ttl: 60 } } : { status: 401 }
      }
      return token === `second-${count}` ? { json: { ok: true } } : { status: 401 }
    })
    const exchange: Exchange = async ({ fetch, parameters }) => {
      const first = await fetch(`${server.origin}/first`, { method: 'POST', body: new URLSearchParams(parameters) })
      if (!first.ok) return first
      const { access_token: token } = (await first.json()) as { access_token: string }
      return fetch(`${server.origin}/second`, { method: 'POST', headers: { Authorization: `Bearer ${token}` } })
    }
    const provider = testProvider({
      apiUrl: `${server.origin}/api`,
      tokenUrl: `${server.origin}/second`,
      tokenResponse: { accessToken: 'jwt', expiresIn: 'ttl' },
    })
    const tokens = manage(server, exchange, { provider, grant: { clientId: 'id', clientSecret: 's3cret' } })
    expect((await tokens.fetch(provider.apiUrl)).status).toBe(200)
    expect(server.received[0]?.body.toString()).toBe('client_id=id&client_secret=s3cret')
    isDown = true
    expect(await tokens.getToken({ forceRenewal: true })).toMatchObject({ accessToken: 'second-3' })
    expect(server.received.map(({ target }) => target)).toEqual(['/first', '/second', '/api', '/first', '/second', '/first', '/second'])
  })
})

describe('a refresh token that works once', () => {
  const exchange: Exchange = ({ fetch, parameters, previous }) =>
    previous?.refreshToken
      ? post(fetch, `${origin}/refresh`, { refresh: previous.refreshToken })
      : post(fetch, `${origin}/login`, { ...parameters })
  let origin = ''

  /** Takes each refresh token once; a second use is an accident that the test sees. */
  async function startRotating(interfere: (request: Received, count: number) => Answer | undefined = () => undefined) {
    const live = new Set<string>()
    const used = new Set<string>()
    const reused: string[] = []
    let count = 0
    let asked = 0
    const server = await startServer((request) => {
      const { refresh } = bodyOf(request)
      if (refresh !== undefined) {
        if (used.has(refresh)) reused.push(refresh)
        if (!live.delete(refresh)) return { status: 400, json: { error: 'invalid_grant' } }
        used.add(refresh)
      }
      live.add(`r${++count}`)
      return interfere(request, ++asked) ?? { json: { access_token: `a${count}`, refresh_token: `r${count}`, expires_in: 60 } }
    })
    origin = server.origin
    return { server, reused, live, targets: () => server.received.map(({ target }) => target) }
  }
  const options = { grant: { parameters: { user: 'u', password: 'p4ss' }, usesUp: true } }

  it('renewals → present the one of the token before, and log in only once', async () => {
    const { server, targets } = await startRotating()
    const tokens = manage(server, exchange, options)
    await tokens.getToken()
    expect(await tokens.getToken({ forceRenewal: true })).toMatchObject({ accessToken: 'a2', refreshToken: 'r2' })
    expect(await tokens.getToken({ forceRenewal: true })).toMatchObject({ accessToken: 'a3', refreshToken: 'r3' })
    expect(targets()).toEqual(['/login', '/refresh', '/refresh'])
  })

  it('managers that renew at once over one store → present no refresh token twice', async () => {
    const { server, reused, targets } = await startRotating()
    const store = memoryStore()
    const managers = Array.from({ length: 5 }, () => manage(server, exchange, { ...options, store, subject: 'u' }))
    await Promise.all(managers.map((tokens) => tokens.getToken()))
    for (let round = 0; round < 3; round++) await Promise.all(managers.map((tokens) => tokens.getToken({ forceRenewal: true })))
    expect(reused).toEqual([])
    expect(targets().filter((target) => target === '/login')).toHaveLength(1)
  })

  it('a next process with the same store → presents what the one before was given', async () => {
    const { server, targets } = await startRotating()
    const store = memoryStore()
    await manage(server, exchange, { ...options, store, subject: 'u' }).getToken()
    const next = manage(server, exchange, { ...options, store, subject: 'u' })
    await next.getToken()
    await next.getToken({ forceRenewal: true })
    expect(targets()).toEqual(['/login', '/refresh'])
  })

  it('a lost reply → the same one exactly once more, and when that is refused a log-in', async () => {
    const { server, targets } = await startRotating(({ target }, asked) => (target === '/refresh' && asked === 2 ? 'cut' : undefined))
    const tokens = manage(server, exchange, { ...options, retry: { retries: 0 } })
    await tokens.getToken()
    expect(await tokens.getToken({ forceRenewal: true })).toMatchObject({ accessToken: 'a3' })
    expect(targets()).toEqual(['/login', '/refresh', '/refresh', '/login'])
  })

  it('a lock that somebody else holds → logs in, and leaves the refresh token alone', async () => {
    const { server, reused, targets } = await startRotating()
    const inner = memoryStore()
    let isHeld = false
    const store: typeof inner = {
      ...inner,
      get: (key) => inner.get(key),
      set: (key, record) => inner.set(key, record),
      delete: (key) => inner.delete(key),
      lock: async (key, task, given) => {
        if (isHeld) throw new Error('The lock is held.')
        return inner.lock?.(key, task, given) as never
      },
    }
    const tokens = manage(server, exchange, { ...options, store, subject: 'u' })
    await tokens.getToken()
    isHeld = true
    await tokens.getToken({ forceRenewal: true })
    expect(targets()).toEqual(['/login', '/login'])
    expect(reused).toEqual([])
  })

  it('clear() → the next token is a new log-in’s', async () => {
    const { server, targets } = await startRotating()
    const tokens = manage(server, exchange, options)
    await tokens.getToken()
    await tokens.clear()
    await tokens.getToken()
    expect(targets()).toEqual(['/login', '/login'])
  })
})

describe('an exchange that renews by a refresh token which lasts', () => {
  it('the server ends it → one refusal, then a new log-in; also where each call has a manager of its own', async () => {
    for (const isPerCall of [false, true]) {
      let isEnded = false
      const server = await startServer((request): Answer => {
        if (request.target === '/login') return { json: { access_token: 'a', refresh_token: 'r', expires_in: 60 } }
        return isEnded ? { status: 401, json: { error: 'invalid_grant' } } : { json: { access_token: 'b', expires_in: 60 } }
      })
      const exchange: Exchange = ({ fetch, previous }) =>
        post(fetch, `${server.origin}/${previous?.refreshToken ? 'refresh' : 'login'}`, {})
      let now = Date.now()
      const shared = { store: memoryStore(), subject: 'u', now: () => now }
      const one = manage(server, exchange, shared)
      const tokens = () => (isPerCall ? manage(server, exchange, shared) : one)
      await tokens().getToken()
      now += 61_000
      expect(await tokens().getToken()).toMatchObject({ accessToken: 'b', refreshToken: 'r' })
      isEnded = true
      now += 61_000
      await expect(tokens().getToken()).rejects.toMatchObject({ code: 'refused' })
      await expect(tokens().getToken()).rejects.toMatchObject({ code: 'refused' })
      now += 61_000
      expect(await tokens().getToken()).toMatchObject({ accessToken: 'a' })
      expect(server.received.map(({ target }) => target)).toEqual(['/login', '/refresh', '/refresh', '/login'])
    }
  })
})

describe('an exchange that logs in, and returns what is no reply', () => {
  it.each<[string, (response: Response) => unknown]>([
    ['nothing', () => undefined],
    ['a Response that it has read', (response) => response.text().then(() => response)],
    ['a Response that is being read', (response) => response.body?.getReader() && response],
    ['the reply of another kind of client', ({ status, headers }) => ({ status, headers, data: { access_token: 'a1' } })],
    ['a date', () => new Date()],
  ])('%s → one log-in, for all managers over one store', async (_, give) => {
    const server = await startServer(() => ({ json: { access_token: 'a1' } }))
    const store = memoryStore()
    const exchange: Exchange = async ({ fetch }) => (await give(await post(fetch, `${server.origin}/login`, {}))) as object
    for (let count = 0; count < 8; count++) {
      const getting = manage(server, exchange, { store, subject: 'u' }).getToken()
      await expect(getting).rejects.toMatchObject({ code: 'invalid_configuration', option: 'exchange', retryAt: expect.any(Number) })
    }
    expect(server.received).toHaveLength(1)
  })
  it('with a refresh token that works once → presents it once, and keeps it', async () => {
    const server = await startServer((request) => ({ json: { access_token: 'a1', refresh_token: 'r1', of: bodyOf(request) } }))
    const store = memoryStore()
    let time = Date.now()
    const exchange: Exchange = async ({ fetch, previous }) => {
      const response = await post(fetch, `${server.origin}/login`, { refresh: previous?.refreshToken })
      return previous ? (undefined as never) : response
    }
    const create = () => manage(server, exchange, { store, subject: 'u', now: () => time, grant: { usesUp: true } })
    await create().getToken()
    time += 7_200_000
    for (let count = 0; count < 8; count++) await expect(create().getToken()).rejects.toThrow(ConfigurationError)
    expect(server.received.map(bodyOf)).toEqual([{}, { refresh: 'r1' }])
  })
})

describe('an exchange that uses the manager which waits for it', () => {
  const start = () => startServer(() => ({ json: { access_token: 'a' } }))
  it.each<[string, (tokens: TokenManager, url: string) => Promise<unknown>]>([
    ['its fetch', (tokens, url) => tokens.fetch(url)],
    ['its getToken', (tokens) => tokens.getToken()],
    ['its getAuthorization', (tokens) => tokens.getAuthorization()],
  ])('%s → is a ConfigurationError, at once', async (_, use) => {
    const server = await start()
    const tokens: TokenManager = manage(server, async () => ({ access_token: String(await use(tokens, `${server.origin}/api`)) }))
    await expect(tokens.getToken()).rejects.toThrow(ConfigurationError)
    expect(server.received).toHaveLength(0)
  })
  it('a given fetch that leads back → is a ConfigurationError, also after the first request', async () => {
    const server = await start()
    let count = 0
    const tokens: TokenManager = manage(
      server,
      async ({ fetch }) => {
        await fetch(`${server.origin}/api`)
        return fetch(`${server.origin}/api`)
      },
      { fetch: ((url, init) => (++count === 1 ? fetch(url, init) : tokens.fetch(url, init))) as typeof fetch },
    )
    await expect(tokens.getToken()).rejects.toThrow(ConfigurationError)
    expect(server.received).toHaveLength(1)
  })
  it('one that has begun a request before → is a ConfigurationError as well', async () => {
    const server = await start()
    const tokens: TokenManager = manage(server, ({ fetch }) => {
      fetch(`${server.origin}/api`).catch(() => {})
      return tokens.getToken()
    })
    await expect(tokens.getToken()).rejects.toThrow(ConfigurationError)
  })
  it('later, where nobody can know → ends at the deadline, with words that name this cause', async () => {
    const server = await start()
    const tokens: TokenManager = manage(
      server,
      async ({ fetch }) => {
        await fetch(`${server.origin}/api`)
        return tokens.fetch(`${server.origin}/api`)
      },
      { timeoutMs: 200, retry: { retries: 0 } },
    )
    await expect(tokens.getToken()).rejects.toMatchObject({
      code: 'timed_out',
      message: expect.stringContaining('does not call this manager'),
    })
  })
  it('while it has a token that is still good → may use that', async () => {
    const server = await start()
    let count = 0
    const tokens: TokenManager = manage(server, async () => {
      if (++count > 1) await tokens.fetch(`${server.origin}/api`)
      return { access_token: `a${count}`, expires_in: 60 }
    })
    await tokens.getToken()
    expect(await tokens.getToken({ forceRenewal: true })).toMatchObject({ accessToken: 'a2' })
    expect(server.received[0]?.headers.authorization).toBe('Bearer a1')
  })
})
