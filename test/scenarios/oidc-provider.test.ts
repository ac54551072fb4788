import { describe, expect, it } from 'vitest'
import { SignInFailedError } from '../../src/base/errors.ts'
import { authorizationCode } from '../../src/grants/authorization-code.ts'
import { jwtBearer } from '../../src/grants/jwt-bearer.ts'
import { privateKeyJwt } from '../../src/grants/private-key-jwt.ts'
import type { SigningAlgorithm } from '../../src/grants/signing-algorithm.ts'
import { tokenExchange } from '../../src/grants/token-exchange.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { discover } from '../../src/providers/discover.ts'
import { startDeviceSignIn } from '../../src/sign-in/device-sign-in.ts'
import { completeSignIn, createAuthorizationUrl } from '../../src/sign-in/sign-in.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { startOidcServer, visit } from '../support/oidc-server.ts'
import { createMapStorage } from '../support/sign-in/begin-sign-in.ts'
import { keyPairs, pemOf } from '../support/signing-keys.ts'

// The whole of it against a certified OpenID provider, in real HTTP.

const client = { clientId: 'service', clientSecret: 'open sesame' }

describe('discovery at oidc-provider', () => {
  it('its metadata → a preset that gets a token, uses it, and ends it at the server', async () => {
    const { issuer, apiUrl } = await startOidcServer()
    const preset = await discover({ issuer, apiUrl, ...client, scope: 'things' })
    expect(preset.provider).toMatchObject({
      issuer,
      tokenUrl: `${issuer}/token`,
      authorizationUrl: `${issuer}/auth`,
      deviceAuthorizationUrl: `${issuer}/device/auth`,
      revocation: { url: `${issuer}/token/revocation` },
    })
    const tokens = new TokenManager(preset)
    expect(await (await tokens.fetch(apiUrl)).json()).toMatchObject({ client: 'service' })
    const { accessToken } = await tokens.getToken()
    await tokens.revoke()
    expect((await fetch(apiUrl, { headers: { authorization: `Bearer ${accessToken}` } })).status).toBe(401)
    tokens.dispose()
  })
})

describe('a client that signs, at oidc-provider', () => {
  it.each(Object.entries(keyPairs))('%s → gets a token, and ends it', async (algorithm, { privateKey }) => {
    const { issuer, apiUrl } = await startOidcServer()
    const clientAuthentication = privateKeyJwt({ key: pemOf(privateKey), keyId: algorithm })
    const tokens = new TokenManager(await discover({ issuer, apiUrl, clientId: `signs-${algorithm}`, clientAuthentication }))
    expect(await (await tokens.fetch(apiUrl)).json()).toMatchObject({ client: `signs-${algorithm}` })
    const { accessToken } = await tokens.getToken()
    await tokens.revoke()
    expect((await fetch(apiUrl, { headers: { authorization: `Bearer ${accessToken}` } })).status).toBe(401)
    tokens.dispose()
  })

  it.each<SigningAlgorithm>(['PS256', 'RS512'])('an RSA key with %s → gets a token', async (algorithm) => {
    const { issuer, apiUrl } = await startOidcServer()
    const clientAuthentication = privateKeyJwt({ key: pemOf(keyPairs.RS256.privateKey), algorithm })
    const tokens = new TokenManager(await discover({ issuer, apiUrl, clientId: 'signs-RS256', clientAuthentication }))
    await expect(tokens.getToken()).resolves.toBeDefined()
    tokens.dispose()
  })

  it('another key → is refused', async () => {
    const { issuer, apiUrl } = await startOidcServer()
    const clientAuthentication = privateKeyJwt({ key: pemOf(keyPairs.ES256.privateKey) })
    const tokens = new TokenManager(await discover({ issuer, apiUrl, clientId: 'signs-ES384', clientAuthentication }))
    await expect(tokens.getToken()).rejects.toMatchObject({ code: 'refused', error: 'invalid_client' })
    tokens.dispose()
  })
})

describe('a token exchange at oidc-provider, whose grant we registered', () => {
  it('the token of one manager → is exchanged by another, which exchanges it again', async () => {
    const { issuer, apiUrl } = await startOidcServer()
    const first = new TokenManager(await discover({ issuer, apiUrl, ...client }))
    const subjectToken = async () => (await first.getToken()).accessToken
    const grant = tokenExchange({ subjectToken, subjectTokenType: 'access_token', scope: 'things' })
    const second = new TokenManager({ ...(await discover({ issuer, apiUrl, ...client, grant })), store: memoryStore(), subject: 'service' })
    expect((await second.fetch(apiUrl)).status).toBe(200)
    const one = await second.getToken()
    const other = await second.getToken({ forceRenewal: true })
    expect(other.accessToken).not.toBe(one.accessToken)
    await Promise.all([first.clear(), second.clear()])
  })

  it('a token that the server does not know → is refused', async () => {
    const { issuer, apiUrl } = await startOidcServer()
    const grant = tokenExchange({ subjectToken: 'unknown', subjectTokenType: 'access_token' })
    const tokens = new TokenManager(await discover({ issuer, apiUrl, ...client, grant }))
    await expect(tokens.getToken()).rejects.toMatchObject({ code: 'refused', error: 'invalid_grant' })
    tokens.dispose()
  })
})

describe('a signed assertion as the grant at oidc-provider, whose grant we registered', () => {
  const assertion = { issuer: 'robot', subject: 'ada', scope: 'things' }

  it.each(Object.entries(keyPairs))('%s → a token of the subject, and another one for another assertion', async (keyId, { privateKey }) => {
    const { issuer, apiUrl } = await startOidcServer()
    const grant = jwtBearer({ ...assertion, key: pemOf(privateKey), keyId })
    const tokens = new TokenManager(await discover({ issuer, apiUrl, ...client, grant }))
    expect(await (await tokens.fetch(apiUrl)).json()).toEqual({ client: 'service', account: 'ada' })
    const { accessToken } = await tokens.getToken()
    expect((await tokens.getToken({ forceRenewal: true })).accessToken).not.toBe(accessToken)
    tokens.dispose()
  })

  it.each<[string, object]>([
    ['another key than it names', { key: pemOf(keyPairs.ES256.privateKey), keyId: 'EdDSA' }],
    ['another issuer', { issuer: 'stranger' }],
    ['another audience', { audience: 'https://other.example.com' }],
  ])('%s → is refused', async (_, wrong) => {
    const { issuer, apiUrl } = await startOidcServer()
    const grant = jwtBearer({ ...assertion, key: pemOf(keyPairs.ES256.privateKey), keyId: 'ES256', ...wrong })
    const tokens = new TokenManager(await discover({ issuer, apiUrl, ...client, grant }))
    await expect(tokens.getToken()).rejects.toMatchObject({ code: 'refused', error: 'invalid_grant' })
    tokens.dispose()
  })
})

describe('a sign-in on another device, at oidc-provider', () => {
  const clientId = 'television'
  const discoverDevice = ({ issuer, apiUrl }: { issuer: string; apiUrl: string }) =>
    discover({ issuer, apiUrl, clientId, grant: authorizationCode({ clientId }) })

  it('the user agrees → the tokens are used, renewed, found by the next process, and ended', async () => {
    const server = await startOidcServer()
    const { provider, grant: later } = await discoverDevice(server)
    const { grant, verificationUriComplete = '' } = await startDeviceSignIn({ provider, clientId, scope: 'openid offline_access' })
    expect((await visit(verificationUriComplete)).text).toContain('Sign-in Success')
    const store = memoryStore()
    const tokens = new TokenManager({ provider, grant: await grant, store })
    expect(await (await tokens.fetch(server.apiUrl)).json()).toEqual({ client: clientId, account: 'ada' })
    const { refreshToken } = await tokens.getToken({ forceRenewal: true })
    tokens.dispose()

    const next = new TokenManager({ provider, grant: later, store })
    expect((await next.fetch(server.apiUrl)).status).toBe(200)
    await next.revoke()
    const grantType = { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken ?? '' }
    const reply = await fetch(provider.tokenUrl, { method: 'POST', body: new URLSearchParams(grantType) })
    expect(await reply.json()).toMatchObject({ error: 'invalid_grant' })
    expect(server.requests.filter((one) => one === 'POST /token')).toHaveLength(3)
  })

  it('the user types the code by hand after a while → the polls that came too early are no failure', async () => {
    const server = await startOidcServer()
    const { provider } = await discoverDevice(server)
    const { grant, userCode, verificationUri } = await startDeviceSignIn({ provider, clientId, scope: 'openid' })
    await expect.poll(() => server.requests.filter((one) => one === 'POST /token').length).toBe(1)
    await visit(`${verificationUri}?user_code=${userCode}`)
    expect(await grant).toMatchObject({ grantType: 'authorization_code' })
  })

  it('the user says no → SignInFailedError', async () => {
    const server = await startOidcServer()
    const { provider } = await discoverDevice(server)
    const { grant, verificationUriComplete = '' } = await startDeviceSignIn({ provider, clientId, scope: 'openid' })
    await visit(verificationUriComplete, 'abort')
    const error = await grant.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SignInFailedError)
    expect(error).toMatchObject({ error: 'access_denied' })
  })

  it('a client that may not → is refused at once', async () => {
    const server = await startOidcServer()
    const { provider } = await discoverDevice(server)
    await expect(startDeviceSignIn({ provider, ...client })).rejects.toMatchObject({ name: 'TokenEndpointError', code: 'refused' })
  })
})

describe('a pushed authorization request (RFC 9126), at oidc-provider', () => {
  it('the parameters of an authorization URL are pushed → the sign-in completes as any other', async () => {
    const { issuer, apiUrl, redirectUri } = await startOidcServer()
    const clientId = 'app'
    const { provider } = await discover({ issuer, apiUrl, clientId, grant: authorizationCode({ clientId }) })
    const storage = createMapStorage(new Map())
    const options = { provider, clientId, redirectUri, storage }
    const url = await createAuthorizationUrl({ ...options, scope: 'openid' })
    const pushed = await fetch(`${issuer}/request`, { method: 'POST', body: url.searchParams })
    const { request_uri: requestUri } = (await pushed.json()) as { request_uri: string }
    url.search = String(new URLSearchParams({ client_id: clientId, request_uri: requestUri }))

    const back = await visit(url)
    const { grant } = await completeSignIn({ ...options, url: back.url })
    const tokens = new TokenManager({ provider, grant })
    expect(await (await tokens.fetch(apiUrl)).json()).toEqual({ client: clientId, account: 'ada' })
    tokens.dispose()
  })
})
