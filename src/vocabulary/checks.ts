import { aFunction, type Check, check, listOf, must, nonEmptyString, oneOf, oneOrMore, recordOf } from '../base/check.ts'
import { parseSecureUrl } from '../base/secure-url.ts'

/** An absolute http(s) URL. Whether `http:` may be used is up to the manager's `allowInsecureRequests`. */
export const aUrl: Check = (option, value) => {
  nonEmptyString(option, value)
  parseSecureUrl(option, value, true)
}

/** Paths are joined to it: what would follow a query or a fragment is no path. */
export const aBaseUrl: Check = (option, value) => {
  aUrl(option, value)
  check(option, !/[?#]/.test(value as string), 'must have neither a query nor a fragment')
}

/** Headers that go with token and API requests alike. */
export const sharedHeaders: Check = (option, value) =>
  recordOf((entry, inner) => {
    const name = entry.slice(option.length + 1)
    check(entry, isHeader(name, inner), 'must be a header that can be sent')
    check(entry, !/^content-type$/i.test(name), 'must not be set here: the content type of a request is that of its body')
  })(option, value)

export const clientAuthentication: Check = (option, value) =>
  (typeof value === 'function' ? aFunction : oneOrMore(oneOf('basic', 'basic-loose', 'basic-raw', 'body', 'query', 'none')))(option, value)

/** One encoding, or several in order. */
export const encodings: Check = (option, value) => oneOrMore(oneOf('form', 'json', 'query'))(option, value)

/** A path into a reply. */
export const aPath: Check = /* @__PURE__ */ must(
  'a path such as a.b.c',
  (value) => typeof value === 'string' && /^$|^[^.]+(\.[^.]+)*$/.test(value),
)

/** Paths of a reply that are kept for the caller. */
export const extraFields: Check = (option, value) => listOf(aPath)(option, value)

export function isHeader(name: unknown, value: unknown): boolean {
  if (typeof name !== 'string' || typeof value !== 'string') return false
  try {
    new Headers().set(name, value)
    return true
  } catch {
    return false
  }
}
