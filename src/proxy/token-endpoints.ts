import { ConfigurationError } from '../base/errors.ts'
import type { TokenManager } from '../manager/token-manager.ts'
import type { Route } from './route-table.ts'

/**
 * Makes sure that no token can be asked for through a route: neither at the token endpoint, nor where tokens are renewed, nor
 * where people sign in. Upper case, escapes and slashes that a server may overlook are overlooked here.
 * @throws ConfigurationError naming the route
 */
export function checkNoTokenEndpoint(route: Route, upstream: string, tokens: TokenManager): void {
  const { tokenUrl, renewalUrl, authorizationUrl } = tokens.explain()
  const { host, path } = readLoosely(`${upstream}${route.base}`)
  for (const url of [tokenUrl, renewalUrl, authorizationUrl]) {
    if (url === undefined) continue
    const endpoint = readLoosely(url)
    if (endpoint.host !== host) continue
    const isReached = endpoint.path === path || (route.isWildcard && endpoint.path.startsWith(`${path}/`))
    if (isReached) throw new ConfigurationError(`${route.option}.path`, `must not lead to ${url}, where tokens are given out`)
  }
}

function readLoosely(url: string): { host: string; path: string } {
  const { host, pathname } = new URL(url)
  const path = decodeAll(pathname)
    .toLowerCase()
    .replaceAll('\\', '/')
    .replace(/;[^/]*/g, '')
    .replace(/\/+/g, '/')
    .replace(/\/$/, '')
  // A default port is not shown, so that http: and https: of one host are the same.
  return { host, path }
}

function decodeAll(text: string): string {
  const decoded = text.replace(/%[0-7][0-9a-f]/gi, (coded) => String.fromCharCode(Number.parseInt(coded.slice(1), 16)))
  return decoded === text ? text : decodeAll(decoded)
}
