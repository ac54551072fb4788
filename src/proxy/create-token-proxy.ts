import { callUpstream } from './call-upstream.ts'
import { checkHost, checkOwnPage } from './cross-site.ts'
import { becauseOf, describeProblem, Problem } from './problem.ts'
import { readProxyOptions, type TokenProxyOptions } from './proxy-options.ts'
import { cutPrefix } from './proxy-path.ts'
import { createReporter } from './report-problem.ts'
import { bodiless, ResponseHeadersBuilder } from './response-headers.ts'
import { ShownTokens } from './shown-tokens.ts'

/**
 * Makes a handler of requests that sends them on to one API, with a token that the caller never sees. It is for pages whose API
 * sends no CORS headers, or whose client secret must stay on the server. It forwards only the routes in `routes`, only when
 * `authorize` gives `true`, and only from pages of its own origin. It knows these by the header `x-tokenwell: 1`, which
 * `createProxyFetch` sends. Bodies are streamed; a rejected token is renewed as `tokens.fetch` does it. The handler never
 * rejects: what the proxy itself has to say is an `application/problem+json`, and its `code` stands in the header
 * `x-tokenwell-error`; `onError` hears why. It does not cache, and does not look into bodies.
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
  const { routes, upstream, prefix, authorize, places, chooseTokens, onError } = readProxyOptions(options)
  const responseHeaders = new ResponseHeadersBuilder(new URL(upstream).host)
  const report = createReporter(onError)
  // Node cancels the body of a response that was collected as garbage, also where it has become the body of another one.
  const owners = new WeakMap<ReadableStream, Response>()

  const answer = async (request: Request): Promise<Response> => {
    const url = new URL(request.url)
    checkHost(request, url, places)
    const path = cutPrefix(url.pathname, prefix)
    const route = routes.find(path, request.method)
    checkOwnPage(request, url, places)
    await checkAuthorized(authorize, request)
    const tokens = await chooseTokens(request, route)
    const shown = new ShownTokens(tokens, request.signal)
    try {
      await shown.take()
      const response = await callUpstream(tokens, `${upstream}${path}${url.search}`, request)
      if (response.body) owners.set(response.body, response)
      return await buildAnswer(response, shown, responseHeaders)
    } finally {
      shown.stop()
    }
  }

  return (request) =>
    answer(request).catch((error: unknown) => {
      const problem = describeProblem(error, request.signal)
      report(problem, request)
      return problem.toResponse()
    })
}

async function buildAnswer(response: Response, shown: ShownTokens, responseHeaders: ResponseHeadersBuilder): Promise<Response> {
  const { status, body } = response
  try {
    const headers = responseHeaders.build(response, await shown.all())
    if (!bodiless.includes(status)) return new Response(body, { status, headers })
    body?.cancel().catch(() => {})
    return new Response(null, { status, headers })
  } catch (error) {
    body?.cancel().catch(() => {})
    throw error
  }
}

async function checkAuthorized(authorize: TokenProxyOptions['authorize'], request: Request): Promise<void> {
  let answer: unknown
  try {
    answer = await authorize(request)
  } catch (error) {
    throw new Problem('authorize_failed', becauseOf(error))
  }
  if (answer !== true)
    throw new Problem('forbidden', { reason: `It gave ${answer === null ? 'null' : `a value of the type ${typeof answer}`}.` })
}
