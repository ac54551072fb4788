import { abilityOf } from '../base/abilities.ts'
import type { apiOriginAbility } from './api-origins.ts'
import type { Provider } from './provider.ts'

/** What reads `apiOrigins`; `undefined` where there are none. @throws ConfigurationError where the profile does not bring it along */
export function apiOriginsOf(provider: Provider): typeof apiOriginAbility | undefined {
  return provider.apiOrigins && abilityOf(provider, 'provider.apiOrigins')
}

/** The URL of the API that a reply names. `undefined` where `apiOrigins` does not allow it. */
export function readApiUrl(value: unknown, provider: Provider): string | undefined {
  return value === undefined ? undefined : apiOriginsOf(provider)?.resolveApiUrl(value, provider)
}

/** A token with no other `apiUrl` than `apiOrigins` allows: a store may hold what another version of the provider, or somebody else, has written. */
export function withAllowedApiUrl<T extends { readonly apiUrl?: string }>(token: T, provider: Provider): T {
  const { apiUrl, ...rest } = token
  const allowed = readApiUrl(apiUrl, provider)
  return allowed === apiUrl ? token : (Object.freeze({ ...rest, ...(allowed && { apiUrl: allowed }) }) as T)
}
