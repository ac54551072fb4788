import { pageUrl } from './page.ts'

/** What an authorization server adds to the redirect URI (RFC 6749 §4.1.2, RFC 9207 §2). */
export const responseParameters = Object.freeze(['code', 'state', 'iss', 'error', 'error_description', 'error_uri'])

/**
 * Removes an authorization response from the address bar, and so from history, bookmarks and referrers; the other
 * parameters, the fragment and `history.state` stay. Does nothing where the response is not in the page's own address.
 */
export function cleanAddressBar(response: URL): void {
  const page = pageUrl()
  if (page?.origin !== response.origin || page.pathname !== response.pathname || page.search !== response.search) return
  page.search = withoutResponse(page.search)
  try {
    globalThis.history.replaceState(globalThis.history.state, '', page.href)
  } catch {
    // A frame that may not (sandboxed), or Safari's limit on how often: the response is used up all the same.
  }
}

/** Byte for byte, as the platform's own serialiser would not leave it. */
function withoutResponse(search: string): string {
  return search
    .replace(/^\?/, '')
    .split('&')
    .filter((pair) => ![...new URLSearchParams(pair).keys()].some((name) => responseParameters.includes(name)))
    .join('&')
}
