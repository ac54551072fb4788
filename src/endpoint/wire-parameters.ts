import type { Scope } from './grant.ts'
import { scopeList } from './identity.ts'
import type { TokenRequestProfile } from './provider.ts'

/** What an API calls a standard parameter; `false` where it does not want it. */
export function wireName({ parameterNames, scopeParameter }: TokenRequestProfile, name: string): string | false {
  const renamed = parameterNames && Object.hasOwn(parameterNames, name) ? parameterNames[name] : undefined
  return renamed ?? (name === 'scope' && scopeParameter ? scopeParameter : name)
}

/** Scopes as one text, with the API's own separator. */
export function joinScopes(scope: Scope | undefined, { scopeSeparator = ' ' }: TokenRequestProfile): string {
  return scopeList(scope).join(scopeSeparator)
}
