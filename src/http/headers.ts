/** Headers as a call keeps them: its own copy, which nobody else changes. */
export type OwnHeaders = Record<string, string> | Headers

/**
 * Copies what a caller gave as headers; an object without an iterator stays one, since that is what is added to fastest.
 * An `Authorization` of `undefined` or `null` is left out: the caller has no value for it.
 * @throws TypeError for headers that the platform refuses
 */
export function copyHeaders(headers: HeadersInit | undefined, tokenHeader: string): OwnHeaders | undefined {
  if (headers === undefined || headers === null) return undefined
  if (typeof headers !== 'object' || Symbol.iterator in headers) {
    return createHeaders(Array.isArray(headers) ? headers.filter((pair) => !isUnset(pair?.[0], pair?.[1], tokenHeader)) : headers)
  }
  const copy = { ...headers } as Record<string, string>
  for (const name in copy) if (isUnset(name, copy[name], tokenHeader)) delete copy[name]
  return copy
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

/** Adds the token's header, and those of `defaults` that are not there yet. `headers` are changed where `isOwn` says that they may be. */
export function addToken(
  headers: OwnHeaders | undefined,
  [name, value]: readonly [name: string, value: string],
  { defaults, isOwn }: { defaults: Readonly<Record<string, string>> | undefined; isOwn: boolean },
): OwnHeaders {
  if (!defaults && !(headers instanceof Headers)) {
    const all = headers && isOwn ? headers : { ...headers }
    all[name] = value
    return all
  }
  const all = isOwn && headers instanceof Headers ? headers : createHeaders(headers ?? {})
  for (const key of Object.keys(defaults ?? {})) if (!all.has(key)) all.set(key, defaults?.[key] as string)
  all.set(name, value)
  return all
}
