import { generateKeyPairSync, type KeyObject } from 'node:crypto'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })

/** Key pairs by the algorithm that is usual for them. */
export const keyPairs = {
  RS256: rsa,
  ES256: ec('P-256'),
  ES384: ec('P-384'),
  ES512: ec('P-521'),
  EdDSA: generateKeyPairSync('ed25519'),
}
export const shortRsa = generateKeyPairSync('rsa', { modulusLength: 1024 })

export const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string
export const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' })
