import type { TokenwellError } from '../base/errors.ts'
import type { Events } from '../base/events.ts'
import { type Held, type Settled, settledByStore } from './held.ts'
import { createHeldToken, type HeldToken } from './held-token.ts'
import { KnownFailures, type KnownFailuresOptions } from './known-failures.ts'
import { canPostpone, postponedUntil } from './postponement.ts'
import type { LiveRecord } from './record.ts'
import { startRenewalTimer, type TimerOwner } from './renewal-schedule.ts'
import type { RenewalWindowOptions } from './renewal-window.ts'
import type { StoredAnswer } from './stored-answer.ts'

export interface HeldStateOptions extends KnownFailuresOptions {
  readonly events: Events
  readonly window: RenewalWindowOptions
  /** Whether a token in use is renewed by a timer, with no call needed. */
  readonly isScheduled: boolean
}

interface HeldStateOwner {
  /** The token is aging, or may be asked for again. */
  onTime(): void
}

/**
 * What a keeper holds, and of which sign-in: the token with its generation and epoch, what failed for it, and when it is
 * renewed with no call needed. It asks nobody for anything.
 */
export class HeldState implements TimerOwner {
  readonly #options: HeldStateOptions
  readonly #owner: HeldStateOwner
  // Made when it is needed: an application may hold a keeper for each of its users.
  #failures: KnownFailures | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #held: HeldToken | undefined
  #generation = 0
  #epoch = 0
  #isDisposed = false
  // The record that was found last, held or not: calls that wait were made for its sign-in.
  #found: LiveRecord | undefined

  constructor(options: HeldStateOptions, owner: HeldStateOwner) {
    this.#options = options
    this.#owner = owner
  }

  /** What failed for what is held. */
  get failures(): KnownFailures {
    this.#failures ??= new KnownFailures(this.#options, this)
    return this.#failures
  }

  get held(): HeldToken | undefined {
    return this.#held
  }

  /** Counts the sign-ins. */
  get epoch(): number {
    return this.#epoch
  }

  get isDisposed(): boolean {
    return this.#isDisposed
  }

  /** Notes that a call uses a token. */
  use(held: HeldToken): HeldToken {
    if (!held.isUsed) {
      held.isUsed = true
      // One whose server gives it no time is not renewed ahead of calls.
      const { expiresAt } = held.token
      if (held === this.#held && (expiresAt === undefined || expiresAt > held.agingAt)) this.#schedule()
    }
    return held
  }

  hold(found: Held, type: 'acquired' | 'renewed' | 'adopted', how = this.#options.source.grantType): HeldToken {
    // Its own record, heard of from the store before the renewal had ended.
    if (this.#held && found.record && found.record.id === this.#held.record?.id) return this.#held
    const held = createHeldToken(found, this.#options.window, { generation: ++this.#generation, epoch: this.#epoch })
    this.#startOver(held)
    const { issuedAt, expiresAt } = found.token
    this.#options.events.emit(type, { generation: held.generation, grant: how, issuedAt, expiresAt })
    return held
  }

  /** Holds nothing any more, of no sign-in. */
  forget(): void {
    this.#epoch++
    this.#found = undefined
    this.#startOver(undefined)
  }

  /** Ends what calls that wait were made for, and keeps what is held. */
  beginEpoch(): void {
    this.#epoch++
  }

  /** What the store settles by itself, for what is held, or for the sign-in that was found last. */
  settledBy(seen: StoredAnswer): Settled | undefined {
    return settledByStore(seen, this.#held, {
      before: this.#found,
      now: this.#options.now(),
      window: this.#options.window,
      until: 'agingAt',
    })
  }

  noteFound(seen: StoredAnswer): void {
    if (seen.is === 'live') this.#found = seen.record
  }

  noteFailure(error: unknown, waiting: boolean): void {
    this.failures.report(error, waiting)
    const { retryAt } = error as Partial<TokenwellError>
    if (retryAt !== undefined && this.#held && retryAt < this.#held.expiredAt) this.#schedule()
  }

  /** A timer has to try again: the next call may come when the token has expired. */
  get canPostpone(): boolean {
    return this.#isTimed && this.#held !== undefined && canPostpone(this.#held, this.#options.now())
  }

  /** Tries again later. Nothing for the failure memory: whoever waits goes on without the store. */
  postpone(code: string): void {
    const held = this.#held
    if (!held) return
    const retryAt = postponedUntil(held, this.#options.now(), Math.random())
    held.postponedUntil = retryAt
    this.#options.events.emit('failed', { code, retryAt, waiting: false })
    this.#schedule()
  }

  onTimer(): void {
    this.#timer = undefined
    // The wall clock decides, not the timer: it may have been clamped, or the machine may have slept.
    if (this.#options.now() < this.#dueAt) this.#schedule()
    else this.#owner.onTime()
  }

  /** Nothing is renewed with no call needed any more. */
  dispose(): void {
    this.#isDisposed = true
    this.#stopTimer()
    this.#failures?.dispose()
  }

  get #isTimed(): boolean {
    return this.#options.isScheduled && !this.#isDisposed
  }

  /** When the held token is renewed with no call needed: when it ages, or later where that was postponed or has failed. */
  get #dueAt(): number {
    if (!this.#held) return Infinity
    const { agingAt, expiredAt, postponedUntil } = this.#held
    const retryAt = this.#failures?.recall()?.retryAt ?? 0
    return Math.max(agingAt, postponedUntil, retryAt < expiredAt ? retryAt : 0)
  }

  /** Tells the owner once, when the clock has reached {@link #dueAt}; a time set before is forgotten. */
  #schedule(): void {
    this.#stopTimer()
    const dueAt = this.#dueAt
    if (this.#isTimed && dueAt < Infinity) this.#timer = startRenewalTimer(this, dueAt - this.#options.now())
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** With another token, or none: what failed, and what was planned, was for the one before. */
  #startOver(held: HeldToken | undefined): void {
    this.#held = held
    this.#failures?.dispose()
    this.#failures = undefined
    this.#stopTimer()
  }
}
