import type { ClientAuthentication, Encoding, TokenRequestProfile } from './provider.ts'

/** The encodings that a profile allows, in order. */
export function listEncodings({ encoding, method, body }: TokenRequestProfile): Encoding[] {
  return [encoding ?? (body === undefined ? (method === 'GET' ? 'query' : 'form') : 'json')].flat()
}

/** Whether a request sends only what its templates and `queryParameters` name. */
export function isTemplated(request: TokenRequestProfile): boolean {
  return request.body !== undefined || listEncodings(request).includes('none')
}

/** How the client is authenticated. Templates do that by themselves. */
export function clientMethod(request: TokenRequestProfile): ClientAuthentication {
  return request.clientAuthentication ?? (isTemplated(request) ? 'none' : 'basic')
}
