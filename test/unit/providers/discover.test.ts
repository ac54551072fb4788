import { describe, expect, it } from 'vitest'
import { ConfigurationError, TokenEndpointError, TokenNetworkError } from '../../../src/base/errors.ts'
import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { customGrant } from '../../../src/grants/custom-grant.ts'
import { password } from '../../../src/grants/password.ts'
import { privateKeyJwt } from '../../../src/grants/private-key-jwt.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { type DiscoverOptions, discover } from '../../../src/providers/discover.ts'
import { oauth2 } from '../../../src/providers/oauth2.ts'
import { startDeviceSignIn } from '../../../src/sign-in/device-sign-in.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import type { Grant } from '../../../src/vocabulary/grant.ts'
import { buildTokenKey } from '../../../src/vocabulary/identity.ts'
import { apiUrl, createMetadataHost, type Document, issuer, metadataOf, publicClient, wellKnown } from '../../support/metadata-host.ts'

const confidential = { ...publicClient, clientSecret: 'se-cr-et' }

async function failureOf(attempt: Promise<unknown>): Promise<ConfigurationError> {
  return attempt.then(
    () => expect.unreachable('It did not fail.'),
    (error) => error,
  )
}

/** Discovers over one document at the usual place. */
function discoverFrom(document: Document, options: Partial<DiscoverOptions> = {}) {
  const host = createMetadataHost({ [wellKnown]: document })
  return { ...host, found: discover({ ...publicClient, fetch: host.fetch, ...options }) }
}

describe('what is found', () => {
  it('an issuer with all endpoints → a preset with all of them, ready for a manager', async () => {
    const { found } = discoverFrom(
      metadataOf(issuer, {
        device_authorization_endpoint: `${issuer}/device`,
        revocation_endpoint: `${issuer}/revoke`,
        authorization_response_iss_parameter_supported: true,
        token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      }),
      { clientSecret: 'se-cr-et', scope: 'a b' },
    )
    const { provider, grant } = await found
    expect(provider).toMatchObject({
      name: 'oauth2',
      apiUrl,
      tokenUrl: `${issuer}/token`,
      authorizationUrl: `${issuer}/authorize`,
      deviceAuthorizationUrl: `${issuer}/device`,
      issuer,
      issuerInResponse: true,
      revocation: { url: `${issuer}/revoke` },
      tokenRequest: { clientAuthentication: 'basic' },
    })
    expect(grant).toEqual({ grantType: 'client_credentials', clientId: 'app', clientSecret: 'se-cr-et', scope: 'a b' })
    expect(() => new TokenManager({ provider, grant, store: memoryStore() })).not.toThrow()
  })

  it('an issuer with a token endpoint alone → what it does not have is left out', async () => {
    const { provider } = await discoverFrom({ issuer, token_endpoint: `${issuer}/token`, revocation_endpoint: null }).found
    for (const name of ['authorizationUrl', 'issuerInResponse', 'deviceAuthorizationUrl', 'revocation'])
      expect(provider).not.toHaveProperty(name)
  })

  it('a program that named the endpoints before → finds its stored token', async () => {
    const found = await discoverFrom(metadataOf(), { clientSecret: 's' }).found
    const named = oauth2({ apiUrl, tokenUrl: `${issuer}/token`, clientId: 'app', clientSecret: 's' })
    expect(await buildTokenKey(found.provider, found.grant)).toBe(await buildTokenKey(named.provider, named.grant))
  })

  it.each<[string, object, string | undefined]>([
    ['nothing is said', {}, 'basic'],
    ['both are taken', { token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'] }, 'basic'],
    ['only the body is taken', { token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_post'] }, 'body'],
  ])('client authentication where %s', async (_, fields, method) => {
    const { provider } = await discoverFrom(metadataOf(issuer, fields), { clientSecret: 's' }).found
    expect(provider.tokenRequest?.clientAuthentication).toBe(method)
  })

  it('the secret of a grant counts as one', async () => {
    const grant = refreshToken({ clientId: 'app', clientSecret: 's', refreshToken: 'r' })
    const fields = { token_endpoint_auth_methods_supported: ['client_secret_post'] }
    const { provider } = await discoverFrom(metadataOf(issuer, fields), { grant }).found
    expect(provider.tokenRequest?.clientAuthentication).toBe('body')
  })

  it('a client without a secret → is public, whatever the issuer lists', async () => {
    const fields = { token_endpoint_auth_methods_supported: ['client_secret_post'] }
    const { provider } = await discoverFrom(metadataOf(issuer, fields)).found
    expect(provider.tokenRequest).toEqual({})
  })

  it('a revocation endpoint that authenticates clients in another way → has that way', async () => {
    const fields = {
      revocation_endpoint: `${issuer}/revoke`,
      revocation_endpoint_auth_methods_supported: ['client_secret_post'],
    }
    const { provider } = await discoverFrom(metadataOf(issuer, fields), { clientSecret: 's' }).found
    expect(provider.revocation).toEqual({ url: `${issuer}/revoke`, request: { clientAuthentication: 'body' } })
    expect(provider.tokenRequest?.clientAuthentication).toBe('basic')
  })

  it('a way to authenticate that the caller chose → stays', async () => {
    const prove = () => ({ parameters: { proof: 'p' } })
    const fields = { token_endpoint_auth_methods_supported: ['tls_client_auth'] }
    const { provider } = await discoverFrom(metadataOf(issuer, fields), { clientAuthentication: prove }).found
    expect(provider.tokenRequest?.clientAuthentication).toBe(prove)
  })

  it.each<[string, Partial<DiscoverOptions>]>([
    ['a way to authenticate that the caller chose', { clientSecret: 's', clientAuthentication: 'body' }],
    ['a public client', {}],
  ])('%s → counts at the revocation endpoint too, whatever that lists', async (_, options) => {
    const fields = { revocation_endpoint: `${issuer}/revoke`, revocation_endpoint_auth_methods_supported: ['client_secret_basic'] }
    const { provider } = await discoverFrom(metadataOf(issuer, fields), options).found
    expect(provider.revocation).toEqual({ url: `${issuer}/revoke` })
  })

  it('an endpoint of an issuer that the caller named → may be at another origin', async () => {
    const { provider } = await discoverFrom(metadataOf(issuer, { token_endpoint: 'https://tokens.example.net/t' })).found
    expect(provider.tokenUrl).toBe('https://tokens.example.net/t')
  })

  it('a byte order mark before the document → is read over', async () => {
    const { found } = discoverFrom(() => new Response(`\ufeff${JSON.stringify(metadataOf())}`))
    expect((await found).provider.tokenUrl).toBe(`${issuer}/token`)
  })

  it('what somebody has added to Object.prototype → is not in the document', async () => {
    Object.assign(Object.prototype, { revocation_endpoint: 'https://evil.example' })
    try {
      expect((await discoverFrom(metadataOf()).found).provider).not.toHaveProperty('revocation')
    } finally {
      Reflect.deleteProperty(Object.prototype, 'revocation_endpoint')
    }
  })
})

describe('how it is asked for', () => {
  it('a request for metadata → follows no redirect, is not cached, and carries nothing of the client', async () => {
    const { found, requests } = discoverFrom(metadataOf(), { clientSecret: 'se-cr-et' })
    await found
    const [{ url, init } = { url: '', init: {} }] = requests
    expect(init).toMatchObject({ method: 'GET', redirect: 'manual', cache: 'no-store', headers: { accept: 'application/json' } })
    expect(init).not.toHaveProperty('body')
    expect(JSON.stringify([url, init])).not.toMatch(/se-cr-et|"app"/)
  })

  it('a server that is out of order for a moment → is asked again', async () => {
    let count = 0
    const { found } = discoverFrom(() => (count++ === 0 ? new Response(null, { status: 503 }) : Response.json(metadataOf())))
    await expect(found).resolves.toBeDefined()
    expect(count).toBe(2)
  })

  it.each<[string, () => Response]>([
    ['a page', () => new Response('<!doctype html><title>Not here</title>', { headers: { 'content-type': 'text/html' } })],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: '/login' } })],
    ['another issuer', () => Response.json(metadataOf('https://other.example.com'))],
    ['an outage', () => new Response(null, { status: 500 })],
  ])('%s at one place → the next place counts', async (_, answer) => {
    const host = createMetadataHost({ [wellKnown]: answer, [`${issuer}/.well-known/openid-configuration`]: metadataOf() })
    await expect(discover({ ...publicClient, fetch: host.fetch })).resolves.toBeDefined()
    expect(host.urls()).toEqual([wellKnown, `${issuer}/.well-known/openid-configuration`])
  })

  it('a signal that aborts → rejects at once, with its own reason', async () => {
    const controller = new AbortController()
    const { found } = discoverFrom(() => new Promise<Response>(() => {}), { signal: controller.signal })
    const reason = { mine: true }
    controller.abort(reason)
    await expect(found).rejects.toBe(reason)
    const { found: later, requests } = discoverFrom(metadataOf(), { signal: controller.signal })
    await expect(later).rejects.toBe(reason)
    expect(requests).toEqual([])
  })

  it('a server that never answers → ends with timeoutMs', async () => {
    const { found } = discoverFrom(() => new Promise<Response>(() => {}), { timeoutMs: 30 })
    const error = await failureOf(found)
    expect(error).toBeInstanceOf(TokenNetworkError)
    expect(error.code).toBe('timed_out')
  })
})

describe('metadata that is not used', () => {
  it('nothing at any place → says where it was looked for', async () => {
    const error = await failureOf(discoverFrom(404).found)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.message).toBe(
      `issuer: has no metadata at ${wellKnown}, ${issuer}/.well-known/openid-configuration. Correct it, or name the endpoints with oauth2(…)`,
    )
  })

  it('metadata of another issuer → is refused, and that issuer named', async () => {
    const error = await failureOf(discoverFrom(metadataOf(`${issuer}/`)).found)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.message).toBe(`issuer: the metadata at ${wellKnown} is that of another issuer (${issuer}/)`)
  })

  it('the name of another issuer that is no URL → is not shown', async () => {
    const error = await failureOf(discoverFrom(metadataOf('eyJhbGciOiJIUzI1NiJ9.e30.c2ln')).found)
    expect(error.message).toBe(`issuer: the metadata at ${wellKnown} is that of another issuer (none)`)
  })

  it('300 KiB → is refused', async () => {
    const error = await failureOf(discoverFrom({ ...metadataOf(), filler: 'x'.repeat(300 * 1024) }).found)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.message).toBe(`issuer: the metadata at ${wellKnown} is longer than 256 KiB`)
  })

  it('a redirect everywhere → is not followed', async () => {
    const host = createMetadataHost({
      [wellKnown]: () => new Response(null, { status: 301, headers: { location: 'https://evil.example/metadata' } }),
      'https://evil.example/metadata': metadataOf(),
    })
    const error = await failureOf(discover({ ...publicClient, fetch: host.fetch }))
    expect(error).toBeInstanceOf(TokenEndpointError)
    expect(error.code).toBe('redirected')
    expect(host.urls()).not.toContain('https://evil.example/metadata')
  })

  it.each([503, 429, 408])('an outage that lasts (%d) → is retryable', async (status) => {
    const error = await failureOf(discoverFrom(status).found)
    expect(error).toBeInstanceOf(TokenEndpointError)
    expect(error).toMatchObject({ code: 'unavailable', retryable: true, status })
  })

  it('no network → one that asks the first place, three times', async () => {
    const { found, urls } = discoverFrom(() => Promise.reject(new TypeError('fetch failed: secret')))
    const error = await failureOf(found)
    expect(error).toBeInstanceOf(TokenNetworkError)
    expect(error.message).not.toContain('secret')
    expect(urls()).toEqual([wellKnown, wellKnown, wellKnown])
  })

  it.each<[string, Document, string]>([
    ['no JSON', () => new Response('{"issuer":'), 'is no JSON object'],
    ['a list', [metadataOf()], 'is no JSON object'],
    ['no issuer', { token_endpoint: `${issuer}/token` }, 'is that of another issuer (none)'],
  ])('%s → is refused', async (_, document, words) => {
    expect((await failureOf(discoverFrom(document).found)).message).toBe(`issuer: the metadata at ${wellKnown} ${words}`)
  })

  it.each<[string, object, string]>([
    ['no token endpoint', { token_endpoint: undefined }, 'metadata.token_endpoint'],
    ['a token endpoint over plain HTTP', { token_endpoint: 'http://auth.example.com/token' }, 'metadata.token_endpoint'],
    ['a token endpoint on this machine', { token_endpoint: 'http://127.0.0.1:1/token' }, 'metadata.token_endpoint'],
    ['a token endpoint on this machine, over TLS', { token_endpoint: 'https://127.0.0.1:9/token' }, 'metadata.token_endpoint'],
    ['a token endpoint at a private address', { token_endpoint: 'https://10.0.0.5/token' }, 'metadata.token_endpoint'],
    ['a revocation endpoint of the host’s own network', { revocation_endpoint: 'https://[fd00::1]/' }, 'metadata.revocation_endpoint'],
    ['a token endpoint with a password', { token_endpoint: 'https://u:p@auth.example.com' }, 'metadata.token_endpoint'],
    ['a revocation endpoint that is no text', { revocation_endpoint: 5 }, 'metadata.revocation_endpoint'],
    ['a device endpoint that is a path', { device_authorization_endpoint: '/device' }, 'metadata.device_authorization_endpoint'],
    ['an authorization endpoint that runs code', { authorization_endpoint: 'javascript:alert(1)' }, 'metadata.authorization_endpoint'],
  ])('%s → is refused', async (_, fields, option) => {
    const error = await failureOf(discoverFrom(metadataOf(issuer, fields)).found)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.option).toBe(option)
  })

  it('an issuer that takes no secret → says what it takes', async () => {
    const fields = { token_endpoint_auth_methods_supported: ['private_key_jwt', 'a b', 'tls_client_auth'] }
    const error = await failureOf(discoverFrom(metadataOf(issuer, fields), { clientSecret: 's' }).found)
    expect(error.message).toBe('clientSecret: is not what the issuer takes: it names private_key_jwt, tls_client_auth')
  })
})

describe('options that are wrong', () => {
  it.each<[string, object, string]>([
    ['neither an issuer nor a resource', { issuer: undefined }, 'issuer'],
    ['an issuer over plain HTTP', { issuer: 'http://auth.example.com' }, 'issuer'],
    ['an issuer with a query', { issuer: `${issuer}?tenant=1` }, 'issuer'],
    ['an issuer that is no text', { issuer: new URL(issuer) }, 'issuer'],
    ['no apiUrl', { apiUrl: undefined }, 'apiUrl'],
    ['no client', { clientId: undefined }, 'clientId'],
    ['an option that is none', { tokenUrl: `${issuer}/token` }, 'tokenUrl'],
    ['a signal that is none', { signal: {} }, 'signal'],
    ['another client in the grant', { grant: authorizationCode({ clientId: 'other' }) }, 'clientId'],
    ['a resource over plain HTTP', { resource: 'http://api.example.com' }, 'resource'],
    [
      'a place of metadata that the resource does not rule',
      { resource: apiUrl, resourceMetadataUrl: 'https://evil.example' },
      'resourceMetadataUrl',
    ],
    ['a resource beside a secret, and no issuer', { issuer: undefined, resource: apiUrl, clientSecret: 's' }, 'issuer'],
    [
      'a resource beside a refresh token, and no issuer',
      { issuer: undefined, resource: apiUrl, grant: refreshToken({ refreshToken: 'r' }) },
      'issuer',
    ],
    [
      'a resource beside a function that proves the client, and no issuer',
      { issuer: undefined, resource: apiUrl, clientAuthentication: () => ({ headers: { authorization: 'Bearer s' } }) },
      'issuer',
    ],
    [
      'a resource beside a signed client, and no issuer',
      { issuer: undefined, resource: apiUrl, clientAuthentication: privateKeyJwt({ key: async () => 'k' }) },
      'issuer',
    ],
    [
      'a resource beside an exchange, and no issuer',
      {
        issuer: undefined,
        resource: apiUrl,
        grant: customGrant({ grantType: 'x', exchange: async () => ({ accessToken: 'a' }) }),
      },
      'issuer',
    ],
    ...['client_secret', 'clientSecret', 'password', 'client_assertion', 'api_key'].map((name): [string, object, string] => [
      `a resource beside the parameter ${name}, and no issuer`,
      { issuer: undefined, resource: apiUrl, parameters: { [name]: 's' } },
      'issuer',
    ]),
    [
      'a resource beside a secret among the public parameters of a grant, and no issuer',
      { issuer: undefined, resource: apiUrl, grant: { grantType: 'x', parameters: { password: 's' } } },
      'issuer',
    ],
  ])('%s → a ConfigurationError, and nothing is sent', async (_, options, option) => {
    const { found, requests } = discoverFrom(metadataOf(), options as Partial<DiscoverOptions>)
    const error = await failureOf(found)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.option).toBe(option)
    expect(requests).toEqual([])
  })

  it('http: to another host → only with allowInsecureRequests', async () => {
    const plain = 'http://auth.test'
    const host = createMetadataHost({ [`${plain}/.well-known/oauth-authorization-server`]: metadataOf(plain) })
    const { provider } = await discover({ ...confidential, issuer: plain, allowInsecureRequests: true, fetch: host.fetch })
    expect(provider.tokenUrl).toBe(`${plain}/token`)
  })
})

describe('a preset whose issuer only a resource has named', () => {
  const clientId = 'app'
  const place = 'https://api.example.com/.well-known/oauth-protected-resource/v1'

  async function discoverUnpinned(options: Partial<DiscoverOptions> = {}) {
    const endpoints = { device_authorization_endpoint: `${issuer}/device`, revocation_endpoint: `${issuer}/revoke` }
    const host = createMetadataHost({
      [place]: { resource: apiUrl, authorization_servers: [issuer] },
      [wellKnown]: metadataOf(issuer, endpoints),
    })
    const { provider } = await discover({ resource: apiUrl, clientId, fetch: host.fetch, ...options })
    return { ...host, provider }
  }

  const secretGrants: [string, Grant][] = [
    ['a client secret', authorizationCode({ clientId, clientSecret: 's' })],
    ['a client secret that a function gives', clientCredentials({ clientId, clientSecret: async () => 's' })],
    ['a password', password({ clientId, username: 'ada', password: 's' })],
    ['a refresh token', refreshToken({ clientId, refreshToken: 's' })],
    ['a parameter of its own', customGrant({ grantType: 'x', clientId, parameters: { proof: 's' } })],
    ['an exchange', customGrant({ grantType: 'x', clientId, exchange: async () => ({ accessToken: 'a' }) })],
  ]

  it.each(secretGrants)('%s → is refused by a manager, and by one with a copy of the preset', async (_, grant) => {
    const { provider, fetch } = await discoverUnpinned()
    for (const one of [provider, { ...provider, name: 'mine' }])
      expect(() => new TokenManager({ provider: one, grant, fetch })).toThrow('provider.issuer: is named by the resource alone')
  })

  it.each(secretGrants)('%s → is taken where the caller names the issuer too', async (_, grant) => {
    const { provider, fetch } = await discoverUnpinned({ issuer })
    expect(() => new TokenManager({ provider, grant, fetch })).not.toThrow()
  })

  it('a client that proves itself by what was added to the preset → is refused', async () => {
    const { provider } = await discoverUnpinned()
    const grant = authorizationCode({ clientId })
    for (const tokenRequest of [{ clientAuthentication: () => ({ headers: {} }) }, { extraParameters: { client_secret: 's' } }])
      expect(() => new TokenManager({ provider: { ...provider, tokenRequest }, grant })).toThrow(ConfigurationError)
  })

  it('the code of a public client → is taken', async () => {
    const { provider } = await discoverUnpinned()
    const grant = authorizationCode({ clientId, code: 'c', codeVerifier: 'v', redirectUri: 'https://app.example.com' })
    expect(() => new TokenManager({ provider, grant })).not.toThrow()
  })

  it('a sign-in on another device → is not found; with a named issuer it is', async () => {
    const { provider, fetch, urls } = await discoverUnpinned()
    expect(provider).not.toHaveProperty('deviceAuthorizationUrl')
    const byHand = { ...provider, deviceAuthorizationUrl: `${issuer}/device` }
    const error = await failureOf(startDeviceSignIn({ provider: byHand, clientId, clientSecret: 's', fetch }))
    expect(error).toMatchObject({ name: 'ConfigurationError', option: 'provider.issuer' })
    expect(urls()).not.toContain(`${issuer}/device`)
    expect((await discoverUnpinned({ issuer })).provider.deviceAuthorizationUrl).toBe(`${issuer}/device`)
  })
})
