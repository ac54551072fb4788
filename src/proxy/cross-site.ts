import { Problem } from './problem.ts'

/**
 * Makes sure that a page of this very origin asks, and no other one in the name of its visitor. No page of another origin
 * can send the header without being allowed to by CORS, which the proxy never does; the other two say the same in browsers
 * that send them. (Fetch Metadata: `none` is a person who typed the address, which no use of this begins with.)
 * @throws Problem
 */
export function checkOwnPage({ headers }: Request, url: URL): void {
  if (headers.get('x-tokenwell') !== '1') throw new Problem('header_missing')
  if ((headers.get('sec-fetch-site') ?? 'same-origin') !== 'same-origin') throw new Problem('cross_site')
  const origin = headers.get('origin')
  if (origin !== null && !isOwnOrigin(origin, url)) throw new Problem('cross_site')
}

/**
 * Whether the origin is that of the request. Where TLS ends in front of this server, the request came as `http:` for a page
 * of `https:`, so the scheme counts only where the request itself came as `https:`.
 */
function isOwnOrigin(origin: string, url: URL): boolean {
  if (!URL.canParse(origin)) return false
  const own = new URL(origin)
  // The text has to be an origin and nothing else: `null`, a path or a list are none.
  if (own.origin !== origin) return false
  return own.origin === url.origin || (own.protocol === 'https:' && own.host === url.host)
}
