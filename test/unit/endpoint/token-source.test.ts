import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isTokenwellError, type TokenwellError } from '../../../src/base/errors.ts'
import { createTokenSource, type TokenSourceOptions } from '../../../src/endpoint/token-source.ts'
import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { customGrant } from '../../../src/grants/custom-grant.ts'
import { deviceCredentials } from '../../../src/grants/device-credentials.ts'
import { password } from '../../../src/grants/password.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import type { Token } from '../../../src/token/token.ts'
import type { Grant } from '../../../src/vocabulary/grant.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'

type Step = Response | Error | ((request: Request) => Promise<Response>)

const start = Date.parse('2026-03-01T12:00:00Z')
const provider: Provider = { name: 'test', apiUrl: 'https://api.example', tokenUrl: 'https://auth.example/token' }
const renewing: Provider = {
  ...provider,
  renewal: { by: 'access_token', url: 'https://auth.example/renew', parameter: 'token', windowMs: 86_400_000 },
}
const client = clientCredentials({ clientId: 'id', clientSecret: 's3cret' })
const held: Token = { accessToken: 'a0', refreshToken: 'r0', tokenType: 'bearer', issuedAt: start - 60_000, expiresAt: start }
const granted = () => Response.json({ access_token: 'a1', expires_in: 60 })
const refused = (error = 'invalid_grant', status = 400) => Response.json({ error }, { status })
const failing = (status: number, headers?: Record<string, string>) => new Response('down', { status, ...(headers && { headers }) })
const lost = () => new TypeError('fetch failed')
const silent: Step = () => new Promise(() => {})

beforeEach(() => {
  vi.useFakeTimers({ now: start })
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A source whose server answers with these steps in turn, and when it was asked, ms since the start. */
function scripted(steps: Step[], options: Partial<TokenSourceOptions> = {}) {
  const askedAt: number[] = []
  const requests: Request[] = []
  const fetch: typeof globalThis.fetch = async (input) => {
    const request = input as Request
    askedAt.push(Date.now() - start)
    requests.push(request.clone())
    const step = steps.shift()
    if (!step) throw new Error('The script has no more steps.')
    if (step instanceof Error) throw step
    return typeof step === 'function' ? step(request) : step
  }
  const source = createTokenSource({ provider, grant: client, fetch, ...options })
  return { source, askedAt, requests, steps }
}

/** Lets time pass until the promise settles. */
async function settle(promise: Promise<Token>): Promise<Token | TokenwellError> {
  const outcome = promise.catch((error: unknown) => {
    if (!isTokenwellError(error)) throw error
    return error
  })
  await vi.advanceTimersByTimeAsync(600_000)
  return outcome
}

describe('what the grant is worth', () => {
  const shared = { clientId: 'id', clientSecret: 's' }
  test.each<[string, Grant]>([
    ['reusable', client],
    ['reusable', password({ ...shared, username: 'u', password: 'p' })],
    ['reusable', deviceCredentials({ clientKey: 'k', deviceId: 'd' })],
    ['reusable', customGrant({ grantType: 'urn:x', parameters: { code: 'c' } })],
    ['one-time', authorizationCode({ ...shared, code: 'c' })],
    ['none', authorizationCode(shared)],
    ['refresh-token', refreshToken({ ...shared, refreshToken: 'r' })],
  ])('%s: $1.grantType', (use, grant) => {
    const source = createTokenSource({ provider, grant })
    expect(source.grant).toBe(use)
    expect(source.grantType).toBe(grant.grantType)
  })
})

describe('what of a token can be presented', () => {
  const { refreshToken: _, ...bare } = held
  test.each<[string | undefined, Provider['renewal'], Token]>([
    ['refresh_token', undefined, held],
    ['refresh_token', { by: 'refresh_token' }, held],
    ['refresh_token', undefined, { ...held, refreshableUntil: start + 1 }],
    [undefined, undefined, { ...held, refreshableUntil: start }],
    [undefined, undefined, bare],
    ['access_token', renewing.renewal, bare],
    ['access_token', renewing.renewal, { ...bare, expiresAt: start - 5000, refreshableUntil: start + 1 }],
    [undefined, renewing.renewal, { ...held, refreshableUntil: start }],
    [undefined, { by: 'grant' }, held],
  ])('%s', (expected, renewal, token) => {
    const source = createTokenSource({ provider: renewal ? { ...provider, renewal } : provider, grant: client })
    expect(source.presentable(token, start)).toBe(expected)
  })
})

describe('a failure is repeated twice, with growing pauses', () => {
  test.each<[string, () => Step, string]>([
    ['a rejected fetch', lost, 'network_failed'],
    ['408', () => failing(408), 'unavailable'],
    ['425', () => failing(425), 'unavailable'],
    ['429', () => failing(429), 'unavailable'],
    ['500', () => failing(500), 'unavailable'],
    ['503', () => failing(503), 'unavailable'],
    ['server_error', () => refused('server_error'), 'unavailable'],
    ['temporarily_unavailable', () => refused('temporarily_unavailable'), 'unavailable'],
    ['slow_down', () => refused('slow_down'), 'unavailable'],
    ['500 with a refusal in it', () => refused('invalid_grant', 500), 'unavailable'],
    ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'invalid_token_response'],
    ['nothing', () => new Response(null, { status: 204 }), 'invalid_token_response'],
    ['404', () => failing(404), 'invalid_token_response'],
  ])('%s', async (_, step, code) => {
    const { source, askedAt } = scripted([step(), step(), step(), granted()])
    expect(await settle(source.ask())).toMatchObject({ code, retryable: true })
    expect(askedAt).toEqual([0, 250, 750])
  })

  test('and the second attempt may succeed', async () => {
    const { source, askedAt } = scripted([failing(503), granted()])
    expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1', issuedAt: start + 250 })
    expect(askedAt).toEqual([0, 250])
  })

  test('up to as much again is added at random', async () => {
    vi.mocked(Math.random).mockReturnValue(0.999)
    const { source, askedAt } = scripted([failing(503), granted()])
    await settle(source.ask())
    expect(askedAt).toEqual([0, 500])
  })

  test('silence counts once its time is over, also where fetch ignores its signal', async () => {
    const { source, askedAt } = scripted([silent, silent, silent], { timeoutMs: 1000 })
    expect(await settle(source.ask())).toMatchObject({ code: 'timed_out', retryable: true, url: 'https://auth.example/token' })
    expect(askedAt).toEqual([0, 1250, 2750])
  })

  test('ten seconds by default', async () => {
    const { source, askedAt } = scripted([silent, granted()])
    await settle(source.ask())
    expect(askedAt).toEqual([0, 10_250])
  })

  test.each([
    [{ retries: 0 }, [0]],
    [{ retries: 4, minDelayMs: 100 }, [0, 100, 300, 700, 1500]],
    [{ retries: 3, minDelayMs: 1000, maxDelayMs: 1500 }, [0, 1000, 2500, 4000]],
    [{ retries: 2, minDelayMs: 60_000, maxDelayMs: 60_000 }, [0, 5000, 10_000]],
    [{ retries: 2, minDelayMs: 0 }, [0, 0, 0]],
  ])('with %j', async (retry, expected) => {
    const { source, askedAt } = scripted(
      [1, 2, 3, 4, 5].map(() => failing(503)),
      { retry },
    )
    expect(await settle(source.ask())).toMatchObject({ code: 'unavailable' })
    expect(askedAt).toEqual(expected)
  })
})

describe('a refusal is never repeated', () => {
  test.each<[string, Step, string]>([
    ['400 invalid_grant', refused(), 'refused'],
    ['401 invalid_client', refused('invalid_client', 401), 'refused'],
    ['200 with an error', refused('access_denied', 200), 'refused'],
    ['a redirect', new Response(null, { status: 307, headers: { location: 'https://evil.example' } }), 'redirected'],
  ])('%s', async (_, step, code) => {
    const { source, askedAt } = scripted([step, granted()])
    expect(await settle(source.ask())).toMatchObject({ code, retryable: false })
    expect(askedAt).toEqual([0])
  })
})

describe('Retry-After', () => {
  const at = (ms: number) => new Date(start + ms).toUTCString()
  test.each<[string, Record<string, string>, number]>([
    ['3 s are waited for', { 'retry-after': '3' }, 3000],
    ['5 s too', { 'retry-after': '5' }, 5000],
    ['a date', { 'retry-after': at(4000) }, 4000],
    ['a date by a clock that is an hour ahead', { 'retry-after': at(3_604_000), date: at(3_600_000) }, 4000],
    ['a date by a clock that is an hour behind', { 'retry-after': at(-3_596_000), date: at(-3_600_000) }, 4000],
    ['0 is none', { 'retry-after': '0' }, 250],
    ['a past date is none', { 'retry-after': at(-60_000) }, 250],
    ['a fraction is garbage', { 'retry-after': '1.5' }, 250],
    ['a negative number is garbage', { 'retry-after': '-3' }, 250],
    ['a word is garbage', { 'retry-after': 'tomorrow 5' }, 250],
    ['two are garbage', { 'retry-after': '3, 3' }, 250],
    ['nothing', { 'retry-after': '' }, 250],
  ])('%s', async (_, headers, pause) => {
    const { source, askedAt } = scripted([failing(429, headers), granted()])
    expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1' })
    expect(askedAt).toEqual([0, pause])
  })

  test('a shorter one does not shorten the pause', async () => {
    const { source, askedAt } = scripted([failing(503, { 'retry-after': '1' }), granted()], { retry: { minDelayMs: 2000 } })
    await settle(source.ask())
    expect(askedAt).toEqual([0, 2000])
  })

  test.each<[string, string, number]>([
    ['6 s', '6', 6000],
    ['a minute', '60', 60_000],
    ['an hour counts as a minute', '3600', 60_000],
    ['more digits than a number has', '9'.repeat(400), 60_000],
    ['a far date counts as a minute', at(86_400_000), 60_000],
  ])('over 5 s the flight ends at once: %s', async (_, retryAfter, expected) => {
    const { source, askedAt } = scripted([failing(503, { 'retry-after': retryAfter }), granted()])
    expect(await settle(source.ask())).toMatchObject({ code: 'unavailable', retryAt: start + expected })
    expect(askedAt).toEqual([0])
  })

  test('after the last attempt it is on the error', async () => {
    const { source } = scripted([failing(503, { 'retry-after': '2' })], { retry: { retries: 0 } })
    expect(await settle(source.ask())).toMatchObject({ retryAt: start + 2000 })
  })
})

describe.each<[string, Partial<TokenSourceOptions>, (source: ReturnType<typeof createTokenSource>) => Promise<Token>, string]>([
  ['a token’s refresh token', {}, (source) => source.present(held), 'refresh_token=r0'],
  [
    'the refresh token of a grant',
    { grant: refreshToken({ clientId: 'id', refreshToken: 'r0' }) },
    (source) => source.ask(),
    'refresh_token=r0',
  ],
  ['a code', { grant: authorizationCode({ clientId: 'id', code: 'c0de' }) }, (source) => source.ask(), 'code=c0de'],
])('%s is presented once more when the reply is lost, and then no more', (_, options, ask, presented) => {
  test.each<[string, () => Step, Step, object, number]>([
    ['lost, granted', lost, granted(), { accessToken: 'a1' }, 2],
    ['silent, granted', () => silent, granted(), { accessToken: 'a1' }, 2],
    ['cut, granted', cutBody, granted(), { accessToken: 'a1' }, 2],
    ['lost, refused', lost, refused(), { code: 'refused', error: 'invalid_grant' }, 2],
    ['lost, lost', lost, lost(), { code: 'network_failed' }, 2],
    ['lost, 503', lost, failing(503), { code: 'unavailable' }, 2],
    ['refused', refused, granted(), { code: 'refused' }, 1],
  ])('%s', async (_, first, second, outcome, requests) => {
    for (const retries of [0, 1, 5]) {
      const then = second instanceof Response ? second.clone() : second
      const script = scripted([first(), then, granted(), granted()], { ...options, retry: { retries } })
      expect(await settle(ask(script.source))).toMatchObject(outcome)
      expect(script.requests).toHaveLength(requests)
      for (const request of script.requests) expect(await request.clone().text()).toContain(presented)
    }
  })

  test('a complete reply that is a failure is repeated as always, and may be followed by a lost one', async () => {
    const script = scripted([failing(503), failing(503), lost(), lost(), granted()], options)
    expect(await settle(ask(script.source))).toMatchObject({ code: 'network_failed' })
    expect(script.requests).toHaveLength(4)
  })
})

test('an access token is not used up: presenting it is repeated as often as anything', async () => {
  const { source, askedAt } = scripted([lost(), lost(), lost(), granted()], { provider: renewing })
  expect(await settle(source.present(held))).toMatchObject({ code: 'network_failed' })
  expect(askedAt).toHaveLength(3)
})

describe('encodings', () => {
  const both: Provider = { ...provider, tokenRequest: { encoding: ['form', 'json'] } }
  const types = (requests: Request[]) => requests.map((request) => request.headers.get('content-type')?.replace(/.*[/-]/, ''))

  test('on 415 the next one is tried at once, and the one that worked comes first from then on', async () => {
    const { source, requests, askedAt } = scripted([failing(415), granted(), granted(), granted()], { provider: both })
    await settle(source.ask())
    await settle(source.ask())
    await settle(source.present(held))
    expect(types(requests)).toEqual(['urlencoded', 'json', 'json', 'json'])
    expect(askedAt[1]).toBe(0)
  })

  test('the one that worked may stop working', async () => {
    const { source, requests } = scripted([failing(415), granted(), failing(415), granted()], { provider: both })
    await settle(source.ask())
    await settle(source.ask())
    expect(types(requests)).toEqual(['urlencoded', 'json', 'json', 'urlencoded'])
  })

  test('a refusal counts as understood', async () => {
    const { source, requests } = scripted([failing(415), refused(), refused()], { provider: both })
    await settle(source.ask())
    await settle(source.ask())
    expect(types(requests)).toEqual(['urlencoded', 'json', 'json'])
  })

  test('415 to all of them is a failure', async () => {
    const { source, requests } = scripted([failing(415), failing(415)], { provider: both, retry: { retries: 0 } })
    expect(await settle(source.ask())).toMatchObject({ code: 'invalid_token_response', status: 415 })
    expect(requests).toHaveLength(2)
  })
})

describe('secrets', () => {
  const failures: [string, () => string | Promise<string>][] = [
    [
      'throws',
      () => {
        throw new Error('hunter2')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('hunter2'))],
    ['is empty', () => ''],
    ['is no text', () => 5 as never],
    ['is nothing', async () => undefined as never],
  ]
  test.each(failures)('a function that %s is a configuration error, and nothing is sent', async (_, secret) => {
    for (const [option, grant] of [
      ['clientSecret', clientCredentials({ clientId: 'id', clientSecret: secret })],
      ['password', password({ clientId: 'id', clientSecret: 's', username: 'u', password: secret })],
      ['codeVerifier', authorizationCode({ clientId: 'id', code: 'c', codeVerifier: secret })],
      ['refreshToken', refreshToken({ clientId: 'id', refreshToken: secret })],
    ] as const) {
      const { source, requests } = scripted([granted()], { grant })
      const error = (await settle(source.ask())) as TokenwellError
      expect(error).toMatchObject({ code: 'invalid_configuration', option, retryable: false })
      expect(error.cause).toBeUndefined()
      expect(error.message).not.toContain('hunter2')
      expect(requests).toHaveLength(0)
    }
  })

  test.each(failures)('a transformSecret that %s is a configuration error', async (_, transformSecret) => {
    const { source, requests } = scripted([granted()], { provider: { ...provider, tokenRequest: { transformSecret } } })
    expect(await settle(source.ask())).toMatchObject({ code: 'invalid_configuration', option: 'tokenRequest.transformSecret' })
    expect(requests).toHaveLength(0)
  })

  test('a function is asked once for a flight, not for each attempt', async () => {
    const secret = vi.fn(async () => 's3cret')
    const { source } = scripted([failing(503), failing(503), granted(), granted()], { grant: { ...client, clientSecret: secret } })
    await settle(source.ask())
    expect(secret).toHaveBeenCalledTimes(1)
    await settle(source.ask())
    expect(secret).toHaveBeenCalledTimes(2)
  })

  test('nobody is asked for a client secret that is not sent', async () => {
    const secret = vi.fn(() => 's3cret')
    const open: Provider = { ...provider, tokenRequest: { clientAuthentication: 'none' } }
    const { source, requests } = scripted([granted()], { provider: open, grant: { ...client, clientSecret: secret } })
    await settle(source.ask())
    expect(secret).not.toHaveBeenCalled()
    expect(await requests[0]?.text()).toBe('grant_type=client_credentials&client_id=id')
  })
})

test('the platform’s fetch is looked up for each request', async () => {
  const source = createTokenSource({ provider, grant: client })
  const fetch = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => granted())
  expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1' })
  expect(fetch).toHaveBeenCalledTimes(1)
})

test('a fetch is called without a receiver, as browsers demand of theirs', async () => {
  let receiver: unknown = 'unset'
  const { source } = scripted([], {
    async fetch(this: unknown) {
      receiver = this
      return granted()
    },
  })
  await settle(source.ask())
  expect(receiver).toBeUndefined()
})

test.each([[undefined], [null], [{}], ['text'], [42]])('a fetch that resolves with %j is a failed network', async (value) => {
  const { source } = scripted([], { fetch: async () => value as never, retry: { retries: 0 } })
  expect(await settle(source.ask())).toMatchObject({ code: 'network_failed' })
})

test.each([['a text'], [undefined], [null], [{ message: 's3cret' }], [new Error('s3cret', { cause: { code: 'ECONNREFUSED' } })]])(
  'whatever fetch throws (%j), a typed error comes out, without its text',
  async (thrown) => {
    const { source } = scripted([], { fetch: () => Promise.reject(thrown), retry: { retries: 0 } })
    const error = (await settle(source.ask())) as TokenwellError
    expect(error.code).toBe('network_failed')
    expect(`${error} ${error.cause} ${error.stack}`).not.toContain('s3cret')
  },
)

test('the platform’s code survives', async () => {
  const { source } = scripted([], {
    fetch: () => Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) })),
    retry: { retries: 0 },
  })
  expect(await settle(source.ask())).toMatchObject({ cause: { code: 'ECONNREFUSED' } })
})

test('in a browser a failed network points to CORS and the proxy', async () => {
  const outside = (await settle(scripted([lost()], { retry: { retries: 0 } }).source.ask())) as Error
  vi.stubGlobal('location', { href: 'https://app.example/' })
  const inside = (await settle(scripted([lost()], { retry: { retries: 0 } }).source.ask())) as Error
  vi.unstubAllGlobals()
  expect(inside.message).toMatch(/CORS.*tokenwell\/proxy/)
  expect(outside.message).not.toMatch(/CORS/)
})

test('a deadline longer than timers go is no deadline of none', async () => {
  const { source } = scripted([() => new Promise((resolve) => setTimeout(resolve, 5000, granted()))], { timeoutMs: 2 ** 40 })
  expect(await settle(source.ask())).toMatchObject({ accessToken: 'a1' })
})

test('no timer is left behind', async () => {
  const { source } = scripted([granted()])
  await source.ask()
  expect(vi.getTimerCount()).toBe(0)
})

test('a source shows no secret', () => {
  const { source } = scripted([])
  expect(JSON.stringify(source)).toBe('{}')
})

function cutBody(): Response {
  return new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"access_')),
      pull: (controller) => controller.error(new TypeError('terminated')),
    }),
  )
}
