import { check } from '../base/check.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'

type PageWarning = 'secret_in_browser' | 'headers_hidden'

/**
 * Whether this is a web page, or a worker of one: there the platform keeps cookies, and shows no more of replies than CORS allows.
 * Deno has a `location` too.
 */
const isPage = () => 'document' in globalThis || ('location' in globalThis && !('Deno' in globalThis))

/** @throws ConfigurationError in a page, for a token that travels in a cookie, and for what would have to be read from one */
export function checkPage({ authorization, tokenResponse, isRejection }: Provider): void {
  const isLost = isPage() && says([authorization, tokenResponse, isRejection], 'cookie"?:')
  check('provider', !isLost, 'uses a cookie, which browsers keep to themselves: call through tokenwell/proxy')
}

/** What is unwise in a page, or may not work there. */
export function listPageWarnings({ tokenUrl, apiUrl, tokenResponse, isRejection }: Provider, grant: Grant): PageWarning[] {
  // Everybody who opens the page can read it.
  const isSecretShown = 'document' in globalThis && (grant.clientSecret !== undefined || grant.grantType === 'password')
  const isHidden = (url: string, part: object | undefined) =>
    isPage() && new URL(url).origin !== globalThis.location?.origin && says(part, hideableHeader)
  const isHeaderHidden = isHidden(tokenUrl, tokenResponse) || isHidden(apiUrl, isRejection)
  return [...(isSecretShown ? ['secret_in_browser' as const] : []), ...(isHeaderHidden ? ['headers_hidden' as const] : [])]
}

// All but those that CORS shows without being asked.
const hideableHeader = 'header:(?!(cache-control|content-(language|length|type)|expires|last-modified|pragma)")'

/** Whether a part of a profile has a string, or a field, that begins so. The values of rules, and their codes, are none of its paths. */
function says(part: object | undefined, start: string): boolean {
  const isValue = (name: string, value: unknown) => /^(is|isNot|contains)$/.test(name) || (name === 'error' && typeof value === 'string')
  const paths = JSON.stringify(part, (name, value) => (isValue(name, value) ? undefined : value)) ?? ''
  return new RegExp(`"${start}`, 'i').test(paths)
}
