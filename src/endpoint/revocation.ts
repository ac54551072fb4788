import type { Token } from '../token/token.ts'
import type { TokenKeeper } from '../token/token-keeper.ts'
import type { RevocationProfile } from '../vocabulary/provider.ts'
import { type RevokeOptions, revokeToken } from './revoke-token.ts'
import type { TokenSourceOptions } from './token-source.ts'

/** The token of one manager, and how it is ended. */
export interface RevocationOptions extends Pick<RevokeOptions, 'fetchWith'> {
  readonly keeper: Pick<TokenKeeper, 'status' | 'clear'>
  readonly source: TokenSourceOptions & { readonly timeoutMs: number }
}

/** Forgets tokens, and has the server end them. */
export class Revocation {
  readonly #options: RevocationOptions
  #revoking: Promise<void> | undefined

  constructor(options: RevocationOptions) {
    this.#options = options
  }

  /** A second call while nothing new has been got shares the first one's result. Rejects where the server did not carry it out. */
  async revoke(): Promise<void> {
    const { keeper, source } = this.#options
    const { held, isRenewing } = keeper.status()
    if (this.#revoking && !held && !isRenewing) return this.#revoking
    const revoking = keeper.clear((tokens) => this.#end(tokens), source.timeoutMs)
    this.#revoking = revoking
    try {
      await revoking
    } finally {
      if (this.#revoking === revoking) this.#revoking = undefined
    }
  }

  async #end(tokens: readonly Token[]): Promise<void> {
    const { source, fetchWith } = this.#options
    const revocation = source.provider.revocation as RevocationProfile
    const revoke = (token?: Token) => revokeToken(token, source, { revocation, fetchWith })
    // Each of them, whatever becomes of the others.
    const outcomes = await Promise.allSettled(tokens.length > 0 ? tokens.map(revoke) : [revoke()])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }
}

/** What profiles with `revocation` bring along. */
export const createRevocation = (options: RevocationOptions): Revocation => new Revocation(options)
