import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startDeviceSignIn } from '../../src/sign-in/device-sign-in.ts'
import { testProvider } from '../support/test-provider.ts'
import { createTokenEndpoint, granted, lost, refused, type Step } from '../support/token-endpoint.ts'

// RFC 8628: OAuth 2.0 Device Authorization Grant. https://www.rfc-editor.org/rfc/rfc8628

const clientId = '1406020730'
/** The example of section 3.2. */
const example = {
  device_code: 'GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS',
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://example.com/device',
  verification_uri_complete: 'https://example.com/device?user_code=WDJB-MJHT',
  expires_in: 1800,
  interval: 5,
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Runs a sign-in to its end, and tells when its requests were sent, in seconds. */
async function run(steps: Step[], fields: object = {}, scope?: string) {
  const endpoint = createTokenEndpoint(Response.json({ ...example, ...fields }), ...steps)
  const provider = testProvider({ deviceAuthorizationUrl: 'https://auth.example.com/device_authorization' })
  const signIn = await startDeviceSignIn({ provider, clientId, scope, fetch: endpoint.fetch })
  const end = signIn.grant.catch((error: unknown) => error)
  await vi.runAllTimersAsync()
  const forms = endpoint.requests.map(({ url, method, body }) => ({ url, method, ...Object.fromEntries(new URLSearchParams(body)) }))
  return { signIn, end: await end, forms, seconds: endpoint.askedAt.map((ms) => ms / 1_000) }
}

const pending = (): Response => refused('authorization_pending')

describe('3.1 the device authorization request', () => {
  it('is an HTTP POST of a form with the client_id and the scope', async () => {
    const { forms } = await run([granted()], {}, 'example_scope')
    expect(forms[0]).toEqual({
      url: 'https://auth.example.com/device_authorization',
      method: 'POST',
      client_id: clientId,
      scope: 'example_scope',
    })
  })
})

describe('3.2 and 3.3 the device authorization response', () => {
  it('the code and the address are shown to the user as they are', async () => {
    const { signIn } = await run([granted()])
    expect(signIn).toMatchObject({
      userCode: example.user_code,
      verificationUri: example.verification_uri,
      verificationUriComplete: example.verification_uri_complete,
    })
  })

  it('verification_uri_complete is optional', async () => {
    expect((await run([granted()], { verification_uri_complete: undefined })).signIn).not.toHaveProperty('verificationUriComplete')
  })

  it('interval: if no value is provided, clients MUST use 5 as the default', async () => {
    expect((await run([pending(), granted()], { interval: undefined })).seconds).toEqual([0, 5, 10])
  })

  it('interval: the minimum amount of time between polling requests', async () => {
    expect((await run([pending(), pending(), granted()], { interval: 11 })).seconds).toEqual([0, 11, 22, 33])
  })
})

describe('3.4 the device access token request', () => {
  it('has grant_type, device_code and client_id', async () => {
    const { forms } = await run([granted()])
    expect(forms[1]).toEqual({
      url: 'https://auth.example.com/token',
      method: 'POST',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: example.device_code,
      client_id: clientId,
    })
  })
})

describe('3.5 the device access token response', () => {
  it('authorization_pending: the client repeats the request', async () => {
    expect((await run([pending(), pending(), granted()])).end).toMatchObject({ grantType: 'authorization_code' })
  })

  it('slow_down: the interval MUST be increased by 5 seconds for this and all subsequent requests', async () => {
    expect((await run([refused('slow_down'), pending(), refused('slow_down'), granted()])).seconds).toEqual([0, 5, 15, 25, 40])
  })

  it.each(['access_denied', 'expired_token'])('%s: the client MUST stop polling', async (word) => {
    const { end, forms } = await run([pending(), refused(word)])
    expect(end).toMatchObject({ name: 'SignInFailedError', error: word })
    expect(forms).toHaveLength(3)
  })

  it.each(['invalid_request', 'invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope'])(
    'any other error, such as %s: the client stops, since only two of them ask to go on',
    async (word) => {
      const { end, forms } = await run([refused(word)])
      expect(end).toMatchObject({ name: 'TokenEndpointError', code: 'refused', error: word })
      expect(forms).toHaveLength(2)
    },
  )

  it('on a connection timeout clients MUST reduce their polling frequency: the pause doubles with each', async () => {
    expect((await run([lost(), lost(), pending(), granted()])).seconds).toEqual([0, 5, 15, 35, 40])
  })

  it('expires_in: the client stops when the code has expired, and sends nothing after that', async () => {
    const { end, seconds } = await run([pending(), pending()], { expires_in: 14 })
    expect(end).toMatchObject({ name: 'SignInFailedError', error: 'expired_token' })
    expect(seconds).toEqual([0, 5, 10])
  })
})
