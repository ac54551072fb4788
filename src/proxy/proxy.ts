import type { TokenManager } from '../token-manager.ts'

export interface ProxyRoute {
  /** An exact path without a query; a final `/*` matches further segments. */
  path: string
  methods: readonly string[]
}

export interface TokenProxyOptions {
  tokens: TokenManager | ((request: Request) => TokenManager | Promise<TokenManager>)
  upstream: string | URL
  routes: readonly ProxyRoute[]
  authorize: (request: Request) => boolean | Promise<boolean>
  prefix?: string
}

export function createTokenProxy(_options: TokenProxyOptions): (request: Request) => Promise<Response> {
  throw new Error('Under construction.')
}

export function createProxyFetch(_options: { baseUrl: string | URL }): typeof globalThis.fetch {
  throw new Error('Under construction.')
}
