import { isTokenwellError } from '../base/errors.ts'
import { cleanCause } from '../base/redact.ts'

// What platforms say when the network fails: Node, Chromium, Firefox, WebKit, Deno, Bun, workerd, in this order. The
// first one stands for all: retry libraries know it.
const networkFailure =
  /^(fetch failed|terminated|failed to fetch|network ?error|load failed|the (internet|network) connection|error sending request|unable to connect|network (connection lost|request failed))/i

/**
 * What a caller gets to see of what `fetch` threw. Platforms print URLs, header values and so tokens in their errors,
 * so those are rebuilt. An abort rejects with the caller's own reason.
 */
export function rebuildFetchError(error: unknown, signal: AbortSignal | null | undefined): unknown {
  if (signal?.aborted) return signal.reason
  if (isTokenwellError(error)) return error
  const { message, cause } = (error ?? {}) as { message?: unknown; cause?: unknown }
  const text = networkFailure.test(String(message))
    ? 'fetch failed'
    : 'fetch refused the request, or failed without a reason that it names.'
  return new TypeError(text, { cause: cleanCause(cause ?? error) })
}
