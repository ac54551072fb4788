import type { Held } from './held.ts'
import { type RenewalWindow, type RenewalWindowOptions, renewalWindow } from './renewal-window.ts'

/** The token that is in use, and which one in a row it is: decisions compare generations, never the tokens themselves. */
export interface HeldToken extends Held, RenewalWindow {
  readonly generation: number
  /** Which sign-in it belongs to: another one than {@link TokenKeeper.epoch} once the token was cleared. */
  readonly epoch: number
  /** Whether a call has used it since it was got: an unused one is left to lapse. */
  isUsed: boolean
  /** Whether the API has accepted it: what is rejected after that was revoked. */
  isAccepted: boolean
  /** Whether the API, or somebody who knows, has rejected it: it is of no more use than an expired one. */
  isRejected: boolean
  /** Whether nothing can get a newer one: no renewal is tried while it lives. */
  isUnrenewable: boolean
  /** When its renewal, which was postponed, is tried again. */
  postponedUntil: number
}

/** A token that begins to be held. Its window has a jitter of its own: a fleet does not renew in step. */
export function createHeldToken(
  found: Held,
  window: RenewalWindowOptions,
  { generation, epoch }: Pick<HeldToken, 'generation' | 'epoch'>,
): HeldToken {
  const { token, record, written, replaces } = found
  const { agingAt, expiredAt } = renewalWindow(token, window, Math.random())
  // All in one literal: engines keep what is spread into an object in a second one beside it.
  return {
    token,
    record,
    written,
    replaces,
    agingAt,
    expiredAt,
    generation,
    epoch,
    isUsed: false,
    isAccepted: false,
    isRejected: false,
    isUnrenewable: false,
    postponedUntil: 0,
  }
}

/** `fresh` is used; `aging` is used and renewed in the background; for `expired` and `absent` callers wait. */
export type TokenState = 'absent' | 'fresh' | 'aging' | 'expired'

export function stateOf(held: HeldToken | undefined, now: number): TokenState {
  if (!held) return 'absent'
  if (now >= held.expiredAt) return 'expired'
  return now >= held.agingAt ? 'aging' : 'fresh'
}
