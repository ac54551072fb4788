import { isTokenwellError, TokenStoreError } from '../base/errors.ts'
import { cleanCause } from '../base/redact.ts'

/** An error of a store that could not do its work. Of the platform's error it keeps name and code only: platforms print keys and values. */
export function storeFailed(message: string, thrown?: unknown): TokenStoreError {
  return new TokenStoreError('store_failed', message, thrown === undefined ? {} : { cause: cleanCause(thrown) })
}

/** Turns anything that was thrown into an error of a store. A `TokenStoreError` stays as it is. */
export function asStoreError(thrown: unknown, message: string): TokenStoreError {
  return isTokenwellError(thrown) && thrown instanceof TokenStoreError ? thrown : storeFailed(message, thrown)
}

/** The error of a lock that was not free in time. */
export function lockNotAcquired(waitMs: number): TokenStoreError {
  return new TokenStoreError('lock_not_acquired', `The lock was not free within ${waitMs} ms: try again.`)
}
