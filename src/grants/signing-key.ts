import { type Check, check } from '../base/check.ts'
import { ConfigurationError } from '../base/errors.ts'
import { toHex } from '../base/hex.ts'
import { curves, rsaAlgorithms, type SigningAlgorithm, webCryptoOf } from './signing-algorithm.ts'

/** A `CryptoKey` of WebCrypto. Not named as such: programs without DOM types have the value, and no type of that name. */
export type SigningCryptoKey = Awaited<ReturnType<typeof globalThis.crypto.subtle.importKey>>

/** A private key as JSON Web Key (RFC 7517): RSA, EC or OKP with Ed25519. */
export interface PrivateJwk {
  readonly kty?: string
  readonly alg?: string
  readonly kid?: string
  readonly crv?: string
  readonly d?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
  readonly p?: string
  readonly q?: string
  readonly dp?: string
  readonly dq?: string
  readonly qi?: string
}

/** A private key: a `CryptoKey` that may sign, a JWK, or PEM in PKCS #8 (`-----BEGIN PRIVATE KEY-----`). */
export type SigningKey = SigningCryptoKey | PrivateJwk | string

/** @throws ConfigurationError `key`; the message repeats nothing of it */
export const aSigningKey: Check = (option, value) => {
  if (typeof value === 'function') return
  check(option, typeof value === 'string' || (typeof value === 'object' && value !== null), 'must be a CryptoKey, a JWK, or PEM')
  listAlgorithms(value as SigningKey)
}

/** The algorithms that a key can sign with, the usual one first. @throws ConfigurationError where it is no private key */
export function listAlgorithms(key: SigningKey): readonly SigningAlgorithm[] {
  if (typeof key === 'string') return ofPem(key)
  return isCryptoKey(key) ? ofCryptoKey(key) : ofJwk(key)
}

/** @throws ConfigurationError where the platform does not read the key, or it is too short */
export async function importSigningKey(key: SigningKey, algorithm: SigningAlgorithm): Promise<SigningCryptoKey> {
  if (typeof key !== 'string' && isCryptoKey(key)) return key
  const { subtle } = globalThis.crypto
  const parameters = webCryptoOf(algorithm).key
  let imported: SigningCryptoKey
  try {
    imported =
      typeof key === 'string'
        ? await subtle.importKey('pkcs8', readPem(key), parameters, false, ['sign'])
        : await subtle.importKey('jwk', keyMembers(key), parameters, false, ['sign'])
  } catch {
    // What the platform says may quote the key.
    throw new ConfigurationError('key', 'cannot be read here as a private key: it is damaged, or of a kind that this platform lacks')
  }
  const { modulusLength } = imported.algorithm as { modulusLength?: number }
  // RFC 7518 §3.3: A key of size 2048 bits or larger MUST be used.
  check('key', modulusLength === undefined || modulusLength >= 2048, 'must have 2048 bits or more')
  return imported
}

function isCryptoKey(key: object): key is SigningCryptoKey {
  return 'algorithm' in key && 'usages' in key
}

function ofCryptoKey({ type, usages, algorithm }: SigningCryptoKey): readonly SigningAlgorithm[] {
  check('key', type === 'private' && usages.includes('sign'), "must be a private CryptoKey with the usage 'sign'")
  const { name, hash, namedCurve = '' } = algorithm as { name: string; hash?: { name: string }; namedCurve?: string }
  if (name === 'Ed25519') return ['EdDSA']
  if (name === 'ECDSA') return ofCurve(namedCurve)
  const family = { 'RSASSA-PKCS1-v1_5': 'RS', 'RSA-PSS': 'PS' }[name]
  return rsaAlgorithms.filter((one) => one === `${family}${hash?.name.slice(4)}`)
}

function ofJwk({ kty, crv = '', d, alg }: PrivateJwk): readonly SigningAlgorithm[] {
  check('key', typeof d === 'string' && d !== '', 'must be a private key: a JWK has it in d')
  const fitting = kty === 'RSA' ? rsaAlgorithms : kty === 'EC' ? ofCurve(crv) : kty === 'OKP' && crv === 'Ed25519' ? ['EdDSA' as const] : []
  const named = fitting.filter((one) => one === alg || (one === 'EdDSA' && alg === 'Ed25519'))
  // RFC 7517 §4.4: `alg` says what the key is for. One that does not fit says that it is for something else.
  return alg === undefined ? fitting : named
}

function ofCurve(name: string): SigningAlgorithm[] {
  const algorithm = Object.hasOwn(curves, name) ? curves[name] : undefined
  return algorithm ? [algorithm] : []
}

// The object identifiers that a PKCS #8 key begins with (RFC 5208, RFC 5480, RFC 8410), as DER.
const kinds: readonly (readonly [string, readonly SigningAlgorithm[]])[] = [
  ['06092a864886f70d010101', rsaAlgorithms],
  ['06082a8648ce3d030107', ['ES256']],
  ['06052b81040022', ['ES384']],
  ['06052b81040023', ['ES512']],
  ['06032b6570', ['EdDSA']],
]
const longestStart = 40

function ofPem(pem: string): readonly SigningAlgorithm[] {
  const start = toHex(readPem(pem).slice(0, longestStart))
  return kinds.find(([identifier]) => start.includes(identifier))?.[1] ?? []
}

function readPem(pem: string): Uint8Array<ArrayBuffer> {
  const [, label, text = ''] = /-----BEGIN ([A-Z0-9 ]+)-----([^-]+)-----END/.exec(pem) ?? []
  check('key', label !== undefined, 'must be PEM, as -----BEGIN PRIVATE KEY----- begins')
  check('key', label === 'PRIVATE KEY', 'must be PEM in PKCS #8, not encrypted: openssl pkcs8 -topk8 -nocrypt -in key.pem')
  try {
    // Environment variables often hold line breaks as two characters.
    return Uint8Array.from(atob(text.replace(/\\[nr]|\s/g, '')), (byte) => byte.charCodeAt(0))
  } catch {
    throw new ConfigurationError('key', 'must be PEM: what stands between its lines is no base64')
  }
}

/** Without `use`, `key_ops` and `ext`: platforms refuse a key for what these say, and differ in it. */
function keyMembers({ kty, crv, d, x, y, n, e, p, q, dp, dq, qi }: PrivateJwk): Record<string, string> {
  const members = Object.entries({ kty, crv, d, x, y, n, e, p, q, dp, dq, qi })
  return Object.fromEntries(members.filter((member): member is [string, string] => typeof member[1] === 'string'))
}
