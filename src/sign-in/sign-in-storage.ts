import { ConfigurationError, TokenStoreError } from '../base/errors.ts'
import { cleanCause } from '../base/redact.ts'
import { isPage } from './page.ts'

/**
 * Where a pending sign-in is kept until the user comes back: the page's `sessionStorage`, or what a server keeps for one
 * user's session. Never something that several users share: then one user could complete what another one has begun.
 * Methods may return promises. Where `length` and `key` are there, sign-ins that nobody has completed are removed when
 * the next one begins.
 */
export interface SignInStorage {
  getItem(key: string): string | null | undefined | Promise<string | null | undefined>
  setItem(key: string, value: string): unknown
  removeItem(key: string): unknown
  readonly length?: number
  key?(index: number): string | null | Promise<string | null>
}

/**
 * The storage that was given, else the page's `sessionStorage`.
 * @throws ConfigurationError where nothing was given and there is no page; TokenStoreError where the page's is blocked
 */
export function chooseStorage(given: SignInStorage | undefined): SignInStorage {
  if (given !== undefined) {
    if ([given?.getItem, given?.setItem, given?.removeItem].every((method) => typeof method === 'function')) return given
    throw new ConfigurationError('storage', 'must have getItem, setItem and removeItem')
  }
  // Node.js has a sessionStorage too, one for all users of the process.
  if (!isPage()) throw new ConfigurationError('storage', 'is missing: outside of a page, give what is kept for one user’s session')
  try {
    const storage = globalThis.sessionStorage
    if (storage) return storage
  } catch (error) {
    throw storageFailed(error)
  }
  throw storageFailed(undefined)
}

/** What a storage of the platform or the user throws may hold what was written: it does not leave. */
export function storageFailed(thrown: unknown): TokenStoreError {
  return new TokenStoreError(
    'store_failed',
    'The storage of pending sign-ins failed: where sessionStorage is blocked or full, pass another `storage`.',
    { cause: cleanCause(thrown) },
  )
}
