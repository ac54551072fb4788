import type { Scope } from './grant.ts'
import type { TokenRequestProfile } from './provider.ts'

/** Scopes as a list without repetitions. */
export function scopeList(scope: Scope = []): string[] {
  const list = typeof scope === 'string' ? scope.split(/\s+/) : scope
  return [...new Set(list.filter((entry) => entry !== ''))]
}

/** Scopes as one text, with the API's own separator. */
export function joinScopes(scope: Scope | undefined, { scopeSeparator = ' ' }: TokenRequestProfile): string {
  return scopeList(scope).join(scopeSeparator)
}
