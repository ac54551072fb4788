/** What an init can say, by the Fetch standard. */
export function listInitFields(): string[] {
  return 'method headers body mode credentials cache redirect integrity keepalive signal duplex priority window referrer referrerPolicy'.split(
    ' ',
  )
}

/**
 * A copy of an init with all that `fetch` reads from it: also what it inherits, and what its class computes.
 * @throws TypeError where it is no object
 */
export function copyInit(init: RequestInit | Request | undefined | null): RequestInit {
  if (init === undefined || init === null) return {}
  if (typeof init !== 'object' && typeof init !== 'function') throw new TypeError('The init to fetch must be an object.')
  if (isPlainObject(init)) return { ...init } as RequestInit
  const source = init as unknown as Record<string, unknown>
  const copy: Record<string, unknown> = {}
  for (const name in source) copy[name] = source[name]
  for (const name of listInitFields()) copy[name] = source[name]
  return copy
}

export function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
