/** Headers as a call keeps them: its own copy, which nobody else changes. */
export type OwnHeaders = Record<string, string> | Headers

/**
 * Copies what a caller gave as headers; nothing where there are none. An object without an iterator stays one, since that is what
 * is added to fastest.
 * An `Authorization` of `undefined` or `null` is left out: the caller has no value for it.
 * @throws TypeError for headers that the platform refuses
 */
export function copyHeaders(headers: HeadersInit | undefined, tokenHeader: string): OwnHeaders | undefined {
  if (headers === undefined || headers === null) return undefined
  // Most GETs by `Request` have none: an object is made faster than a copy of empty `Headers`.
  if (headers instanceof Headers && headers.keys().next().done) return undefined
  if (typeof headers !== 'object' || Symbol.iterator in headers) {
    return createHeaders(Array.isArray(headers) ? headers.filter((pair) => !isUnset(pair?.[0], pair?.[1], tokenHeader)) : headers)
  }
  const copy = { ...headers } as Record<string, string>
  for (const name in copy) if (isUnset(name, copy[name], tokenHeader)) delete copy[name]
  return copy
}

/** Whether headers can be read only once: an iterator gives them, or one of their pairs. */
export function isOneTime(headers: HeadersInit | undefined): boolean {
  if (Array.isArray(headers)) return !headers.every(Array.isArray)
  const iterate = () => (headers as Partial<Iterable<unknown>> | undefined)?.[Symbol.iterator]?.()
  const iterator = iterate()
  return iterator !== undefined && iterator === iterate()
}

function isUnset(name: unknown, value: unknown, tokenHeader: string): boolean {
  return (value === undefined || value === null) && (isSameName(String(name), 'authorization') || isSameName(String(name), tokenHeader))
}

/** @throws TypeError for headers that the platform refuses: its own error would print their values. */
export function createHeaders(headers: HeadersInit): Headers {
  try {
    return new Headers(headers)
  } catch {
    throw new TypeError('The headers to send are not valid.')
  }
}

/** Whether the headers have one of this name, in any case. */
export function hasHeader(headers: OwnHeaders | undefined, name: string): boolean {
  if (headers === undefined) return false
  if (headers instanceof Headers) return headers.has(name)
  for (const key in headers) if (isSameName(key, name) && Object.hasOwn(headers, key)) return true
  return false
}

function isSameName(a: string, b: string): boolean {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase()
}

/**
 * Adds the token's header, where it has one, and those of `defaults` that are not there yet. `headers` are changed where `isOwn`
 * says that they may be.
 */
export function addToken(
  headers: OwnHeaders | undefined,
  token: readonly [name: string, value: string] | undefined,
  { defaults, isOwn }: { defaults: readonly (readonly [name: string, value: string])[] | undefined; isOwn: boolean },
): OwnHeaders {
  if (!defaults && !(headers instanceof Headers)) {
    const all = headers && isOwn ? headers : { ...headers }
    if (token) all[token[0]] = token[1]
    return all
  }
  const all = isOwn && headers instanceof Headers ? headers : createHeaders(headers ?? {})
  for (const [name, value] of defaults ?? []) if (!all.has(name)) all.set(name, value)
  if (token) all.set(...token)
  return all
}
