import { clientCredentials } from '../grants/client-credentials.ts'
import type { Grant, Scope } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { parseBaseUrl } from './base-url.ts'
import { type ClientOrGrant, completeGrant } from './complete-grant.ts'

export type CamdramOptions = ClientOrGrant & {
  scope?: Scope
  /** @default 'https://www.camdram.net' */
  baseUrl?: string
}

const fourteenDaysMs = 14 * 86_400_000

/**
 * Camdram: theatre shows in Cambridge. Its API sends no CORS headers: web pages need `tokenwell/proxy`.
 * @throws ConfigurationError naming the option that is missing or wrong
 */
export function camdram(options: CamdramOptions): { provider: Provider; grant: Grant } {
  const { baseUrl = 'https://www.camdram.net' } = options
  const base = parseBaseUrl(baseUrl)
  return {
    provider: {
      name: 'camdram',
      apiUrl: base,
      tokenUrl: `${base}/oauth/v2/token`,
      authorizationUrl: `${base}/oauth/v2/auth`,
      tokenRequest: { encoding: 'json', clientAuthentication: 'body' },
      renewal: { by: 'refresh_token', refreshLifetimeMs: fourteenDaysMs },
    },
    grant: options.grant ? completeGrant(options.grant, options) : clientCredentials(options),
  }
}
