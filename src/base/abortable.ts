import { type Check, check } from './check.ts'

export const anAbortSignal: Check = (option, value) =>
  check(option, typeof (value as AbortSignal | null)?.addEventListener === 'function', 'must be an AbortSignal')

/** What a promise gives, unless the signal aborts first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
