import { SignInRequiredError, type TokenEndpointError, TokenStoreError, type TokenwellError } from '../base/errors.ts'
import { kindOf } from '../base/failure-kind.ts'
import { type GrantState, presentedText } from './grant-state.ts'
import type { GuardedStore, Written } from './guarded-store.ts'
import { adoptable, type Held, isOfAnotherSignIn, isOursAlone, isUnsaved, tokenToRenew } from './held.ts'
import { createRecord, createSignIn, dropRefreshToken, type LiveRecord, noteRefusal } from './record.ts'
import { type RenewalWindowOptions, renewalWindow } from './renewal-window.ts'
import { isLaterVersion, nothingStored, recordOf, type StoredAnswer, standingRefusal } from './stored-answer.ts'
import type { Token } from './token.ts'
import type { PreparedSecrets, TokenAnswer, TokenSource, Way } from './token-source.ts'
import type { StoredRefusal } from './token-store.ts'

/** What came of a renewal. Failures are thrown. */
export type RenewalResult =
  | { readonly is: 'renewed'; readonly held: Held; readonly how: string }
  /** Another context has got a token meanwhile. */
  | { readonly is: 'adopted'; readonly held: Held }
  /** The token was cleared while it was renewed: whoever waits starts anew. */
  | { readonly is: 'cleared' }
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

export interface RenewalParts {
  readonly source: TokenSource
  /** Called before the token endpoint is asked. */
  onTokenRequest(): void
  readonly window: RenewalWindowOptions
  readonly now: () => number
}

export interface AttemptOptions {
  readonly request: RenewalRequest
  /** None where the manager has no store, or its identity cannot be shared. */
  readonly store: GuardedStore | undefined
  readonly grant: GrantState
  /** The live record that was found before the lock: what callers wait for belongs to its sign-in. */
  readonly seen: LiveRecord | undefined
  /** Reads the store; what is being cleared is not found. */
  read(): Promise<StoredAnswer>
  /** The epoch that the store was last known to hold: of what is saved where no record says another. */
  lastEpoch(): string
  /** Whether the lock was acquired. */
  readonly isLocked: boolean
  /** Settles when the last tombstone was tried. */
  clearing(): Promise<unknown> | undefined
  readonly prepared: PreparedSecrets | undefined
}

/**
 * One run of a renewal: read, adopt what another context has got, else choose a way, go it, and save. It owns what it
 * needs for that, and ends with it. Whether it holds the lock is settled before it begins.
 */
export class RenewalAttempt {
  readonly #parts: RenewalParts
  readonly #options: AttemptOptions
  // As the store was last known to hold it when this began.
  #firstEpoch = ''
  #stored: StoredAnswer = nothingStored
  #prepared: PreparedSecrets | undefined
  // What was presented in this attempt and not granted. A store that removed its record when it refused a write.
  readonly #tried = new Set<string>()
  #refusal: TokenEndpointError | undefined
  #isWordless = false
  #mayHaveRemoved = false

  constructor(parts: RenewalParts, options: AttemptOptions) {
    this.#parts = parts
    this.#options = options
    this.#prepared = options.prepared
  }

  async run(): Promise<RenewalResult> {
    try {
      return await this.#renew()
    } catch (error) {
      await this.#noteInStore(error as TokenwellError)
      throw error
    }
  }

  async #renew(): Promise<RenewalResult> {
    for (;;) {
      if (await this.#isCleared()) return { is: 'cleared' }
      this.#stored = await this.#options.read()
      this.#firstEpoch = this.#options.lastEpoch()
      const settled = this.#settledBy(this.#stored) ?? this.#postponed()
      if (settled) return settled
      await this.#writeUnsaved()
      const way = this.#choose()
      if (await this.#isCleared()) return { is: 'cleared' }
      const granted = await this.#go(way)
      if (granted) return this.#save(way, granted)
    }
  }

  /** Whether the token was cleared. Not before its tombstone stands, since this renewal may be what holds the lock. */
  async #isCleared(): Promise<boolean> {
    if (this.#options.request.isWanted()) return false
    await this.#options.clearing()
    return true
  }

  #settledBy(stored: StoredAnswer): RenewalResult | undefined {
    const { held } = this.#options.request
    const [now, window] = [this.#parts.now(), this.#parts.window]
    if (this.#isNewSignIn) return undefined
    if (isOfAnotherSignIn(stored, held ?? { record: this.#options.seen })) return { is: 'cleared' }
    const adopted = adoptable(stored, held, { now, window, until: 'expiredAt' })
    if (adopted) return { is: 'adopted', held: adopted }
    const refusal = this.#tried.size === 0 && standingRefusal(stored, now)
    return refusal ? { is: 'refused-before', refusal } : undefined
  }

  /** Without the store each context would ask for itself, and a fleet all at once. */
  #postponed(): RenewalResult | undefined {
    const isUnknown = this.#stored.is === 'unknown'
    // That does not heal by waiting.
    if (isLaterVersion(this.#stored) || (this.#options.isLocked && !isUnknown) || !this.#options.request.mayPostpone()) return undefined
    return { is: 'postponed', code: isUnknown ? 'store_failed' : 'lock_not_acquired' }
  }

  /** Writes what the store did not take before: the held token is its latest. */
  async #writeUnsaved(): Promise<void> {
    const { request, store, isLocked } = this.#options
    const record = request.held?.record
    if (!isLocked || !store || !record || !isUnsaved(request.held, this.#stored)) return
    if ((await store.write(record)) === 'saved') this.#stored = { is: 'live', record }
    else this.#mayHaveRemoved = true
  }

  /**
   * The next way that is open: what the server gave, then the caller's grant; for a new sign-in the other way round.
   * @throws what callers get where there is none
   */
  #choose(): Way {
    const { source } = this.#parts
    for (const way of this.#isNewSignIn ? (['ask', 'present'] as const) : (['present', 'ask'] as const)) {
      if (!this.#isOpen(way)) continue
      if (!this.#usesUp(way) || this.#isAlone(way)) return way
      if (source.grant !== 'reusable')
        throw this.#storeError('lock_not_acquired', 'Another context may be using the refresh token: try again.')
    }
    // A token or a sign-in may be there, and nobody knows.
    if (this.#stored.is === 'unknown')
      throw this.#storeError('store_failed', 'The store did not say whether somebody is signed in: try again.')
    throw new SignInRequiredError(
      'No refresh token or grant is left that can get a new token: the user has to sign in again.',
      { cause: this.#refusal ?? this.#options.grant.refusal },
      this.#isWordless,
    )
  }

  get #isNewSignIn(): boolean {
    return this.#options.grant.isNewSignIn && !this.#tried.has('ask')
  }

  get #token(): Token | undefined {
    return tokenToRenew(this.#stored, this.#options.request.held)
  }

  get #offer(): 'refresh_token' | 'access_token' | undefined {
    return this.#options.grant.offerOf(this.#token, this.#parts.now())
  }

  #isOpen(way: Way): boolean {
    if (way === 'ask') return this.#options.grant.canAsk && !this.#tried.has('ask')
    return this.#offer !== undefined && !this.#tried.has(this.#presented as string)
  }

  get #presented(): string | undefined {
    return this.#token && this.#offer && presentedText(this.#token, this.#offer)
  }

  /** Whether what is presented is of no use once it was granted: two contexts must not present the same. */
  #usesUp(way: Way): boolean {
    return way === 'present' ? this.#offer === 'refresh_token' : this.#parts.source.grant === 'refresh-token'
  }

  /** Under the lock, and knowing what the store holds; or with a token that no other context has seen. */
  #isAlone(way: Way): boolean {
    const { held } = this.#options.request
    if (this.#options.isLocked && this.#stored.is !== 'unknown') return true
    return way === 'present' && isOursAlone(held) && this.#token === held.token
  }

  #storeError(code: 'store_failed' | 'lock_not_acquired', message: string): TokenStoreError {
    const cause = this.#stored.is === 'unknown' ? this.#stored.error : undefined
    return cause?.code === 'later_version' ? cause : new TokenStoreError(cause ? 'store_failed' : code, message, { cause })
  }

  /** Sends the request. Returns its token, or nothing where the next way may be tried. */
  async #go(way: Way): Promise<Token | undefined> {
    const { grant } = this.#options
    const presented = way === 'present' ? this.#presented : undefined
    let answer: TokenAnswer
    try {
      answer = await this.#send(way)
    } catch (error) {
      if (!this.#movesOnAfter(error, way)) throw error
      this.#tried.add(presented as string)
      return undefined
    }
    if (answer.is === 'granted') {
      grant.noteGranted(way)
      return answer.token
    }
    this.#refusal = answer.error
    if (this.#isFinal(answer.error, way)) throw answer.error
    this.#tried.add(presented ?? way)
    if (answer.hasWord) grant.noteRefused(way, presented, answer.error)
    else this.#isWordless = true
    if (answer.hasWord && answer.error.error === 'invalid_grant' && way === 'present') await this.#dropRefused()
    return undefined
  }

  #send(way: Way): Promise<TokenAnswer> {
    const { source, onTokenRequest } = this.#parts
    const token = this.#token
    const prepared = this.#prepared?.way === way ? this.#prepared : undefined
    this.#prepared = undefined
    onTokenRequest.call(this.#parts)
    const options = { prepared, signal: this.#options.request.signal }
    return way === 'present' && token ? source.present(token, options) : source.ask(options)
  }

  /** An outage never moves on, except where renewing uses up nothing and the token is of no use any more (CAM2). */
  #movesOnAfter(error: unknown, way: Way): boolean {
    const token = this.#token
    if (way === 'ask' || this.#usesUp(way) || !token || this.#parts.source.grant !== 'reusable') return false
    if (!['outage', 'lost', 'misdirected', 'no-token', 'throttled'].includes(kindOf(error))) return false
    const { isRejected } = this.#options.request
    return isRejected || this.#parts.now() >= renewalWindow(token, this.#parts.window, 0).expiredAt
  }

  /** Whether a refusal ends the renewal: of the client itself, or of credentials that are asked with each time. */
  #isFinal({ error }: TokenEndpointError, way: Way): boolean {
    if (this.#parts.source.grant === 'reusable') return way === 'ask' || error === 'invalid_client'
    return error === 'invalid_client' || error === 'invalid_scope'
  }

  /** The record loses the refresh token that the server called invalid: a manager for each request would present it each time. */
  async #dropRefused(): Promise<void> {
    const { store, isLocked } = this.#options
    if (!store || !isLocked || this.#stored.is !== 'live') return
    const current = await this.#options.read()
    if (current.is === 'live' && current.record.id === this.#stored.record.id) await store.write(dropRefreshToken(current.record))
  }

  async #save(way: Way, token: Token): Promise<RenewalResult> {
    const { store, request, isLocked } = this.#options
    const how = way === 'ask' ? this.#parts.source.grantType : (this.#offer ?? 'refresh_token')
    const usesUp = this.#usesUp(way)
    if (!store)
      return (await this.#isCleared())
        ? { is: 'cleared' }
        : renewed({ token, record: undefined, written: 'refused', replaces: undefined }, how)
    const current = await this.#options.read()
    const isSignIn = way === 'ask' && this.#parts.source.grant === 'one-time'
    if ((await this.#isCleared()) || this.#wasCleared(current, isSignIn)) return { is: 'cleared' }
    const isRepeatable = !usesUp && this.#parts.source.grant === 'reusable'
    // Nobody knows which of the two was asked for first.
    if (isRepeatable && this.#stored.is === 'unknown' && recordOf(current)) return this.#settledBy(current) ?? { is: 'cleared' }
    const lastEpoch = this.#options.lastEpoch()
    const epoch = this.#epochBefore(current)
    // It may be another user's than the sign-in before, whose calls must not be carried out with it.
    const record = isSignIn ? createSignIn(store.key, recordOf(current)?.epoch, token) : createRecord(store.key, epoch, token)
    // What may have come into the store, a sign-out too, is not written over for what can be asked for again, or is ours alone.
    const mayWait = isRepeatable || (way === 'present' && this.#stored.is === 'unknown')
    const written = current.is === 'unknown' && mayWait ? 'refused' : await store.write(record)
    // Under the lock, where the store does not say what it holds, it still holds what it held.
    const before = current.is === 'unknown' ? this.#stored : current
    // The used refresh token is not left for others.
    const isRemoved = written === 'refused' && usesUp && isLocked && before.is === 'live' && (await store.remove())
    // Cleared between the look and the write: `clear()` waits for the lock, and then looks again.
    if ((await this.#isCleared()) || this.#options.lastEpoch() !== lastEpoch) return { is: 'cleared' }
    const replaces = this.#stored.is === 'unknown' ? request.held?.replaces : recordOf(before)?.id
    return renewed({ token, record, written, replaces: isRemoved ? undefined : replaces }, how)
  }

  /** Whether another context cleared the token meanwhile: its tombstone stands, or what was there has gone. */
  #wasCleared(current: StoredAnswer, isSignIn: boolean): boolean {
    if (current.is === 'nothing' && this.#stored.is === 'live' && !this.#mayHaveRemoved) return true
    // A notice may have been read meanwhile.
    if (current.is === 'unknown' || current.is === 'nothing') return this.#options.lastEpoch() !== this.#firstEpoch
    const before = this.#epochBefore(current)
    // Of two sign-ins the later one wins.
    const isOtherSignIn = isSignIn && current.is === 'live' && current.record.ended === before
    return current.record.epoch !== before && !isOtherSignIn
  }

  /** The epoch that this renewal began in. Where nobody knew what the store held, what it holds now counts. */
  #epochBefore(current: StoredAnswer): string {
    const before = recordOf(this.#stored) ?? this.#options.request.held?.record
    const known = before ?? (this.#stored.is === 'unknown' ? recordOf(current) : undefined)
    return known ? known.epoch : this.#firstEpoch
  }

  /** Contexts that come later do not present again what was just refused. */
  async #noteInStore(error: TokenwellError): Promise<void> {
    const { request, store, isLocked } = this.#options
    if (!request.isWanted()) return
    const before = recordOf(this.#stored)
    const note = request.remember(error, before?.refusal?.times ?? 0)
    if (!note || !store || !isLocked || this.#stored.is === 'unknown') return
    const current = await this.#options.read()
    const isSame = current.is !== 'unknown' && recordOf(current)?.id === before?.id
    if (isSame) await store.write(noteRefusal(store.key, recordOf(current), note))
  }
}

function renewed(
  held: { token: Token; record: LiveRecord | undefined; written: Written; replaces: string | undefined },
  how: string,
): RenewalResult {
  return { is: 'renewed', held, how }
}
