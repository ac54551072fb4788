import { abilityOf } from '../base/abilities.ts'
import type { Provider, TokenRequestProfile } from './provider.ts'
import type { templateAbility } from './request-templates.ts'

/** What reads the templates of a token request; `undefined` where it has none. @throws ConfigurationError where the profile does not bring it along */
export function templatesOf(provider: Provider, { headers, body }: TokenRequestProfile): typeof templateAbility | undefined {
  if (headers === undefined && body === undefined) return undefined
  return abilityOf(provider, headers === undefined ? 'provider.tokenRequest.body' : 'provider.tokenRequest.headers')
}
