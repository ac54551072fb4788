import { toBase64Url } from '../base/base64-url.ts'
import { nonEmptyString, oneOf, required } from '../base/check.ts'
import { ConfigurationError } from '../base/errors.ts'
import { randomId } from '../base/random-id.ts'
import { chooseAlgorithm, listAllAlgorithms, type SigningAlgorithm, webCryptoOf } from './signing-algorithm.ts'
import { aSigningKey, importSigningKey, listAlgorithms, type PrivateJwk, type SigningCryptoKey, type SigningKey } from './signing-key.ts'

export interface SigningOptions {
  /**
   * The private key: a `CryptoKey` that may sign, a JWK, or PEM in PKCS #8; or a function that fetches one of these for each attempt.
   * RSA keys have 2048 bits or more.
   */
  key: SigningKey | (() => SigningKey | Promise<SigningKey>)
  /** @default what the key is for: RS256, ES256, ES384, ES512 or EdDSA; `alg` of a JWK */
  algorithm?: SigningAlgorithm | undefined
  /** Tells the server which key it is (`kid`). @default `kid` of a JWK */
  keyId?: string | undefined
}

// In a function: only who signs has it in the bundle.
export function signingChecks() {
  return { key: required(aSigningKey), algorithm: oneOf(...listAllAlgorithms()), keyId: nonEmptyString }
}

interface ReadyKey {
  readonly key: SigningCryptoKey
  readonly algorithm: SigningAlgorithm
  readonly keyId: string | undefined
}

export type Claims = Readonly<Record<string, unknown>>

/** How long an assertion is good for, s: it is sent at once. Servers' clocks differ by some seconds. */
const lifetimeSeconds = 60

/** Signs claims as a JWT (RFC 7519, RFC 7515 §3.1) that is good for a minute, each with an id of its own. */
export type SignJwt = (claims: Claims, now: number) => Promise<string>

/**
 * A signer with one key. A key that is given as a value is imported once.
 * @throws ConfigurationError where the algorithm does not fit the key
 */
export function createSigner({ key, algorithm, keyId }: SigningOptions): SignJwt {
  const ready = async (given: SigningKey): Promise<ReadyKey> => {
    const chosen = chooseAlgorithm(listAlgorithms(given), algorithm)
    if (!globalThis.crypto?.subtle) throw new ConfigurationError('key', 'needs WebCrypto, which pages have over https:// only')
    return { key: await importSigningKey(given, chosen), algorithm: chosen, keyId: keyId ?? (given as PrivateJwk).kid }
  }
  if (typeof key !== 'function') chooseAlgorithm(listAlgorithms(key), algorithm)
  let once: Promise<ReadyKey> | undefined
  return async (claims, now) => {
    const iat = Math.floor(now / 1_000)
    const times = { iat, exp: iat + lifetimeSeconds, jti: randomId() }
    if (typeof key === 'function') return sign({ ...claims, ...times }, await readKey(key, ready))
    once ??= ready(key)
    return sign({ ...claims, ...times }, await once)
  }
}

async function readKey(key: () => SigningKey | Promise<SigningKey>, ready: (given: SigningKey) => Promise<ReadyKey>): Promise<ReadyKey> {
  const given = await key()
  aSigningKey('key', given)
  return ready(given)
}

async function sign(claims: Claims, { key, algorithm, keyId }: ReadyKey): Promise<string> {
  const header = { alg: algorithm, typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) }
  const input = [header, claims].map((part) => toBase64Url(encode(JSON.stringify(part)))).join('.')
  const signature = await crypto.subtle.sign(webCryptoOf(algorithm).signature, key, encode(input))
  return `${input}.${toBase64Url(new Uint8Array(signature))}`
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
