// The build, as users get it: not the sources.
import { oauth2, TokenManager } from '../../dist/index.js'
import type { Session, Subject } from '../subject.ts'

/** Default options throughout: scheduled renewal, memory store, origin policy. */
export const subject: Subject = {
  create: ({ fetch, ...options }) => new TokenwellSession(new TokenManager({ ...oauth2(options), fetch })),
}

// A class, so that S7 weighs the manager and not a closure around it.
class TokenwellSession implements Session {
  readonly call: typeof globalThis.fetch
  readonly #tokens: TokenManager

  constructor(tokens: TokenManager) {
    this.call = tokens.fetch
    this.#tokens = tokens
  }

  dispose(): void {
    this.#tokens.dispose()
  }
}
