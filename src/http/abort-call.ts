import { discardBody } from './follow-redirects.ts'
import type { Call } from './read-call.ts'
import { readField } from './read-request.ts'
import { rebuildFetchError } from './rebuild-fetch-error.ts'

/** Whether this can be listened to as an `AbortSignal` is, of whatever realm or package. */
export function isSignal(value: unknown): value is AbortSignal {
  return typeof (value as AbortSignal | undefined)?.addEventListener === 'function'
}

/**
 * What a call whose signal has already aborted rejects with. As with `fetch`, input that is refused comes first, and a body
 * that is a stream is cancelled.
 */
export function rejectAborted({ input, init, headers, signal }: Call, hasOwnFetch: boolean): unknown {
  try {
    // Other packages' streams need no `duplex`.
    const probe = new Request(input, { ...(hasOwnFetch && { duplex: 'half' }), ...init, ...(headers && { headers }) } as RequestInit)
    discardBody(probe, signal?.reason)
  } catch (error) {
    return rebuildFetchError(error)
  }
  return signal?.reason
}

/** Lets go of the body of a call that was aborted before it was sent, as `fetch` does: its source learns that nobody reads it. */
export function cancelBody(call: Call): void {
  const body = call.sendsRequestBody ? call.source && readField(call.source, 'body') : call.body
  discardBody({ body }, call.signal?.reason)
}
