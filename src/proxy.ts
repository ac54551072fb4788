/** `tokenwell/proxy`: a page calls its own server, which adds the token. */
export { createTokenProxy } from './proxy/create-token-proxy.ts'
export type { ProblemCode as ProxyProblemCode, ProxyProblem } from './proxy/problem.ts'
export { createProxyFetch, type ProxyFetchOptions } from './proxy/proxy-fetch.ts'
export type { TokenProxyOptions } from './proxy/proxy-options.ts'
export type { ProxyRoute } from './proxy/route-table.ts'
