import { describe, expect, it, onTestFinished } from 'vitest'
import {
  authorizationCode,
  cam2,
  camdram,
  isTokenwellError,
  refreshToken,
  SignInRequiredError,
  type TokenEndpointError,
  TokenManager,
  type TokenManagerOptions,
} from '../../src/index.ts'
import { completeSignIn, createAuthorizationUrl } from '../../src/sign-in.ts'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/testing/emulation/start-emulator.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { createCamdramVisitor } from '../support/camdram-visitor.ts'

const hour = 3_600_000

async function start(system: 'cam2' | 'camdram', options: EmulatorOptions = {}) {
  const clock = createFakeClock(Date.now())
  const emulator = await startEmulator({ systems: [system], flavour: 'real', now: clock.now, ...options })
  onTestFinished(() => emulator.close())
  const manage = (preset: Pick<TokenManagerOptions, 'provider' | 'grant'>, more: Partial<TokenManagerOptions> = {}): TokenManager => {
    const tokens = new TokenManager({ ...preset, now: clock.now, renewal: { scheduled: false }, ...more })
    onTestFinished(() => tokens.dispose())
    return tokens
  }
  const call = async (tokens: TokenManager, path: string): Promise<number> => {
    const response = await tokens.fetch(`${emulator.baseUrls[system]}${path}`)
    await response.arrayBuffer()
    return response.status
  }
  return { clock, emulator, manage, call }
}

const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('CAM2', () => {
  const connect = ({ credentials, baseUrls }: Emulator) => cam2({ ...credentials.cam2, baseUrl: baseUrls.cam2 })

  it('whose application was deleted while its token lives → the log-in is asked, and its refusal says so', async () => {
    const { emulator, manage, call } = await start('cam2')
    const tokens = manage(connect(emulator), { retry: { retries: 0 } })
    expect(await call(tokens, '/cameras/')).toBe(200)
    emulator.credentials.cam2.clientId = 'another'
    expect(await errorOf(call(tokens, '/cameras/'))).toMatchObject({ code: 'refused', error: 'invalid_client', retryable: false })
  })

  it.each(['Invalid Token', 'This is not an refreshable token'])(
    'that refuses a renewal with «%s» → the log-in, with one call more',
    async (text) => {
      const { emulator, manage, call, clock } = await start('cam2')
      const tokens = manage(connect(emulator))
      await call(tokens, '/cameras/')
      clock.advance(hour)
      const headers = { 'content-type': 'application/json' }
      emulator.fail({ status: 400, body: JSON.stringify({ non_field_errors: [text] }), headers, count: 1 })
      const asked = emulator.counters.cam2.tokenRequests
      expect(await call(tokens, '/cameras/')).toBe(200)
      expect(emulator.counters.cam2.tokenRequests - asked).toBe(2)
    },
  )

  it('that says «Invalid Token» to a call → the token is renewed, and the call sent again', async () => {
    const { emulator, manage, call, clock } = await start('cam2')
    const tokens = manage(connect(emulator))
    await call(tokens, '/cameras/')
    clock.advance(2_000)
    emulator.fail({
      endpoint: 'api',
      status: 403,
      body: '{"detail":"Invalid Token"}',
      headers: { 'content-type': 'application/json' },
      count: 1,
    })
    expect(await call(tokens, '/cameras/')).toBe(200)
    expect(tokens.explain().generation).toBe(2)
  })

  it('that revoked the token → a renewal by the log-in; an expired token → by the access token, and the event says so', async () => {
    const { emulator, manage, call, clock } = await start('cam2')
    const tokens = manage(connect(emulator))
    const how: string[] = []
    tokens.on('renewed', ({ grant }) => how.push(grant))
    await call(tokens, '/cameras/')
    emulator.revoke()
    expect(await call(tokens, '/cameras/')).toBe(200)
    clock.advance(hour)
    expect(await call(tokens, '/cameras/')).toBe(200)
    expect(how).toEqual(['client_credentials', 'access_token'])
  })

  it.each([
    ['json', 'json', 1],
    ['json', undefined, 2],
    ['form', undefined, 1],
    ['form', 'json', 1],
  ] as const)('of the era %s, with the encoding %s → %i token requests', async (cam2Era, encoding, requests) => {
    const { emulator, manage, call } = await start('cam2', { cam2Era })
    const { credentials, baseUrls } = emulator
    const tokens = manage(cam2({ ...credentials.cam2, baseUrl: baseUrls.cam2, encoding }))
    expect(await call(tokens, '/cameras/')).toBe(200)
    expect(emulator.counters.cam2.tokenRequests).toBe(requests)
  })

  it('a right that is missing → the response of the server, and no renewal', async () => {
    const { emulator, manage } = await start('cam2')
    const tokens = manage(connect(emulator))
    const response = await tokens.fetch(`${emulator.baseUrls.cam2}/123/`, { method: 'DELETE' })
    expect([response.status, tokens.explain().generation]).toEqual([403, 1])
  })
})

describe('Camdram', () => {
  /** A person signs in to an application; returns its preset with the grant. */
  async function signIn(emulator: Emulator, kind: 'camdramWebsite' | 'camdramOther', scope?: string) {
    const { clientId, clientSecret, redirectUri } = emulator.credentials[kind]
    const client = { clientId, clientSecret, baseUrl: emulator.baseUrls.camdram }
    const items = new Map<string, string>()
    const storage = {
      getItem: (key: string) => items.get(key),
      setItem: (key: string, value: string) => items.set(key, value),
      removeItem: (key: string) => items.delete(key),
    }
    const asked = { provider: camdram(client).provider, clientId, redirectUri, storage }
    const url = await createCamdramVisitor().answer(await createAuthorizationUrl({ ...asked, ...(scope ? { scope } : {}) }))
    const { grant } = await completeSignIn({ ...asked, clientSecret, url })
    return camdram({ ...client, grant })
  }

  it.each([
    ['user_shows', 200],
    [undefined, 403],
  ])('a sign-in that asks for the scope %s → the shows of the user: %i', async (scope, status) => {
    const { emulator, manage, call } = await start('camdram')
    const tokens = manage(await signIn(emulator, 'camdramWebsite', scope))
    expect(await call(tokens, '/auth/account/shows.json')).toBe(status)
    expect(tokens.explain()).toMatchObject({ generation: 1, state: 'fresh' })
  })

  it('an application that may not refresh → a person has to sign in again, once the token has expired', async () => {
    const { emulator, manage, call, clock } = await start('camdram')
    const tokens = manage(await signIn(emulator, 'camdramOther', 'user_shows'))
    expect(await call(tokens, '/auth/account/shows.json')).toBe(200)
    clock.advance(hour)
    const error = await errorOf(call(tokens, '/auth/account/shows.json'))
    expect(error).toBeInstanceOf(SignInRequiredError)
    expect((error as SignInRequiredError).cause).toMatchObject({ error: 'unauthorized_client' } satisfies Partial<TokenEndpointError>)
    expect(tokens.explain()).toMatchObject({ signInRequired: true, reason: expect.stringContaining('sign in') })
    const { tokenRequests } = emulator.counters.camdram
    expect(isTokenwellError(await errorOf(call(tokens, '/auth/account/shows.json')))).toBe(true)
    expect(emulator.counters.camdram.tokenRequests).toBe(tokenRequests)
  })

  it('a refresh token that is held → is completed from the options beside it, and rotates', async () => {
    const { emulator, manage, call, clock } = await start('camdram')
    const first = await manage(await signIn(emulator, 'camdramWebsite', 'user_shows')).getToken()
    const { clientId, clientSecret } = emulator.credentials.camdramWebsite
    const grant = refreshToken({ refreshToken: first.refreshToken ?? '' })
    const tokens = manage(camdram({ clientId, clientSecret, grant, baseUrl: emulator.baseUrls.camdram }))
    const how: string[] = []
    tokens.on('renewed', (event) => how.push(event.grant))
    expect(await call(tokens, '/auth/account/shows.json')).toBe(200)
    clock.advance(hour)
    expect(await call(tokens, '/auth/account/shows.json')).toBe(200)
    expect(how).toEqual(['refresh_token'])
  })

  it('nobody has signed in → a person has to', async () => {
    const { emulator, manage, call } = await start('camdram')
    const { clientId, clientSecret } = emulator.credentials.camdramWebsite
    const tokens = manage(
      camdram({ clientId, clientSecret, grant: authorizationCode({ clientId, clientSecret }), baseUrl: emulator.baseUrls.camdram }),
    )
    expect(await errorOf(call(tokens, '/auth/account/shows.json'))).toBeInstanceOf(SignInRequiredError)
    expect(emulator.counters.camdram.tokenRequests).toBe(0)
  })

  it('twenty callers whose token has expired → one refresh, though the server would take more', async () => {
    const { emulator, manage, call, clock } = await start('camdram', { tokenLatencyMs: 20 })
    const tokens = manage(await signIn(emulator, 'camdramWebsite', 'user_shows'))
    await call(tokens, '/auth/account/shows.json')
    clock.advance(hour)
    const statuses = await Promise.all(Array.from({ length: 20 }, () => call(tokens, '/auth/account/shows.json')))
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(emulator.counters.camdram.refreshes).toBe(1)
  })
})
