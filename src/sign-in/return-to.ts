/**
 * Where to go after a sign-in, as a path: from a path, or from an absolute URL of one of these origins. `undefined` for
 * anything that could lead elsewhere, also when what comes out is resolved, or decoded, once more (`/..//evil.example`).
 */
export function toReturnPath(value: unknown, origins: readonly string[]): string | undefined {
  if (typeof value !== 'string') return undefined
  const isPath = value.startsWith('/')
  if (!URL.canParse(value, isPath ? base : undefined)) return undefined
  const url = new URL(value, base)
  if (isPath ? url.origin !== base : !origins.includes(originOf(url) ?? '')) return undefined
  // Of `tauri://localhost` the path is empty.
  const path = (url.pathname || '/') + url.search + url.hash
  return staysHere(path) && staysHereDecoded(url.pathname) ? path : undefined
}

/**
 * The origin of a page or a redirect URI. One with an app's own scheme (`tauri://localhost`) has none to the URL parser: there it is
 * scheme and host.
 */
export function originOf({ origin, protocol, host }: URL): string | undefined {
  // The origin of a `blob:` is that of another URL.
  if (origin !== 'null') return /^https?:$/.test(protocol) ? origin : undefined
  return host ? `${protocol}//${host}` : undefined
}

// Any: a path means the same under each. Not one that a path can name by chance.
const base = 'https://return-to.invalid'

/** Also when it is decoded before it is used, by a router or a server, and once more by the next one. */
function staysHereDecoded(path: string): boolean {
  let decoded = path
  for (let round = 0; round < mostRounds; round++) {
    const before = decoded
    // Byte by byte: what changes where a path leads is ASCII.
    decoded = before.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    if (decoded === before) return true
    if (!staysHere(decoded)) return false
  }
  return false
}

// Nobody encodes a path more often for a good reason.
const mostRounds = 5

function staysHere(path: string): boolean {
  if (!URL.canParse(path, base)) return false
  const { origin, pathname } = new URL(path, base)
  return origin === base && !/^[/\\]{2}/.test(pathname)
}
