import { aFunction, type Check, check, listOf, nonEmptyString, readFields, required } from '../base/check.ts'
import { ConfigurationError } from '../base/errors.ts'
import { parseSecureUrl } from '../base/secure-url.ts'
import type { TokenManager } from '../manager/token-manager.ts'
import type { AllowedPlaces } from './cross-site.ts'
import { checkNoPattern, isPlainPath } from './proxy-path.ts'
import type { OnError } from './report-problem.ts'
import { normalizeHost } from './request-host.ts'
import { type ProxyRoute, type Route, RouteTable } from './route-table.ts'
import { checkNoTokenEndpoint } from './token-endpoints.ts'

/** Options of `createTokenProxy()`. */
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
  prefix?: string | undefined
  /**
   * The public origins of the pages, such as `https://app.example.com`: for front ends that change the `Host` (Vite, Next.js).
   * @default the origin that the request itself has, by its `Host`
   */
  origins?: readonly string[] | undefined
  /**
   * The hosts under which this server answers, such as `localhost:8080`; any other `Host` is refused (421). Give it on a server that any name
   * reaches, such as one on your own machine: a page whose name was made to lead there has the proxy's own origin (DNS rebinding).
   * @default any host
   */
  hosts?: readonly string[] | undefined
  /** Gets each refusal, with hosts and reasons that the caller is not told. @default one `console.warn` for each code but `client_gone` */
  onError?: OnError | undefined
}

/** The options as they were read: later changes to them have no effect. */
export interface ProxySettings {
  readonly routes: RouteTable
  /** Origin and path, without a final slash. */
  readonly upstream: string
  readonly prefix: string
  readonly authorize: TokenProxyOptions['authorize']
  readonly places: AllowedPlaces
  readonly onError: OnError | undefined
  /** The manager for a request, which is known not to give out tokens at this route. */
  readonly chooseTokens: (request: Request, route: Route) => TokenManager | Promise<TokenManager>
}

/** @throws ConfigurationError naming the option */
export function readProxyOptions(options: TokenProxyOptions): ProxySettings {
  const read = readFields<TokenProxyOptions>('options', options, {
    tokens: required(anything, 'give a TokenManager, or a function that gives the one of whoever asks'),
    upstream: required(anything, 'say where everything goes, as https://api.example.com'),
    routes: required(anything, "list what goes up, as { path: '/cities', methods: ['GET'] }"),
    authorize: required(aFunction, 'say who may use the token, as (request) => true or false'),
    prefix: anything,
    origins: listOf(anOrigin),
    hosts: listOf(aHost),
    onError: aFunction,
  })
  const { authorize, onError, origins, hosts } = read
  const upstream = parseUpstream(read.upstream)
  const routes = new RouteTable(read.routes)
  return {
    routes,
    upstream,
    prefix: parsePrefix(read.prefix),
    authorize,
    onError,
    places: { origins: origins && [...origins], hosts: hosts?.map((host) => normalizeHost(host) as string) },
    chooseTokens: readTokens(read.tokens, routes, upstream),
  }
}

// Read by a function of its own.
const anything: Check = () => {}

/** As browsers write it in the header `Origin`. */
const anOrigin: Check = (option, value) => {
  const isOrigin = typeof value === 'string' && /^https?:[^*]+$/.test(value) && URL.canParse(value) && new URL(value).origin === value
  check(option, isOrigin, 'must be an origin as browsers send it, such as https://app.example.com: without a slash at its end')
}

const aHost: Check = (option, value) => {
  nonEmptyString(option, value)
  check(option, normalizeHost(value as string) !== undefined, 'must be a host, such as app.example.com or localhost:8080')
}

function parseUpstream(upstream: unknown): string {
  const { origin, pathname, href } = parseSecureUrl('upstream', upstream)
  if (/[?#]/.test(href)) throw new ConfigurationError('upstream', 'must have neither a query nor a fragment')
  if (!isPlainPath(pathname))
    throw new ConfigurationError('upstream', "must have a plain path: no '//' or ';', and nothing encoded but text")
  return `${origin}${pathname.replace(/\/$/, '')}`
}

function parsePrefix(prefix: unknown): string {
  if (prefix === undefined) return ''
  checkNoPattern('prefix', prefix)
  if (typeof prefix !== 'string' || !isPlainPath(prefix) || prefix.endsWith('/')) {
    throw new ConfigurationError('prefix', "must be a plain path such as '/api', without a slash at its end")
  }
  return prefix
}

function readTokens(tokens: unknown, routes: RouteTable, upstream: string): ProxySettings['chooseTokens'] {
  if (isTokenManager(tokens)) {
    for (const route of routes.routes) checkNoTokenEndpoint(route, upstream, tokens)
    checkReachable(upstream, tokens)
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

/** Where replies name the API, nobody knows yet which origins they allow. A manager of an earlier version does not say what it allows. */
function checkReachable(upstream: string, tokens: TokenManager): void {
  const { origins, apiUrlFrom } = tokens.explain() as Partial<ReturnType<TokenManager['explain']>>
  if (origins === undefined || apiUrlFrom === 'token' || origins.includes(new URL(upstream).origin)) return
  const allowed = origins.join(', ')
  throw new ConfigurationError(
    'upstream',
    `is outside of what the manager's token may be sent to (${allowed}): name its origin in the manager's option origins`,
  )
}

/** By what it can do: it may come from another copy of this package. An older one does not say where it asks for tokens. */
function isTokenManager(value: unknown): value is TokenManager {
  const { fetch, getToken, explain, on } = (typeof value === 'object' && value !== null ? value : {}) as Partial<TokenManager>
  if (typeof fetch !== 'function' || typeof getToken !== 'function' || typeof explain !== 'function' || typeof on !== 'function')
    return false
  return typeof (value as TokenManager).explain().tokenUrl === 'string'
}
