import { isTokenwellError } from '../base/errors.ts'
import type { TokenManager } from '../manager/token-manager.ts'
import { becauseOf, Problem, type ProblemDetails } from './problem.ts'
import { buildRequestHeaders } from './request-headers.ts'

/**
 * A body up to this size that says so is read before it is sent: it goes up with its length, which servers that know no
 * chunked bodies need, and takes no second copy for a replay. Larger ones, and those of unknown length, are streamed.
 */
const wholeBytes = 65_536

/**
 * Sends a request on, and again after a renewal where the token is rejected.
 * @throws Problem; as `tokens.fetch` does where it is about the token
 */
export async function callUpstream(tokens: TokenManager, href: string, request: Request): Promise<Response> {
  // Not a `Request` for a GET: that would cost more than all the rest.
  const init = {
    method: request.method,
    headers: buildRequestHeaders(request.headers),
    redirect: 'manual',
    signal: request.signal,
  } as const
  const body = await readBody(request)
  let response: Response
  try {
    if (body instanceof ReadableStream) {
      const streamed: RequestInit & { duplex: 'half' } = { ...init, body, duplex: 'half' }
      response = await tokens.fetch(new Request(href, streamed))
    } else {
      response = await tokens.fetch(href, body ? { ...init, body } : init)
    }
  } catch (error) {
    throw isTokenwellError(error) || request.signal?.aborted ? error : new Problem('upstream_failed', describeUpstream(href, error))
  }
  if (!isRedirect(response)) return response
  // Its Location would show the upstream's addresses, and following it would carry the request elsewhere.
  response.body?.cancel().catch(() => {})
  throw new Problem('upstream_redirected', { reason: `${new URL(href).host} answered ${response.status || 'with a redirect'}.` })
}

function describeUpstream(href: string, error: unknown): ProblemDetails {
  const because = becauseOf(error)
  return { ...because, reason: `${new URL(href).host}: ${because.reason}` }
}

/** Every 3xx but 304: none of the others can be of use to the page. Browsers make an opaque redirect of it. */
function isRedirect({ status, type }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400 && status !== 304)
}

async function readBody(request: Request): Promise<ReadableStream | Uint8Array<ArrayBuffer> | undefined> {
  const { body, method, headers } = request
  if (body === null || method === 'GET' || method === 'HEAD') return undefined
  // `authorize` or `tokens` has read it.
  if (request.bodyUsed)
    throw new Problem('misconfigured', { reason: 'authorize or tokens has read the body: let them read request.clone().' })
  const length = Number(headers.get('content-length') ?? Number.NaN)
  if (!(length <= wholeBytes)) return body
  try {
    return new Uint8Array(await request.arrayBuffer())
  } catch (error) {
    throw request.signal?.aborted ? error : new Problem('body_incomplete', becauseOf(error))
  }
}
