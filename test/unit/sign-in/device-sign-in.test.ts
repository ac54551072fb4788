import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError, SignInFailedError, SignInRequiredError, TokenEndpointError } from '../../../src/base/errors.ts'
import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { type DeviceSignInOptions, startDeviceSignIn } from '../../../src/sign-in/device-sign-in.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { buildTokenKey } from '../../../src/vocabulary/identity.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { testProvider, tokenUrl } from '../../support/test-provider.ts'
import { createTokenEndpoint, granted, lost, refused, type Step } from '../../support/token-endpoint.ts'

const deviceAuthorizationUrl = 'https://auth.example.com/device'
const codes = {
  device_code: 'device-code-1',
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://example.com/device',
  verification_uri_complete: 'https://example.com/device?user_code=WDJB-MJHT',
  expires_in: 1800,
  interval: 5,
}
const started = (fields: object = {}) => Response.json({ ...codes, ...fields })
const pending = () => refused('authorization_pending')
const tokens = () => granted({ access_token: 'a1', refresh_token: 'r1', expires_in: 60 })

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

interface Given {
  provider?: Partial<Provider>
  options?: Partial<DeviceSignInOptions>
}

/** A sign-in whose server answers in these steps. */
function begin(steps: Step[], { provider = {}, options = {} }: Given = {}) {
  const endpoint = createTokenEndpoint(...steps)
  const profile = testProvider({ deviceAuthorizationUrl, ...provider })
  const signIn = startDeviceSignIn({ provider: profile, clientId: 'app', fetch: endpoint.fetch, ...options })
  return { ...endpoint, profile, signIn, seconds: () => endpoint.requests.map(({ askedAt }) => askedAt / 1_000) }
}

/** What becomes of the grant, with as much time as that takes. */
async function endOf({ signIn }: ReturnType<typeof begin>) {
  const { grant } = await signIn
  const end = grant.catch((error: unknown) => error as SignInFailedError)
  await vi.runAllTimersAsync()
  return end
}

const failureOf = async (attempt: Promise<unknown>) =>
  attempt.then(
    () => expect.unreachable('It did not fail.'),
    (error) => error,
  )

describe('a sign-in that is begun', () => {
  it('the user gets a code and an address, and the time until when', async () => {
    const { signIn } = begin([started(), tokens()])
    const { grant, ...shown } = await signIn
    expect(shown).toEqual({
      userCode: 'WDJB-MJHT',
      verificationUri: 'https://example.com/device',
      verificationUriComplete: 'https://example.com/device?user_code=WDJB-MJHT',
      expiresAt: Date.now() + 1_800_000,
    })
    await vi.runAllTimersAsync()
    await grant
  })

  it('a public client names itself; scopes and what token requests have beside go along', async () => {
    const run = begin([started(), tokens()], {
      provider: { tokenRequest: { extraParameters: { audience: 'api' } } },
      options: { scope: ['a', 'b'] },
    })
    await endOf(run)
    const [first, second] = run.requests.map(({ url, body }) => [url, Object.fromEntries(new URLSearchParams(body))])
    expect(first).toEqual([deviceAuthorizationUrl, { client_id: 'app', scope: 'a b', audience: 'api' }])
    expect(second).toEqual([
      tokenUrl,
      {
        client_id: 'app',
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: 'device-code-1',
        audience: 'api',
      },
    ])
  })

  it('a client with a secret proves itself in each request', async () => {
    const run = begin([started(), tokens()], { options: { clientSecret: async () => 's' } })
    await endOf(run)
    expect(run.requests.map(({ headers }) => headers.get('authorization'))).toEqual(Array(2).fill(`Basic ${btoa('app:s')}`))
  })

  it('an API that wants JSON gets JSON, from the first request on', async () => {
    const run = begin([started(), tokens()], { provider: { tokenRequest: { encoding: 'json' } } })
    await endOf(run)
    expect(JSON.parse(run.requests[0]?.body ?? '')).toEqual({ client_id: 'app' })
    expect(JSON.parse(run.requests[1]?.body ?? '')).toMatchObject({ device_code: 'device-code-1' })
  })

  it('Google’s name of the address is known', async () => {
    const run = begin([started({ verification_uri: undefined, verification_url: 'https://google.com/device' }), tokens()])
    expect((await run.signIn).verificationUri).toBe('https://google.com/device')
    await endOf(run)
  })

  it.each<[string, object, string]>([
    ['no device code', { device_code: undefined }, 'device_code'],
    ['no user code', { user_code: '' }, 'user_code'],
    ['a user code that would steer a terminal', { user_code: '\u001b[2J' }, 'user_code'],
    ['a user code that is a sentence', { user_code: 'ABCD or visit https://evil.example' }, 'user_code'],
    ['a user code that turns the line', { user_code: 'AB\u202eCD' }, 'user_code'],
    ['a user code of marks alone', { user_code: `A${'\u0300'.repeat(9)}` }, 'user_code'],
    ['a user code that nobody would type', { user_code: 'A'.repeat(41) }, 'user_code'],
    ['an address that runs code', { verification_uri: 'javascript:alert(1)' }, 'verification_uri'],
    ['an address over plain HTTP', { verification_uri: 'http://example.com/device' }, 'verification_uri'],
  ])('%s → an error that names the field', async (_, fields, field) => {
    const error = await failureOf(begin([started(fields)]).signIn)
    expect(error).toMatchObject({ name: 'InvalidTokenResponseError', code: 'invalid_token_response' })
    expect(error.message).toContain(`without a usable ${field}.`)
  })

  it.each([
    ['that is unsafe', 'data:text/html,x'],
    ['of another origin', 'https://evil.example/device?user_code=WDJB-MJHT'],
    ['of another port', 'https://example.com:8443/device'],
  ])('a whole address %s → is left out', async (_, verification_uri_complete) => {
    const run = begin([started({ verification_uri_complete }), tokens()])
    expect(await run.signIn).not.toHaveProperty('verificationUriComplete')
    await endOf(run)
  })

  it('addresses in a misleading spelling → are shown as a browser would', async () => {
    const uri = 'https:\\\\\u0430pple.com\\device'
    const run = begin([started({ verification_uri: uri, verification_uri_complete: `${uri}?c=1` }), tokens()])
    expect(await run.signIn).toMatchObject({
      verificationUri: 'https://xn--pple-43d.com/device',
      verificationUriComplete: 'https://xn--pple-43d.com/device?c=1',
    })
    await endOf(run)
  })

  it.each<[string, Step, object]>([
    [
      'a client that may not',
      refused('unauthorized_client'),
      { name: 'TokenEndpointError', code: 'refused', error: 'unauthorized_client' },
    ],
    ['the wrong place', new Response('<html>', { status: 404 }), { name: 'TokenEndpointError', code: 'not_a_token_endpoint' }],
    ['an outage', new Response('', { status: 503 }), { name: 'TokenEndpointError', code: 'unavailable', retryable: true }],
    ['a redirect', new Response(null, { status: 302 }), { name: 'TokenEndpointError', code: 'redirected' }],
    ['no network', lost(), { name: 'TokenNetworkError', code: 'network_failed' }],
  ])('%s → an error, and no second request', async (_, step, expected) => {
    const run = begin([step])
    expect(await failureOf(run.signIn)).toMatchObject(expected)
    expect(run.requests).toHaveLength(1)
  })
})

describe('while the user decides', () => {
  it('the token is asked for in the interval of the server', async () => {
    const run = begin([started({ interval: 7 }), pending(), pending(), tokens()])
    await endOf(run)
    expect(run.seconds()).toEqual([0, 7, 14, 21])
  })

  it('a server that says no interval → 5 s', async () => {
    const run = begin([started({ interval: undefined }), pending(), tokens()])
    await endOf(run)
    expect(run.seconds()).toEqual([0, 5, 10])
  })

  it('each slow_down → 5 s more from then on', async () => {
    const run = begin([started(), refused('slow_down'), refused('slow_down'), pending(), tokens()])
    await endOf(run)
    expect(run.seconds()).toEqual([0, 5, 15, 30, 45])
  })

  it('slow_down with a new interval, as GitHub has it → that one', async () => {
    const run = begin([started(), Response.json({ error: 'slow_down', interval: 30 }), tokens()])
    await endOf(run)
    expect(run.seconds()).toEqual([0, 5, 35])
  })

  it('authorization_pending with the status 428, as Google has it → is no refusal', async () => {
    const run = begin([started(), refused('authorization_pending', 428), tokens()])
    expect(await endOf(run)).toMatchObject({ grantType: 'authorization_code' })
  })

  it('network faults, outages and pages of something in between → are survived, with pauses that double', async () => {
    const faults = [lost(), new Response('', { status: 500 }), new Response('<html>', { headers: { 'content-type': 'text/html' } })]
    const run = begin([started(), ...faults, pending(), tokens()])
    expect(await endOf(run)).toMatchObject({ grantType: 'authorization_code' })
    expect(run.seconds()).toEqual([0, 5, 15, 35, 75, 80])
  })

  it('Retry-After → is kept', async () => {
    const run = begin([started(), new Response('', { status: 503, headers: { 'retry-after': '90' } }), tokens()])
    await endOf(run)
    expect(run.seconds()).toEqual([0, 5, 95])
  })

  it.each([
    ['access_denied', 'The user, or the authorization server, said no'],
    ['expired_token', 'The code has expired'],
    ['invalid_grant', 'The authorization server does not know the code any more'],
  ])('%s → SignInFailedError, and nothing more is asked', async (word, message) => {
    const run = begin([started(), pending(), refused(word)])
    const error = await endOf(run)
    expect(error).toBeInstanceOf(SignInFailedError)
    expect(error).toMatchObject({ message: `${message}: start the sign-in again.`, error: word })
    expect(run.requests).toHaveLength(3)
  })

  it('a client that is refused → the refusal itself', async () => {
    const error = await endOf(begin([started(), refused('invalid_client', 401)]))
    expect(error).toBeInstanceOf(TokenEndpointError)
    expect(error).toMatchObject({ error: 'invalid_client' })
  })

  it('a code that expires → SignInFailedError, when it does', async () => {
    const run = begin([started({ expires_in: 12 }), pending(), pending()])
    const startedAt = Date.now()
    const error = await endOf(run)
    expect(error).toBeInstanceOf(SignInFailedError)
    expect(error).toMatchObject({ error: 'expired_token', message: expect.stringContaining('before the user said yes') })
    expect(Date.now() - startedAt).toBe(12_000)
    expect(run.requests).toHaveLength(3)
  })

  it('a server that is dead until then → SignInFailedError, whose cause says so', async () => {
    const error = await endOf(begin([started({ expires_in: 30 }), lost(), lost()]))
    expect(error).toBeInstanceOf(SignInFailedError)
    expect(error).toMatchObject({ cause: { name: 'TokenNetworkError', code: 'network_failed' } })
  })

  it('a secret that cannot be fetched → that error', async () => {
    let count = 0
    const clientSecret = () => {
      if (count++ > 0) throw new Error('vault')
      return 's'
    }
    expect(await endOf(begin([started()], { options: { clientSecret } }))).toMatchObject({
      code: 'function_failed',
      option: 'clientSecret',
    })
  })

  it('a signal that aborts → rejects with its own reason, and no timer is left', async () => {
    const controller = new AbortController()
    const run = begin([started(), pending()], { options: { signal: controller.signal } })
    const { grant } = await run.signIn
    await vi.advanceTimersByTimeAsync(7_000)
    const reason = { mine: true }
    controller.abort(reason)
    await expect(grant).rejects.toBe(reason)
    await vi.advanceTimersByTimeAsync(0)
    expect(vi.getTimerCount()).toBe(0)
    expect(run.requests).toHaveLength(2)
  })

  it('a signal that has aborted → nothing is sent', async () => {
    const run = begin([started()], { options: { signal: AbortSignal.abort('early') } })
    await expect(run.signIn).rejects.toBe('early')
    expect(run.requests).toHaveLength(0)
  })

  it('a grant that nobody waits for → rejects without harm', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    await begin([started(), refused('access_denied')]).signIn
    await vi.runAllTimersAsync()
    await vi.advanceTimersByTimeAsync(1)
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  it('neither codes nor tokens stand in an error or a log of the grant', async () => {
    const echo = Response.json({ error: 'access_denied', error_description: 'no device-code-1' }, { status: 400 })
    const error = await endOf(begin([started(), echo]))
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('device-code-1')
    const run = begin([started(), tokens()])
    const { grant } = await run.signIn
    await vi.runAllTimersAsync()
    expect(inspect(await grant, { depth: 9, showHidden: true }) + JSON.stringify(await grant)).not.toMatch(/a1|r1|device-code/)
  })
})

describe('a manager with the grant', () => {
  async function signedIn(steps: Step[] = [], store = memoryStore()) {
    const run = begin([started(), tokens(), ...steps], { options: { clientSecret: 's' } })
    const { grant } = await run.signIn
    await vi.advanceTimersByTimeAsync(5_000)
    const options = { provider: run.profile, fetch: run.fetch, store, renewal: { scheduled: false }, retry: { minDelayMs: 0 } }
    const create = async (given = grant) => new TokenManager({ ...options, grant: await given })
    return { ...run, grant: await grant, create, manager: await create() }
  }

  it('the tokens that came are used, without another request, and live from when they came', async () => {
    const { manager, requests } = await signedIn()
    const cameAt = Date.now()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await manager.getToken()).toMatchObject({ accessToken: 'a1', refreshToken: 'r1', issuedAt: cameAt, expiresAt: cameAt + 60_000 })
    expect(requests).toHaveLength(2)
    await manager.clear()
  })

  it('they are renewed as those of a sign-in with a code', async () => {
    const { manager, requests } = await signedIn([granted({ access_token: 'a2' })])
    await manager.getToken()
    await vi.advanceTimersByTimeAsync(60_000)
    expect((await manager.getToken()).accessToken).toBe('a2')
    expect(Object.fromEntries(new URLSearchParams(requests[2]?.body))).toEqual({ grant_type: 'refresh_token', refresh_token: 'r1' })
    await manager.clear()
  })

  it('the next process finds them with authorizationCode(), and no subject is needed beside a store', async () => {
    const { manager, grant, create, profile } = await signedIn()
    await manager.getToken()
    const later = authorizationCode({ clientId: 'app', clientSecret: 's' })
    expect(await buildTokenKey(profile, grant)).toBe(await buildTokenKey(profile, later))
    const next = await create(Promise.resolve(later))
    expect((await next.getToken()).accessToken).toBe('a1')
    await manager.clear()
  })

  it('they come before what an older sign-in has left in the store', async () => {
    const store = memoryStore()
    const { manager } = await signedIn([], store)
    await manager.getToken()
    const second = begin([started(), granted({ access_token: 'b1' })], { options: { clientSecret: 's' } })
    const { grant } = await second.signIn
    await vi.advanceTimersByTimeAsync(5_000)
    const next = new TokenManager({ provider: second.profile, grant: await grant, store, renewal: { scheduled: false } })
    expect((await next.getToken()).accessToken).toBe('b1')
    await next.clear()
    await manager.clear()
  })

  it('they are handed over once: another manager, or one that was signed out, needs a sign-in', async () => {
    const { manager, create, grant } = await signedIn()
    await manager.getToken()
    await manager.clear()
    await expect(manager.getToken()).rejects.toBeInstanceOf(SignInRequiredError)
    const other = await create(Promise.resolve(grant))
    await expect(other.getToken()).rejects.toBeInstanceOf(SignInRequiredError)
    await other.clear()
  })
})

describe('options that are wrong', () => {
  it.each<[string, object, string]>([
    ['no provider', { provider: undefined }, 'provider'],
    ['a whole preset', { provider: { provider: {}, grant: {} } }, 'provider'],
    ['a provider without devices', { provider: testProvider() }, 'provider.deviceAuthorizationUrl'],
    ['plain HTTP', { provider: testProvider({ deviceAuthorizationUrl: 'http://auth.test/device' }) }, 'provider.deviceAuthorizationUrl'],
    ['no client', { clientId: '' }, 'clientId'],
    ['a secret that is missing', { clientSecret: undefined }, 'clientSecret'],
    ['an option that is none', { scopes: 'a' }, 'scopes'],
  ])('%s → a ConfigurationError, and nothing is sent', async (_, options, option) => {
    const run = begin([], { options: options as Partial<DeviceSignInOptions> })
    const error = await failureOf(run.signIn)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.option).toBe(option)
    expect(run.requests).toHaveLength(0)
  })
})
