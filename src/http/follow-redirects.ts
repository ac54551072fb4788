import { createHeaders } from './headers.ts'
import { isAllowedOrigin, isHttpUrl, type RoutePolicy } from './origin-policy.ts'
import { isReading } from './read-call.ts'

const mostHops = 5

/** Where a request goes, on a way of several redirects. */
export interface Hop {
  readonly url: URL
  readonly method: string
  readonly hasBody: boolean
  /** Whether the token goes along: until the first hop to an origin that may not receive it, and never again after that. */
  readonly hasToken: boolean
}

/**
 * Where a redirect leads, by the rules of the Fetch standard for method and body; `undefined` where it is not followed. Other
 * origins are not refused, since the token does not go there (the API keeps pictures in a bucket, say), but without TLS.
 */
export function nextHop(hop: Hop, { status, headers }: Response, { origins, foreignOrigins }: RoutePolicy): Hop | undefined {
  const location = [301, 302, 303, 307, 308].includes(status) ? headers.get('location') : null
  if (location === null || !URL.canParse(location, hop.url.href)) return undefined
  const url = new URL(location, hop.url.href)
  const isAllowed = isAllowedOrigin(url, origins)
  const isOpen = isAllowed || url.protocol === 'https:' || (foreignOrigins === 'pass-through' && isHttpUrl(url))
  if (url.username || url.password || !isOpen) return undefined
  const becomesGet = status === 303 ? !isReading(hop.method) : status < 303 && hop.method === 'POST'
  return {
    url,
    method: becomesGet ? 'GET' : hop.method,
    hasBody: hop.hasBody && !becomesGet,
    hasToken: hop.hasToken && isAllowed,
  }
}

/** What is known of a response's way to the caller. */
export interface Arrival {
  readonly response: Response
  /** Whether it answers another request than the one that was sent first. */
  readonly isRedirected: boolean
  /** Whether the token was left behind on the way: what the response says is not about it. */
  readonly isTokenDropped: boolean
  readonly url: string
}

/** The arrival of a response whose redirects the platform has followed: it drops `Authorization` where the origin changes. */
export function readArrival(response: Response, href: string): Arrival {
  const { redirected, url } = response
  // React Native does not say.
  const isRedirected = redirected === true
  const isElsewhere = isRedirected && URL.canParse(url) && new URL(url).origin !== new URL(href).origin
  return { response, isRedirected, isTokenDropped: isElsewhere, url }
}

export interface FollowOptions {
  readonly policy: RoutePolicy
  /** Gives `undefined` for a hop that it cannot take; the response before it is then the last. */
  send(hop: Hop): Promise<Response | undefined>
  /** The URL that a response answers, where that is another than the hop's. */
  urlOf(response: Response): string | undefined
}

/** Follows redirects by hand. */
export async function followRedirects(start: Hop, first: Response, { policy, send, urlOf }: FollowOptions): Promise<Arrival> {
  let [hop, response] = [start, first]
  let hops = 0
  while (hops < mostHops) {
    const next = nextHop({ ...hop, url: new URL(urlOf(response) ?? hop.url) }, response, policy)
    const following = next && (await send(next))
    if (!next || !following) break
    discardBody(response)
    ;[hop, response] = [next, following]
    hops++
  }
  return { response, isRedirected: hops > 0, isTokenDropped: !hop.hasToken, url: hop.url.href }
}

/** The headers of a hop: without those of a body that is not sent, and abroad without those that are for the API alone. */
export function hopHeaders(headers: HeadersInit, { hasBody, hasToken }: Hop, tokenHeaders: readonly string[]): Headers {
  const all = createHeaders(headers)
  if (!hasBody) for (const name of ['encoding', 'language', 'location', 'type', 'length']) all.delete(`content-${name}`)
  if (!hasToken) for (const name of [...tokenHeaders, 'authorization', 'proxy-authorization', 'cookie', 'host']) all.delete(name)
  return all
}

/** Lets go of a body that nobody gets to see: of a response, or of a request, whose source learns why. Not every `fetch` has web streams. */
export function discardBody({ body }: { readonly body: unknown }, why?: unknown): void {
  const stream = body as Partial<ReadableStream & { destroy: () => void }> | null | undefined
  try {
    if (stream?.cancel) stream.cancel(why).catch(() => {})
    else stream?.destroy?.()
  } catch {
    // There is nothing to let go of.
  }
}
