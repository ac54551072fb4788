import { apiUrl } from '../servers/token-server.ts'

/** What is called, the same way by every subject. */
export interface Work {
  /** {@link urlCount} of them. */
  readonly urls: readonly string[]
  readonly init?: RequestInit
  /** Whether the stub constructs a `Request` from what it gets, as every real `fetch` does. */
  readonly constructsRequest?: boolean
  /** Whether each call is given as a `Request`, whose construction is part of the call. */
  readonly givesRequest?: boolean
}

/** A power of two, and more than anybody remembers: URLs with an id in them are not seen again. */
export const urlCount = 1024

const manyUrls = Array.from({ length: urlCount }, (_, i) => `${apiUrl}things/${i}?page=${i % 7}`)
const oneUrl = manyUrls.map(() => manyUrls[0] as string)

export const postBody = JSON.stringify({ name: 'camera', position: [40.4, -86.9] })
const postInit = { method: 'POST', headers: { 'content-type': 'application/json' }, body: postBody }

export const works = {
  'many-urls': { urls: manyUrls },
  'one-url': { urls: oneUrl },
  post: { urls: manyUrls, init: postInit },
  'constructing-get': { urls: manyUrls, constructsRequest: true },
  'constructing-post': { urls: manyUrls, constructsRequest: true, init: postInit },
  'request-get': { urls: manyUrls, constructsRequest: true, givesRequest: true },
  'request-post': { urls: manyUrls, constructsRequest: true, givesRequest: true, init: postInit },
} as const satisfies Record<string, Work>

export type WorkName = keyof typeof works
