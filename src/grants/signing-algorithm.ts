import { check } from '../base/check.ts'

/** Algorithms of JWS (RFC 7518 §3.1, RFC 8037 §3.1) with a private key. `EdDSA` is that of Ed25519. */
export type SigningAlgorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA'

// Literals, and no calls or spreads: bundlers keep those in programs that do not sign.
export const rsaAlgorithms: readonly SigningAlgorithm[] = ['RS256', 'PS256', 'RS384', 'PS384', 'RS512', 'PS512']

/** The curve that each of the ECDSA algorithms stands for (RFC 7518 §3.4). */
export const curves: Readonly<Record<string, SigningAlgorithm>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }

export const listAllAlgorithms = (): SigningAlgorithm[] => [...rsaAlgorithms, ...Object.values(curves), 'EdDSA']

/**
 * The algorithm to sign with: of those that fit the key the one that is wanted, else the first.
 * @throws ConfigurationError where it does not fit
 */
export function chooseAlgorithm(fitting: readonly SigningAlgorithm[], wanted: SigningAlgorithm | undefined): SigningAlgorithm {
  const [usual] = fitting
  check('key', usual !== undefined, 'is of no kind that signs: use an RSA, EC (P-256, P-384, P-521) or Ed25519 private key')
  check('algorithm', wanted === undefined || fitting.includes(wanted), `must be ${fitting.join(' or ')} for this key`)
  return wanted ?? usual
}

/** What WebCrypto wants to know. Salts of PSS are as long as the hash (RFC 7518 §3.5). */
export function webCryptoOf(algorithm: SigningAlgorithm) {
  const bits = Number(algorithm.slice(2))
  const hash = `SHA-${bits}`
  if (algorithm === 'EdDSA') return { key: { name: 'Ed25519' }, signature: { name: 'Ed25519' } }
  if (algorithm.startsWith('ES')) {
    const [namedCurve = ''] = Object.entries(curves).find(([, one]) => one === algorithm) ?? []
    return { key: { name: 'ECDSA', namedCurve }, signature: { name: 'ECDSA', hash } }
  }
  const name = algorithm.startsWith('PS') ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5'
  return { key: { name, hash }, signature: { name, saltLength: bits / 8 } }
}
