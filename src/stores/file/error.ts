import { isTokenwellError, TokenStoreError, type TokenwellError } from '../../base/errors.ts'
import { cleanCause } from '../../base/redact.ts'

/** An error of the file store, with what to do in its message. */
export function storeFailed(message: string, thrown?: unknown): TokenStoreError {
  return new TokenStoreError('store_failed', message, thrown === undefined ? {} : { cause: cleanCause(thrown) })
}

/** Whatever was thrown, as an error of ours. */
export function toStoreError(thrown: unknown, directory: string): TokenwellError {
  if (isTokenwellError(thrown)) return thrown
  const code = errorCode(thrown)
  const reason = code ? ` (${code})` : ''
  return storeFailed(`The store's directory ${directory} cannot be used${reason}: check its disk, its owner and its permissions.`, thrown)
}

export function errorCode(thrown: unknown): string | undefined {
  const { code } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}
