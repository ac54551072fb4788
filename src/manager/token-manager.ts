import { abilityOf } from '../base/abilities.ts'
import { check, describeUnknown } from '../base/check.ts'
import { ConfigurationError } from '../base/errors.ts'
import { listEvents, type TokenEvents } from '../base/events.ts'
import { createBare } from '../base/plain-data.ts'
import type { createRevocation, Revocation } from '../endpoint/revocation.ts'
import { AuthenticatedFetch } from '../http/authenticated-fetch.ts'
import type { HeldToken } from '../token/held-token.ts'
import type { Token } from '../token/token.ts'
import { TokenKeeper } from '../token/token-keeper.ts'
import { withAllowedApiUrl } from '../vocabulary/api-url.ts'
import { type GetTokenOptions, readGetTokenOptions } from './get-token-options.ts'
import type { TokenManagerOptions } from './options.ts'
import { ManagerParts } from './parts.ts'
import { buildTokenStatus, type TokenStatus } from './status.ts'

/** The key of a method of `Symbol`, for programs whose TypeScript knows it; nothing for others, which must compile too. */
type SymbolKey<Name extends string> = SymbolConstructor extends { readonly [K in Name]: infer Key extends symbol } ? Key : never

/** What makes a manager fit for `using` and `await using`. */
export type ManagerDisposal = { [K in SymbolKey<'dispose'>]: () => void } & { [K in SymbolKey<'asyncDispose'>]: () => Promise<void> }

// The class has these members under keys that not every TypeScript can name.
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export interface TokenManager extends ManagerDisposal {}

/**
 * Holds the token of one identity (an application, a user, a device) for one API. It asks for the token once however many call,
 * renews it before it expires, and shares it through a store. All methods may be called concurrently, and taken off the manager
 * (`const { getToken } = tokens`). Constructing does no I/O. It is no verifier: a JWT is read as a hint of its expiry.
 *
 * `using tokens = …` disposes of it at the end of a block; `await using` also waits for a renewal under way. So a program that
 * ends in order loses no rotated refresh token.
 *
 * @throws ConfigurationError at construction, naming the option
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: it has the members of the interface
export class TokenManager {
  /**
   * The platform's `fetch` with the token added: same arguments, same responses, same aborts. Hand it to any
   * library that accepts a `fetch`. A rejected token is renewed, and the call sent once more. Beside what `fetch`
   * rejects with, it rejects with `OriginNotAllowedError` before anything is sent, and as {@link getToken} does.
   */
  readonly fetch: typeof globalThis.fetch
  readonly #parts: ManagerParts
  readonly #keeper: TokenKeeper
  readonly #http: AuthenticatedFetch
  // Methods as they were taken off, and what revokes: made when first asked for, since an application may hold many managers.
  #made: Record<string, unknown> | undefined

  constructor(options: TokenManagerOptions) {
    this.#parts = new ManagerParts(options)
    this.#keeper = new TokenKeeper(this.#parts)
    this.#http = new AuthenticatedFetch(this.#parts, this.#keeper)
    this.fetch = this.#http.fetch
  }

  /**
   * The token: the one that is held while it is valid, else the next one, for which all callers wait together.
   * @throws TokenEndpointError (`forced_renewals_paused` where newer tokens were asked for too often), InvalidTokenResponseError,
   * TokenNetworkError, SignInRequiredError or TokenStoreError; the reason of the signal; ConfigurationError for unknown options
   */
  get getToken(): (options?: GetTokenOptions) => Promise<Token> {
    return this.#bind('getToken', this.#getToken)
  }

  /**
   * The value of the `Authorization` header (`Bearer …`, `JWT …`), for sockets and other clients; the bare token where it travels
   * in a query or a cookie. Rejects as {@link getToken} does.
   * @throws ConfigurationError where the provider has a function that signs each call
   */
  get getAuthorization(): (options?: GetTokenOptions) => Promise<string> {
    return this.#bind('getAuthorization', this.#getAuthorization)
  }

  /**
   * Listens for an event. Returns the function that stops listening. A listener that throws breaks nothing.
   * @throws ConfigurationError for an unknown event
   */
  get on(): <K extends keyof TokenEvents>(event: K, listener: (event: TokenEvents[K]) => void) => () => void {
    return this.#bind('on', this.#on)
  }

  /** Why the next call would or would not renew. Asks nobody, changes nothing, holds no secret. */
  get explain(): () => TokenStatus {
    return this.#bind('explain', this.#explain)
  }

  /**
   * Forgets the token, here and in the store, for all contexts. A renewal in progress is discarded; `getToken()` calls that
   * waited for it request a new token. A call that was sent before is not sent again, whatever the API answers.
   */
  get clear(): () => Promise<void> {
    return this.#bind('clear', this.#clear)
  }

  /**
   * Forgets the token as {@link clear} does, and has the server end it, as the provider's `revocation` says (RFC 7009, or a
   * log-out). Where no token is there, nobody is asked. It waits for a renewal under way, for `timeoutMs` at most, and ends its
   * token too. A second call while nothing new has been got shares the first one's result.
   * @throws ConfigurationError where the provider has no `revocation`: nothing is forgotten then. Else, where the server did
   * not end it, what a request for a token rejects with; what is forgotten stays so.
   */
  get revoke(): () => Promise<void> {
    return this.#bind('revoke', this.#revoke)
  }

  /** Stops timers, and listening to the store. Calls still work after it, but nothing is renewed without one. */
  get dispose(): () => void {
    return this.#bind('dispose', this.#dispose)
  }

  [/* @__PURE__ */ methodKey('dispose')](): void {
    this.#dispose()
  }

  async [/* @__PURE__ */ methodKey('asyncDispose')](): Promise<void> {
    this.#dispose()
    await this.#keeper.settle()
  }

  async #getToken(options?: GetTokenOptions): Promise<Token> {
    return withAllowedApiUrl((await this.#get(options)).token, this.#parts.provider)
  }

  async #getAuthorization(options?: GetTokenOptions): Promise<string> {
    return this.#http.authorize((await this.#get(options)).token)
  }

  #on<K extends keyof TokenEvents>(event: K, listener: (event: TokenEvents[K]) => void): () => void {
    const known = listEvents()
    // The proxy listens for each of its calls: nothing is compared for a name that is known.
    if (!known.includes(event)) throw new ConfigurationError('event', describeUnknown(String(event), known))
    return this.#parts.events.on(event, listener)
  }

  #explain(): TokenStatus {
    return buildTokenStatus(this.#parts, this.#keeper, this.#http.rejections.brake.pausedUntil)
  }

  #clear(): Promise<void> {
    return this.#keeper.clear()
  }

  async #revoke(): Promise<void> {
    const { provider } = this.#parts
    check('provider.revocation', provider.revocation !== undefined, 'is missing: this provider does not say how a token is ended')
    const create = abilityOf<typeof createRevocation>(provider, 'provider.revocation')
    const fetchWith = (token: Token) => this.#http.fetchWith(token)
    const making = () => create({ keeper: this.#keeper, source: this.#parts, fetchWith })
    return this.#once<Revocation>('revocation', making).revoke()
  }

  #dispose(): void {
    this.#keeper.dispose()
  }

  async #get(options?: GetTokenOptions): Promise<HeldToken> {
    const { signal, forceRenewal, rejected } = options ? readGetTokenOptions(options) : {}
    if (!forceRenewal && rejected === undefined) return this.#keeper.get({ signal })
    const { held } = this.#keeper.status()
    // A manager that holds none, or an expired one, gets one anyway: what the store has, else a new one.
    const known = held && this.#keeper.isLive(held) ? held : await this.#keeper.get({ signal })
    const isRejected = known.token.accessToken === rejected
    return isRejected || (forceRenewal && known === held) ? this.#http.rejections.renew(known, isRejected, signal) : known
  }

  #bind<T extends (...args: never[]) => unknown>(name: string, method: T): T {
    return this.#once(name, () => method.bind(this) as T)
  }

  #once<T>(name: string, make: () => T): T {
    this.#made ??= createBare()
    this.#made[name] ??= make()
    return this.#made[name] as T
  }
}

/** WebKitGTK has neither symbol; transpiled `using` looks for the same ones in their place. */
function methodKey(name: 'dispose' | 'asyncDispose'): symbol {
  return Symbol[name] ?? Symbol.for(`Symbol.${name}`)
}
