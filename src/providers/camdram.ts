import { readFields } from '../base/check.ts'
import { freezeProfile } from '../vocabulary/freeze-profile.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { aScope, type Scope } from '../vocabulary/scope.ts'
import { chooseGrant } from './choose-grant.ts'
import { type ClientOrGrant, presetChecks, trimBaseUrl } from './preset-options.ts'

export type CamdramOptions = ClientOrGrant & {
  scope?: Scope | undefined
  /** @default 'https://www.camdram.net' */
  baseUrl?: string | undefined
}

const fourteenDaysMs = 14 * 86_400_000

/**
 * Camdram: theatre shows in Cambridge. Its API sends no CORS headers: web pages need `tokenwell/proxy`.
 * @throws ConfigurationError naming the option that is missing, wrong or unknown
 */
export function camdram(options: CamdramOptions): { provider: Provider; grant: Grant } {
  const own = readFields<CamdramOptions>('options', options, { ...presetChecks, scope: aScope })
  const base = trimBaseUrl(own.baseUrl ?? 'https://www.camdram.net')
  const provider = freezeProfile({
    name: 'camdram',
    apiUrl: base,
    tokenUrl: `${base}/oauth/v2/token`,
    authorizationUrl: `${base}/oauth/v2/auth`,
    tokenRequest: { encoding: 'json', clientAuthentication: 'body' },
    renewal: { by: 'refresh_token', refreshLifetimeMs: fourteenDaysMs },
  })
  return { provider, grant: chooseGrant(own) }
}
