import { Events } from '../base/events.ts'
import { freezeCopy } from '../base/plain-data.ts'
import { createTokenSource, type TokenSourceOptions } from '../endpoint/token-source.ts'
import type { AuthenticatedFetchOptions } from '../http/authenticated-fetch.ts'
import { GuardedStore, type StoreOperation, type StoreOwner } from '../token/guarded-store.ts'
import type { TokenKeeperOptions } from '../token/token-keeper.ts'
import type { TokenSource } from '../token/token-source.ts'
import type { Grant } from '../vocabulary/grant.ts'
import { buildTokenKey } from '../vocabulary/identity.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { checkManagerOptions, type TokenManagerOptions } from './options.ts'

/**
 * What the parts of one manager share, read once from its options: one object, and methods instead of closures, since
 * an application may hold a manager for each of its users.
 */
export class ManagerSettings implements TokenKeeperOptions, TokenSourceOptions, AuthenticatedFetchOptions, StoreOwner {
  readonly provider: Provider
  readonly grant: Grant
  readonly events = new Events()
  readonly source: TokenSource
  readonly store: GuardedStore
  readonly foreignOrigins: 'refuse' | 'pass-through'
  readonly maxReplayBytes: number
  readonly window: NonNullable<TokenManagerOptions['renewal']>
  readonly isScheduled: boolean
  readonly retry: TokenManagerOptions['retry']
  readonly timeoutMs: number | undefined
  readonly fetch: typeof globalThis.fetch | undefined
  readonly now: () => number
  readonly #subject: string | undefined
  readonly #otherOrigins: readonly string[] | undefined
  #hasWarned = false

  /** @throws ConfigurationError naming the option */
  constructor(options: TokenManagerOptions) {
    const [, ...otherOrigins] = checkManagerOptions(options)
    this.#otherOrigins = otherOrigins.length > 0 ? otherOrigins : undefined
    const { provider, grant, renewal, retry } = options
    this.provider = freezeCopy(provider)
    this.grant = freezeCopy(grant)
    this.foreignOrigins = options.foreignOrigins ?? 'refuse'
    this.maxReplayBytes = options.maxReplayBytes ?? 1_048_576
    this.window = freezeCopy(renewal) ?? noWindow
    this.isScheduled = renewal?.scheduled ?? mayUseTimers()
    this.retry = freezeCopy(retry)
    this.timeoutMs = options.timeoutMs
    this.fetch = options.fetch
    this.now = options.now ?? Date.now
    this.#subject = options.subject
    this.store = new GuardedStore(options.store, this)
    this.source = createTokenSource(this)
  }

  /** Worked out when a new URL is checked, and not kept: most managers have but the one. */
  get origins(): readonly string[] {
    return [new URL(this.provider.apiUrl).origin, ...(this.#otherOrigins ?? [])]
  }

  buildKey(): Promise<string> {
    return buildTokenKey(this.provider, this.grant, this.#subject)
  }

  onTokenRequest(): void {
    if (this.#hasWarned || !isSecretInPage(this.grant)) return
    this.#hasWarned = true
    this.events.emit('warning', { at: this.now(), code: 'secret_in_browser' })
  }

  onWarning(code: 'lifetime_not_understood'): void {
    this.events.emit('warning', { at: this.now(), code })
  }

  onDegraded(operation: StoreOperation, reason: string | undefined): void {
    this.events.emit('degraded', { at: this.now(), operation, ...(reason && { reason }) })
  }
}

const noWindow = Object.freeze({})

/** Whether a web page holds what only a server should: everybody who opens the page can read it. */
function isSecretInPage({ clientSecret, grantType }: Grant): boolean {
  return 'document' in globalThis && (clientSecret !== undefined || grantType === 'password')
}

/** Cloudflare's workers bind timers to the request that set them. */
function mayUseTimers(): boolean {
  return globalThis.navigator?.userAgent !== 'Cloudflare-Workers'
}
