import { freezeOwn } from '../base/plain-data.ts'
import type { Provider, TokenRequestProfile } from './provider.ts'

/**
 * How the requests of renewals are built: `renewal.request` is laid over `tokenRequest` field by field. The body of a log-in is not
 * taken over, but that it is JSON, and that no client is authenticated.
 */
export function renewalRequest({ tokenRequest = {}, renewal }: Provider): TokenRequestProfile {
  const { body, ...login } = tokenRequest
  const implied: TokenRequestProfile = body ? { encoding: 'json', clientAuthentication: 'none' } : {}
  return freezeOwn({ ...implied, ...login, ...(renewal && 'request' in renewal ? renewal.request : undefined) })
}
