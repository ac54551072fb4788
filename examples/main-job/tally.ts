import type { Provider, TokenManager } from '../../src/index.ts'

/** What one system's run has come to so far. */
export class Tally {
  calls = 0
  failedCalls = 0
  /** The first failure, in a few words. */
  firstFailure: string | undefined
  slowestMs = 0
  tokenRequests = 0
  /** Token requests that the token endpoint was not there for. */
  unansweredTokenRequests = 0
  acquired = 0
  renewals = 0
  rejected = 0
  recovered = 0
  callsInOutage = 0
  isInOutage = false
  isRenewedAfterOutage = false
  readonly items = new Set<string>()
  readonly servedCallers = new Set<number>()

  /** Counts what the manager tells. */
  listenTo(tokens: TokenManager): void {
    tokens.on('acquired', () => this.acquired++)
    tokens.on('renewed', () => this.renewals++)
    tokens.on('rejected', () => this.rejected++)
    tokens.on('replayed', ({ status }) => {
      if (status < 400) this.recovered++
    })
  }

  noteCall(caller: number, startedAt: number, items: readonly string[]): void {
    this.calls++
    this.slowestMs = Math.max(this.slowestMs, performance.now() - startedAt)
    if (this.isInOutage) this.callsInOutage++
    this.servedCallers.add(caller)
    for (const item of items) this.items.add(item)
  }

  noteFailure(reason: string): void {
    this.failedCalls++
    this.firstFailure ??= reason
  }

  /** A `fetch` that counts what is sent to the provider's token endpoint. */
  countingFetch({ tokenUrl, renewal }: Provider): typeof globalThis.fetch {
    const tokenUrls = new Set([tokenUrl, renewal && 'url' in renewal ? renewal.url : undefined])
    return async (input, init) => {
      const url = input instanceof Request ? input.url : String(input)
      if (!tokenUrls.has(url.split('?')[0])) return fetch(input, init)
      this.tokenRequests++
      const response = await fetch(input, init)
      if (response.status === 503) this.unansweredTokenRequests++
      return response
    }
  }
}
