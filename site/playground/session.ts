import { TokenManager, type TokenStatus } from 'tokenwell'
import { LaneModel } from '../../examples/browser/page/lane-model.ts'
import { type LaneEntry, watchTokens } from '../../examples/browser/shared/lane.ts'
import { recordExchange } from '../../src/testing/exchange/record-exchange.ts'
import type { RecordedExchange } from '../../src/testing/exchange/report.ts'
import type { ConnectedApi } from './world.ts'

/** How one call ended. */
export type CallEnd = { readonly status: number; readonly body: string } | { readonly error: CallError }

/** What was thrown, as a program would see it. */
export interface CallError {
  readonly name: string
  readonly code?: string
  readonly message: string
}

const keptExchanges = 40

/** One manager, and what is seen of it: its token's life, and its requests with secrets masked. */
export class Session {
  readonly lane = new LaneModel<'playground'>('playground')
  readonly #tokens: TokenManager
  readonly #url: string
  readonly #changed: () => void
  readonly #recorder: ReturnType<typeof recordExchange>
  readonly #stopWatching: () => void
  #sent = 0

  constructor({ connection, url }: ConnectedApi, fetch: typeof globalThis.fetch, changed: () => void) {
    this.#url = url
    this.#changed = changed
    this.#recorder = recordExchange(fetch, { keep: keptExchanges, bodyLimit: 1_000 })
    this.#tokens = new TokenManager({ ...connection, fetch: this.#send })
    this.#stopWatching = watchTokens(this.#tokens, (entry) => this.add(entry))
  }

  /** Requests and replies, the oldest first; `number` counts them from the first one on. */
  get exchanges(): { readonly number: number; readonly exchange: RecordedExchange }[] {
    const kept = this.#recorder.exchanges()
    return kept.map((exchange, index) => ({ number: this.#sent - kept.length + index + 1, exchange }))
  }

  get status(): TokenStatus {
    return this.#tokens.explain()
  }

  add(entry: LaneEntry): void {
    this.lane.add(entry)
    this.#changed()
  }

  async call(): Promise<CallEnd> {
    try {
      const response = await this.#tokens.fetch(this.#url)
      const body = await response.text()
      this.add({ kind: 'call', at: Date.now(), status: response.status })
      return { status: response.status, body }
    } catch (error) {
      return { error: readError(error) }
    }
  }

  async signOut(): Promise<void> {
    await this.#tokens.clear()
  }

  dispose(): void {
    this.#stopWatching()
    this.#tokens.dispose()
  }

  readonly #send: typeof globalThis.fetch = async (input, init) => {
    this.#sent++
    this.#changed()
    try {
      return await this.#recorder.fetch(input, init)
    } finally {
      this.#changed()
    }
  }
}

function readError(error: unknown): CallError {
  const { name, code, message } = error as Error & { code?: unknown }
  return { name, message, ...(typeof code === 'string' && { code }) }
}
