import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import * as errors from '../../src/base/errors.ts'
import { authorizationCode } from '../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import { customGrant } from '../../src/grants/custom-grant.ts'
import { password } from '../../src/grants/password.ts'
import { refreshToken } from '../../src/grants/refresh-token.ts'
import { TokenManager, type TokenManagerOptions } from '../../src/index.ts'
import { defineProvider } from '../../src/providers/define-provider.ts'
import type { RecordedTokenRequest, ScriptedReply } from '../../src/testing/scripted-token-server.ts'
import type { TokenRecord, TokenStore } from '../../src/token/token-store.ts'
import type { Provider } from '../../src/vocabulary/provider.ts'
import { canarySecret, canaryText, canaryToken, hasCanary, renderings } from '../support/canary.ts'
import { startApi } from '../support/loopback-api.ts'
import { runScript } from '../support/run-script.ts'
import { apiUrl, createService, recordEvents, rejectionOf, type ServiceOptions, settle } from '../support/service.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const grants = {
  'client credentials': clientCredentials({ clientId: 'client', clientSecret: canarySecret }),
  'client credentials, fetched': clientCredentials({ clientId: 'client', clientSecret: async () => canarySecret }),
  password: password({ clientId: 'client', clientSecret: canarySecret, username: 'anna', password: canarySecret }),
  'refresh token': refreshToken({ clientId: 'client', clientSecret: canarySecret, refreshToken: canaryToken }),
  'authorization code': authorizationCode({ clientId: 'client', clientSecret: canarySecret, code: canaryToken, codeVerifier: canaryToken }),
  'custom grant': customGrant({
    grantType: 'urn:x',
    parameters: { assertion: canaryToken },
    clientId: 'client',
    clientSecret: canarySecret,
  }),
}

const requests: Record<string, Partial<Provider>> = {
  'basic, form': {},
  'basic-loose': { tokenRequest: { clientAuthentication: 'basic-loose' } },
  'body, JSON': { tokenRequest: { clientAuthentication: 'body', encoding: 'json' } },
  'query, GET': { tokenRequest: { clientAuthentication: 'query', method: 'GET' } },
}

/** The forms in which servers repeat what they were told. */
const echoForms: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'percent-encoded': encodeURIComponent,
  'percent-encoded in lower case': (text) => encodeURIComponent(text).replace(/%../g, (escaped) => escaped.toLowerCase()),
  'form-encoded': (text) => new URLSearchParams({ a: text }).toString().slice(2),
  'with + for a space': (text) => encodeURIComponent(text).replaceAll('%20', '+'),
  JSON: (text) => JSON.stringify(text),
  'JSON with escaped slashes': (text) => JSON.stringify(text).replaceAll('/', '\\/'),
  base64: (text) => Buffer.from(text).toString('base64'),
  'base64 without padding': (text) => Buffer.from(text).toString('base64').replace(/=+$/, ''),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  hex: (text) => Buffer.from(text).toString('hex'),
  'percent-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'in escapes of JSON': (text) => text.replace(/[^ ]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'in HTML entities': (text) => text.replace(/[^ ]/g, (c) => `&#${c.charCodeAt(0)};`),
  'cut after a few characters': (text) => text.slice(0, 12),
}

/** Each thing that a server has been told, by itself: the words of a refusal are cut to 200 characters. */
function heardBy({ headers, parameters }: RecordedTokenRequest): string[] {
  const basic = headers['authorization']?.replace('Basic ', '')
  const decoded = basic === undefined ? [] : [basic, Buffer.from(basic, 'base64').toString()]
  return [...Object.values(parameters), ...decoded, ...decoded.slice(1).map((text) => text.slice(text.indexOf(':') + 1))]
}

const replies: Record<string, { code: string; reply: ScriptedReply; manager?: Partial<TokenManagerOptions> }> = {
  'a refusal that echoes': {
    code: 'refused|sign_in_required',
    reply: (request) => Response.json({ error: 'invalid_grant', error_description: heardBy(request).join(' ') }, { status: 400 }),
  },
  'a refusal whose code echoes': {
    code: 'refused|sign_in_required',
    reply: ({ parameters }) => Response.json({ error: Object.values(parameters).join('') }, { status: 400 }),
  },
  'an outage that echoes': {
    code: 'unavailable',
    reply: (request) => Response.json({ error: 'server_error', error_description: heardBy(request).join(' ') }, { status: 503 }),
  },
  'a redirect to a URL that echoes': {
    code: 'redirected',
    reply: () => new Response(canaryText, { status: 302, headers: { location: `https://evil.example/?${canaryText}` } }),
  },
  'a page': {
    code: 'unreadable_token_response',
    reply: (request) => new Response(`<html>${heardBy(request).join()}`, { headers: { 'content-type': 'text/html' } }),
  },
  'broken JSON': {
    code: 'unreadable_token_response',
    reply: () => new Response(`{"access_token": "${canaryToken}`, { headers: { 'content-type': 'application/json' } }),
  },
  'another place that echoes': {
    code: 'not_a_token_endpoint',
    reply: (request) => new Response(heardBy(request).join(), { status: 404, headers: { 'content-type': 'text/plain' } }),
  },
  'a token that injects headers': { code: 'invalid_token_response', reply: { access_token: `${canaryToken}\r\nX-Evil: 1` } },
  'a token that is no Latin-1': { code: 'invalid_token_response', reply: { access_token: `${canaryToken}✓` } },
  'a token with another name': { code: 'invalid_token_response', reply: { token: canaryToken } },
  'a JWT that does not decode, without a token': { code: 'invalid_token_response', reply: { access_token: { jwt: `a.${canaryToken}.b` } } },
  'a cut connection': { code: 'network_failed', reply: 'network' },
  silence: { code: 'timed_out', reply: () => new Promise<never>(() => {}), manager: { timeoutMs: 5 } },
}

function expectNoCanary(value: unknown): void {
  const hits = Object.entries(renderings(value))
    .filter(([, text]) => hasCanary(String(text)))
    .map(([name]) => name)
  expect(hits).toEqual([])
}

it('the canaries are found in every form that is looked for: else the tests below prove nothing', () => {
  for (const text of [canarySecret, canaryToken, encodeURIComponent(canarySecret), JSON.stringify({ a: canarySecret })])
    expect(hasCanary(text)).toBe(true)
  for (const before of ['', 'a', 'ab', 'client:', 'x:y:'])
    expect(hasCanary(Buffer.from(before + canarySecret).toString('base64'))).toBe(true)
  expect(hasCanary('invalid_grant: check clientId and clientSecret')).toBe(false)
  const leaking = new Error('m', { cause: new Error(canaryToken) })
  expect(Object.values(renderings(leaking)).some(hasCanary)).toBe(true)
  const hidden = Object.defineProperty(new Error('m'), 'response', { value: { headers: { a: canaryToken } } })
  expect(Object.values(renderings(hidden)).some(hasCanary)).toBe(true)
})

describe.each(Object.entries(grants))('%s', (_grantName, grant) => {
  describe.each(Object.entries(requests))('sent as %s', (_requestName, provider) => {
    it.each(Object.entries(replies))(
      'answered by %s → an error that shows no secret, nor do events, explain() and the manager',
      async (_replyName, row) => {
        const service = createService({
          grant,
          provider,
          replies: [row.reply, row.reply, row.reply],
          manager: { retry: { retries: 0, minDelayMs: 0 }, ...row.manager },
        })
        const error = (await rejectionOf(service.tokens.getToken())) as errors.TokenwellError
        expect(errors.isTokenwellError(error)).toBe(true)
        expect(error.code).toMatch(new RegExp(`^(${row.code})$`))
        expectNoCanary(error)
        const viaFetch = await rejectionOf(service.tokens.fetch(apiUrl))
        expectNoCanary(viaFetch)
        expectNoCanary(service.events)
        expectNoCanary(service.tokens.explain())
        expectNoCanary(service.tokens)
      },
    )
  })
})

describe.each(Object.entries(grants))('%s, of which the server repeats each part', (_grantName, grant) => {
  describe.each(Object.entries(requests))('sent as %s', (_requestName, provider) => {
    it.each(Object.entries(echoForms))('%s → the words of the error show none of it', async (_form, encode) => {
      const probe = createService({ grant, provider })
      await probe.tokens.getToken()
      const heard = heardBy(probe.tokenRequests[0] as RecordedTokenRequest)
      expect(heard.some(hasCanary)).toBe(true)
      for (const text of heard) {
        const error_description = `I was told «${encode(text)}».`
        const reply = Response.json({ error: 'invalid_request', error_description }, { status: 400 })
        const error = (await rejectionOf(
          createService({ grant, provider, replies: [reply] }).tokens.getToken(),
        )) as errors.TokenEndpointError
        expect(hasCanary(`${error.message} ${error.errorDescription}`)).toBe(false)
        // Where a secret is among them, there are no words at all.
        if (hasCanary(text)) expect(error.errorDescription).toBeUndefined()
      }
    })
  })
})

describe('other errors', () => {
  const canaryFetch = (thrown: unknown): Partial<TokenManagerOptions> => ({ fetch: () => Promise.reject(thrown), retry: { retries: 0 } })
  const held: ServiceOptions = { replies: [{ access_token: canaryToken, refresh_token: canaryToken, expires_in: 100 }] }
  const withToken = async (options: ServiceOptions = {}) => {
    const service = createService({ ...held, ...options })
    await service.tokens.getToken()
    return service
  }
  const storeOf = (record: (key: string) => unknown): TokenStore => ({
    get: async (key) => record(key) as TokenRecord,
    set: async () => {},
    delete: async () => {},
  })

  const rows: readonly (readonly [name: string, code: string | undefined, run: () => Promise<unknown>])[] = [
    [
      'a fetch that throws an error with everything in it',
      'network_failed',
      async () => {
        const thrown = Object.assign(new Error(`failed: ${canaryToken}`, { cause: new Error(canaryToken) }), {
          request: { headers: { authorization: canaryToken } },
          code: `E_${canaryToken}`,
        })
        return createService({ manager: canaryFetch(thrown) }).tokens.getToken()
      },
    ],
    ['a fetch that throws a text', 'network_failed', () => createService({ manager: canaryFetch(canaryToken) }).tokens.getToken()],
    [
      'a client secret that no header can carry',
      undefined,
      () =>
        createService({
          grant: clientCredentials({ clientId: 'c', clientSecret: `${canaryToken}\r\nX: 1` }),
          provider: { tokenRequest: { clientAuthentication: 'basic-raw' } },
        }).tokens.getToken(),
    ],
    [
      'a vault that fails',
      'function_failed',
      () =>
        createService({
          grant: clientCredentials({
            clientId: 'c',
            clientSecret: () => {
              throw new Error(canaryToken)
            },
          }),
        }).tokens.getToken(),
    ],
    [
      'a vault that gives something else than a string',
      'invalid_configuration',
      () =>
        createService({
          grant: clientCredentials({ clientId: 'c', clientSecret: () => ({ secret: canaryToken }) as never }),
        }).tokens.getToken(),
    ],
    [
      'a function of the provider that throws',
      'function_failed',
      () =>
        createService({
          provider: {
            tokenResponse: {
              error: () => {
                throw new Error(canaryToken)
              },
            },
          },
          manager: { retry: { retries: 0 } },
        }).tokens.getToken(),
    ],
    [
      'clientAuthentication that throws',
      'function_failed',
      () =>
        createService({
          provider: {
            tokenRequest: {
              clientAuthentication: () => {
                throw new Error(canaryToken)
              },
            },
          },
        }).tokens.getToken(),
    ],
    ['another origin', 'origin_not_allowed', () => createService().tokens.fetch(`https://evil.example/?key=${canaryToken}#${canaryToken}`)],
    ['userinfo', 'origin_not_allowed', () => createService().tokens.fetch(`https://user:${canaryText}@api.example.com/`)],
    ['data:', 'origin_not_allowed', () => createService().tokens.fetch(`data:text/plain,${canaryText}`)],
    ['a URL that does not parse', undefined, () => createService().tokens.fetch(`https://user:${canaryText}@[`)],
    [
      'a header that is not valid',
      undefined,
      async () => (await withToken()).tokens.fetch(apiUrl, { headers: { 'x-key': `${canaryText}\n1` } }),
    ],
    [
      'headers that are not valid, in a list',
      undefined,
      async () => (await withToken()).tokens.fetch(apiUrl, { headers: [['x-key', `${canaryText}\n1`]] }),
    ],
    [
      'own Authorization that is not valid',
      undefined,
      async () => (await withToken()).tokens.fetch(apiUrl, { headers: { authorization: `Bearer ${canaryText}\n1` } }),
    ],
    [
      'an API call whose fetch throws everything it has',
      undefined,
      async () => {
        const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
          if (!String(input).startsWith(apiUrl)) return Response.json({ access_token: canaryToken })
          throw Object.assign(new TypeError(`fetch failed: ${inspect(init)}`, { cause: init }), { init })
        }
        return createService({ manager: { fetch } }).tokens.fetch(apiUrl)
      },
    ],
    [
      'a replay whose fetch throws everything it has',
      undefined,
      () => {
        let calls = 0
        const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
          if (!String(input).startsWith(apiUrl)) return Response.json({ access_token: canaryToken })
          if (++calls === 1) return new Response(null, { status: 401 })
          throw Object.assign(new TypeError(inspect(init)), { init })
        }
        return createService({ manager: { fetch } }).tokens.fetch(apiUrl)
      },
    ],
    [
      'a store that throws, with a refresh token',
      'lock_not_acquired',
      async () => {
        const failing = () => Promise.reject(new Error(canaryToken))
        return createService({
          grant: grants['refresh token'],
          manager: { store: { get: failing, set: failing, delete: failing, lock: failing } },
        }).tokens.getToken()
      },
    ],
    [
      'an authorization code without a code',
      'sign_in_required',
      () => createService({ grant: authorizationCode({ clientId: 'c', clientSecret: canaryToken }) }).tokens.getToken(),
    ],
    [
      'a token in the store that injects headers',
      'refused',
      () =>
        createService({
          replies: [Response.json({ error: 'invalid_client' }, { status: 401 })],
          manager: {
            store: storeOf((key) => ({
              version: 1,
              key,
              id: 'i',
              epoch: '',
              token: { accessToken: `${canaryToken}\r\nX: 1`, tokenType: 'b', issuedAt: 0, expiresAt: 9e15 },
            })),
          },
        }).tokens.getToken(),
    ],
  ]

  it.each(rows)('%s → shows no secret', async (_, code, run) => {
    const error = await rejectionOf(run())
    if (code) expect(error).toMatchObject({ code })
    expect(error).toBeInstanceOf(Error)
    expectNoCanary(error)
  })

  it('every code that there is has been seen here, but for those of parts that do not exist yet', () => {
    const seen = new Set([...Object.values(replies).flatMap(({ code }) => code.split('|')), ...rows.flatMap(([, code]) => code ?? [])])
    expect([...seen].sort()).toEqual([
      'function_failed',
      'invalid_configuration',
      'invalid_token_response',
      'lock_not_acquired',
      'network_failed',
      'not_a_token_endpoint',
      'origin_not_allowed',
      'redirected',
      'refused',
      'sign_in_required',
      'timed_out',
      'unavailable',
      'unreadable_token_response',
    ])
  })
})

describe('options that are wrong', () => {
  it.each([
    ['apiUrl', { provider: { name: 'p', apiUrl: `https://user:${canaryText}@api.example.com`, tokenUrl: 'https://a.example' } }],
    ['tokenUrl', { provider: { name: 'p', apiUrl: 'https://api.example.com', tokenUrl: `http://a.example/?${canaryText}` } }],
    ['origins', { origins: [`http://${canaryText}`] }],
    ['timeoutMs', { timeoutMs: canaryText }],
    ['subject', { subject: { text: canaryText } }],
    ['foreignOrigins', { foreignOrigins: canaryText }],
  ])('%s → a ConfigurationError that does not repeat it', async (_, wrong) => {
    const right = {
      provider: { name: 'p', apiUrl: 'https://api.example.com', tokenUrl: 'https://a.example' },
      grant: grants['client credentials'],
    }
    const error = await rejectionOf((async () => new TokenManager({ ...right, ...wrong } as never))())
    expect(error).toMatchObject({ code: 'invalid_configuration' })
    expectNoCanary(error)
  })
})

describe('what is no error', () => {
  it('a manager that holds secrets and tokens, its events, its status and its functions → show none', async () => {
    for (const grant of Object.values(grants)) {
      const service = createService({
        grant,
        otherwise: { access_token: canaryToken, refresh_token: canaryToken, expires_in: 100, scope: 'read' },
        api: ({ token }) => new Response(null, { status: token === canaryToken ? 401 : 200 }),
      })
      await service.tokens.fetch(apiUrl)
      service.clock.advance(80_000)
      await service.tokens.getToken()
      await settle()
      await service.tokens.clear()
      expect(service.events.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['acquired', 'rejected', 'replayed', 'renewed', 'cleared']),
      )
      for (const value of [
        service.tokens,
        service.events,
        service.tokens.explain(),
        service.tokens.fetch,
        service.tokens.on,
        grant.clientId,
      ])
        expectNoCanary(value)
      for (const event of service.events) expectNoCanary(event)
    }
  })

  it('the token itself, which is the caller’s, is not hidden', async () => {
    const { tokens } = createService({ replies: [{ access_token: canaryToken }] })
    expect((await tokens.getToken()).accessToken).toBe(canaryToken)
  })

  it('what a request asks of a server → has the secrets where they belong only', async () => {
    const { tokens, tokenRequests } = createService({
      grant: grants.password,
      provider: { tokenRequest: { clientAuthentication: 'body' } },
    })
    await tokens.getToken()
    const [request] = tokenRequests
    expect(hasCanary(request?.body ?? '')).toBe(true)
    expect(hasCanary((request?.url ?? '') + JSON.stringify(request?.headers))).toBe(false)
  })
})

describe.each<[string, Partial<Provider>]>([
  ['a query', { authorization: { query: 'token' } }],
  ['a cookie', { authorization: { cookie: 'sid' } }],
  ['a second header', { authorization: { headers: { 'X-Session': '{access_token}/{extra.csrf}' } } }],
  ['a format', { authorization: { header: 'X-Auth', format: 'Media Token="{access_token}", Csrf="{extra.csrf}"' } }],
  [
    'what a function signs',
    {
      authorization: ({ accessToken, url, client }) => ({
        url: `${url}?token=${accessToken}`,
        headers: { sign: btoa(client.clientSecret ?? '') },
      }),
    },
  ],
])('a token that travels in %s', (_, profile) => {
  const grant = clientCredentials({ clientId: 'client', clientSecret: canaryToken })
  const provider = { tokenResponse: { extra: ['csrf'] }, ...profile }
  const otherwise = { access_token: canaryToken, csrf: canaryToken }

  /** Everything that was handed to `fetch`, as a text in which the canary stands as it is, or percent-encoded. */
  const shown = (input: unknown, init?: RequestInit) => inspect([String(input), init, [...new Headers(init?.headers)]], { depth: 9 })

  it.each([
    ['the message', (text: string) => new TypeError(text)],
    ['the message of a network failure', (text: string) => new TypeError(`fetch failed: ${text}`, { cause: new Error(text) })],
    ['the code and the name', (text: string) => Object.assign(new Error('x'), { code: text, name: text, cause: { code: text } })],
    ['a word that platforms use', (text: string) => new TypeError(`Invalid header value ${text} duplex`)],
    ['no error at all', (text: string) => text],
  ])('a platform that repeats the call in %s → shows none of it', async (_name, fail) => {
    let said = ''
    const { tokens } = createService({
      grant,
      provider,
      manager: {
        fetch: async (input, init) => {
          if (!String(input).startsWith(apiUrl)) return Response.json(otherwise)
          said = shown(input, init)
          throw fail(said)
        },
      },
    })
    expectNoCanary(await rejectionOf(tokens.fetch(apiUrl, { method: 'POST', body: 'b' })))
    expect(hasCanary(said)).toBe(true)
  })

  it('a real network failure, a rejection → no error, event or status shows it', async () => {
    const api = await startApi({ token: () => ({ json: otherwise }) })
    const tokens = new TokenManager({ provider: defineProvider({ ...api.provider, ...provider }), grant, retry: { retries: 0 } })
    const events = recordEvents(tokens)
    await tokens.fetch(`${api.apiUrl}/x`)
    await tokens.fetch(`${api.apiUrl}/y`, { method: 'POST', body: 'b' })
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['rejected', 'replayed']))
    expect(api.apiRequests.some(({ target, headers }) => hasCanary(target + JSON.stringify(headers)))).toBe(true)
    await api.close()
    const error = await rejectionOf(tokens.fetch(`${api.apiUrl}/z`))
    expect(error).toMatchObject({ message: 'fetch failed', cause: { code: expect.stringMatching(/ECONNREFUSED|UND_ERR_SOCKET/) } })
    for (const value of [error, tokens, tokens.explain(), events, ...events]) expectNoCanary(value)
  })
})

describe('header injection', () => {
  it.each(['a\r\nX-Evil: 1', 'a\nb', 'a\u0000b', 'a b', 'a\u007f', 'é', '', 'a'.repeat(16_385)])(
    'a reply with the token %j → is refused, and nothing is sent to the API',
    async (accessToken) => {
      const { tokens, apiCalls } = createService({ otherwise: { access_token: accessToken }, manager: { retry: { retries: 0 } } })
      await expect(tokens.fetch(apiUrl)).rejects.toThrow(errors.InvalidTokenResponseError)
      expect(apiCalls).toHaveLength(0)
    },
  )

  it.each(['a\r\nX-Evil: 1', 'a\u0000', 'é', ''])('a store with the token %j → counts as empty', async (accessToken) => {
    const store: TokenStore = {
      get: async (key) => ({ version: 1, key, id: 'i', epoch: '', token: { accessToken, tokenType: 'b', issuedAt: 0, expiresAt: 9e15 } }),
      set: async () => {},
      delete: async () => {},
    }
    const { tokens, apiCalls } = createService({ manager: { store } })
    await tokens.fetch(apiUrl)
    expect(apiCalls.map(({ token }) => token)).toEqual(['token-1'])
  })
})

describe('a process that crashes with one of our errors, or logs it → prints no secret', () => {
  const setUp = `const secret = process.env.CANARY
    const tokens = new TokenManager({ provider, grant: clientCredentials({ clientId: 'client', clientSecret: secret }), retry: { retries: 0 } })`

  it.each([
    ['that nobody handles', `${setUp}\nawait tokens.getToken()`, 1],
    ['in a promise that nobody handles', `${setUp}\nvoid tokens.fetch(provider.apiUrl)`, 1],
    [
      'in all the ways of the console',
      `${setUp}
      const error = await tokens.getToken().catch((thrown) => thrown)
      for (const method of ['log', 'error', 'dir', 'trace', 'table']) {
        for (const value of [error, tokens, tokens.explain()]) console[method](value)
      }
      console.log('%o %O %j %s', error, error, error, error)
      report({ isOurs: error.code === 'refused' })`,
      0,
    ],
  ])('%s', async (_, code, exit) => {
    const api = await startApi({
      token: ({ headers, body }) => ({
        status: 400,
        json: {
          error: 'invalid_request',
          error_description: `${body} ${headers.authorization} ${Buffer.from(headers.authorization?.slice(6) ?? '', 'base64')}`,
        },
      }),
    })
    const { exitCode, stdout, stderr } = await runScript(code, { ORIGIN: api.origin, CANARY: canarySecret })
    expect([exitCode, stderr]).toEqual([exit, expect.stringContaining('refused')])
    expect(hasCanary(stdout + stderr)).toBe(false)
    // The server did hear it.
    expect(hasCanary(JSON.stringify(api.tokenRequests[0]?.headers))).toBe(true)
  })
})
