import { parseSecureUrl } from '../base/secure-url.ts'

/** A system's base URL, checked, without trailing slash, query and fragment. Whether `http:` may be used is the manager's to say. */
export function parseBaseUrl(baseUrl: string): string {
  const { origin, pathname } = parseSecureUrl('baseUrl', baseUrl, true)
  return origin + pathname.replace(/\/+$/, '')
}
