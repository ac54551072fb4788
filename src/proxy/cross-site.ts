import { Problem } from './problem.ts'
import { normalizeHost, readHost } from './request-host.ts'

/** From where requests may come. */
export interface AllowedPlaces {
  /** The origins of the pages; without it, the origin that the request itself has. */
  readonly origins?: readonly string[] | undefined
  /** The hosts under which the server answers; without it, any. */
  readonly hosts?: readonly string[] | undefined
}

/**
 * Makes sure that the request is for this server, and not for a name that somebody else made to lead here (DNS rebinding).
 * @throws Problem
 */
export function checkHost(request: Request, url: URL, { hosts }: AllowedPlaces): void {
  const host = readHost(request, url)
  if (hosts && !hosts.includes(host)) throw new Problem('host_not_allowed', { reason: `The host is ${host}.` })
}

/**
 * Makes sure that a page of this very origin asks, and no other one in the name of its visitor. No page of another origin
 * can send the header without being allowed to by CORS, which the proxy never does; the other two say the same in browsers
 * that send them. (Fetch Metadata: `none` is a person who typed the address, which no use of this begins with.)
 * @throws Problem
 */
export function checkOwnPage(request: Request, url: URL, { origins }: AllowedPlaces = {}): void {
  const { headers } = request
  if (headers.get('x-tokenwell') !== '1') throw new Problem('header_missing')
  const site = headers.get('sec-fetch-site') ?? 'same-origin'
  if (site !== 'same-origin') {
    const known = ['cross-site', 'same-site', 'none'].includes(site) ? site : 'something unknown'
    throw new Problem('cross_site', { reason: `Sec-Fetch-Site is ${known}.` })
  }
  const origin = headers.get('origin')
  if (origin === null) return
  const host = readHost(request, url)
  if (origins ? origins.includes(origin) : isOwnOrigin(origin, host, url.protocol)) return
  const wanted = origins ? `the option origins has ${origins.join(', ')}` : `the request is for ${url.protocol}//${host}`
  throw new Problem('cross_site', { reason: `The Origin is ${describeOrigin(origin)}; ${wanted}.` })
}

/**
 * Whether the origin is that of the request. Where TLS ends in front of this server, the request came as `http:` for a page
 * of `https:`, so the scheme counts only where the request itself came as `https:`.
 */
function isOwnOrigin(origin: string, host: string, protocol: string): boolean {
  if (!URL.canParse(origin)) return false
  const own = new URL(origin)
  // The text has to be an origin and nothing else: `null`, a path or a list are none.
  if (own.origin !== origin || normalizeHost(own.host) !== host) return false
  return own.protocol === 'https:' || own.protocol === protocol
}

/** Without a user name, which a client may put there. */
function describeOrigin(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).origin : 'no origin'
}
