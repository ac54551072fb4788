import { TokenEndpointError } from '../base/errors.ts'
import type { Events } from '../base/events.ts'
import { kindOf } from '../base/failure-kind.ts'
import type { HeldToken } from '../token/held-token.ts'
import type { TokenKeeper } from '../token/token-keeper.ts'
import { RejectionBrake } from './rejection-brake.ts'

export interface RejectionOptions {
  readonly events: Events
  readonly now: () => number
}

/** A call whose token was rejected. */
interface RejectedCall {
  readonly href: string
  readonly signal: AbortSignal | null | undefined
}

/** What follows when a token is rejected, by the API or by somebody else who knows: whether it is renewed, and how often. */
export class Rejections {
  readonly #options: RejectionOptions
  readonly #keeper: TokenKeeper
  readonly #brake: RejectionBrake

  constructor(options: RejectionOptions, keeper: TokenKeeper) {
    this.#options = options
    this.#keeper = keeper
    const warn = (at: number) => options.events.emit('warning', { at, code: 'forced_renewals_paused' })
    this.#brake = new RejectionBrake(warn)
  }

  /** Notes that the API rejected a token. */
  note(held: HeldToken, status: number): void {
    const at = this.#options.now()
    this.#options.events.emit('rejected', { at, generation: held.generation, status })
    this.#brake.noteRejection(held, at)
  }

  /** Notes that the API accepted a token for the first time. */
  noteAcceptance(held: HeldToken): void {
    this.#brake.noteAcceptance(held)
  }

  /** Notes how a call fared that was sent again with a newer token. */
  noteReplay(held: HeldToken, href: string, isRejected: boolean): void {
    this.#brake.noteReplay({ held, isRejected }, href, this.#options.now())
  }

  /** Whether a newer token is there for a rejected call, or may be asked for. */
  mayReplace(held: HeldToken, { href }: RejectedCall): boolean {
    // What was sent before a sign-out is the affair of whoever was signed in then.
    if (held.epoch !== this.#keeper.epoch) return false
    return this.#isNewerHeld(held) || this.#brake.mayRenew(held, this.#options.now(), href)
  }

  /**
   * The token to send a rejected call again with, or `undefined` where the caller gets the API's own answer: where there is no
   * newer token of the same sign-in, and the rejected one lives. A call that is not sent again has it renewed for the next.
   * @throws the error of the renewal where it was refused, or no token lives; the reason of the caller's signal
   */
  async replace(held: HeldToken, call: RejectedCall, isSentAgain: boolean): Promise<HeldToken | undefined> {
    const { epoch, generation } = held
    const keeper = this.#keeper
    const { signal } = call
    if (signal?.aborted) throw signal.reason
    if (!this.mayReplace(held, call)) return undefined
    if (!this.#isNewerHeld(held)) {
      this.#brake.noteRenewal(held, this.#options.now())
      held.isRejected = true
      if (!isSentAgain) keeper.renew()
    }
    if (!isSentAgain) return undefined
    try {
      const newer = await keeper.get({ signal, newerThan: generation, isCall: true, epoch })
      return newer.epoch === epoch ? newer : undefined
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (keeper.epoch !== epoch) return undefined
      if (!/refusal|sign-in/.test(kindOf(error)) && keeper.isLive(held)) return undefined
      throw error
    }
  }

  /**
   * A token newer than the one that is held, for somebody who says that this is of no use.
   * @throws TokenEndpointError `forced_renewals_paused`, and as the keeper does
   */
  async renew(held: HeldToken, isRejected: boolean, signal?: AbortSignal): Promise<HeldToken> {
    const now = this.#options.now()
    if (isRejected) this.#brake.noteRejection(held, now)
    if (!this.#brake.mayRenew(held, now)) {
      const retryAt = this.#brake.pausedUntil(now)
      throw new TokenEndpointError('forced_renewals_paused', 'Too many new tokens were of no use: no more are asked for until retryAt.', {
        retryAt,
      })
    }
    held.isRejected ||= isRejected
    this.#brake.noteRenewal(held, now)
    return this.#keeper.get({ signal, newerThan: held.generation })
  }

  #isNewerHeld({ generation }: HeldToken): boolean {
    return this.#keeper.generation > generation
  }
}
