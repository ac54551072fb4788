import { type Check, readFields } from '../base/check.ts'
import { ConfigurationError, OriginNotAllowedError } from '../base/errors.ts'
import { cleanUrl } from '../base/redact.ts'

/** Options of `createProxyFetch()`. */
export interface ProxyFetchOptions {
  /** Where the proxy is, with its prefix: `/api`, or an absolute URL of the page's own origin. */
  baseUrl: string | URL
}

/**
 * Makes a `fetch` for a page whose API is behind `createTokenProxy`. Paths such as `/cities` or `cities?limit=5` are joined to
 * `baseUrl`. Absolute URLs, and those of a `Request`, have to lie below it. Everything else rejects with an
 * `OriginNotAllowedError` before anything is sent. It sends `x-tokenwell: 1` and this origin's cookies, and follows no
 * redirect, since the proxy answers none. Responses are as they come: one with the header `x-tokenwell-error` is the proxy's
 * own, and `sign_in_required` there asks the person to sign in.
 *
 * @throws ConfigurationError at construction
 */
export function createProxyFetch(options: ProxyFetchOptions): typeof globalThis.fetch {
  const base = checkBaseUrl(readFields<Partial<ProxyFetchOptions>>('options', options, { baseUrl: anything }).baseUrl)

  const proxyFetch: typeof globalThis.fetch = async (input, init) => {
    const { fetch } = globalThis
    if (fetch === proxyFetch) throw new ConfigurationError('fetch', 'globalThis.fetch is this very fetch: leave the platform its own')
    const request = isRequest(input) ? input : undefined
    const href = resolve(request ? request.url : input, resolveBase(base))
    const headers = new Headers(init?.headers ?? request?.headers)
    headers.set('x-tokenwell', '1')
    const { credentials = request?.credentials, redirect = request?.redirect } = init ?? {}
    return fetch(request ?? href, {
      ...init,
      headers,
      credentials: credentials === 'omit' ? 'omit' : 'same-origin',
      redirect: redirect === 'manual' ? 'manual' : 'error',
    })
  }
  return proxyFetch
}

// Read by a function of its own.
const anything: Check = () => {}

/** The base as an absolute URL or as a path that begins with a slash; the page's own address is not known before a call. */
function checkBaseUrl(baseUrl: unknown): string {
  const text = baseUrl instanceof URL ? baseUrl.href : baseUrl
  if (typeof text !== 'string' || text === '') throw new ConfigurationError('baseUrl', "must be a path such as '/api', or an absolute URL")
  if (!URL.canParse(text, 'https://page.invalid/')) throw new ConfigurationError('baseUrl', 'does not parse')
  const { protocol, username, password, search, hash } = new URL(text, 'https://page.invalid/')
  if (protocol !== 'https:' && protocol !== 'http:') throw new ConfigurationError('baseUrl', 'must begin with https://, http:// or a path')
  if (username || password) throw new ConfigurationError('baseUrl', 'must not contain a user name or password')
  if (search || hash) throw new ConfigurationError('baseUrl', 'must have neither a query nor a fragment')
  return text
}

function resolveBase(base: string): URL {
  const { location } = globalThis as { location?: { href: string; origin: string } }
  // Not `document.baseURI`: a `<base href>` may lead to another origin. A worker made of a blob has only its origin.
  const page = location?.href.startsWith('blob:') ? location.origin : location?.href
  if (!URL.canParse(base, page)) throw new TypeError('baseUrl is a path, and there is no page here: give an absolute URL.')
  const url = new URL(base, page)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

/** @throws OriginNotAllowedError for what does not lie below the base */
function resolve(input: unknown, base: URL): string {
  const text = String(input)
  const isAbsolute = input instanceof URL || /^[a-z][a-z0-9+.-]*:/i.test(text)
  const joined = isAbsolute ? text : `${base.href}${text.replace(/^\//, '')}`
  if (!URL.canParse(joined)) throw new TypeError('The URL to fetch does not parse.')
  const { origin, pathname, href, username, password } = new URL(joined)
  if (origin !== base.origin || !pathname.startsWith(base.pathname) || username || password) {
    throw new OriginNotAllowedError('The URL does not lie below baseUrl. The call was not sent.', { url: cleanUrl(href) })
  }
  return href
}

function isRequest(input: unknown): input is Request {
  return Object.prototype.toString.call(input) === '[object Request]'
}
