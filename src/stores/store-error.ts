import { isTokenwellError, TokenStoreError } from '../base/errors.ts'
import { cleanCause } from '../base/redact.ts'

/** A store that could not do its work. Of what the platform threw, name and code are kept: platforms print keys and values. */
export function storeFailed(message: string, thrown?: unknown): TokenStoreError {
  return new TokenStoreError('store_failed', message, thrown === undefined ? {} : { cause: cleanCause(thrown) })
}

/** Whatever was thrown, as an error of a store: one that is one already stays as it is. */
export function asStoreError(thrown: unknown, message: string): TokenStoreError {
  return isTokenwellError(thrown) && thrown instanceof TokenStoreError ? thrown : storeFailed(message, thrown)
}

/** A lock that was not free in time. */
export function lockNotAcquired(waitMs: number): TokenStoreError {
  return new TokenStoreError('lock_not_acquired', `The lock was not free within ${waitMs} ms: try again.`)
}
