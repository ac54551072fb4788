import type { Encoding, TokenRequestProfile } from './provider.ts'

/** The encodings that a profile allows, in order. */
export function listEncodings({ encoding, method, body }: TokenRequestProfile): Encoding[] {
  return [encoding ?? (body === undefined ? (method === 'GET' ? 'query' : 'form') : 'json')].flat()
}
