import { type Check, readFields } from '../base/check.ts'
import { ConfigurationError } from '../base/errors.ts'
import { Problem } from './problem.ts'
import { checkNoPattern, isPlainPath } from './proxy-path.ts'

/** A path of the upstream that the proxy passes on, with its methods. Everything else is answered 404 or 405. */
export interface ProxyRoute {
  /** An exact path without a query, as the upstream knows it; a final `/*` matches one or more further segments. */
  path: string
  /** In upper case. `GET` does not bring `HEAD` along. */
  methods: readonly string[]
}

/** A route as it was read. */
export interface Route {
  /** Where it stands in the options, for messages. */
  readonly option: string
  /** The path, or what stands before the asterisk. */
  readonly base: string
  readonly isWildcard: boolean
  readonly methods: readonly string[]
}

/** Which paths and methods go up. All else does not. */
export class RouteTable {
  readonly routes: readonly Route[]

  /** @throws ConfigurationError naming the route, also where two of them could match the same request */
  constructor(routes: unknown) {
    if (!Array.isArray(routes) || routes.length === 0) {
      throw new ConfigurationError('routes', "must list at least one route, such as { path: '/cities', methods: ['GET'] }")
    }
    this.routes = routes.map((route, index) => parseRoute(route, `routes[${index}]`))
    for (const [index, route] of this.routes.entries()) {
      const earlier = this.routes.slice(0, index).find((other) => overlaps(route, other))
      if (earlier) throw new ConfigurationError(route.option, `overlaps with ${earlier.option}: each request must match one route at most`)
    }
  }

  /** @throws Problem where nothing matches */
  find(path: string | undefined, method: string): Route {
    const matching = path === undefined ? [] : this.routes.filter((route) => matches(route, path))
    if (path === undefined) throw new Problem('not_found', { reason: 'The path does not begin with the prefix, or is no plain path.' })
    if (matching.length === 0)
      throw new Problem('not_found', { reason: `There are ${this.routes.map(({ option }) => option).join(', ')}.` })
    const route = matching.find(({ methods }) => methods.includes(method))
    // RFC 9110 §15.5.6: a 405 lists the methods.
    if (!route) throw new Problem('method_not_allowed', { headers: { allow: matching.flatMap(({ methods }) => methods).join(', ') } })
    return route
  }
}

function matches({ base, isWildcard }: Route, path: string): boolean {
  return isWildcard ? path.length > base.length && path.startsWith(base) : path === base
}

function overlaps(a: Route, b: Route): boolean {
  if (!a.methods.some((method) => b.methods.includes(method))) return false
  return a.base === b.base ? a.isWildcard === b.isWildcard : matches(a, b.base) || matches(b, a.base)
}

// Read by functions of their own.
const anything: Check = () => {}

function parseRoute(route: ProxyRoute, option: string): Route {
  const { path, methods } = readFields<Partial<ProxyRoute>>(option, route, { path: anything, methods: anything }, `${option}.`)
  if (typeof path !== 'string' || !path.startsWith('/'))
    throw new ConfigurationError(`${option}.path`, "must be a path that begins with '/'")
  checkNoPattern(`${option}.path`, path)
  const isWildcard = path.endsWith('/*')
  const written = isWildcard ? path.slice(0, -1) : path
  const base = encodeText(written)
  if (base.includes('*'))
    throw new ConfigurationError(`${option}.path`, "may have an asterisk as its last segment ('/cities/*') and nowhere else")
  if (!isPlainPath(base)) {
    throw new ConfigurationError(
      `${option}.path`,
      "must be a plain path: no query, no '.' or '..', no '//', '\\' or ';', and nothing of that encoded",
    )
  }
  return { option, base, isWildcard, methods: parseMethods(methods, `${option}.methods`) }
}

/** As the URL parser writes what is not ASCII. */
function encodeText(path: string): string {
  return path.replace(/[^\x21-\x7e]+/g, (text) => encodeURIComponent(text.toWellFormed()))
}

function parseMethods(methods: unknown, option: string): readonly string[] {
  if (!Array.isArray(methods) || methods.length === 0) throw new ConfigurationError(option, "must list at least one method, such as 'GET'")
  for (const method of methods) {
    if (typeof method !== 'string' || !/^[A-Z][A-Z-]*$/.test(method)) throw new ConfigurationError(option, 'must be names in upper case')
    // No fetch sends them.
    if (['CONNECT', 'TRACE', 'TRACK'].includes(method)) throw new ConfigurationError(option, `must not have ${method}`)
  }
  if (new Set(methods).size < methods.length) throw new ConfigurationError(option, 'must list each method once')
  return [...methods]
}
