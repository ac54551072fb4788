import type { Encoding, TokenRequestProfile } from './provider.ts'

/** The encodings that a profile allows, in order. */
export function listEncodings({ encoding, method }: TokenRequestProfile): Encoding[] {
  return [encoding ?? (method === 'GET' ? 'query' : 'form')].flat()
}
