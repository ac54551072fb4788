import { describe, expect, it } from 'vitest'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import { jwtBearer } from '../../src/grants/jwt-bearer.ts'
import { privateKeyJwt } from '../../src/grants/private-key-jwt.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import type { RecordedTokenRequest } from '../../src/testing/scripted-token-server.ts'
import { startApi } from '../support/loopback-api.ts'
import { createService, type ServiceOptions } from '../support/service.ts'
import { keyPairs, pemOf } from '../support/signing-keys.ts'
import { tokenUrl } from '../support/test-provider.ts'
import { verifyJwt } from '../support/verify-jwt.ts'

// RFC 7523: JSON Web Token (JWT) Profile for OAuth 2.0 Client Authentication and Authorization Grants. https://www.rfc-editor.org/rfc/rfc7523
// RFC 7521: Assertion Framework for OAuth 2.0. https://www.rfc-editor.org/rfc/rfc7521

const { privateKey, publicKey } = keyPairs.ES256
const key = pemOf(privateKey)
const signs: ServiceOptions = {
  provider: { tokenRequest: { clientAuthentication: privateKeyJwt({ key }) } },
  grant: clientCredentials({ clientId: 's6BhdRkqt3', scope: 'a' }),
}
const asserts: ServiceOptions = { grant: jwtBearer({ key, issuer: 'https://jwt-idp.example.com', subject: 'mailto:mike@example.com' }) }

async function requestOf(options: ServiceOptions) {
  const { tokens, tokenRequests, clock } = createService(options)
  await tokens.getToken()
  const [first] = tokenRequests
  const { parameters = {}, headers = {} }: Partial<RecordedTokenRequest> = first ?? {}
  const assertion = parameters['client_assertion'] ?? parameters['assertion'] ?? ''
  return { parameters, headers, clock, ...verifyJwt(assertion, publicKey) }
}

describe('2.1 using JWTs as authorization grants', () => {
  it('the value of grant_type is the URN, and assertion contains a single JWT', async () => {
    const { parameters } = await requestOf(asserts)
    expect(parameters).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    })
  })

  it('scope may be used; RFC 7521 §4.1: authentication of the client is optional', async () => {
    const grant = jwtBearer({ key, issuer: 'i', scope: 'a b' })
    const { parameters, headers } = await requestOf({ grant })
    expect(parameters['scope']).toBe('a b')
    expect(headers).not.toHaveProperty('authorization')
    expect(parameters).not.toHaveProperty('client_id')
  })

  it('RFC 7521 §4.1: the assertion is asked for again, where the token expires and there is no refresh token', async () => {
    const { tokens, tokenRequests, clock } = createService(asserts)
    await tokens.getToken()
    clock.advance(3_600_000)
    await tokens.getToken()
    expect(tokenRequests.map(({ parameters }) => parameters['grant_type'])).toEqual(
      Array(2).fill('urn:ietf:params:oauth:grant-type:jwt-bearer'),
    )
  })
})

describe('2.2 using JWTs for client authentication', () => {
  it('client_assertion_type is the URN, and client_assertion contains a single JWT; RFC 7521 §4.2: client_id, where it is there, is its subject', async () => {
    const { parameters, claims } = await requestOf(signs)
    expect(parameters).toEqual({
      grant_type: 'client_credentials',
      scope: 'a',
      client_id: claims['sub'],
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    })
  })

  it('RFC 7521 §4.2: no other way of authentication is used beside', async () => {
    const grant = clientCredentials({ clientId: 'app', clientSecret: 'a secret too many' })
    const { parameters, headers } = await requestOf({ ...signs, grant })
    expect(headers).not.toHaveProperty('authorization')
    expect(parameters).not.toHaveProperty('client_secret')
  })

  it('a revocation (RFC 7009 §2.1) is authenticated in the same way, with the audience of the token endpoint', async () => {
    const api = await startApi()
    const provider = {
      ...api.provider,
      tokenRequest: { clientAuthentication: privateKeyJwt({ key }) },
      revocation: { url: `${new URL(api.apiUrl).origin}/token/revoke` },
    }
    const tokens = new TokenManager({ provider, grant: clientCredentials({ clientId: 'app' }) })
    await tokens.getToken()
    await tokens.revoke()
    const assertions = api.tokenRequests.map(({ body }) => new URLSearchParams(body.toString()).get('client_assertion') ?? '')
    expect(assertions).toHaveLength(2)
    for (const assertion of assertions) expect(verifyJwt(assertion, publicKey).claims['aud']).toBe(provider.tokenUrl)
  })
})

describe('3. what a JWT contains', () => {
  it('1. and 2.B: for client authentication, iss and sub are the client_id', async () => {
    expect((await requestOf(signs)).claims).toMatchObject({ iss: 's6BhdRkqt3', sub: 's6BhdRkqt3' })
  })

  it('1. and 2.A: for a grant, iss is who issued it, and sub whom the token is for', async () => {
    expect((await requestOf(asserts)).claims).toMatchObject({ iss: 'https://jwt-idp.example.com', sub: 'mailto:mike@example.com' })
  })

  it.each([
    ['client', signs],
    ['grant', asserts],
  ])('3. aud identifies the authorization server: its token endpoint, or its issuer (%s)', async (_, options) => {
    expect((await requestOf(options)).claims['aud']).toBe(tokenUrl)
    const issuer = 'https://authz.example.net'
    expect((await requestOf({ ...options, provider: { ...options.provider, issuer } })).claims['aud']).toBe(issuer)
  })

  it.each([
    ['client', signs],
    ['grant', asserts],
  ])('4., 6. and 7. exp limits the time in which it is good; iat and jti are there (%s)', async (_, options) => {
    const { claims, clock } = await requestOf(options)
    const issuedAt = Math.floor(clock.now() / 1_000)
    expect(claims).toMatchObject({ iat: issuedAt, exp: issuedAt + 60, jti: expect.stringMatching(/^[\da-f]{32}$/) })
  })

  it('9. it is digitally signed by its issuer', async () => {
    expect((await requestOf(signs)).header).toEqual({ alg: 'ES256', typ: 'JWT' })
  })
})

describe('3.1 and 3.2 what the server answers to a wrong one', () => {
  it.each<[string, ServiceOptions, string]>([
    ['an invalid grant', asserts, 'invalid_grant'],
    ['an invalid client', signs, 'invalid_client'],
  ])('%s is a refusal, which is sent once', async (_, options, error) => {
    const otherwise = Response.json({ error }, { status: 400 })
    const { tokens, tokenRequests } = createService({ ...options, otherwise })
    await expect(tokens.getToken()).rejects.toMatchObject({ code: 'refused', error })
    expect(tokenRequests).toHaveLength(1)
  })
})
