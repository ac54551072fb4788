import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { type JwtBearerOptions, jwtBearer } from '../../../src/grants/jwt-bearer.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { oauth2 } from '../../../src/providers/oauth2.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { buildTokenKey, isIdentified } from '../../../src/vocabulary/identity.ts'
import { createService } from '../../support/service.ts'
import { jwkOf, keyPairs, pemOf } from '../../support/signing-keys.ts'
import { testProvider, tokenUrl } from '../../support/test-provider.ts'
import { verifyJwt } from '../../support/verify-jwt.ts'

const { privateKey, publicKey } = keyPairs.RS256
const key = pemOf(privateKey)
const robot = { key, issuer: 'robot@example.com' }

async function askWith(options: Partial<JwtBearerOptions>, provider = {}) {
  const service = createService({
    provider,
    grant: jwtBearer({ ...robot, ...options }),
    replies: [new Response('down', { status: 503 })],
    manager: { retry: { minDelayMs: 0 } },
  })
  await service.tokens.getToken()
  return service.tokenRequests.map(({ parameters }) => ({
    parameters,
    ...verifyJwt(parameters['assertion'] as string, publicKey),
  }))
}

describe('a token for a signed assertion', () => {
  it('each attempt has an assertion of its own, of the issuer for itself and for the token endpoint', async () => {
    const [first, second] = await askWith({ scope: 'a b' })
    expect(first?.parameters).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: expect.any(String),
      scope: 'a b',
    })
    expect(first?.claims).toMatchObject({ iss: robot.issuer, sub: robot.issuer, aud: tokenUrl })
    expect(first?.claims['jti']).not.toBe(second?.claims['jti'])
  })

  it('subject, audience and claims are in it', async () => {
    const [request] = await askWith({ subject: 'ada', audience: 'urn:auth', claims: { scope: 'drive', roles: ['a'] } })
    expect(request?.claims).toMatchObject({ iss: robot.issuer, sub: 'ada', aud: 'urn:auth', scope: 'drive', roles: ['a'] })
  })

  it('where the provider names its issuer, that is the audience', async () => {
    const [request] = await askWith({}, { issuer: 'https://auth.example.com' })
    expect(request?.claims['aud']).toBe('https://auth.example.com')
  })

  it('a body by template → may name the assertion', async () => {
    const service = createService({ provider: { tokenRequest: { body: { jwt: '{assertion}' } } }, grant: jwtBearer(robot) })
    await service.tokens.getToken()
    expect(verifyJwt(service.tokenRequests[0]?.parameters['jwt'] as string, publicKey).claims['iss']).toBe(robot.issuer)
  })

  it('a client of a preset → is added', async () => {
    const { grant } = oauth2({ tokenUrl, apiUrl: 'https://a.example', clientId: 'app', clientSecret: 's', grant: jwtBearer(robot) })
    expect(grant).toMatchObject({ clientId: 'app', clientSecret: 's' })
  })

  it('claims of every kind that JSON has → are signed as they are', async () => {
    const claims = { a: null, b: [true, 1.5, ['x', {}]], c: Object.assign(Object.create(null), { d: '' }), e: undefined }
    const [request] = await askWith({ claims })
    expect(request?.claims).toMatchObject({ a: null, b: [true, 1.5, ['x', {}]], c: { d: '' } })
    const deep: Record<string, unknown> = {}
    deep['deep'] = deep
    expect(() => jwtBearer({ ...robot, claims: deep })).toThrow('nested 32 levels deep')
  })

  it('the caller’s claims → may change afterwards, and the assertion does not', async () => {
    const claims = { tenant: 'a' }
    const grant = jwtBearer({ ...robot, claims })
    claims.tenant = 'b'
    const service = createService({ grant })
    await service.tokens.getToken()
    expect(verifyJwt(service.tokenRequests[0]?.parameters['assertion'] as string, publicKey).claims['tenant']).toBe('a')
  })
})

describe('whose token it is', () => {
  const keyFor = (options: Partial<JwtBearerOptions>) => buildTokenKey(testProvider(), jwtBearer({ ...robot, ...options }))
  it.each<[string, Partial<JwtBearerOptions>]>([
    ['issuer', { issuer: 'other' }],
    ['subject', { subject: 'ada' }],
    ['audience', { audience: 'urn:a' }],
    ['claims', { claims: { scope: 'a' } }],
    ['scope', { scope: 'a' }],
    ['client', { clientId: 'app' }],
  ])('another %s → is another token', async (_, options) => {
    expect(await keyFor(options)).not.toBe(await keyFor({}))
  })

  it('another key, or claims in another order → is the same token; its own issuer as subject too', async () => {
    expect(await keyFor({ key: pemOf(keyPairs.ES256.privateKey), keyId: 'k2' })).toBe(await keyFor({}))
    expect(await keyFor({ claims: { a: 1, b: 2 } })).toBe(await keyFor({ claims: { b: 2, a: 1 } }))
    expect(await keyFor({ subject: robot.issuer })).toBe(await keyFor({}))
  })

  it('beside a shared store no subject is needed', () => {
    const grant = jwtBearer({ ...robot, key: () => key })
    expect(isIdentified(testProvider(), grant)).toBe(true)
    expect(() => new TokenManager({ provider: testProvider(), grant, store: memoryStore() })).not.toThrow()
  })
})

describe('options that are wrong', () => {
  it.each<[string, object, string]>([
    ['no issuer', { issuer: undefined }, 'issuer: is missing'],
    ['a claim that has an option', { claims: { aud: 'x' } }, 'claims.aud: has an option of its own: use audience'],
    ['a claim that is made here', { claims: { exp: 1 } }, 'claims.exp: is set for each assertion'],
    ['claims that are none', { claims: ['a'] }, 'claims: must be an object'],
    ...[new Map([['a', 1]]), new Date(0), 1n, () => 1, Symbol('a'), Number.NaN, new (class Tenant {})()].map(
      (value): [string, object, string] => [
        `a claim that is ${inspect(value)}`,
        { claims: { a: { b: [value] } } },
        'claims: must be JSON data',
      ],
    ),
    ['claims of a class', { claims: new Map() }, 'claims: must be JSON data'],
    ['a claim with a form of its own', { claims: { a: { toJSON: () => 'b' } } }, 'claims: must be JSON data'],
    ['a list with gaps', { claims: { a: [1, undefined] } }, 'claims: must be JSON data'],
    ['an option that is none', { sub: 'ada' }, 'sub: is unknown'],
    ['a key of the wrong algorithm', { algorithm: 'EdDSA' }, 'algorithm: must be RS256'],
  ])('%s → a ConfigurationError', (_, options, words) => {
    expect(() => jwtBearer({ ...robot, ...options })).toThrow(words)
    expect(() => jwtBearer({ ...robot, ...options })).toThrow(ConfigurationError)
  })
})

it('neither a log of the grant nor JSON shows the key', () => {
  const jwk = jwkOf(privateKey)
  const grant = jwtBearer({ ...robot, key: jwk })
  expect(inspect(grant, { depth: 9, showHidden: true }) + JSON.stringify(grant)).not.toContain(jwk.d)
})
