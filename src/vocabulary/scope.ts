import { type Check, check } from '../base/check.ts'
import type { TokenRequestProfile } from './provider.ts'

/** Scopes: a string that is split at white space, or a list. */
export type Scope = string | readonly string[]

export const aScope: Check = (option, value) =>
  check(
    option,
    [value].flat().every((entry) => typeof entry === 'string'),
    'must be a string or a list of strings',
  )

/** Scopes as a list without repetitions. */
export function listScopes(scope: Scope = []): string[] {
  const list = typeof scope === 'string' ? scope.split(/\s+/) : scope
  return [...new Set(list.filter((entry) => entry !== ''))]
}

/** Scopes as one string, with the API's own separator. */
export function joinScopes(scope: Scope | undefined, { scopeSeparator = ' ' }: TokenRequestProfile): string {
  return listScopes(scope).join(scopeSeparator)
}

/**
 * The scopes that a reply names: a string, or a list. Elements that are no string, or empty, are dropped; `undefined` where
 * nothing is left.
 */
export function readScopes(value: unknown, separator = ' '): string[] | undefined {
  const parts: unknown = typeof value === 'string' ? value.split(separator.trim() || /\s+/) : value
  if (!Array.isArray(parts)) return undefined
  const scopes = parts.flatMap((part) => (typeof part === 'string' && part.trim()) || [])
  return scopes.length ? scopes : undefined
}
