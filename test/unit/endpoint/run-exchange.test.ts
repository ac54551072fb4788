import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError, OriginNotAllowedError, TokenEndpointError, type TokenwellError } from '../../../src/base/errors.ts'
import { createTokenSource, type TokenSourceOptions } from '../../../src/endpoint/token-source.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { type CustomGrantOptions, customGrant } from '../../../src/grants/custom-grant.ts'
import { bringAll } from '../../../src/providers/define-provider.ts'
import type { Token } from '../../../src/token/token.ts'
import type { Exchange, ExchangeRequest } from '../../../src/vocabulary/exchange.ts'
import { freezeProfile } from '../../../src/vocabulary/freeze-profile.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { settle } from '../../support/settle.ts'
import { createTokenEndpoint, cutBody, failing, granted, lost, type Step } from '../../support/token-endpoint.ts'

const start = Date.parse('2026-03-01T12:00:00Z')
const provider: Provider = { name: 'test', apiUrl: 'https://api.example', tokenUrl: 'https://auth.example/token' }
const held: Token = { accessToken: 'a0', refreshToken: 'r0', tokenType: 'bearer', issuedAt: start - 60_000, expiresAt: start }
const url = 'https://auth.example/login'

beforeEach(() => {
  vi.useFakeTimers({ now: start })
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

interface Given {
  grant?: Partial<CustomGrantOptions>
  options?: Partial<TokenSourceOptions>
  profile?: Partial<Provider>
  steps?: Step[]
}

/** A source that gets its tokens by this function, and what the function was called with. */
function exchanging(exchange: Exchange, { grant = {}, options = {}, profile = {}, steps = [] }: Given = {}) {
  const seen: ExchangeRequest[] = []
  const endpoint = createTokenEndpoint(...steps)
  const note: Exchange = (request) => {
    seen.push(request)
    return exchange(request)
  }
  const source = createTokenSource({
    provider: bringAll({ ...provider, ...profile }),
    grant: customGrant({ grantType: 'own', exchange: note, ...grant } as CustomGrantOptions),
    fetch: endpoint.fetch,
    ...options,
  })
  return { source, seen, endpoint }
}

/** Posts once, and returns the response. */
const post: Exchange = ({ fetch }) => fetch(url, { method: 'POST', headers: {} })

describe('what an exchange returns is read as the reply of a token endpoint', () => {
  it.each<[string, () => unknown, Partial<Provider>, object]>([
    ['an object', () => ({ access_token: 'a1', expires_in: 60 }), {}, { accessToken: 'a1', expiresAt: start + 60_000 }],
    ['a promise of one', async () => ({ access_token: 'a1' }), {}, { accessToken: 'a1', expiresAt: start + 3_600_000 }],
    ['a list', () => [{ value: 'a1' }], { tokenResponse: { accessToken: '0.value' } }, { accessToken: 'a1' }],
    ['a Response', () => granted(), {}, { accessToken: 'a1' }],
    ['text', () => new Response(' a1\n'), { tokenResponse: { accessToken: '' } }, { accessToken: 'a1' }],
    [
      'a header',
      () => new Response('', { headers: { 'x-token': 'a1' } }),
      { tokenResponse: { accessToken: 'header:x-token' } },
      { accessToken: 'a1' },
    ],
    ['a Response of another implementation', () => foreignResponse('{"access_token":"a1"}'), {}, { accessToken: 'a1' }],
    ['an object with a status that is none of HTTP', () => ({ status: 'success', access_token: 'a1' }), {}, { accessToken: 'a1' }],
  ])('%s', async (_, give, profile, expected) => {
    const { source } = exchanging(give as Exchange, { profile })
    expect(await settle(source.ask())).toMatchObject(expected)
  })

  it.each<[string, () => object, Partial<Provider>, object]>([
    ['a 401', () => new Response('', { status: 401 }), {}, { code: 'refused', status: 401 }],
    ['an object with an error', () => ({ error: 'invalid_grant' }), {}, { code: 'refused', error: 'invalid_grant' }],
    ['what a rule says', () => ({ ok: false }), { tokenResponse: { error: [{ path: 'ok', is: false, error: 'no' }] } }, { error: 'no' }],
    ['an object without a token', () => ({ token: 'x' }), {}, { code: 'invalid_token_response', reply: { fields: ['token'] } }],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: '/' } }), {}, { code: 'redirected', status: 302 }],
    ['404', () => new Response('', { status: 404 }), {}, { code: 'not_a_token_endpoint', url: provider.tokenUrl }],
  ])('%s ends it, and is asked for once', async (_, give, profile, expected) => {
    const { source, seen } = exchanging(give, { profile })
    expect(await settle(source.ask())).toMatchObject({ retryable: false, ...expected })
    expect(seen).toHaveLength(1)
  })

  it.each<[string, () => Step, string]>([
    ['503', () => failing(503), 'unavailable'],
    ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'unreadable_token_response'],
    ['a part of a reply', cutBody, 'network_failed'],
  ])('%s is a failure, after which it is called again', async (_, step, code) => {
    const { source, seen, endpoint } = exchanging(post, { steps: [step(), step(), step(), granted()] })
    expect(await settle(source.ask())).toMatchObject({ code, retryable: true })
    expect([seen.length, ...endpoint.askedAt]).toEqual([3, 0, 250, 750])
  })

  it.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['null', async () => null],
    ['a text', () => 'a1'],
    ['a number', () => 5],
    ['a function', () => () => ({})],
    ['an object that holds itself', () => cyclic()],
    ['an object that JSON does not know', () => ({ access_token: 1n })],
    ['an object whose toJSON gives nothing', () => ({ toJSON: () => undefined })],
    ['a Response that was read', () => readResponse()],
    ['a Response whose body is being read', () => lockedResponse()],
    ['a Response that stands for a failed fetch', () => Response.error()],
    ['a Response without a status', () => ({ ...foreignResponse('{}'), status: Number.NaN })],
    ['a reply of axios', () => ({ status: 200, headers: { get: () => null }, data: { access_token: 'a1' }, config: {} })],
    ['one of its older versions, which holds itself', () => ({ status: 200, headers: {}, data: {}, request: cyclic() })],
    ['a date', () => new Date()],
  ])('%s is a configuration error at once', async (_, give) => {
    const { source, seen } = exchanging(give as Exchange)
    expect(await settle(source.ask())).toMatchObject({ code: 'invalid_configuration', option: 'exchange' })
    expect(seen).toHaveLength(1)
  })

  it('the reply of another kind of client → the message says what to return', async () => {
    const { source } = exchanging(() => ({ status: 200, headers: { get: () => null }, data: { access_token: 'a1' } }))
    expect(await settle(source.ask())).toMatchObject({ message: expect.stringContaining('a Response, or the data of the reply') })
  })

  it('the lifetime counts from the start of the exchange', async () => {
    const { source } = exchanging(async () => {
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      return { access_token: 'a1', expires_in: 60 }
    })
    expect(await settle(source.ask())).toMatchObject({ issuedAt: start, expiresAt: start + 60_000 })
  })
})

describe('what an exchange gets', () => {
  it('the parameters resolved for each attempt, the client among them, and the time', async () => {
    let count = 0
    const { source, seen } = exchanging(post, {
      grant: { clientId: 'id', clientSecret: () => `secret-${++count}`, parameters: { user: 'u', otp: async () => `otp-${count}` } },
      steps: [failing(503), granted()],
    })
    await settle(source.ask())
    expect(seen.map(({ parameters, now }) => ({ ...parameters, at: now - start }))).toEqual([
      { client_id: 'id', client_secret: 'secret-1', user: 'u', otp: 'otp-0', at: 0 },
      { client_id: 'id', client_secret: 'secret-2', user: 'u', otp: 'otp-1', at: 250 },
    ])
  })
  it('secrets that were resolved before the lock, for its first attempt', async () => {
    const secret = vi.fn(() => 'p4ss')
    const { source, seen } = exchanging(() => ({ access_token: 'a1' }), { grant: { parameters: { secret } } })
    const prepared = await source.prepare('ask')
    await settle(source.ask({ prepared }))
    expect(secret).toHaveBeenCalledTimes(1)
    expect(seen[0]?.parameters).toEqual({ secret: 'p4ss' })
  })
  it('nothing that can be changed', async () => {
    const { source, seen } = exchanging(() => ({ access_token: 'a1' }), { grant: { parameters: { a: 'b' } } })
    await settle(source.ask({ previous: held }))
    expect([seen[0], seen[0]?.parameters].every(Object.isFrozen)).toBe(true)
  })
  it('a fetch that follows no redirect, caches nothing and ends with the signal, unless an init says else', async () => {
    const own = new AbortController().signal
    const { source, seen, endpoint } = exchanging(
      async ({ fetch }) => {
        await fetch(url, { headers: {} })
        return fetch(url, { headers: {}, redirect: 'follow', cache: 'reload', signal: own })
      },
      { steps: [granted(), granted()] },
    )
    await settle(source.ask())
    const [first, second] = endpoint.requests.map(({ init }) => init)
    expect(first).toMatchObject({ redirect: 'manual', cache: 'no-store' })
    expect(first?.signal).toBe(seen[0]?.signal)
    expect(second).toMatchObject({ redirect: 'follow', cache: 'reload' })
    expect(second?.signal).toBe(own)
  })
  it('a fetch that throws at once rejects', async () => {
    const fetch = () => {
      throw new TypeError('hunter2')
    }
    const { source } = exchanging(({ fetch: given }) => given(url).catch(() => ({ access_token: 'a1' })), { options: { fetch } })
    expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1' })
  })
  it('a signal that is aborted once the answer was read', async () => {
    const { source, seen } = exchanging(() => ({ access_token: 'a1' }))
    await settle(source.ask())
    expect(seen[0]?.signal.aborted).toBe(true)
  })
})

describe('the token before', () => {
  it('is handed to the next renewal, which keeps what the reply leaves out', async () => {
    const { source, seen } = exchanging(() => ({ access_token: 'a1' }))
    expect(source.renewableBy(held, start)).toBeUndefined()
    expect(await settle(source.ask({ previous: held }))).toMatchObject({ accessToken: 'a1', refreshToken: 'r0' })
    expect(seen[0]?.previous).toEqual(held)
  })
  it('is not handed to the one after a refusal, so that it starts anew', async () => {
    const { source, seen } = exchanging(({ previous }) => (previous ? { error: 'invalid_grant' } : { access_token: 'a1' }))
    expect(await settle(source.ask({ previous: held }))).toMatchObject({ code: 'refused' })
    expect(await settle(source.ask({ previous: held }))).toMatchObject({ accessToken: 'a1' })
    await settle(source.ask({ previous: { ...held, accessToken: 'a1' } }))
    expect(seen.map(({ previous }) => previous?.accessToken)).toEqual(['a0', undefined, 'a1'])
  })
  it('is nothing for grants without an exchange', async () => {
    const endpoint = createTokenEndpoint(granted())
    const source = createTokenSource({ provider, grant: customGrant({ grantType: 'x', parameters: {} }), fetch: endpoint.fetch })
    expect(await settle(source.ask({ previous: held }))).not.toHaveProperty('refreshToken')
  })
  it.each<[string, unknown]>([
    ['a function', () => ({ access_token: 'stolen' })],
    ['a text', 'evil'],
  ])('is not what somebody has added to Object.prototype: %s', async (_, exchange) => {
    const endpoint = createTokenEndpoint(granted(), granted())
    const grant = clientCredentials({ clientId: 'id', clientSecret: 's' })
    const source = createTokenSource({ provider: freezeProfile(provider), grant, fetch: endpoint.fetch })
    Object.assign(Object.prototype, { exchange })
    try {
      expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1' })
      expect(await settle(source.present(held))).toMatchObject({ accessToken: 'a1' })
    } finally {
      Reflect.deleteProperty(Object.prototype, 'exchange')
    }
  })
})

describe('an exchange that presents a refresh token', () => {
  const usesUp = { usesUp: true } as const
  it('is a grant that can be asked again, and its refresh token is used up', async () => {
    const { source, seen } = exchanging(() => ({ access_token: 'a1' }), { grant: usesUp })
    expect(source.grant).toBe('reusable')
    expect(source.renewableBy(held, start)).toBe('refresh_token')
    await settle(source.present(held))
    await settle(source.ask({ previous: held }))
    expect(seen.map(({ previous }) => previous?.refreshToken)).toEqual(['r0', undefined])
  })
  it('is that whatever the provider’s renewal is', () => {
    const profile: Partial<Provider> = { renewal: { by: 'grant' } }
    expect(exchanging(post, { grant: usesUp, profile }).source.renewableBy(held, start)).toBe('refresh_token')
    expect(exchanging(post, { profile: { renewal: { by: 'refresh_token' } } }).source.renewableBy(held, start)).toBeUndefined()
  })
  it('without one, or after its end, starts anew', () => {
    const { source } = exchanging(post, { grant: usesUp })
    const { refreshToken: _, ...bare } = held
    expect(source.renewableBy(bare, start)).toBeUndefined()
    expect(source.renewableBy({ ...held, refreshableUntil: start }, start)).toBeUndefined()
  })
  it('a wordless 401 refuses the refresh token', async () => {
    const { source } = exchanging(() => new Response('', { status: 401 }), { grant: usesUp })
    expect(await source.present(held)).toMatchObject({ is: 'refused', hasWord: false, error: { error: 'invalid_grant' } })
  })
  it.each<[string, () => Step]>([
    ['a rejected fetch', lost],
    ['a part of a reply', cutBody],
    ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
  ])('whose reply was lost (%s) is sent exactly once more, whatever retries says', async (_, step) => {
    for (const retries of [0, 5]) {
      const { source, seen } = exchanging(post, { grant: usesUp, options: { retry: { retries } }, steps: [step(), step(), granted()] })
      expect(await settle(source.present(held))).toHaveProperty('retryable', true)
      expect(seen.map(({ previous }) => previous?.refreshToken)).toEqual(['r0', 'r0'])
    }
  })
  it('is not ended by those who no longer want it; one that uses up nothing is', async () => {
    for (const [way, isEnded] of [
      ['present', false],
      ['ask', true],
    ] as const) {
      const controller = new AbortController()
      const { source, seen } = exchanging(
        async ({ signal }) => {
          await new Promise((resolve) => setTimeout(resolve, 100))
          return signal.aborted ? { error: 'ended' } : { access_token: 'a1' }
        },
        { grant: usesUp },
      )
      const answer = way === 'present' ? source.present(held, controller) : source.ask(controller)
      answer.catch(() => {})
      await vi.advanceTimersByTimeAsync(50)
      controller.abort()
      expect(seen[0]?.signal.aborted).toBe(isEnded)
      await vi.advanceTimersByTimeAsync(1_000)
    }
  })
})

describe('an exchange that fails', () => {
  const coded = () => Object.assign(new RangeError('hunter2-hunter2'), { code: 'E_VAULT' })
  it.each<[string, () => never | Promise<never>]>([
    ['throws', () => thrown(coded())],
    ['rejects', async () => thrown(coded())],
  ])('since it %s is a failure with name and code, never the text', async (_, exchange) => {
    const { source, seen } = exchanging(exchange)
    const error = (await settle(source.ask())) as TokenwellError
    expect(error).toMatchObject({
      code: 'function_failed',
      option: 'exchange',
      retryable: true,
      cause: { name: 'RangeError', code: 'E_VAULT' },
    })
    expect(`${error} ${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.toContain('hunter2')
    expect(seen).toHaveLength(3)
  })
  it('for the network says the platform’s code', async () => {
    const offline = Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })
    const { source } = exchanging(post, { steps: [offline, offline, offline] })
    expect(await settle(source.ask())).toMatchObject({ message: expect.stringContaining('TypeError (ECONNREFUSED)') })
  })
  it('by an error of another manager keeps that as its cause', async () => {
    const other = new TokenEndpointError('refused', 'The other server refused.')
    const { source } = exchanging(() => thrown(other))
    expect(await settle(source.ask())).toMatchObject({ code: 'function_failed', cause: other })
  })
  it.each([
    new ConfigurationError('pin', 'is missing'),
    new ConfigurationError('exchange', 'must return a Response'),
    new OriginNotAllowedError('The call was not sent.'),
  ])('by a configuration error gives that one, once', async (wrong) => {
    const { source, seen } = exchanging(() => thrown(wrong))
    expect(await settle(source.ask())).toBe(wrong)
    expect(seen).toHaveLength(1)
  })
  it('to answer ends at its deadline, over all its requests, and its signal is aborted then', async () => {
    const { source, seen } = exchanging(() => new Promise(() => {}), { options: { timeoutMs: 1_000, retry: { retries: 0 } } })
    const answer = source.ask()
    answer.catch(() => {})
    await vi.advanceTimersByTimeAsync(900)
    expect(seen[0]?.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(200)
    expect(seen[0]?.signal.aborted).toBe(true)
    expect(await settle(answer)).toMatchObject({ code: 'timed_out', retryable: true, option: 'exchange' })
  })
  it('has the time that its secrets have left', async () => {
    const slow = () => new Promise<string>((resolve) => setTimeout(resolve, 800, 'p'))
    const { source, seen } = exchanging(() => new Promise(() => {}), {
      grant: { parameters: { slow } },
      options: { timeoutMs: 1_000, retry: { retries: 0 } },
    })
    source.ask().catch(() => {})
    await vi.advanceTimersByTimeAsync(900)
    expect(seen[0]?.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(150)
    expect(seen[0]?.signal.aborted).toBe(true)
  })
  it('shows no parameter, no client secret and no token of before in its message', async () => {
    for (const secret of ['p4ssw0rd-1', 's3cret-s3cret', 'r0-r0-r0-r0']) {
      const { source } = exchanging(() => Response.json({ error: 'no', error_description: `bad ${secret}` }, { status: 401 }), {
        grant: { clientId: 'id', clientSecret: 's3cret-s3cret', parameters: { password: 'p4ssw0rd-1' }, usesUp: true },
      })
      const error = (await settle(source.present({ ...held, refreshToken: 'r0-r0-r0-r0' }))) as TokenwellError
      expect(error).toMatchObject({ code: 'refused', error: 'no' })
      expect(`${error} ${JSON.stringify(error)}`).not.toContain(secret)
    }
  })
  it.each([
    ['a refresh token in the path', 'https://auth.example/v1.0/token/refresh-s3cret'],
    ['a session of a log-in in the path', 'https://auth.example/sessions/abcdef/token'],
    ['a password in the query', 'https://auth.example/two?password=p4ss'],
  ])('shows of a URL that it asked, with %s, the origin alone', async (_, url) => {
    const reply = Object.defineProperty(new Response('', { status: 404 }), 'url', { value: url })
    const { source } = exchanging(() => reply)
    const error = await settle(source.ask())
    expect(error).toMatchObject({ url: 'https://auth.example/' })
    expect(inspect(error)).not.toMatch(/s3cret|abcdef|p4ss/)
  })
})

function thrown(error: unknown): never {
  throw error
}

function cyclic(): object {
  const value: Record<string, unknown> = {}
  value['self'] = value
  return value
}

function lockedResponse(): Response {
  const response = granted()
  response.body?.getReader()
  return response
}

async function readResponse(): Promise<Response> {
  const response = granted()
  await response.text()
  return response
}

/** As React Native makes them: no stream, no class of the platform. */
function foreignResponse(text: string) {
  return { status: 200, type: 'default', headers: { get: () => null }, url: '', bodyUsed: false, text: async () => text }
}
