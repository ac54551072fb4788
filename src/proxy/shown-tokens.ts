import type { TokenManager } from '../manager/token-manager.ts'
import type { Token } from '../token/token.ts'

/** Collects the tokens that an upstream may get to see while a call is under way, however many renewals fall into it. */
export class ShownTokens {
  readonly #tokens: TokenManager
  readonly #signal: AbortSignal
  readonly #shown: Promise<Token>[] = []
  readonly #stops: (() => void)[]

  constructor(tokens: TokenManager, signal: AbortSignal) {
    this.#tokens = tokens
    this.#signal = signal
    // A listener runs when the new token is held, so that it gets this one.
    this.#stops = (['acquired', 'renewed', 'adopted'] as const).map((event) => tokens.on(event, () => void this.take().catch(() => {})))
  }

  /** The token that is held now. */
  take(): Promise<Token> {
    const token = this.#tokens.getToken({ signal: this.#signal })
    this.#shown.push(token)
    return token
  }

  /** @throws as `getToken` does: without one of them nobody can tell whether a header holds it */
  all(): Promise<Token[]> {
    return Promise.all(this.#shown)
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }
}
