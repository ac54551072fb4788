import type { TokenEndpointError } from '../base/errors.ts'
import type { Token } from './token.ts'

/** How a token is got: by presenting what the server gave (a refresh token, or the access token), or with the caller's grant. */
export type Way = 'present' | 'ask'

/** What a source has resolved before the lock is taken: opaque, for one request, by that source. */
export interface PreparedSecrets {
  readonly way: Way
}

export interface RequestOptions {
  /** For the first attempt; others resolve the caller's secrets again. */
  readonly prepared?: PreparedSecrets | undefined
  /** Ends a request that uses up nothing, when nobody wants its token any more. */
  readonly signal?: AbortSignal | undefined
  /** Of a renewal by the caller's grant: the token before, which an exchange may want. None where it was refused lately. */
  readonly previous?: Token | undefined
}

/** How the server answered. Anything else is a failure, and thrown. */
export type TokenAnswer =
  | { readonly is: 'granted'; readonly token: Token }
  | {
      readonly is: 'refused'
      readonly error: TokenEndpointError
      /** Whether it said so by a word of an RFC or of its profile; else its status alone did, and it may be a firewall's. */
      readonly hasWord: boolean
    }

/**
 * Where a keeper gets tokens: what the endpoint offers it. Its methods reject with typed errors only, within the
 * deadline of each attempt, after the retries that the rules allow; a `retryAt` on an error is the server's `Retry-After`.
 */
export interface TokenSource {
  /** The wire's grant type, for events. */
  readonly grantType: string
  /**
   * Tells whether the caller's secrets are those that were refused elsewhere, as far as they are strings: a number of few bits, so
   * that nobody can tell which. `undefined` where functions give them.
   */
  readonly credentialMark: number | undefined
  /**
   * What the caller's grant is worth once a token was got with it. It works again (`reusable`), or it worked once (`one-time`).
   * It is a refresh token, of which the server keeps changing the next (`refresh-token`). Or there is none, and only the store
   * can hold a token (`absent`).
   */
  readonly grant: 'reusable' | 'one-time' | 'refresh-token' | 'absent'
  /** Whether a function of the caller is being called in this turn. If it asks for the token now, it waits for itself. */
  readonly isCalling?: boolean
  /** What of a token can be presented for a new one at `now`; a `refresh_token` is used up by that, an `access_token` is not. */
  renewableBy(token: Token, now: number): 'refresh_token' | 'access_token' | undefined
  /** Resolves what functions of the caller give for the next request of this way: before the lock, which must not wait for a vault. */
  prepare(way: Way): Promise<PreparedSecrets | undefined>
  /** Presents what {@link renewableBy} says. */
  present(token: Token, options?: RequestOptions): Promise<TokenAnswer>
  /** Asks with the caller's grant. */
  ask(options?: RequestOptions): Promise<TokenAnswer>
}
