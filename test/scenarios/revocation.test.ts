import { describe, expect, it } from 'vitest'
import { ConfigurationError, TokenEndpointError, TokenStoreError } from '../../src/base/errors.ts'
import { authorizationCode } from '../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import { password } from '../../src/grants/password.ts'
import { refreshToken } from '../../src/grants/refresh-token.ts'
import type { TokenManagerOptions } from '../../src/manager/options.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import type { TokenStore } from '../../src/token/token-store.ts'
import type { Provider, RevocationProfile } from '../../src/vocabulary/provider.ts'
import { type Answer, type Received, startServer } from '../support/loopback-server.ts'
import { recordEvents } from '../support/service.ts'
import { testProvider } from '../support/test-provider.ts'

const client = { clientId: 'my id', clientSecret: 's3cr+t' }

interface Given {
  revocation?: Partial<RevocationProfile> | undefined
  provider?: Partial<Provider>
  options?: Partial<TokenManagerOptions>
  /** What the server answers to a revocation. @default 200 */
  answer?: (request: Received, count: number) => Answer
  /** Fields of the token's reply. */
  reply?: object
  /** Delays the reply with a token of this number, or gives another one in its place. */
  hold?: (count: number) => Promise<Answer | undefined> | undefined
  /** That of the URL for revocations. */
  query?: string
}

/** A server with a token endpoint (`/token`) and one for revocations (`/revoke`), and a manager for it. */
async function start({ revocation = {}, provider = {}, options = {}, answer = () => ({}), reply = {}, query = '', hold }: Given = {}) {
  const revocations: Received[] = []
  const log: string[] = []
  let count = 0
  const server = await startServer(async (request) => {
    log.push(request.target)
    if (request.target.startsWith('/token')) {
      const number = ++count
      const held = await hold?.(number)
      return held ?? { json: { access_token: `a${number}`, refresh_token: `r${number}`, expires_in: 60, ...reply } }
    }
    revocations.push(request)
    return answer(request, revocations.length)
  })
  const profile = testProvider({
    apiUrl: `${server.origin}/api`,
    tokenUrl: `${server.origin}/token`,
    revocation: { url: `${server.origin}/revoke${query}`, ...revocation },
    ...provider,
  })
  const create = (more: Partial<TokenManagerOptions> = {}) =>
    new TokenManager({
      grant: clientCredentials(client),
      renewal: { scheduled: false },
      retry: { minDelayMs: 0 },
      ...options,
      ...more,
      provider: profile,
    })
  return { tokens: create(), create, server, revocations, log }
}

const formOf = ({ body }: Received) => Object.fromEntries(new URLSearchParams(body.toString()))
const bare = { refresh_token: undefined }

/** A server that holds back the token of this number until it is let go. */
function holding(number: number) {
  const asked = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<undefined>()
  const hold = (count: number) => {
    if (count !== number) return undefined
    asked.resolve()
    return gate.promise
  }
  return { asked: asked.promise, letGo: () => gate.resolve(undefined), hold }
}

describe('RFC 7009: the client has the server end a token', () => {
  it('§2.1: the refresh token is posted, with the client authentication of token requests', async () => {
    const { tokens, revocations } = await start()
    await tokens.getToken()
    await tokens.revoke()
    expect(revocations).toHaveLength(1)
    const [request] = revocations as [Received]
    expect(request.method).toBe('POST')
    expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(request.headers.authorization).toBe(`Basic ${btoa('my+id:s3cr%2Bt')}`)
    expect(formOf(request)).toEqual({ token: 'r1', token_type_hint: 'refresh_token' })
  })
  it('§2.1: without one the access token is', async () => {
    const { tokens, revocations } = await start({ reply: bare })
    await tokens.getToken()
    await tokens.revoke()
    expect(formOf(revocations[0] as Received)).toEqual({ token: 'a1', token_type_hint: 'access_token' })
  })
  it.each<[string, Partial<Provider>, Partial<TokenManagerOptions>, object]>([
    ['in the body', { tokenRequest: { clientAuthentication: 'body' } }, {}, { client_id: 'my id', client_secret: 's3cr+t' }],
    ['public', {}, { grant: authorizationCode({ clientId: 'pub', code: 'c' }) }, { client_id: 'pub' }],
    ['none at all', {}, { grant: password({ username: 'u', password: 'p' }) }, {}],
    [
      'with a secret that is changed first',
      { tokenRequest: { clientAuthentication: 'body', transformSecret: (secret) => `hash of ${secret}` } },
      {},
      { client_id: 'my id', client_secret: 'hash of s3cr+t' },
    ],
    [
      'by a function, which sees this request',
      {
        tokenRequest: {
          clientAuthentication: (_, { url, parameters }) => ({ parameters: { proof: `${new URL(url).pathname} ${parameters['token']}` } }),
        },
      },
      {},
      { proof: '/revoke r1' },
    ],
  ])('the client is authenticated as in token requests: %s', async (_, provider, options, fields) => {
    const { tokens, revocations } = await start({ provider, options })
    await tokens.getToken()
    await tokens.revoke()
    expect(formOf(revocations[0] as Received)).toEqual({ token: 'r1', token_type_hint: 'refresh_token', ...fields })
    expect(revocations[0]?.headers.authorization).toBeUndefined()
  })
  it('nothing else of a log-in is sent along', async () => {
    const tokenRequest: Provider['tokenRequest'] = {
      headers: { 'x-log-in': '{username}' },
      extraParameters: { audience: 'a' },
      queryParameters: ['grant_type'],
      parameterNames: { token: 'ticket' },
    }
    const grant = password({ ...client, username: 'u', password: 'p4ss', scope: 's' })
    const { tokens, revocations } = await start({ provider: { tokenRequest, headers: { 'x-app': 'app' } }, options: { grant } })
    await tokens.getToken()
    await tokens.revoke()
    const [request] = revocations as [Received]
    expect(request.target).toBe('/revoke')
    expect(formOf(request)).toEqual({ token: 'r1', token_type_hint: 'refresh_token' })
    expect(request.headers).not.toHaveProperty('x-log-in')
    // What goes with every request goes with this one.
    expect(request.headers).toHaveProperty('x-app', 'app')
  })
  it('nor what somebody has added to Object.prototype', async () => {
    // Names that the platform itself does not read.
    const evil = {
      extraParameters: { evil: '1' },
      queryParameters: ['token'],
      clientAuthentication: 'query',
      parameterNames: { token: 'evil' },
    }
    const { tokens, revocations } = await start()
    await tokens.getToken()
    Object.assign(Object.prototype, evil)
    try {
      await tokens.revoke()
    } finally {
      for (const name of Object.keys(evil)) Reflect.deleteProperty(Object.prototype, name)
    }
    expect(revocations[0]).toMatchObject({ method: 'POST', target: '/revoke' })
    expect(formOf(revocations[0] as Received)).toEqual({ token: 'r1', token_type_hint: 'refresh_token' })
  })
  it('nor of a renewal', async () => {
    const renewal: Provider['renewal'] = {
      by: 'access_token',
      url: 'http://127.0.0.1/renew',
      parameter: 'old',
      request: { extraParameters: { a: 'b' } },
    }
    const { tokens, revocations } = await start({ provider: { renewal }, reply: bare })
    await tokens.getToken()
    await tokens.revoke()
    expect(formOf(revocations[0] as Received)).toEqual({ token: 'a1', token_type_hint: 'access_token' })
  })
  it('its request may be another one, in which {token} is what is revoked', async () => {
    const request = { headers: { 'x-api-key': '{client_secret}' }, body: { ended: ['{token}'], mode: 'json', of: '{client_id}' } }
    const { tokens, revocations } = await start({ revocation: { method: 'DELETE', request } })
    await tokens.getToken()
    await tokens.revoke()
    expect(revocations[0]?.method).toBe('DELETE')
    expect(JSON.parse(String(revocations[0]?.body))).toEqual({ ended: ['r1'], mode: 'json', of: 'my id' })
    expect(revocations[0]?.headers).toMatchObject({ 'x-api-key': 's3cr+t', 'content-type': 'application/json' })
  })
  it('a function is asked for the client secret, and for nothing else', async () => {
    const asked: string[] = []
    const note = (name: string) => () => {
      asked.push(name)
      return name
    }
    const grant = password({ clientId: 'id', clientSecret: note('secret'), username: 'u', password: note('password') })
    const { tokens } = await start({ options: { grant } })
    await tokens.getToken()
    asked.length = 0
    await tokens.revoke()
    expect(asked).toEqual(['secret'])
  })
  it('§2.2: a token that the server does not know, a page, and nothing at all are successes', async () => {
    for (const answer of [
      { json: {} },
      { body: '<html>', headers: { 'content-type': 'text/html' } },
      { status: 204 },
      { json: { ok: true } },
    ]) {
      const { tokens } = await start({ answer: () => answer })
      await tokens.getToken()
      await expect(tokens.revoke()).resolves.toBeUndefined()
    }
  })
})

describe('a call that carries the token has it end', () => {
  const as = 'token' as const
  it('is a POST without a body, and without the client', async () => {
    const { tokens, revocations } = await start({ revocation: { as } })
    await tokens.getToken()
    await tokens.revoke()
    const [request] = revocations as [Received]
    expect([request.method, request.body.length, request.headers.authorization]).toEqual(['POST', 0, 'Bearer a1'])
    expect(request.headers).not.toHaveProperty('content-type')
  })
  it('carries it as API calls do', async () => {
    const provider: Partial<Provider> = { authorization: { header: 'X-Session' }, headers: { 'x-app': 'app' } }
    const { tokens, revocations } = await start({ revocation: { as, method: 'DELETE' }, provider })
    await tokens.getToken()
    await tokens.revoke()
    expect(revocations[0]).toMatchObject({ method: 'DELETE', headers: { 'x-session': 'a1', 'x-app': 'app' } })
  })
  it.each<[string, Provider['authorization'], object]>([
    ['in the query', { query: 'token' }, { target: '/revoke?cmd=Logout&token=a1' }],
    ['in a cookie', { cookie: 'SID' }, { headers: expect.objectContaining({ cookie: 'SID=a1' }) }],
    [
      'in a format',
      { format: 'MediaBrowser Token="{access_token}"' },
      { headers: expect.objectContaining({ authorization: 'MediaBrowser Token="a1"' }) },
    ],
    [
      'with a header beside it',
      { headers: { 'X-Csrf': '{extra.csrf}' } },
      { headers: expect.objectContaining({ authorization: 'Bearer a1', 'x-csrf': 'c' }) },
    ],
    [
      'by a function',
      ({ accessToken, method, url, body }) => ({ headers: { 'x-sign': `${accessToken} ${method} ${new URL(url).search} ${body}` } }),
      { headers: expect.objectContaining({ 'x-sign': 'a1 POST ?cmd=Logout {"cmd":"Logout"}' }) },
    ],
  ])('carries it %s', async (_, authorization, expected) => {
    const { tokens, revocations } = await start({
      provider: { authorization, tokenResponse: { extra: ['csrf'] } },
      revocation: { as, request: { body: { cmd: 'Logout' } } },
      query: '?cmd=Logout',
      reply: { csrf: 'c' },
    })
    await tokens.getToken()
    await tokens.revoke()
    expect(revocations[0]).toMatchObject(expected)
    expect(String(revocations[0]?.body)).toBe('{"cmd":"Logout"}')
  })
  it('a redirect is not followed, whatever carries the token', async () => {
    for (const authorization of [{ query: 'token' }, { cookie: 'SID' }, {}]) {
      const { tokens, log } = await start({
        revocation: { as },
        provider: { authorization },
        answer: () => ({ status: 307, headers: { location: '/elsewhere' } }),
      })
      await tokens.getToken()
      await expect(tokens.revoke()).rejects.toMatchObject({ code: 'redirected', message: expect.not.stringContaining('a1') })
      expect(log).toHaveLength(2)
    }
  })
  it.each<[string, () => never | Promise<never>]>([
    [
      'throws',
      () => {
        throw new RangeError('a1')
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('a1'))],
    ['rejects with a text', () => Promise.reject('a1')],
  ])('a function that signs it and %s → is what the error names, and nothing is sent', async (_, authorization) => {
    const { tokens, revocations } = await start({
      revocation: { as },
      provider: { authorization },
      options: { retry: { retries: 0 } },
    })
    await tokens.getToken()
    const error = (await tokens.revoke().catch((thrown: unknown) => thrown)) as Error
    expect(error).toMatchObject({ code: 'function_failed', option: 'authorization' })
    expect(error.message).toMatch(/^authorization: its function /)
    expect(error.message).not.toContain('a1')
    expect(revocations).toEqual([])
  })
  it('may say more, the refresh token too', async () => {
    const { tokens, revocations } = await start({ revocation: { as, request: { body: { refresh: '{refresh_token}', of: '{token}' } } } })
    await tokens.getToken()
    await tokens.revoke()
    expect(JSON.parse(String(revocations[0]?.body))).toEqual({ refresh: 'r1', of: 'a1' })
    expect(revocations[0]?.headers.authorization).toBe('Bearer a1')
  })
  it('has the form that its parameters need, without a word of the client', async () => {
    const { tokens, revocations } = await start({ revocation: { as, request: { extraParameters: { all: true } } } })
    await tokens.getToken()
    await tokens.revoke()
    expect(formOf(revocations[0] as Received)).toEqual({ all: 'true' })
    expect(revocations[0]?.headers.authorization).toBe('Bearer a1')
  })
  it('keeps an Authorization of its own', async () => {
    const request = { headers: { Authorization: 'Own {token}' } }
    const { tokens, revocations } = await start({ revocation: { as, request } })
    await tokens.getToken()
    await tokens.revoke()
    expect(revocations[0]?.headers.authorization).toBe('Own a1')
  })
  it('a 401 rejects, and renews nothing', async () => {
    const { tokens, log } = await start({ revocation: { as }, answer: () => ({ status: 401 }) })
    await tokens.getToken()
    await expect(tokens.revoke()).rejects.toMatchObject({ code: 'refused', status: 401 })
    expect(log).toEqual(['/token', '/revoke'])
  })
  it('a rule that names no status sees no 2xx', async () => {
    const isRejection = [{ path: '*.error.code', is: -6 }]
    const { tokens } = await start({ revocation: { as }, provider: { isRejection }, answer: () => ({ json: [{ error: { code: -6 } }] }) })
    await tokens.getToken()
    await expect(tokens.revoke()).resolves.toBeUndefined()
  })
  it('so does a 2xx that rejects the token by a rule', async () => {
    const isRejection = [{ status: 200, path: '*.error.code', is: -6 }]
    const { tokens, log } = await start({
      revocation: { as },
      provider: { isRejection },
      answer: () => ({ json: [{ error: { code: -6 } }] }),
    })
    await tokens.getToken()
    await expect(tokens.revoke()).rejects.toMatchObject({ code: 'refused', status: 200 })
    expect(log).toEqual(['/token', '/revoke'])
  })
})

describe('where the server did not carry it out, it rejects, and what is forgotten stays so', () => {
  it.each<[string, Answer, object, number]>([
    ['a refusal', { status: 401, json: { error: 'invalid_client' } }, { code: 'refused', error: 'invalid_client' }, 1],
    [
      '§2.2.1: a type of token that it does not revoke',
      { status: 400, json: { error: 'unsupported_token_type' } },
      { code: 'refused', error: 'unsupported_token_type' },
      1,
    ],
    ['an error in a 200', { json: { error: 'invalid_client' } }, { code: 'refused' }, 1],
    ['the wrong place', { status: 404 }, { code: 'not_a_token_endpoint' }, 1],
    ['a redirect, which is not followed', { status: 302, headers: { location: '/elsewhere' } }, { code: 'redirected' }, 1],
    ['an outage', { status: 500 }, { code: 'unavailable', retryable: true }, 3],
    ['a connection that is cut', 'cut', { code: 'network_failed', retryable: true }, 3],
  ])('%s', async (_, answer, expected, times) => {
    const { tokens, log } = await start({ answer: () => answer })
    await tokens.getToken()
    await expect(tokens.revoke()).rejects.toMatchObject(expected)
    expect(log).toEqual(['/token', ...Array.from({ length: times }, () => '/revoke')])
    expect(tokens.explain()).toMatchObject({ state: 'absent', generation: 0 })
    expect(await tokens.getToken()).toMatchObject({ accessToken: 'a2' })
  })
  it('§2.2.1: a 503 with a Retry-After of long rejects with its end, at once', async () => {
    const { tokens, revocations } = await start({ answer: () => ({ status: 503, headers: { 'retry-after': '60' } }) })
    await tokens.getToken()
    const error = (await tokens.revoke().catch((thrown: unknown) => thrown)) as TokenEndpointError
    expect(error).toBeInstanceOf(TokenEndpointError)
    expect(error.retryAt).toBeGreaterThan(Date.now() + 50_000)
    expect(revocations).toHaveLength(1)
  })
  it('an outage that ends is none', async () => {
    const { tokens, revocations } = await start({ answer: (_, count) => ({ status: count === 1 ? 503 : 200 }) })
    await tokens.getToken()
    await tokens.revoke()
    expect(revocations).toHaveLength(2)
  })
  it('silence ends at the deadline', async () => {
    const { tokens } = await start({ answer: () => 'hang', options: { timeoutMs: 100, retry: { retries: 0 } } })
    await tokens.getToken()
    await expect(tokens.revoke()).rejects.toMatchObject({ code: 'timed_out' })
  })
  it('no error shows a token or a secret', async () => {
    const answer = (request: Received) => ({ status: 400, json: { error: 'no', error_description: `unknown ${formOf(request)['token']}` } })
    const { tokens } = await start({ answer, reply: { refresh_token: 'refresh-4711' } })
    await tokens.getToken()
    const error = (await tokens.revoke().catch((thrown: unknown) => thrown)) as Error
    expect(error).toMatchObject({ code: 'refused', error: 'no' })
    expect(`${error} ${error.stack} ${JSON.stringify(error)}`).not.toContain('4711')
  })
})

describe('what is forgotten, and when', () => {
  it('the token is forgotten at once, here and in the store, before the server is asked', async () => {
    const inner = memoryStore()
    const seen: unknown[] = []
    const store: TokenStore = {
      get: (key) => inner.get(key),
      set: (key, record) => {
        seen.push(record.token?.accessToken ?? 'tombstone')
        return inner.set(key, record)
      },
      delete: (key) => inner.delete(key),
    }
    const { tokens } = await start({
      options: { store },
      answer: () => {
        seen.push('asked')
        return {}
      },
    })
    await tokens.getToken()
    const events = recordEvents(tokens)
    const revoking = tokens.revoke()
    expect(tokens.explain().state).toBe('absent')
    await revoking
    expect(seen).toEqual(['a1', 'tombstone', 'asked'])
    expect(events.map(({ type }) => type)).toEqual(['cleared'])
  })
  it('a manager that holds none revokes what the store has', async () => {
    const { tokens, create, revocations } = await start({ options: { store: memoryStore() } })
    await tokens.getToken()
    await create().revoke()
    expect(formOf(revocations[0] as Received)).toMatchObject({ token: 'r1' })
  })
  it('what another context has renewed is what is revoked', async () => {
    const { tokens, create, revocations } = await start({ options: { store: withoutNotices() } })
    await tokens.getToken()
    const other = create()
    await other.getToken()
    await other.getToken({ forceRenewal: true })
    await tokens.revoke()
    expect(formOf(revocations[0] as Received)).toMatchObject({ token: 'r2' })
  })
  it('a store that fails: the server is asked all the same, and its failure is told', async () => {
    let isDown = false
    const inner = memoryStore()
    const fail = () => Promise.reject(new Error('down'))
    const store = {
      get: (key: string) => (isDown ? fail() : inner.get(key)),
      set: (key: string, record: never) => (isDown ? fail() : inner.set(key, record)),
      delete: (key: string) => (isDown ? fail() : inner.delete(key)),
    }
    const { tokens, revocations } = await start({ options: { store } })
    await tokens.getToken()
    isDown = true
    await expect(tokens.revoke()).rejects.toMatchObject({ code: 'store_failed' })
    expect(formOf(revocations[0] as Received)).toMatchObject({ token: 'r1' })
  })
  it('where there is no token, nobody is asked', async () => {
    for (const as of ['client', 'token'] as const) {
      const { tokens, log } = await start({ revocation: { as } })
      await tokens.revoke()
      expect(log).toEqual([])
    }
  })
  it('a refresh token that the caller gave, and that was not used yet, is ended', async () => {
    const { tokens, log, revocations } = await start({ options: { grant: refreshToken({ ...client, refreshToken: async () => 'given' }) } })
    await tokens.revoke()
    expect(log).toEqual(['/revoke'])
    expect(formOf(revocations[0] as Received)).toEqual({ token: 'given', token_type_hint: 'refresh_token' })
  })
  it('a call has no token to carry then', async () => {
    const grant = refreshToken({ ...client, refreshToken: 'given' })
    const { tokens, log } = await start({ revocation: { as: 'token' }, options: { grant } })
    await tokens.revoke()
    expect(log).toEqual([])
  })
  it('a token that the store did not take is ended, and not the older one that the store has', async () => {
    let isFull = false
    const inner = memoryStore()
    const store: TokenStore = {
      get: (key) => inner.get(key),
      set: (key, record) => (isFull && record.token ? Promise.reject(new Error('full')) : inner.set(key, record)),
      delete: (key) => inner.delete(key),
    }
    const { tokens, revocations } = await start({ options: { store }, reply: bare })
    await tokens.getToken()
    isFull = true
    await tokens.getToken({ forceRenewal: true })
    await tokens.revoke()
    expect(formOf(revocations[0] as Received)).toMatchObject({ token: 'a2' })
  })
  it('a provider without revocation: a ConfigurationError, and nothing is forgotten', async () => {
    const { tokens } = await start({ provider: { revocation: undefined } })
    await tokens.getToken()
    await expect(tokens.revoke()).rejects.toThrow(ConfigurationError)
    await expect(tokens.revoke()).rejects.toMatchObject({ option: 'provider.revocation' })
    expect(tokens.explain().state).toBe('fresh')
  })
  it('the method may be taken off its manager', async () => {
    const { tokens, revocations } = await start()
    await tokens.getToken()
    const { revoke } = tokens
    expect(revoke).toBe(tokens.revoke)
    await revoke()
    expect(revocations).toHaveLength(1)
  })
})

describe('what is granted while the token is revoked', () => {
  const revokedOf = (requests: readonly Received[]) => requests.map((request) => formOf(request)['token']).sort()

  it.each<[string, Partial<TokenManagerOptions>, object]>([
    ['a grant of the application', {}, bare],
    ['a code', { grant: authorizationCode({ ...client, code: 'c' }) }, {}],
    ['a refresh token', { grant: refreshToken({ ...client, refreshToken: 'r0' }) }, {}],
    ['a grant, and a store', { store: memoryStore() }, {}],
  ])('by a first request with %s → is ended, and nothing else', async (_, options, reply) => {
    const { asked, letGo, hold } = holding(1)
    const { tokens, revocations } = await start({ options, reply, hold })
    const getting = tokens.getToken().catch((error: unknown) => error)
    await asked
    const revoking = tokens.revoke()
    letGo()
    await revoking
    expect(revokedOf(revocations)).toEqual([reply === bare ? 'a1' : 'r1'])
    await getting
  })
  it.each<[string, number, string[]]>([
    ['that has expired → only the new one is ended', 61_000, ['r2']],
    ['that is alive → both are', 0, ['r1', 'r2']],
  ])('by the renewal of a token %s', async (_, passed, expected) => {
    const { asked, letGo, hold } = holding(2)
    let time = Date.now()
    const { tokens, revocations } = await start({ options: { now: () => time }, hold })
    await tokens.getToken()
    time += passed
    const getting = tokens.getToken({ forceRenewal: true }).catch((error: unknown) => error)
    await asked
    const revoking = tokens.revoke()
    letGo()
    await revoking
    expect(revokedOf(revocations)).toEqual(expected)
    await getting
  })
  it('after timeoutMs → is not waited for, and what is known is ended', async () => {
    const { asked, letGo, hold } = holding(2)
    const { tokens, revocations } = await start({ options: { timeoutMs: 200, retry: { retries: 0 } }, hold })
    await tokens.getToken()
    const getting = tokens.getToken({ forceRenewal: true }).catch((error: unknown) => error)
    await asked
    await tokens.revoke()
    expect(revokedOf(revocations)).toEqual(['r1'])
    letGo()
    await getting
  })
  it('in a failing request → is nothing, and what was held is ended', async () => {
    const { asked, letGo, hold } = holding(2)
    const { tokens, revocations } = await start({
      options: { retry: { retries: 0 } },
      hold: (count) => hold(count)?.then(() => ({ status: 503 })),
    })
    await tokens.getToken()
    const getting = tokens.getToken({ forceRenewal: true }).catch((error: unknown) => error)
    await asked
    const revoking = tokens.revoke()
    letGo()
    await revoking
    expect(revokedOf(revocations)).toEqual(['r1'])
    await getting
  })
  it('a caller that waited → gets a token of its own', async () => {
    const { asked, letGo, hold } = holding(1)
    const { tokens, revocations } = await start({ hold })
    const getting = tokens.getToken()
    await asked
    const revoking = tokens.revoke()
    expect(await getting).toMatchObject({ accessToken: 'a2' })
    letGo()
    await revoking
    expect(revokedOf(revocations)).toEqual(['r1'])
    expect(tokens.explain().state).toBe('fresh')
  })
})

describe('another sign-in in the store', () => {
  it('is ended, and the one that is held, too', async () => {
    const { tokens, create, revocations } = await start({ options: { store: withoutNotices() } })
    await tokens.getToken()
    const other = create()
    await other.getToken()
    await other.clear()
    await other.getToken()
    await tokens.revoke()
    expect(revocations.map((request) => formOf(request)['token']).sort()).toEqual(['r1', 'r2'])
  })
  it.each<[string, Given]>([
    ['with refresh tokens', {}],
    ['with access tokens alone', { reply: bare }],
    ['whose call carries the token', { reply: bare, revocation: { as: 'token' } }],
  ])('which came while the held token was asked for without the lock, %s → both are ended', async (_, given) => {
    const { asked, letGo, hold } = holding(1)
    const lock = () => Promise.reject(new TokenStoreError('lock_not_acquired', 'taken'))
    const options = { grant: password({ username: 'u', password: 'pass-word', ...client }), store: { ...withoutNotices(), lock } }
    const { tokens, create, revocations } = await start({ ...given, options, hold })
    const getting = tokens.getToken()
    await asked
    await create().getToken()
    letGo()
    expect((await getting).accessToken).toBe('a1')
    await tokens.revoke()
    const ended = revocations.map((request) => formOf(request)['token'] ?? request.headers.authorization?.slice('Bearer '.length))
    expect(ended.sort()).toEqual(given.reply === bare ? ['a1', 'a2'] : ['r1', 'r2'])
  })
  it('and a server that refuses to end one of the two → both were asked for, and it rejects', async () => {
    const answer = (request: Received) => (formOf(request)['token'] === 'r1' ? { status: 400, json: { error: 'invalid_request' } } : {})
    const { tokens, create, revocations } = await start({ options: { store: withoutNotices() }, answer })
    await tokens.getToken()
    const other = create()
    await other.clear()
    await other.getToken()
    await expect(tokens.revoke()).rejects.toMatchObject({ code: 'refused' })
    expect(revocations).toHaveLength(2)
  })
})

describe('several calls at once', () => {
  it.each<[string, Partial<TokenManagerOptions>]>([
    ['a grant of the application', {}],
    ['a refresh token of the caller, which was presented', { grant: refreshToken({ ...client, refreshToken: 'r0' }) }],
    ['a store', { store: memoryStore() }],
  ])('with %s → share one revocation, and its failure', async (_, options) => {
    const { tokens, revocations } = await start({ options, answer: () => ({ status: 400, json: { error: 'no' } }) })
    await tokens.getToken()
    const outcomes = await Promise.allSettled([tokens.revoke(), tokens.revoke(), tokens.revoke()])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(revocations.map((request) => formOf(request)['token'])).toEqual(['r1'])
  })
  it('where a token was got in between → that is ended, too', async () => {
    const { tokens, revocations } = await start()
    await tokens.getToken()
    const first = tokens.revoke()
    await tokens.getToken()
    await Promise.all([first, tokens.revoke()])
    expect(revocations.map((request) => formOf(request)['token']).sort()).toEqual(['r1', 'r2'])
  })
})

/** A store of which others hear only when they read. */
function withoutNotices(): TokenStore {
  const store = memoryStore()
  return { get: (key) => store.get(key), set: (key, record) => store.set(key, record), delete: (key) => store.delete(key) }
}
