import { TokenEndpointError } from '../base/errors.ts'
import { kindOf } from '../base/failure-kind.ts'
import type { HeldToken } from '../token/held-token.ts'
import type { TokenKeeper } from '../token/token-keeper.ts'
import { RejectionBrake, type RejectionBrakeOptions } from './rejection-brake.ts'

/** A call whose token was rejected. */
interface RejectedCall {
  readonly href: string
  readonly signal: AbortSignal | null | undefined
}

/** What follows when a token is rejected, by the API or by somebody else who knows: whether it is renewed, and for whom. */
export class Rejections {
  readonly brake: RejectionBrake
  readonly #keeper: TokenKeeper

  constructor(options: RejectionBrakeOptions, keeper: TokenKeeper) {
    this.brake = new RejectionBrake(options)
    this.#keeper = keeper
  }

  /** Whether a newer token is there for a rejected call, or may be asked for. */
  mayReplace(held: HeldToken, { href }: RejectedCall): boolean {
    // What was sent before a sign-out is the affair of whoever was signed in then.
    return held.epoch === this.#keeper.epoch && (this.#isNewerHeld(held) || this.brake.mayRenew(held, href))
  }

  /**
   * The token to send a rejected call again with, or `undefined` where the caller gets the API's own answer: where there is no
   * newer token of the same sign-in, and the rejected one lives. A call that is not sent again has it renewed for the next.
   * @throws the error of the renewal where it was refused, or no token lives; the reason of the caller's signal
   */
  async replace(held: HeldToken, call: RejectedCall, isSentAgain: boolean): Promise<HeldToken | undefined> {
    const keeper = this.#keeper
    const { epoch, generation } = held
    const { signal } = call
    if (signal?.aborted) throw signal.reason
    if (!this.mayReplace(held, call)) return undefined
    if (!this.#isNewerHeld(held)) {
      this.#noteRenewal(held, true)
      if (!isSentAgain) keeper.renew()
    }
    if (!isSentAgain) return undefined
    try {
      const newer = await keeper.get({ signal, newerThan: generation, isCall: true, epoch })
      return newer.epoch === epoch ? newer : undefined
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      const isFinal = /refusal|sign-in/.test(kindOf(error)) || !keeper.isLive(held)
      if (isFinal && keeper.epoch === epoch) throw error
      return undefined
    }
  }

  /**
   * A token newer than the one that is held, for somebody who says that this is of no use.
   * @throws TokenEndpointError `forced_renewals_paused`, and as the keeper does
   */
  async renew(held: HeldToken, isRejected: boolean, signal?: AbortSignal): Promise<HeldToken> {
    if (isRejected) this.brake.noteRejection(held)
    if (!this.brake.mayRenew(held)) {
      const retryAt = this.brake.pausedUntil
      throw new TokenEndpointError('forced_renewals_paused', 'Too many new tokens were of no use: no more are asked for until retryAt.', {
        retryAt,
      })
    }
    this.#noteRenewal(held, isRejected)
    return this.#keeper.get({ signal, newerThan: held.generation })
  }

  #noteRenewal(held: HeldToken, isRejected: boolean): void {
    held.isRejected ||= isRejected
    this.brake.noteRenewal(held)
  }

  #isNewerHeld({ generation }: HeldToken): boolean {
    return this.#keeper.generation > generation
  }
}
