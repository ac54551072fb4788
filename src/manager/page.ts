import { check } from '../base/check.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'

interface Page {
  readonly document?: unknown
  readonly location?: { readonly origin: string }
}

/** Whether this is a web page, or a worker of one: there the platform keeps cookies, and shows no more of replies than CORS allows. */
function isPage(): boolean {
  return 'document' in globalThis || 'location' in globalThis
}

/**
 * Refuses what no page can do.
 * @throws ConfigurationError for a token in a cookie, and for what would have to be read from one
 */
export function checkPage({ authorization, tokenResponse, isRejection }: Provider): void {
  if (!isPage()) return
  const isCookie = typeof authorization === 'object' && authorization.cookie !== undefined
  check('authorization.cookie', !isCookie, 'cannot be used in a browser, which sets cookies by itself: ask through tokenwell/proxy')
  const isRead = hasPath([tokenResponse, isRejection], 'cookie:')
  check('provider', !isRead, "has a path 'cookie:…', which browsers do not show: ask through tokenwell/proxy")
}

/** What is unwise in a page, or may not work there. */
export function listPageWarnings(
  { tokenUrl, apiUrl, tokenResponse, isRejection }: Provider,
  grant: Grant,
): ('secret_in_browser' | 'headers_hidden')[] {
  if (!isPage()) return []
  // Everybody who opens the page can read it.
  const isSecretShown = 'document' in globalThis && (grant.clientSecret !== undefined || grant.grantType === 'password')
  const { location } = globalThis as Page
  const isHidden = (url: string, part: unknown) =>
    new URL(url).origin !== location?.origin &&
    hasPath(part, 'header:(?!(cache-control|content-(language|length|type)|expires|last-modified|pragma)")')
  const areHeadersHidden = isHidden(tokenUrl, tokenResponse) || isHidden(apiUrl, isRejection)
  return [...(isSecretShown ? ['secret_in_browser' as const] : []), ...(areHeadersHidden ? ['headers_hidden' as const] : [])]
}

function hasPath(part: unknown, start: string): boolean {
  return new RegExp(`"${start}`, 'i').test(JSON.stringify(part) ?? '')
}
