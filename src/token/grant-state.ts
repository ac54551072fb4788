import type { TokenEndpointError } from '../base/errors.ts'
import type { Token } from './token.ts'
import type { TokenSource, Way } from './token-source.ts'

/** What of the caller's grant, and of what the server gave, is used up. `clear()` resets it. */
export class GrantState {
  readonly #source: TokenSource
  // The grant was a one-time grant that was used, or a refresh token that has a successor or was refused.
  #isSpent = false
  // Whether a one-time grant was sent. What became of it may be known to nobody.
  #isSent = false
  // What the server refused by a word: presented once more, it would be refused again.
  #refused: string | undefined
  #refusal: TokenEndpointError | undefined

  constructor(source: TokenSource) {
    this.#source = source
  }

  /** Whether the caller signs in anew: that comes before what an older sign-in has left in the store. */
  get isNewSignIn(): boolean {
    return this.#source.grant === 'one-time' && !this.#isSpent
  }

  /** Whether all is as it was in the beginning: nothing is used up, and nothing stands refused. */
  get isUntouched(): boolean {
    return this.#source.grant === 'reusable' && this.#refused === undefined && this.#refusal === undefined
  }

  get canAsk(): boolean {
    return this.#source.grant !== 'absent' && !this.#isSpent
  }

  /** The last refusal that came by a word: why a person has to sign in. */
  get refusal(): TokenEndpointError | undefined {
    return this.#refusal
  }

  /** What of a token can be presented at `now`, and has not been refused. */
  offerOf(token: Token | undefined, now: number): 'refresh_token' | 'access_token' | undefined {
    const by = token && this.#source.renewableBy(token, now)
    return by && presentedText(token, by) !== this.#refused ? by : undefined
  }

  /** The way that the next request will probably take, starting from a token. */
  probableWay(token: Token | undefined, now: number): Way | undefined {
    if (!this.isNewSignIn && this.offerOf(token, now)) return 'present'
    return this.canAsk ? 'ask' : undefined
  }

  /** Notes that a token is there: the refresh token of a `refreshToken()` grant has done its duty once it has a successor. */
  noteSuccessor(): void {
    if (this.#source.grant === 'refresh-token') this.#isSpent = true
  }

  /** Notes a request. Of a new sign-in the grant is sent first: whatever else goes on the wire, the grant was there before. */
  noteSent(): void {
    this.#isSent = true
  }

  noteGranted(way: Way): void {
    this.#refusal = undefined
    if (way === 'ask') this.#isSpent = this.#source.grant !== 'reusable'
  }

  /** Notes a refusal by a word. Without a word it may have been a firewall's, and what was presented stays good. */
  noteRefused(way: Way, presented: string | undefined, error: TokenEndpointError): void {
    this.#refusal = error
    if (way === 'present') this.#refused = presented
    else this.#isSpent = this.#source.grant !== 'reusable'
  }

  /** The sign-in of a code that was sent has ended, whatever became of the request. Everything else may be tried again. */
  reset(): void {
    this.#isSpent = this.#source.grant === 'one-time' && (this.#isSpent || this.#isSent)
    this.#refused = undefined
    this.#refusal = undefined
  }
}

/** The text of a token that is presented for a new one. */
export function presentedText({ accessToken, refreshToken }: Token, by: 'refresh_token' | 'access_token'): string | undefined {
  return by === 'access_token' ? accessToken : refreshToken
}
