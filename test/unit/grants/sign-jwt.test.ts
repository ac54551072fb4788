import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { createSigner, type SigningOptions } from '../../../src/grants/sign-jwt.ts'
import type { SigningAlgorithm } from '../../../src/grants/signing-algorithm.ts'
import type { SigningKey } from '../../../src/grants/signing-key.ts'
import { jwkOf, keyPairs, pemOf, shortRsa } from '../../support/signing-keys.ts'
import { verifyJwt } from '../../support/verify-jwt.ts'

const now = 1_700_000_000_999
const claims = { iss: 'me', é: 'ü' }
const sign = (options: SigningOptions) => createSigner(options)(claims, now)
const { RS256: rsa, ES256: ec, EdDSA: ed } = keyPairs

async function failureOf(attempt: () => unknown): Promise<ConfigurationError> {
  try {
    await attempt()
  } catch (error) {
    return error as ConfigurationError
  }
  return expect.unreachable('It did not fail.')
}

describe('an assertion that is signed', () => {
  it.each(Object.entries(keyPairs))('%s, by a JWK and by PEM → is right, and says so', async (algorithm, { privateKey, publicKey }) => {
    for (const key of [jwkOf(privateKey), pemOf(privateKey)]) {
      const { header, claims: signed } = verifyJwt(await sign({ key }), publicKey)
      expect(header).toEqual({ alg: algorithm, typ: 'JWT' })
      expect(signed).toEqual({ ...claims, iat: 1_700_000_000, exp: 1_700_000_060, jti: expect.stringMatching(/^[\da-f]{32}$/) })
    }
  })

  it.each<SigningAlgorithm>(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'])(
    'an RSA key signs with %s where it is wanted',
    async (algorithm) => {
      const { header } = verifyJwt(await sign({ key: pemOf(rsa.privateKey), algorithm }), rsa.publicKey)
      expect(header['alg']).toBe(algorithm)
    },
  )

  it.each<[SigningAlgorithm, Parameters<typeof crypto.subtle.generateKey>[0]]>([
    ['RS384', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) } as never],
    ['PS256', { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) } as never],
    ['ES256', { name: 'ECDSA', namedCurve: 'P-256' } as never],
    ['EdDSA', { name: 'Ed25519' }],
  ])('a CryptoKey that cannot be exported signs with what it is for: %s', async (algorithm, parameters) => {
    const pair = (await crypto.subtle.generateKey(parameters, false, ['sign', 'verify'])) as CryptoKeyPair
    const { KeyObject } = await import('node:crypto')
    const { header } = verifyJwt(await sign({ key: pair.privateKey }), KeyObject.from(pair.publicKey))
    expect(header['alg']).toBe(algorithm)
  })

  it('the id of the key is the JWK’s, unless another one is given', async () => {
    const key = { ...jwkOf(ec.privateKey), kid: 'k1' }
    expect(verifyJwt(await sign({ key }), ec.publicKey).header['kid']).toBe('k1')
    expect(verifyJwt(await sign({ key, keyId: 'k2' }), ec.publicKey).header['kid']).toBe('k2')
  })

  it('what a JWK says of its use is no reason to refuse it', async () => {
    const key = { ...jwkOf(rsa.privateKey), use: 'sig', key_ops: ['verify'], ext: false, alg: 'PS256' }
    expect(verifyJwt(await sign({ key }), rsa.publicKey).header['alg']).toBe('PS256')
  })

  it('PEM whose line breaks are two characters each, as in environment variables, is read', async () => {
    const key = pemOf(ec.privateKey).replaceAll('\n', '\\n')
    expect(() => createSigner({ key })).not.toThrow()
    expect(verifyJwt(await sign({ key }), ec.publicKey).claims['iss']).toBe('me')
  })

  it('a function is asked for the key each time; each assertion has an id of its own', async () => {
    const keys = [jwkOf(ec.privateKey), jwkOf(ed.privateKey)]
    const signer = createSigner({ key: async () => keys.shift() as SigningKey })
    const [first, second] = [verifyJwt(await signer(claims, now), ec.publicKey), verifyJwt(await signer(claims, now), ed.publicKey)]
    expect(first.claims['jti']).not.toBe(second.claims['jti'])
    expect(second.header['alg']).toBe('EdDSA')
  })
})

describe('a key that is wrong', () => {
  const secretJwk = { kty: 'oct', k: 'c2VjcmV0', d: 'x' }
  it.each<[string, object, string]>([
    ['missing', {}, 'key: is missing'],
    ['empty', { key: '' }, 'key: is empty'],
    ['a number', { key: 5 }, 'key: must be a CryptoKey'],
    ['public', { key: jwkOf(ec.publicKey) }, 'key: must be a private key'],
    ['a public PEM', { key: rsa.publicKey.export({ type: 'spki', format: 'pem' }) }, 'key: must be PEM in PKCS #8'],
    ['PKCS #1', { key: rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }) }, 'key: must be PEM in PKCS #8'],
    [
      'encrypted',
      { key: rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' }) },
      'key: must be PEM in PKCS #8, not encrypted',
    ],
    ['no PEM', { key: 'MIIEvQIBADANBgkqhkiG9w0BAQ' }, 'key: must be PEM'],
    ['PEM of nothing that signs', { key: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----' }, 'key: is of no kind that signs'],
    ['PEM that is no base64', { key: '-----BEGIN PRIVATE KEY-----\nä\n-----END PRIVATE KEY-----' }, 'key: must be PEM'],
    ['a shared secret', { key: secretJwk }, 'key: is of no kind that signs'],
    ['of another curve', { key: { kty: 'EC', crv: 'secp256k1', d: 'x' } }, 'key: is of no kind that signs'],
    ['for encryption', { key: { ...jwkOf(rsa.privateKey), alg: 'RSA-OAEP' } }, 'key: is of no kind that signs'],
    ['of the wrong algorithm', { key: jwkOf(rsa.privateKey), algorithm: 'ES256' }, 'algorithm: must be RS256 or PS256'],
    ['of the wrong curve', { key: pemOf(ec.privateKey), algorithm: 'ES384' }, 'algorithm: must be ES256 for this key'],
    ['of an algorithm that is none', { key: pemOf(ec.privateKey), algorithm: 'HS256' }, "algorithm: must be 'RS256'"],
  ])('%s → a ConfigurationError at once, which does not repeat it', async (_, options, words) => {
    const { privateKeyJwt } = await import('../../../src/grants/private-key-jwt.ts')
    const error = await failureOf(() => privateKeyJwt(options as SigningOptions))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.message).toContain(words)
    for (const part of ['MIIE', 'c2VjcmV0']) expect(error.message).not.toContain(part)
  })

  it('a CryptoKey that does not sign → is refused', async () => {
    const parameters = { name: 'ECDSA', namedCurve: 'P-256' }
    const { publicKey } = (await crypto.subtle.generateKey(parameters, true, ['sign', 'verify'])) as CryptoKeyPair
    expect((await failureOf(() => createSigner({ key: publicKey }))).message).toContain("must be a private CryptoKey with the usage 'sign'")
  })

  it.each<[string, SigningKey, string]>([
    ['too short (RFC 7518 §3.3)', pemOf(shortRsa.privateKey), 'must have 2048 bits or more'],
    ['damaged', { kty: 'EC', crv: 'P-256', d: 'AA', x: 'AA', y: 'AA' }, 'cannot be read here'],
  ])('%s → a ConfigurationError when it is used', async (_, key, words) => {
    const error = await failureOf(() => sign({ key }))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.message).toContain(words)
  })

  it('a function that gives none → a ConfigurationError when it is used', async () => {
    for (const given of [undefined, () => 'x', { kty: 'oct' }]) {
      expect(await failureOf(() => sign({ key: (() => given) as never }))).toBeInstanceOf(ConfigurationError)
    }
  })
})

it('a page without WebCrypto → a ConfigurationError that says why', async () => {
  const getRandomValues = crypto.getRandomValues.bind(crypto)
  vi.stubGlobal('crypto', { getRandomValues })
  onTestFinished(() => void vi.unstubAllGlobals())
  const error = await failureOf(() => sign({ key: jwkOf(ec.privateKey) }))
  expect(error).toEqual(new ConfigurationError('key', 'needs WebCrypto, which pages have over https:// only'))
})
