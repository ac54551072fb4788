import { type KeyObject, verify } from 'node:crypto'

/** The header and the claims of a JWT, where its signature is right (RFC 7515 §5.2, with Node's own cryptography). */
export function verifyJwt(jwt: string, key: KeyObject): { header: Record<string, unknown>; claims: Record<string, unknown> } {
  const [header = '', claims = '', signature = ''] = jwt.split('.')
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  const { alg } = read(header) as { alg: string }
  const hash = alg === 'EdDSA' ? null : `sha${alg.slice(2)}`
  const options = alg.startsWith('PS')
    ? { key, padding: 6, saltLength: Number(alg.slice(2)) / 8 }
    : { key, dsaEncoding: 'ieee-p1363' as const }
  const isRight = verify(hash, Buffer.from(`${header}.${claims}`), options, Buffer.from(signature, 'base64url'))
  if (!isRight) throw new Error('The signature is wrong.')
  return { header: read(header), claims: read(claims) }
}
