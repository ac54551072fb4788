import { Events } from '../base/events.ts'
import { createTokenSource, type TokenSourceOptions } from '../endpoint/token-source.ts'
import type { AuthenticatedFetchOptions } from '../http/authenticated-fetch.ts'
import { GuardedStore, type StoreOperation, type StoreOwner } from '../token/guarded-store.ts'
import type { TokenKeeperOptions } from '../token/token-keeper.ts'
import type { TokenSource } from '../token/token-source.ts'
import type { Grant } from '../vocabulary/grant.ts'
import { buildTokenKey } from '../vocabulary/identity.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { type ManagerOptions, readOptions, type TokenManagerOptions } from './options.ts'
import { listPageWarnings } from './page.ts'

/**
 * What the parts of one manager share, read once from its options: one object, and methods instead of closures, since
 * an application may hold a manager for each of its users.
 */
export class ManagerParts implements TokenKeeperOptions, TokenSourceOptions, AuthenticatedFetchOptions, StoreOwner {
  declare readonly provider: Provider
  declare readonly grant: Grant
  readonly events = new Events(this)
  readonly source: TokenSource
  declare readonly foreignOrigins: 'refuse' | 'pass-through'
  declare readonly maxReplayBytes: number
  declare readonly window: ManagerOptions['window']
  declare readonly isScheduled: boolean
  declare readonly retry: ManagerOptions['retry']
  declare readonly timeoutMs: number
  declare readonly fetch: typeof globalThis.fetch | undefined
  declare readonly now: () => number
  // None where the token lives in this manager alone, and goes to one origin.
  readonly #rare: Pick<ManagerOptions, 'store' | 'subject' | 'otherOrigins'> | undefined

  /** @throws ConfigurationError naming the option */
  constructor(options: TokenManagerOptions) {
    const { store, subject, apiOrigin: _, otherOrigins, ...own } = readOptions(options)
    // The declared fields above, under the same names.
    Object.assign(this, own)
    this.#rare = store || otherOrigins.length > 0 ? { store, subject, otherOrigins } : undefined
    this.source = createTokenSource(this)
  }

  /** Worked out when a new URL is checked, and not kept: most managers have but the one. */
  get origins(): readonly string[] {
    return [new URL(this.provider.apiUrl).origin, ...(this.#rare?.otherOrigins ?? [])]
  }

  async openStore(): Promise<GuardedStore | undefined> {
    const { store, subject } = this.#rare ?? {}
    if (!store) return undefined
    const key = await buildTokenKey(this.provider, this.grant, subject)
    // Where no key can be worked out, nobody else would find the record.
    return key ? new GuardedStore(store, key, this) : undefined
  }

  onTokenRequest(): void {
    for (const code of listPageWarnings(this.provider, this.grant)) this.events.warnOnce(code)
  }

  onWarning(code: 'lifetime_not_understood'): void {
    this.events.warnOnce(code)
  }

  onDegraded(operation: StoreOperation, reason: string | undefined): void {
    this.events.emit('degraded', { operation, reason })
  }
}
