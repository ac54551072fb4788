import { answerByRoutes, type Route } from '../../src/testing/route.ts'
import { sleep } from '../../src/testing/sleep.ts'

/** A network of this page alone: its servers are functions, and nothing leaves the browser. */
export interface Network {
  readonly fetch: typeof globalThis.fetch
  /** While it is, every request fails as the platform's `fetch` does. */
  isCutOff: boolean
}

/** @param latencyMs how long a request is on its way */
export function createNetwork(routes: readonly Route[], latencyMs: number): Network {
  const network: Network = {
    isCutOff: false,
    async fetch(input, init) {
      const request = new Request(input, init)
      await sleep(latencyMs, request.signal)
      request.signal.throwIfAborted()
      const response = network.isCutOff ? undefined : await answerByRoutes(routes, request)
      // A server that cannot be reached.
      if (!response || response.type === 'error') throw new TypeError('fetch failed')
      return response
    },
  }
  return network
}
