import type { oauth2, TokenManager } from '../../dist/index.js'
import type { Session, Subject } from '../subject.ts'

interface Tokenwell {
  readonly oauth2: typeof oauth2
  readonly TokenManager: typeof TokenManager
}

/** Default options throughout: scheduled renewal, memory store, origin policy. */
export function createTokenwellSubject({ oauth2, TokenManager }: Tokenwell): Subject {
  return {
    takesRequests: true,
    create: ({ fetch, ...options }) => new TokenwellSession(new TokenManager({ ...oauth2(options), fetch })),
  }
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
