/** `tokenwell/proxy`: a page calls its own server, which adds the token. */
export { createTokenProxy } from './create-token-proxy.ts'
export { createProxyFetch, type ProxyFetchOptions } from './proxy-fetch.ts'
export type { TokenProxyOptions } from './proxy-options.ts'
export type { ProxyRoute } from './route-table.ts'
