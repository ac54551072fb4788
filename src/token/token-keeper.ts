import { SignInRequiredError, type TokenwellError } from '../base/errors.ts'
import type { Events, TokenEvents } from '../base/events.ts'
import { FailureMemory } from './failure-memory.ts'
import { ClearedError, Renewal, type RenewalBasis, type RenewalOptions, type RenewalOutcome, RestError } from './renewal.ts'
import { canRest, restUntil } from './renewal-rest.ts'
import { RenewalTimer, type TimerOwner } from './renewal-timer.ts'
import { type RenewalWindow, renewalWindow } from './renewal-window.ts'
import { SharedFlight } from './shared-flight.ts'

/** The token that is in use, and which one in a row it is: decisions compare generations, never token texts. */
export interface HeldToken extends RenewalBasis, RenewalWindow {
  readonly generation: number
  /** Which sign-in it belongs to: another one than {@link TokenKeeper.epoch} once the token was cleared. */
  readonly epoch: number
  /** Whether the API has accepted it: what is rejected after that was revoked. */
  isAccepted: boolean
  /** Whether the API, or somebody who knows, has rejected it: it is of no more use than an expired one. */
  isRejected: boolean
  /** Whether a call has used it since it was got: an unused one is left to lapse. */
  isUsed: boolean
  /** Whether nothing can get a newer one: no renewal is tried while it lives. */
  isLast: boolean
  /** When its renewal, which waits for the store, is tried again. */
  restsUntil: number
}

/** What a caller asks for. */
export interface TokenWish {
  /** Rejects this caller, at once and with the signal's own reason. */
  readonly signal?: AbortSignal | null | undefined
  /** The generation that was rejected: a newer one is asked for. @default 0: any that is valid */
  readonly newerThan?: number | undefined
  /**
   * Whether it is for an API call: one that a sign-out overtakes before it is sent is sent anew only where the grant comes
   * whole from the options, and else rejects with `SignInRequiredError`: it would be carried out as somebody else.
   * @default false
   */
  readonly isCall?: boolean
  /**
   * The sign-in of a call that was sent, and is to be sent again: rejects, and asks for nothing, once another one has begun.
   * @default any
   */
  readonly epoch?: number | undefined
}

export interface TokenKeeperOptions extends RenewalOptions {
  readonly events: Events
  /** Whether a token in use is renewed by a timer, with no call needed. */
  readonly isScheduled: boolean
}

export type TokenState = 'absent' | 'fresh' | 'aging' | 'expired'

/**
 * Holds one token, and decides at each use whether it is returned, returned and renewed in the background, or waited
 * for. However many callers wait, there is one renewal at a time.
 */
export class TokenKeeper implements TimerOwner {
  readonly #options: TokenKeeperOptions
  readonly #renewal: Renewal
  // Both are made when they are needed: an application may hold a keeper for each of its users.
  #failures: FailureMemory | undefined
  #timer: RenewalTimer | undefined
  #held: HeldToken | undefined
  #flight: SharedFlight<HeldToken> | undefined
  #generation = 0
  // Counts how often the token was cleared: what was begun before counts no more.
  #epoch = 0
  #isDisposed = false
  #unsubscribe: (() => void) | undefined
  // Ends the wait for the lock, when what it would bring has come.
  #waiting: AbortController | undefined

  constructor(options: TokenKeeperOptions) {
    this.#options = options
    this.#renewal = new Renewal(options)
  }

  /** The token to use right now, or `undefined` where callers have to wait. The hot path: no I/O, no promise. */
  current(): HeldToken | undefined {
    const held = this.#held
    if (held === undefined) return undefined
    const now = this.#options.now()
    if (now >= held.expiredAt) return undefined
    held.isUsed = true
    if (now >= held.agingAt && now >= held.restsUntil) this.#renewInBackground(now, true)
    return held
  }

  /** The current token, or the next one. */
  async get({ signal, newerThan = 0, epoch: wanted }: TokenWish = {}): Promise<HeldToken> {
    for (;;) {
      signal?.throwIfAborted()
      if (wanted !== undefined && wanted !== this.#epoch) throw new ClearedError()
      const held = this.current()
      if (held && held.generation > newerThan) return held
      const epoch = this.#epoch
      this.#flight ??= this.#startFlight()
      try {
        const next = await this.#flight.join(signal)
        next.isUsed = true
        if (epoch === this.#epoch && next.generation > newerThan) return next
      } catch (error) {
        // Cleared while waiting, or joined when it had been put off: start anew. The caller's own abort is the caller's own.
        const isOver = epoch !== this.#epoch || error instanceof RestError
        if (!isOver || signal?.aborted) throw error
      }
    }
  }

  /** The generation that is held now; 0 where none is. */
  get generation(): number {
    return this.#held?.generation ?? 0
  }

  /** Counts the sign-ins: `clear()`, here or in another context, begins a new one. */
  get epoch(): number {
    return this.#epoch
  }

  /** Whether a token may still be used. */
  isLive(held: HeldToken): boolean {
    return this.#options.now() < held.expiredAt
  }

  /** Renews with nobody waiting, unless a renewal is under way or has lately failed. */
  renew(): void {
    this.#renewInBackground(this.#options.now(), false)
  }

  now(): number {
    return this.#options.now()
  }

  /** The timer's word that the token is aging, or may be asked for again. */
  onTime(): void {
    if (this.#held?.isUsed) this.#renewInBackground(this.#options.now(), true)
  }

  /** What {@link current} would decide, without deciding it. */
  status(): {
    state: TokenState
    held: HeldToken | undefined
    isRenewing: boolean
    isResting: boolean
    failure: TokenwellError | undefined
  } {
    const now = this.#options.now()
    const held = this.#held
    const state = !held ? 'absent' : now >= held.expiredAt ? 'expired' : now >= held.agingAt ? 'aging' : 'fresh'
    const isResting = held !== undefined && now < held.restsUntil
    return { state, held, isRenewing: this.#flight !== undefined, isResting, failure: this.#failures?.recall(now) }
  }

  /** Forgets the token here and in the store; wins over a renewal under way. */
  async clear(): Promise<void> {
    const held = this.#held
    this.#forget()
    const cleared = this.#renewal.putTombstone(held)
    const finish = async () => {
      const tombstone = await cleared
      if (tombstone) await this.#renewal.confirmTombstone(tombstone)
    }
    // A flight of its own, which keeps the process alive until it is done.
    await new SharedFlight(finish, () => {}).join()
  }

  /** Resolves when no renewal is under way, whatever became of it. */
  async settle(): Promise<void> {
    while (this.#flight) await this.#flight.join().catch(() => {})
  }

  /** Stops the timer and the subscription. Calls still work, unscheduled. */
  dispose(): void {
    this.#isDisposed = true
    this.#timer?.stop()
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }

  /** @param isAhead whether it is only for its age that the token is renewed */
  #renewInBackground(now: number, isAhead: boolean): void {
    if (this.#flight || this.#held?.isLast || this.#failures?.recall(now)) return
    this.#flight = this.#startFlight(isAhead)
  }

  #startFlight(isAhead = false): SharedFlight<HeldToken> {
    const epoch = this.#epoch
    return new SharedFlight<HeldToken>(
      (flight) => this.#fly(flight, epoch, isAhead),
      (flight) => {
        if (this.#flight === flight) this.#flight = undefined
      },
    )
  }

  /** One renewal: the store first, then what failed lately, then the token endpoint. */
  async #fly(flight: SharedFlight<HeldToken>, epoch: number, isAhead: boolean): Promise<HeldToken> {
    const isWanted = () => epoch === this.#epoch
    await this.#renewal.clearing
    if (!isWanted()) throw new ClearedError()
    await this.#subscribeOnce()
    const held = this.#held
    const found = await this.#look()
    if (!isWanted()) throw new ClearedError()
    // What came in meanwhile is newer than what was read.
    if (this.#held && this.#held !== held) return this.#held
    if (found) return this.#hold(found)
    const failure = this.#failures?.recall(this.#options.now())
    if (failure) throw failure
    const basis = this.#held
    const mayRest = () => this.#held !== basis || (isAhead && !flight.hasWaiters && this.#canRest())
    try {
      this.#waiting = new AbortController()
      const outcome = await this.#renewal.run(basis, isWanted, mayRest, this.#waiting.signal)
      if (!isWanted()) throw new ClearedError()
      return this.#hold(outcome)
    } catch (error) {
      // A token has come in meanwhile, and only could not be read again.
      if (isWanted() && error instanceof RestError && this.#held && this.#held !== basis) return this.#held
      if (isWanted()) this.#noteFailure(error, flight.hasWaiters)
      throw error
    }
  }

  // A timer has to try again: the next call may come when the token has expired.
  #canRest(): boolean {
    const isTimed = this.#options.isScheduled && !this.#isDisposed
    return isTimed && this.#held !== undefined && canRest(this.#held, this.#options.now())
  }

  async #look(): Promise<RenewalOutcome | undefined> {
    const epoch = this.#epoch
    const found = await this.#renewal.look(this.#held)
    if (found !== 'cleared') return found
    if (epoch === this.#epoch) this.#forget()
    return undefined
  }

  #hold(outcome: RenewalOutcome): HeldToken {
    const { token, record, isAdopted, grant } = outcome
    // Its own record, heard of from the store before the renewal had ended.
    if (this.#held && record && record.id === this.#held.record?.id) return this.#held
    const type = isAdopted ? 'adopted' : this.#held ? 'renewed' : 'acquired'
    const { agingAt, expiredAt } = renewalWindow(token, this.#options.window, Math.random())
    const held: HeldToken = {
      token,
      record,
      isSaved: outcome.isSaved,
      isShared: outcome.isShared,
      replaces: outcome.replaces,
      generation: ++this.#generation,
      epoch: this.#epoch,
      isAccepted: false,
      isRejected: false,
      isUsed: false,
      isLast: false,
      restsUntil: 0,
      agingAt,
      expiredAt,
    }
    this.#failures = undefined
    this.#held = held
    // One whose server gives it no time is not renewed ahead of calls.
    if (token.expiresAt === undefined || token.expiresAt > held.agingAt) this.#schedule(held.agingAt)
    const { issuedAt, expiresAt } = token
    this.#emit(type, { at: this.#options.now(), generation: held.generation, grant, issuedAt, expiresAt })
    return held
  }

  #noteFailure(error: unknown, waiting: boolean): void {
    const at = this.#options.now()
    // Another context signed out.
    if (error instanceof ClearedError) {
      this.#forget()
      return
    }
    if (error instanceof RestError) {
      this.#rest(error)
      return
    }
    this.#failures ??= new FailureMemory()
    this.#failures.remember(error, at)
    const { code = 'unknown', error: oauthError, retryAt } = error as Partial<TokenwellError>
    this.#emit('failed', { at, code, ...(oauthError && { error: oauthError }), ...(retryAt && { retryAt }), waiting })
    if (error instanceof SignInRequiredError) {
      if (this.#held) this.#held.isLast = true
      this.#emit('signInRequired', { at })
    } else if (retryAt !== undefined && this.#held && retryAt < this.#held.expiredAt) {
      this.#schedule(Math.max(retryAt, this.#held.agingAt))
    }
  }

  /** Puts the renewal off. Nothing for the failure memory: whoever waits goes on without the store. */
  #rest({ code }: RestError): void {
    const [at, held] = [this.#options.now(), this.#held]
    if (!held) return
    held.restsUntil = restUntil(held, at, Math.random())
    this.#emit('failed', { at, code, retryAt: held.restsUntil, waiting: false })
    this.#schedule(held.restsUntil)
  }

  #schedule(at: number): void {
    if (!this.#options.isScheduled || this.#isDisposed) return
    this.#timer ??= new RenewalTimer(this)
    this.#timer.set(at)
  }

  #forget(): void {
    this.#epoch++
    this.#held = undefined
    this.#flight?.abandon(new ClearedError())
    this.#flight = undefined
    this.#failures = undefined
    this.#timer?.stop()
    this.#emit('cleared', { at: this.#options.now() })
  }

  async #subscribeOnce(): Promise<void> {
    if (this.#unsubscribe || this.#isDisposed) return
    const unsubscribe = await this.#renewal.subscribe(() => {
      this.#noticeChange().catch(() => {})
    })
    if (this.#unsubscribe || this.#isDisposed) unsubscribe()
    else this.#unsubscribe = unsubscribe
  }

  async #noticeChange(): Promise<void> {
    const [epoch, held] = [this.#epoch, this.#held]
    const found = await this.#look()
    // What came in meanwhile is newer than what was read.
    if (found && epoch === this.#epoch && held === this.#held) {
      this.#hold(found)
      this.#waiting?.abort()
    }
  }

  #emit<K extends keyof TokenEvents>(type: K, event: TokenEvents[K]): void {
    this.#options.events.emit(type, event)
  }
}
