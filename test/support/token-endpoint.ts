/** An answer of a fake token endpoint: a response, an error that `fetch` rejects with, or a function that finds one of these. */
export type Step = Response | Error | ((request: SeenRequest) => unknown)

/** A token request as `fetch` got it. */
export interface SeenRequest {
  readonly url: string
  readonly init: RequestInit
  readonly method: string
  readonly headers: Headers
  readonly body: string
  /** ms since the endpoint was made, by the clock of the test. */
  readonly askedAt: number
}

export interface TokenEndpoint {
  readonly fetch: typeof globalThis.fetch
  readonly requests: readonly SeenRequest[]
  /** When it was asked, ms since it was made. */
  readonly askedAt: readonly number[]
}

/**
 * A token endpoint without a network, which answers with these steps in turn, and then with a failure that no test expects.
 * It takes what every implementation of fetch takes, and nothing more: a string and plain objects.
 */
export function createTokenEndpoint(...steps: Step[]): TokenEndpoint {
  const madeAt = Date.now()
  const requests: SeenRequest[] = []
  const fetch = async (url: unknown, init: RequestInit = {}) => {
    if (typeof url !== 'string') throw new Error('This fetch takes a string.')
    const { method = 'GET', headers, body } = init
    if (Object.getPrototypeOf(headers) !== Object.prototype) throw new Error('This fetch takes plain headers.')
    const seen = { url, init, method, headers: new Headers(headers), body: (body ?? '') as string, askedAt: Date.now() - madeAt }
    requests.push(seen)
    const step = steps.shift()
    if (!step) throw new Error('The script has no more steps.')
    const answer = typeof step === 'function' ? await step(seen) : step
    if (answer instanceof Error) throw answer
    return answer
  }
  return {
    fetch: fetch as typeof globalThis.fetch,
    requests,
    get askedAt() {
      return requests.map(({ askedAt }) => askedAt)
    },
  }
}

/** A reply that grants a token of a minute. */
export const granted = (fields: object = {}): Response => Response.json({ access_token: 'a1', expires_in: 60, ...fields })
/** A reply that refuses, by an OAuth error. */
export const refused = (error = 'invalid_grant', status = 400): Response => Response.json({ error }, { status })
/** A reply of a server that is out of order, unless the status says else. */
export const failing = (status: number, headers: Record<string, string> = {}): Response => new Response('down', { status, headers })
/** What `fetch` rejects with where the connection is cut. */
export const lost = (): Error => new TypeError('fetch failed')
/** A server that never answers, behind a `fetch` that heeds its signal. */
export const patient: Step = ({ init: { signal } }) =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
/** A server that never answers, behind one that does not. */
export const silent: Step = () => new Promise(() => {})

/** A body that breaks off in the middle. */
export function cutBody(): Response {
  const first = new TextEncoder().encode('{"access_')
  return new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(first),
      pull: (controller) => controller.error(new TypeError('terminated')),
    }),
  )
}
