import { isUsableTokenText, maxTokenLength } from '../token/token.ts'
import { type PathSource, readPath } from '../vocabulary/paths.ts'
import type { Provider } from '../vocabulary/provider.ts'

/** The access token of a reply, or the fault of the value in its place. */
export type FoundAccessToken = { readonly accessToken: string } | { readonly field: string; readonly fault: string }

/** Reads the access token where the profile looks for it, without white space around it and a scheme before it. */
export function readAccessToken(source: PathSource, provider: Provider): FoundAccessToken {
  const paths = [provider.tokenResponse?.accessToken ?? 'access_token'].flat()
  const field = paths.find((path) => readPath(source, path) !== undefined) ?? ''
  const found = readPath(source, field)
  const accessToken = typeof found === 'string' ? removeScheme(found.trim(), [schemeOf(provider), 'Bearer']) : ''
  if (isUsableTokenText(accessToken)) return { accessToken }
  return { field, fault: faultOf(found, accessToken) }
}

/** The scheme of a provider's tokens, `Bearer` where it gives none: their type, where a reply does not name it. */
export function schemeOf({ authorization }: Provider): string {
  return (typeof authorization === 'object' && authorization.scheme) || 'Bearer'
}

function removeScheme(text: string, schemes: readonly string[]): string {
  const scheme = schemes.find((one) => text.toLowerCase().startsWith(one.toLowerCase()) && /^(\s|$)/.test(text.slice(one.length)))
  return scheme ? text.slice(scheme.length).trim() : text
}

function faultOf(found: unknown, text: string): string {
  if (typeof found !== 'string') return `is a ${Array.isArray(found) ? 'list' : typeof found}, not a string`
  if (text.length > maxTokenLength) return `is longer than ${maxTokenLength} characters`
  return text ? 'holds white space, or a character that no header can carry' : 'is empty'
}
