import type { Token } from './token.ts'

/**
 * Where a keeper gets tokens: what the endpoint offers it. Both methods reject with typed errors only, within the
 * deadline, after the retries that the rules allow; a `retryAt` on an error is the server's `Retry-After`.
 */
export interface TokenSource {
  /** The wire's grant type, for events. */
  readonly grantType: string
  /**
   * What the caller's grant is worth once a token was got with it: it works again (`reusable`), it worked once
   * (`one-time`), it is a refresh token, of which the server keeps changing the next (`refresh-token`), or there was
   * none and only the store can hold a token (`none`).
   */
  readonly grantUse: 'reusable' | 'one-time' | 'refresh-token' | 'none'
  /** What of a token can be presented for a new one at `now`; a `refresh_token` is used up by that, an `access_token` is not. */
  presentable(token: Token, now: number): 'refresh_token' | 'access_token' | undefined
  /** Presents it. */
  present(token: Token): Promise<Token>
  /** Asks with the caller's grant. */
  ask(): Promise<Token>
}
