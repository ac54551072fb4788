import type { TokenwellError } from '../base/errors.ts'
import type { Held, Settled } from './held.ts'
import type { Token } from './token.ts'
import type { StoredRefusal } from './token-store.ts'

/** What came of a renewal. Failures are thrown. */
export type RenewalResult =
  | { readonly is: 'renewed'; readonly held: Held; readonly how: string }
  /** Another context has got a token meanwhile, or it was cleared while it was renewed: whoever waits starts anew. */
  | Settled
  /** It was cleared, but a token had been granted: nobody holds it. */
  | { readonly is: 'cleared'; readonly granted: Token }
  /** The store did not say what it holds, and there is time to try again. */
  | { readonly is: 'postponed'; readonly code: 'lock_not_acquired' | 'store_failed' }
  /** Another context was refused a moment ago, and noted it. */
  | { readonly is: 'refused-before'; readonly refusal: StoredRefusal }

/** What the keeper wants renewed, and what it knows that changes while a renewal runs. */
export interface RenewalRequest {
  readonly held: Held | undefined
  /** Whether the API rejected the held token: it is of no more use than an expired one. */
  readonly isRejected: boolean
  /** Whether it is still wanted: not when the token was cleared since. */
  isWanted(): boolean
  /** Whether nobody waits, and there is time: it is then rather postponed than carried out without the store. */
  mayPostpone(): boolean
  /** Remembers a failure, and returns it as a note for the store where it counts as a refusal. */
  remember(error: TokenwellError, timesBefore: number): StoredRefusal | undefined
  /** Aborted when its result is not wanted any more. Ends the wait for the lock, and a request that uses up nothing. */
  readonly signal: AbortSignal
}
