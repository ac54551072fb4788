import type { TokenManager } from '../manager/token-manager.ts'
import type { Token } from '../token/token.ts'
import { callUpstream } from './call-upstream.ts'
import { checkOwnPage } from './cross-site.ts'
import { describeProblem, Problem } from './problem.ts'
import { readProxyOptions, type TokenProxyOptions } from './proxy-options.ts'
import { cutPrefix } from './proxy-path.ts'
import { ResponseHeadersBuilder } from './response-headers.ts'

/**
 * Makes a handler of requests that sends them on to one API, with a token that the caller never sees: for pages whose
 * API sends no CORS headers, or whose client secret must stay on the server. It answers nothing but what `routes` list,
 * nobody but whom `authorize` lets in, and no page but those of its own origin, which it tells by the header
 * `x-tokenwell: 1` (`createProxyFetch` sends it). Bodies are streamed; a rejected token is renewed as `tokens.fetch`
 * does it. The handler never rejects: what the proxy itself has to say is an `application/problem+json`, and its
 * `code` stands in the header `x-tokenwell-error`. It neither caches nor logs, and does not look into bodies.
 *
 * @throws ConfigurationError at construction, naming the option
 * @example
 * const handler = createTokenProxy({
 *   tokens,
 *   upstream: 'https://api.example.com/v1',
 *   routes: [{ path: '/cities/*', methods: ['GET'] }],
 *   authorize: (request) => isSignedIn(request.headers.get('cookie')),
 *   prefix: '/api',
 * })
 */
export function createTokenProxy(options: TokenProxyOptions): (request: Request) => Promise<Response> {
  const { routes, upstream, prefix, authorize, chooseTokens } = readProxyOptions(options)
  const responseHeaders = new ResponseHeadersBuilder()
  // Node cancels the body of a response that was collected as garbage, also where it has become the body of another one.
  const owners = new WeakMap<ReadableStream, Response>()

  const answer = async (request: Request): Promise<Response> => {
    const url = new URL(request.url)
    const path = cutPrefix(url.pathname, prefix)
    const route = routes.find(path, request.method)
    checkOwnPage(request, url)
    if ((await askAuthorize(authorize, request)) !== true) throw new Problem('forbidden')
    const tokens = await chooseTokens(request, route)
    const token = await tokens.getToken({ signal: request.signal })
    const { generation } = tokens.explain()
    const response = await callUpstream(tokens, `${upstream}${path}${url.search}`, request)
    // A token that was renewed meanwhile may have been shown to the upstream as well.
    const shown = tokens.explain().generation === generation ? [token] : [token, await getNewerToken(tokens, request, response)]
    if (response.body) owners.set(response.body, response)
    return new Response(response.body, { status: response.status, headers: responseHeaders.build(response.headers, shown) })
  }

  return (request) => answer(request).catch((error: unknown) => describeProblem(error, request.signal).toResponse())
}

async function getNewerToken(tokens: TokenManager, { signal }: Request, response: Response): Promise<Token> {
  try {
    return await tokens.getToken({ signal })
  } catch (error) {
    // Without it nobody can tell whether the headers hold it.
    response.body?.cancel().catch(() => {})
    throw error
  }
}

async function askAuthorize(authorize: TokenProxyOptions['authorize'], request: Request): Promise<boolean> {
  try {
    return await authorize(request)
  } catch {
    throw new Problem('authorize_failed')
  }
}
