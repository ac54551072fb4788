import { check } from '../base/check.ts'
import { freezeOwn } from '../base/plain-data.ts'
import type { Token } from '../token/token.ts'
import { isHeader } from '../vocabulary/checks.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { AuthorizationProfile, Provider } from '../vocabulary/provider.ts'
import { createLookup, fillQuoted } from '../vocabulary/template.ts'

const standardHeader = 'authorization'

/** What the templates of a header are filled with. */
export interface TokenHolder {
  readonly token: Token
  readonly grant: Grant
}

// It inherits nothing.
const nothing: AuthorizationProfile = /* @__PURE__ */ freezeOwn({})

/** How a token travels, by data; nothing of it where a function puts it on each call. */
export function profileOf({ authorization }: Provider): AuthorizationProfile {
  return typeof authorization === 'object' ? authorization : nothing
}

/** The name of the header that carries the token; without one of its own, that which keeps tokenwell from adding any. */
export function authorizationHeader(provider: Provider): string {
  return profileOf(provider).header ?? 'Authorization'
}

/** Whether platforms drop the header when a redirect leads to another origin: they know only this one. */
export function isDroppedOnRedirect(header: string): boolean {
  return header.toLowerCase() === standardHeader
}

/**
 * The token as it travels: in a header by its format, or behind its scheme; else the bare token. The reply's `token_type` is
 * never used (RFC 6750 §2.1).
 * @throws ConfigurationError where a function signs each call, and where no header can carry what the format gives
 */
export function authorizationValue(provider: Provider, holder: TokenHolder): string {
  check(
    'authorization',
    typeof provider.authorization !== 'function',
    'is a function that signs each call: send calls through tokens.fetch',
  )
  const { query, cookie, format, scheme } = profileOf(provider)
  const header = authorizationHeader(provider)
  const { accessToken } = holder.token
  if (format !== undefined) {
    const value = fillHeader({ option: 'authorization.format', name: header, template: format }, holder)
    check('authorization.format', value !== undefined, 'names a value that this token does not have')
    return value
  }
  const prefix = scheme ?? (isDroppedOnRedirect(header) && (query ?? cookie) === undefined ? 'Bearer' : '')
  return prefix ? `${prefix} ${accessToken}` : accessToken
}

/** The headers beside the one that carries the token. One whose value is not there is left out. */
export function furtherHeaders(provider: Provider, holder: TokenHolder): [name: string, value: string][] {
  return Object.entries(profileOf(provider).headers ?? {}).flatMap(([name, template]): [string, string][] => {
    const value = fillHeader({ option: `authorization.headers.${name}`, name, template }, holder)
    return value === undefined ? [] : [[name, value]]
  })
}

/** @throws ConfigurationError, without any value in it */
function fillHeader(header: { option: string; name: string; template: string }, { token, grant }: TokenHolder): string | undefined {
  const { option, name, template } = header
  const lookup = createLookup({ access_token: token.accessToken, client_id: grant.clientId, extra: token.extra })
  const value = fillQuoted(option, template, (placeholder) => {
    const found = lookup(placeholder)
    return found === '' ? undefined : found
  })
  check(option, value === undefined || isHeader(name, value), 'gives a value that no header can carry')
  return value
}
