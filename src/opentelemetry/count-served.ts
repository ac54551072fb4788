import type { GetTokenOptions } from '../manager/get-token-options.ts'
import type { TokenStatus } from '../manager/status.ts'
import type { TokenManager } from '../manager/token-manager.ts'
import type { OnServed } from './record-metrics.ts'

/**
 * Counts the tokens that a manager serves from memory, of which it tells nothing itself: its hot path has no time for that. Puts
 * counting functions in the place of its methods; returns the function that undoes it.
 */
export function countServed(manager: TokenManager, onServed: OnServed): () => void {
  let isOver = false
  // A token at hand is decided on at once; any other is waited for, of which the manager tells.
  const note = (isCounted: (status: TokenStatus) => boolean) => {
    if (isOver) return
    try {
      const status = manager.explain()
      const { state, expiresAt } = status
      const isAtHand = state === 'fresh' || state === 'aging'
      if (isAtHand && isCounted(status)) onServed('memory', expiresAt === undefined ? undefined : expiresAt - Date.now())
    } catch {
      // What is wrong with a call, the call itself says.
    }
  }
  const undo = [
    replace(manager, 'fetch', (...[input, init]) => note((status) => isWithToken(status, input, init))),
    replace(manager, 'getToken', (options) => note(() => isAnyGood(options))),
    replace(manager, 'getAuthorization', (options) => note(() => isAnyGood(options))),
  ]
  return () => {
    isOver = true
    for (const one of undo) one()
  }
}

/** Whether any token will do, the one at hand too. */
function isAnyGood(options: GetTokenOptions | undefined): boolean {
  return !options?.forceRenewal && options?.rejected === undefined
}

/** Has a function called before each call of a method, with the same arguments. */
function replace<K extends 'fetch' | 'getToken' | 'getAuthorization'>(
  manager: TokenManager,
  name: K,
  onCall: (...args: Parameters<TokenManager[K]>) => void,
): () => void {
  const before = Object.getOwnPropertyDescriptor(manager, name)
  const method = manager[name] as (...args: Parameters<TokenManager[K]>) => unknown
  const value = (...args: Parameters<TokenManager[K]>) => {
    onCall(...args)
    return method(...args)
  }
  Object.defineProperty(manager, name, { value, configurable: true, enumerable: before?.enumerable ?? false })
  return () => {
    // Somebody else may have put a function of their own around it since.
    if (manager[name] !== value) return
    if (before) Object.defineProperty(manager, name, before)
    else Reflect.deleteProperty(manager, name)
  }
}

/** Whether a call gets the token: it goes to an origin that may receive it, and brings no `Authorization` of its own. */
function isWithToken({ origins, apiUrl }: TokenStatus, input: RequestInfo | URL, init: RequestInit | undefined): boolean {
  const request = typeof input === 'string' || input instanceof URL ? undefined : input
  const url = new URL(request?.url ?? String(input), globalThis.location?.href)
  const headers = init?.headers ?? request?.headers
  return [...origins, new URL(apiUrl).origin].includes(url.origin) && !hasAuthorization(headers)
}

/** Reads only what can be read again: the call itself must find it whole. */
function hasAuthorization(headers: HeadersInit | undefined): boolean {
  if (headers === undefined) return false
  if (headers instanceof Headers) return headers.has('Authorization')
  const entries = Array.isArray(headers) ? headers : Symbol.iterator in headers ? [] : Object.entries(headers)
  return entries.some(([name, value]) => name?.toLowerCase() === 'authorization' && (value ?? null) !== null)
}
