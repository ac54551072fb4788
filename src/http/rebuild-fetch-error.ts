import { isTokenwellError } from '../base/errors.ts'
import { cleanCause, fieldOf, nameAndCode } from '../base/redact.ts'

// What platforms say when the network fails: Node, Chromium, Firefox, WebKit, Deno, Bun, workerd, in this order. The
// first one stands for all: retry libraries know it.
const networkFailure =
  /^(fetch failed|terminated|failed to fetch|network ?error|load failed|the (internet|network) connection|error sending request|unable to connect|network (connection lost|request failed))/i

// Why platforms refuse a request. Only these fixed words of their messages are shown: the rest may quote what was given.
const refusal =
  /(invalid )?header (field )?(name|value)|(GET\/HEAD method )?cannot have (a )?body|duplex|AbortSignal|HTTP method|already (been )?(used|read)|accepted type|enum value/i

/**
 * What a caller gets to see of what `fetch` threw. Platforms print URLs, header values and so tokens in their errors,
 * so those are rebuilt, with the name and code of what was thrown. An abort rejects with the caller's own reason.
 */
export function rebuildFetchError(error: unknown, signal?: AbortSignal | null): unknown {
  if (signal?.aborted) return signal.reason
  if (isTokenwellError(error)) return error
  const message = fieldOf(error, 'message')
  const text = typeof message === 'string' ? message : ''
  if (networkFailure.test(text)) return new TypeError('fetch failed', { cause: cleanCause(fieldOf(error, 'cause') ?? error) })
  const clean = cleanCause(error)
  const reason = clean.name === 'TypeError' ? refusal.exec(text)?.[0] : undefined
  const said = reason ? `refused the request: ${reason}` : `threw ${nameAndCode(clean)}`
  return new TypeError(`fetch ${said}. The rest of its message may hold secrets, and is left out.`, { cause: clean })
}
