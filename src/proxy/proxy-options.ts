import { ConfigurationError } from '../base/errors.ts'
import { parseSecureUrl } from '../base/secure-url.ts'
import type { TokenManager } from '../manager/token-manager.ts'
import { isPlainPath } from './proxy-path.ts'
import { type ProxyRoute, type Route, RouteTable } from './route-table.ts'
import { checkNoTokenEndpoint } from './token-endpoints.ts'

export interface TokenProxyOptions {
  /**
   * Whose token is sent: one manager for everybody, or a function that returns the manager for a request. Such a function
   * must know the person from the request, as `authorize` does; it may throw a `SignInRequiredError`.
   */
  tokens: TokenManager | ((request: Request) => TokenManager | Promise<TokenManager>)
  /** Where everything goes: `https:`, or `http:` on loopback. Its path is put before that of each request. */
  upstream: string | URL
  /** All that goes up. */
  routes: readonly ProxyRoute[]
  /**
   * Whether a request may use the token: only `true` lets it in. Without a default, since everybody who reaches the proxy could use the
   * token. It gets the request itself, and must leave its body unread: read a `clone()`.
   */
  authorize: (request: Request) => boolean | Promise<boolean>
  /** What each path begins with on this side, such as `/api`. It is removed. @default nothing */
  prefix?: string
}

/** The options as they were read: later changes to them have no effect. */
export interface ProxySettings {
  readonly routes: RouteTable
  /** Origin and path, without a final slash. */
  readonly upstream: string
  readonly prefix: string
  readonly authorize: TokenProxyOptions['authorize']
  /** The manager for a request, which is known not to give out tokens at this route. */
  readonly chooseTokens: (request: Request, route: Route) => TokenManager | Promise<TokenManager>
}

/** @throws ConfigurationError naming the option */
export function readProxyOptions(options: TokenProxyOptions): ProxySettings {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError('options', `must be an object with ${optionNames.slice(0, -1).join(', ')}`)
  }
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name))
  if (unknown !== undefined) throw new ConfigurationError(unknown, `is no option; there are ${optionNames.join(', ')}`)
  const { authorize } = options
  if (typeof authorize !== 'function') {
    throw new ConfigurationError('authorize', 'is missing: say who may use the token, as (request) => true or false')
  }
  const upstream = parseUpstream(options.upstream)
  const routes = new RouteTable(options.routes)
  return { routes, upstream, prefix: parsePrefix(options.prefix), authorize, chooseTokens: readTokens(options.tokens, routes, upstream) }
}

const optionNames = ['tokens', 'upstream', 'routes', 'authorize', 'prefix']

function parseUpstream(upstream: unknown): string {
  const { origin, pathname, href } = parseSecureUrl('upstream', upstream)
  if (/[?#]/.test(href)) throw new ConfigurationError('upstream', 'must have neither a query nor a fragment')
  if (!isPlainPath(pathname))
    throw new ConfigurationError('upstream', "must have a plain path: no '//' or ';', and nothing encoded but text")
  return `${origin}${pathname.replace(/\/$/, '')}`
}

function parsePrefix(prefix: unknown): string {
  if (prefix === undefined) return ''
  if (typeof prefix !== 'string' || !isPlainPath(prefix) || prefix.endsWith('/')) {
    throw new ConfigurationError('prefix', "must be a plain path such as '/api', without a slash at its end")
  }
  return prefix
}

function readTokens(tokens: unknown, routes: RouteTable, upstream: string): ProxySettings['chooseTokens'] {
  if (isTokenManager(tokens)) {
    for (const route of routes.routes) checkNoTokenEndpoint(route, upstream, tokens)
    return () => tokens
  }
  if (typeof tokens !== 'function') {
    throw new ConfigurationError('tokens', 'must be a TokenManager, or a function that gives the one of whoever asks')
  }
  return async (request, route) => {
    const chosen: unknown = await tokens(request)
    if (!isTokenManager(chosen)) throw new ConfigurationError('tokens', 'must return a TokenManager')
    checkNoTokenEndpoint(route, upstream, chosen)
    return chosen
  }
}

/** By what it can do: it may come from another copy of this package. An older one does not say where it asks for tokens. */
function isTokenManager(value: unknown): value is TokenManager {
  const { fetch, getToken, explain } = (typeof value === 'object' && value !== null ? value : {}) as Partial<TokenManager>
  if (typeof fetch !== 'function' || typeof getToken !== 'function' || typeof explain !== 'function') return false
  return typeof (value as TokenManager).explain().tokenUrl === 'string'
}
