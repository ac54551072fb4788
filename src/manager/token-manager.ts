import type { TokenEvents } from '../base/events.ts'
import { AuthenticatedFetch } from '../http/authenticated-fetch.ts'
import { authorizationValue } from '../http/authorization.ts'
import type { HeldToken } from '../token/held-token.ts'
import type { Token } from '../token/token.ts'
import { TokenKeeper } from '../token/token-keeper.ts'
import type { TokenManagerOptions } from './options.ts'
import { ManagerParts } from './parts.ts'
import { buildTokenStatus, type TokenStatus } from './status.ts'

export interface GetTokenOptions {
  /** Rejects this caller, at once and with the signal's own reason. A renewal that others wait for goes on. */
  signal?: AbortSignal | undefined
  /**
   * Asks for a newer token than the one that is held: after somebody else has said that it is rejected. Joins a renewal
   * under way.
   * @default false
   */
  forceRenewal?: boolean | undefined
}

/**
 * Holds the token of one identity (an application, a user, a device) for one API: asks for it once however many call,
 * renews it before it expires, and shares it through a store. All methods may be called concurrently. Constructing does
 * no I/O. It is no verifier: a JWT is read as a hint of its expiry.
 *
 * @throws ConfigurationError at construction, naming the option
 */
export class TokenManager {
  /**
   * The platform's `fetch` with the token added: same arguments, same responses, same aborts. Bound: hand it to any
   * library that accepts a `fetch`. A rejected token is renewed, and the call sent once more. Beside what `fetch`
   * rejects with, it rejects with `OriginNotAllowedError` before anything is sent, and as {@link getToken} does.
   */
  readonly fetch: typeof globalThis.fetch
  readonly #parts: ManagerParts
  readonly #keeper: TokenKeeper

  constructor(options: TokenManagerOptions) {
    this.#parts = new ManagerParts(options)
    this.#keeper = new TokenKeeper(this.#parts)
    this.fetch = new AuthenticatedFetch(this.#parts, this.#keeper).fetch
  }

  /**
   * The token: the one that is held while it is valid, else the next one, for which all callers wait together.
   * @throws TokenEndpointError, InvalidTokenResponseError, TokenNetworkError, SignInRequiredError or TokenStoreError;
   * the reason of the signal; ConfigurationError where a function that fetches a secret fails
   */
  async getToken(options?: GetTokenOptions): Promise<Token> {
    return (await this.#get(options)).token
  }

  /** The value of the `Authorization` header (`Bearer …`, `JWT …`), for sockets and other clients. Rejects as {@link getToken} does. */
  async getAuthorization(options?: GetTokenOptions): Promise<string> {
    return authorizationValue(this.#parts.provider, (await this.#get(options)).token)
  }

  /** Listens for an event. Returns the function that stops listening. What a listener throws breaks nothing. */
  on<K extends keyof TokenEvents>(event: K, listener: (event: TokenEvents[K]) => void): () => void {
    return this.#parts.events.on(event, listener)
  }

  /** Why the next call would or would not renew. Asks nobody, changes nothing, holds no secret. */
  explain(): TokenStatus {
    return buildTokenStatus(this.#parts.provider, this.#parts.grant, this.#keeper)
  }

  /** Forgets the token, here and in the store, for all contexts. Wins over a renewal under way: who waits for it starts anew. */
  clear(): Promise<void> {
    return this.#keeper.clear()
  }

  /** Stops timers, and listening to the store. Calls still work after it, but nothing is renewed without one. */
  dispose(): void {
    this.#keeper.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  async #get({ signal, forceRenewal }: GetTokenOptions = {}): Promise<HeldToken> {
    const keeper = this.#keeper
    return keeper.get({ signal, newerThan: forceRenewal ? keeper.generation : 0 })
  }
}
