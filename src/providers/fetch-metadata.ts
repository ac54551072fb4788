import { ConfigurationError, isTokenwellError, TokenEndpointError } from '../base/errors.ts'
import { cleanUrl } from '../base/redact.ts'
import { parseRetryAfter } from '../endpoint/retry-after.ts'
import { sendTokenRequest, type TokenReply } from '../endpoint/send-token-request.ts'
import type { TimeLeft } from '../endpoint/time-budget.ts'

/** A metadata document, under the names of its RFC. */
export type Metadata = Readonly<Record<string, unknown>>

export interface MetadataTransport {
  readonly fetch: typeof globalThis.fetch
  readonly timeLeft: TimeLeft
  readonly signal: AbortSignal | undefined
}

export interface MetadataSearch {
  /** The option that leads there. */
  readonly option: 'issuer' | 'resource'
  /** URLs where the document may be, in the order in which they are tried. */
  readonly places: readonly string[]
  /** Says what is wrong with a document. It is not used then. */
  findFault(metadata: Metadata, place: string): string | undefined
}

/**
 * The first document that is there and right. A place that has none, or one with a fault, leads to the next place.
 * @throws ConfigurationError where no place has the right document
 * @throws TokenEndpointError `unavailable` or `redirected`; TokenNetworkError
 */
export async function fetchMetadata(search: MetadataSearch, transport: MetadataTransport): Promise<Metadata> {
  const failures: unknown[] = []
  const absent: string[] = []
  for (const place of search.places) {
    try {
      const reply = await getDocument(place, search.option, transport)
      if (reply) return readDocument(reply, place, search)
      absent.push(cleanUrl(place))
    } catch (error) {
      // All places are on the same host: it is of no use to ask the others.
      if (isTokenwellError(error) && error.name === 'TokenNetworkError') throw error
      failures.push(error)
    }
  }
  throw (
    failures.find((error) => isTokenwellError(error) && error.retryable) ??
    failures[0] ??
    new ConfigurationError(search.option, `has no metadata at ${absent.join(', ')}. Correct it, or name the endpoints with oauth2(…)`)
  )
}

/** The reply with the document; `undefined` where the server says that none is there. */
async function getDocument(place: string, name: string, { fetch, timeLeft, signal }: MetadataTransport): Promise<TokenReply | undefined> {
  const request = { url: place, method: 'GET' as const, headers: { accept: 'application/json' }, body: undefined, secrets: [] }
  const reply = await sendTokenRequest(request, { name, timeLeft, fetch, now: Date.now, signal })
  const { status, headers } = reply
  if (status >= 500 || status === 429 || status === 408) {
    const url = cleanUrl(place)
    const message = `${name}: ${url} is out of order (${status}). Try again later.`
    throw new TokenEndpointError('unavailable', message, { status, url, retryAt: parseRetryAfter(headers, reply) })
  }
  return status < 300 ? reply : undefined
}

function readDocument({ text }: TokenReply, place: string, { option, findFault }: MetadataSearch): Metadata {
  const metadata = text === undefined ? undefined : parseObject(text)
  const fault = text === undefined ? 'is longer than 256 KiB' : metadata ? findFault(metadata, place) : 'is no JSON object'
  if (!metadata || fault) throw new ConfigurationError(option, `the metadata at ${cleanUrl(place)} ${fault}`)
  return metadata
}

/** Only what the document itself says: it inherits nothing. */
function parseObject(text: string): Metadata | undefined {
  try {
    const value: unknown = JSON.parse(text.trim())
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return Object.assign(Object.create(null), value)
  } catch {
    // The platform's error quotes the text.
    return undefined
  }
}
