import { ConfigurationError, signedOut, TokenStoreError } from '../base/errors.ts'
import { deadline, tooLate } from '../base/time.ts'
import { isDatedAhead, isOfAnotherSignIn } from './held.ts'
import { HeldState, type HeldStateOptions } from './held-state.ts'
import { type HeldToken, stateOf } from './held-token.ts'
import { addGranted, grantedBy, type Landing } from './landing.ts'
import { Renewal, type RenewalOptions } from './renewal.ts'
import type { RenewalRequest, RenewalResult } from './renewal-request.ts'
import { SharedFlight } from './shared-flight.ts'
import type { StoredAnswer } from './stored-answer.ts'
import type { Token } from './token.ts'

/** What a caller asks for. */
export interface TokenWish {
  /** Rejects this caller, at once and with the signal's own reason. */
  readonly signal?: AbortSignal | null | undefined
  /** The generation that was rejected: a newer one is asked for. @default 0: any that is valid */
  readonly newerThan?: number | undefined
  /**
   * Whether it is for an API call. A sign-out may overtake a call before it is sent. The call is then sent anew only where the
   * grant comes whole from the options. Else it rejects with `SignInRequiredError`: it would be carried out as somebody else.
   * @default false
   */
  readonly isCall?: boolean
  /**
   * The sign-in of a call that was sent, and is to be sent again: rejects, and asks for nothing, once another one has begun.
   * @default any
   */
  readonly epoch?: number | undefined
}

export interface TokenKeeperOptions extends RenewalOptions, HeldStateOptions {}

// A call that waits for a token sees a sign-out or two, and seldom more.
const mostClearings = 5
const unsettledMessage = `The token was cleared ${mostClearings} times while a call waited for it. Is clear() called for each token, or does the store return old records?`

/**
 * Holds one token, and decides at each use whether it is returned, returned and renewed in the background, or waited
 * for. However many callers wait, there is one renewal at a time.
 */
export class TokenKeeper {
  readonly #options: TokenKeeperOptions
  readonly #state: HeldState
  // Kept where something of it lasts: an application may hold a keeper for each of its users.
  #lasting: Renewal | undefined
  #flight: SharedFlight<Landing> | undefined
  // Until its token is saved: whoever else signs in meanwhile, the calls that wait were not made for them.
  #isSigningIn = false
  #unsubscribe: (() => void) | undefined

  constructor(options: TokenKeeperOptions) {
    this.#options = options
    this.#state = new HeldState(options, this)
  }

  /** The token to use right now, or `undefined` where callers have to wait. The hot path: no I/O, no promise. */
  current(): HeldToken | undefined {
    const held = this.#held
    if (held === undefined) return undefined
    const now = this.#options.now()
    if (now >= held.expiredAt) return undefined
    if (!held.isUsed) this.#state.use(held)
    if ((now >= held.agingAt && now >= held.postponedUntil) || isDatedAhead(held.token, now)) this.#renewInBackground(true)
    return held
  }

  /** The current token, or the next one. */
  async get({ signal, newerThan = 0, isCall = false, epoch: sentIn }: TokenWish = {}): Promise<HeldToken> {
    const begunIn = sentIn ?? this.epoch
    // A call that was sent is never sent again as another sign-in's; one that was not, where a person holds the grant.
    const belongsToSignIn = sentIn !== undefined || (isCall && this.#options.source.grant !== 'reusable')
    for (let sightings = 0; ; sightings++) {
      if (signal?.aborted) throw signal.reason
      if (sightings === mostClearings) throw this.#unsettled()
      if (belongsToSignIn && begunIn !== this.epoch) throw signedOut()
      const held = this.current()
      if (held && held.generation > newerThan) return held
      if (this.#held && newerThan > 0) this.#held.isRejected = true
      if (this.#options.source.isCalling) {
        throw new ConfigurationError('fetch', 'leads back to this manager, which waits for it: use the platform’s, or that of the exchange')
      }
      const epoch = this.epoch
      this.#flight ??= this.#startFlight()
      const landing = await this.#options.events.time('wait', this.#flight.join(signal))
      if (landing.is === 'failed' && epoch === this.epoch) throw landing.error
      if (landing.is === 'held' && epoch === this.epoch && landing.held.generation > newerThan) return this.#state.use(landing.held)
    }
  }

  /** The generation of the held token; 0 where none is held. */
  get generation(): number {
    return this.#held?.generation ?? 0
  }

  /** Counts the sign-ins: `clear()`, here or in another context, begins a new one. */
  get epoch(): number {
    return this.#state.epoch
  }

  /** Whether a token may still be used. */
  isLive(held: HeldToken): boolean {
    return this.now() < held.expiredAt
  }

  /** Renews with nobody waiting, since the API rejected the held token; unless a renewal is under way or has lately failed. */
  renew(): void {
    if (this.#held) this.#held.isRejected = true
    this.#renewInBackground(false)
  }

  now(): number {
    return this.#options.now()
  }

  /** The schedule's word that the token is aging, or may be asked for again. */
  onTime(): void {
    if (this.#held?.isUsed) this.#renewInBackground(true)
  }

  /** The store's word that another context has written. */
  onStoreChange(): void {
    this.#noticeChange().catch(() => {})
  }

  /** What {@link current} would decide, without deciding it. */
  status() {
    const now = this.now()
    const { held, failures } = this.#state
    return {
      state: stateOf(held, now),
      held,
      isRenewing: this.#flight !== undefined,
      isPostponed: held !== undefined && now < held.postponedUntil,
      isSignInRequired: failures.isSignInRequired,
      failure: failures.recall(),
    }
  }

  /**
   * Forgets the token here and in the store; wins over a renewal under way.
   * @param tell what to do then about the tokens that were there, also where the store failed: that of a renewal under way, too,
   * for which this waits
   * @param waitMs for how long
   */
  async clear(tell?: (tokens: readonly Token[]) => Promise<void>, waitMs = 0): Promise<void> {
    const [held, flight] = [this.#held, this.#flight]
    this.#forget(tell !== undefined)
    const end = async () => {
      let ended = held ? [held.token] : []
      try {
        await this.#renewal.clear(held, (token, isOfAnother) => {
          ended = isOfAnother ? [...ended, token] : [token]
        })
        // What came in meanwhile may be what has just ended.
        if (this.#held) await this.#noticeChange()
      } finally {
        if (tell) await tell(await this.#withGranted(ended, flight, waitMs))
      }
    }
    // A flight of its own, which keeps the process alive until it is done.
    await new SharedFlight<void>(end, () => {}).join()
  }

  /** With what a flight was granted that was under way, once it has ended. */
  async #withGranted(ended: readonly Token[], flight: SharedFlight<Landing> | undefined, waitMs: number): Promise<readonly Token[]> {
    const landing = flight && (await deadline(flight.work, waitMs))
    flight?.end()
    return addGranted(ended, landing === tooLate ? undefined : landing, this.now())
  }

  /**
   * Stops the schedule and the subscription, and ends a renewal that nobody waits for, where it uses up nothing. Calls
   * still work, and nothing is renewed in the background.
   */
  dispose(): void {
    this.#state.dispose()
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    if (this.#flight && !this.#flight.hasWaiters && !this.#renewal.mayUseUp(this.#held?.token)) this.#flight.end()
  }

  /** Resolves when no renewal is under way. */
  async settle(): Promise<void> {
    while (this.#flight) await this.#flight.join()
  }

  get #held(): HeldToken | undefined {
    return this.#state.held
  }

  get #renewal(): Renewal {
    this.#lasting ??= new Renewal(this.#options)
    return this.#lasting
  }

  /** A store that answers now with one record, now with another, would have each token asked for and thrown away. */
  #unsettled(): TokenStoreError {
    const error = new TokenStoreError('store_failed', unsettledMessage)
    this.#state.noteFailure(error, true)
    return error
  }

  /** @param isAhead whether it is only for its age that the token is renewed */
  #renewInBackground(isAhead: boolean): void {
    if (this.#flight || this.#state.isDisposed || this.#held?.isUnrenewable || this.#state.failures.recall()) return
    this.#flight = this.#startFlight(isAhead)
  }

  #startFlight(isAhead = false): SharedFlight<Landing> {
    const epoch = this.epoch
    const isWanted = () => epoch === this.epoch
    return new SharedFlight<Landing>(
      async (flight) => {
        try {
          return await this.#fly(flight, isWanted, isAhead)
        } catch (error) {
          if (isWanted() && !flight.signal.aborted) this.#state.noteFailure(error, flight.hasWaiters)
          // Given up since nobody waited for it: whoever has come since begins another one.
          return flight.signal.aborted ? { is: 'postponed' } : { is: 'failed', error }
        } finally {
          // It may have found a further sign-out, which ends what is held since.
          if (!isWanted() && this.#held) this.onStoreChange()
        }
      },
      (flight) => {
        if (this.#flight !== flight) return
        this.#flight = undefined
        if (!this.#renewal.hasMemory) this.#lasting = undefined
      },
    )
  }

  /** One renewal: the store first, then what failed lately, then the token endpoint. */
  async #fly(flight: SharedFlight<Landing>, isWanted: () => boolean, isAhead: boolean): Promise<Landing> {
    const unopened = this.#renewal.isOpen ? undefined : this.#state.failures.recall()
    if (unopened) return { is: 'failed', error: unopened }
    await this.#subscribeOnce()
    const held = this.#held
    const seen = await this.#look()
    if (!isWanted()) return { is: 'cleared' }
    // What came in meanwhile is newer than what was read.
    if (this.#held && this.#held !== held && !isOfAnotherSignIn(seen, this.#held)) return { is: 'held', held: this.#held }
    const taken = this.#take(seen)
    if (taken) return taken
    const known = this.#state.failures.find(seen, this.#renewal.isNewSignIn)
    if (known) return { is: 'failed', error: known }
    const request: RenewalRequest = {
      held,
      isRejected: held?.isRejected ?? false,
      isWanted,
      mayPostpone: () => this.#held !== held || (isAhead && !flight.hasWaiters && this.#state.canPostpone),
      remember: (error, timesBefore) => (flight.signal.aborted ? undefined : this.#state.failures.remember(error, timesBefore)),
      signal: flight.signal,
    }
    return this.#renew(request, seen)
  }

  async #renew(request: RenewalRequest, seen: StoredAnswer): Promise<Landing> {
    const { isNewSignIn } = this.#renewal
    this.#isSigningIn = isNewSignIn
    const result = await this.#renewal.run(request, seen).catch((error: unknown) => ({ is: 'failed', error }) as const)
    if (!request.isWanted()) return { is: 'cleared', granted: grantedBy(result) }
    this.#isSigningIn = false
    // A token came in from another context, and ended the wait for the lock, or the request. What was read since may end it.
    if (this.#held && this.#held !== request.held && result.is !== 'renewed') {
      this.onStoreChange()
      return { is: 'held', held: this.#held }
    }
    if (result.is === 'failed') throw result.error
    // The code was refused. Whoever is signed in here instead, the calls that wait were not made for them.
    const isOfAnother = result.is === 'adopted' || (result.is === 'renewed' && result.how !== this.#options.source.grantType)
    if (isNewSignIn && isOfAnother) this.#state.beginEpoch()
    return this.#land(result)
  }

  #land(result: RenewalResult): Landing {
    switch (result.is) {
      case 'renewed':
        return { is: 'held', held: this.#state.hold(result.held, this.#held ? 'renewed' : 'acquired', result.how) }
      case 'adopted':
        return { is: 'held', held: this.#state.hold(result.held, 'adopted') }
      case 'cleared':
        // By another context.
        this.#forget()
        return { is: 'cleared' }
      case 'postponed':
        this.#state.postpone(result.code)
        return { is: 'postponed' }
      case 'refused-before':
        return { is: 'failed', error: this.#state.failures.adopt(result.refusal) }
    }
  }

  /** Takes what the store holds: a fresh token of another context, or its sign-out. */
  #take(seen: StoredAnswer): Landing | undefined {
    if (this.#isSigningIn || this.#renewal.isNewSignIn) return undefined
    const settled = this.#state.settledBy(seen)
    const landing = settled && this.#land(settled)
    // Also where it has ended the one before: calls from now on are made for it.
    this.#state.noteFound(seen)
    return landing
  }

  /** @param isFlightWanted whether somebody wants to know what a flight under way comes to */
  #forget(isFlightWanted = false): void {
    const isChange = this.#held !== undefined || this.#flight !== undefined || !this.#state.failures.isEmpty
    this.#isSigningIn = false
    this.#state.forget()
    this.#flight?.abandon({ is: 'cleared' })
    if (!isFlightWanted) this.#flight?.end()
    this.#flight = undefined
    // Two managers that sign out together would else call one another without an end.
    if (isChange) this.#options.events.emit('cleared', {})
  }

  async #subscribeOnce(): Promise<void> {
    if (this.#unsubscribe || this.#state.isDisposed) return
    // Held weakly: a store does not keep a manager that nobody else holds.
    const keeper = new WeakRef(this)
    const unsubscribe = await this.#renewal.subscribe(() => keeper.deref()?.onStoreChange())
    if (this.#unsubscribe || this.#state.isDisposed) unsubscribe?.()
    else this.#unsubscribe = unsubscribe
  }

  /** What the store holds. Whether a token that came in meanwhile is older than a sign-out, only another look can tell. */
  async #look(): Promise<StoredAnswer> {
    for (let before: StoredAnswer | undefined; ; ) {
      const held = this.#held
      const seen = await this.#renewal.look()
      // Where it gets no answer, the sign-out counts: what is stored can be adopted again.
      if (before && seen.is === 'unknown') return before
      if (held === this.#held || !isOfAnotherSignIn(seen, this.#held)) return seen
      before = seen
    }
  }

  async #noticeChange(): Promise<void> {
    const [epoch, held] = [this.epoch, this.#held]
    const seen = await this.#look()
    // What came in meanwhile is newer than what was read.
    if ((epoch !== this.epoch || held !== this.#held) && !isOfAnotherSignIn(seen, this.#held)) return
    if (this.#take(seen)?.is === 'held') this.#flight?.end()
  }
}
