import { OriginNotAllowedError } from '../base/errors.ts'
import { cleanUrl } from '../base/redact.ts'
import { apiOriginsOf } from '../vocabulary/api-url.ts'
import type { Provider } from '../vocabulary/provider.ts'

/** Where a call goes: to the API, known from its text alone, or to a URL that has to be checked. */
export type Destination = 'api' | URL

/** What becomes of a call: it gets the token, or goes out as it is. */
export type Route = 'with-token' | 'pass-through'

export interface RoutePolicy {
  /** Origins that may receive the token. */
  readonly origins: readonly string[]
  readonly foreignOrigins: 'refuse' | 'pass-through'
  /** Says to which further origins a token may lead. */
  readonly provider?: Provider
}

/**
 * Decides whether a call gets the token. Origins are compared whole, never as prefixes of a string.
 * @throws OriginNotAllowedError for a call that must not be sent at all
 */
export function chooseRoute(destination: Destination, isAuthorized: boolean, policy: RoutePolicy): Route {
  if (isAuthorized) return 'pass-through'
  if (destination === 'api') return 'with-token'
  const { protocol, username, password, origin } = destination
  const isForeignAllowed = policy.foreignOrigins === 'pass-through'
  if (!isHttpUrl(destination)) {
    // What these name is in the page itself: nothing goes over the network.
    if (isForeignAllowed && /^(data|blob):$/.test(protocol)) return 'pass-through'
    return refuse(destination, 'Only http: and https: URLs can be called.')
  }
  // Platforms print the password of such a URL in their error.
  if (username || password) return refuse(destination, 'The URL must not contain a user name or password.')
  if (isAllowedOrigin(destination, policy.origins)) return 'with-token'
  // Some token may lead there: which one, is known when the call has it.
  if (policy.provider && apiOriginsOf(policy.provider)?.isApiOrigin(destination, policy.provider)) return 'with-token'
  if (isForeignAllowed) return 'pass-through'
  return refuse(destination, `${origin} may not receive this token; if it should, add it to the option origins.`)
}

/**
 * Resolves a URL as the platform's `fetch` would, once: what is checked is what is sent. A `<base href>` counts, and
 * `https:path` is relative in a page of the same scheme.
 * @throws TypeError where it does not parse; without the text, which may hold a secret.
 */
export function resolveUrl(input: unknown): URL {
  const base = baseUrl()
  let text: string | undefined
  try {
    text = String(input)
    return new URL(text, isPlainUrlText(text) ? undefined : base)
  } catch {
    const isRelative = typeof input === 'string' && base === undefined && URL.canParse(input, 'https://page.invalid')
    const fault = isRelative ? 'is relative: give an absolute URL, or use createClient of tokenwell/ky' : 'does not parse'
    throw new TypeError(`The URL to fetch ${fault}.`)
  }
}

/** Strings in this order: what lies between them begins with the origin of the API and the slash that ends it. */
export interface ApiTexts {
  /** The origin and the slash, or more of the API's URL. */
  readonly apiPrefix: string
  /** The origin and the character after the slash: the first string behind them. */
  readonly apiEnd: string
}

/**
 * Whether an input is a string that begins with a whole origin and the slash that ends it. No parser reads such a string as
 * another origin, and no base URL applies to it, so the hot path sends it as it is. Everything else is parsed.
 */
export function isTextWithin({ apiPrefix, apiEnd }: ApiTexts, input: unknown): input is string {
  // Strings are ordered by their code units. `startsWith` costs six times as much here, and a slice twice.
  return typeof input === 'string' && input >= apiPrefix && input < apiEnd
}

/** Whether this is a string that means the same URL whatever page it is used in. */
export function isPlainUrlText(input: unknown): input is string {
  return typeof input === 'string' && /^https?:\/\//i.test(input)
}

function baseUrl(): string | undefined {
  const { document, location } = globalThis as { document?: { baseURI: string }; location?: { href: string } }
  return document?.baseURI ?? location?.href
}

/** Whether this is a URL of the web: what `data:` and `blob:` name is in the page itself. */
export function isHttpUrl({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:'
}

/** Whether this URL may receive the token. Origins are compared whole, never as prefixes of a string. */
export function isAllowedOrigin(url: URL, origins: readonly string[]): boolean {
  // A blob: URL has the origin of its page.
  return isHttpUrl(url) && origins.includes(url.origin)
}

/** @throws OriginNotAllowedError */
export function refuse(url: URL, why: string): never {
  // The rest of a data: URL is the data.
  throw new OriginNotAllowedError(`${why} The call was not sent.`, { url: isHttpUrl(url) ? cleanUrl(url.href) : url.protocol })
}
