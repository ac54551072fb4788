import { SignInRequiredError, type TokenEndpointError, TokenStoreError, type TokenwellError } from '../base/errors.ts'
import { kindOf } from '../base/failure-kind.ts'
import { type GrantState, presentedText } from './grant-state.ts'
import type { GuardedStore } from './guarded-store.ts'
import { adoptable, isOfAnotherSignIn, isOursAlone, isUnsaved, settledByStore, tokenToRenew } from './held.ts'
import { createRecord, createSignInEpoch, dropRefreshToken, hasSameSignOut, type LiveRecord, noteRefusal } from './record.ts'
import type { RenewalRequest, RenewalResult } from './renewal-request.ts'
import { type RenewalWindowOptions, renewalWindow } from './renewal-window.ts'
import { isLaterVersion, notedRefusal, nothingStored, recordOf, type StoredAnswer, standingRefusal } from './stored-answer.ts'
import type { Token } from './token.ts'
import type { PreparedSecrets, TokenAnswer, TokenSource, Way } from './token-source.ts'
import type { TokenRecord } from './token-store.ts'

/** How long to wait for the lock, ms, to use up what is presented: nothing else will do. */
export const usedUpLockWaitMs = 5_000

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
  /** What the store held before there was the lock. */
  readonly seen: StoredAnswer
  /** Reads the store; what is being cleared is not found. */
  read(): Promise<StoredAnswer>
  /** The epoch that was last known: of what is saved where no record says another. */
  epoch(): string
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
  readonly #begunAt = performance.now()
  #stored: StoredAnswer = nothingStored
  #epoch = ''
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
      const current = await this.#noteInStore(error as TokenwellError)
      // Another context has signed out meanwhile: the failure was that of a sign-in that has ended.
      if (current && isOfAnotherSignIn(current, this.#options.request.held)) return { is: 'cleared' }
      throw error
    }
  }

  async #renew(): Promise<RenewalResult> {
    for (;;) {
      if (await this.#isCleared()) return { is: 'cleared' }
      this.#stored = await this.#options.read()
      this.#epoch = this.#options.epoch()
      const settled = this.#settledByStore() ?? this.#postponed()
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

  #settledByStore(): RenewalResult | undefined {
    const { held } = this.#options.request
    const [now, window] = [this.#parts.now(), this.#parts.window]
    if (this.#isNewSignIn) return undefined
    // Whoever holds nothing belongs to the sign-in that was found before the lock, or to none.
    const settled = settledByStore(this.#stored, held, { before: recordOf(this.#options.seen), now, window, until: 'expiredAt' })
    if (settled) return settled
    // Also where another context has noted it since this one began; not where the caller's grant was just tried here.
    const refusal = !this.#tried.has('ask') && standingRefusal(this.#stored, now, this.#parts.source.credentialMark)
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
    if (this.#token) this.#options.grant.noteSuccessor()
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

  /** Why the store is of no use here: in its own words, where it said why. */
  #storeError(code: 'store_failed' | 'lock_not_acquired', message: string): TokenStoreError {
    const said = this.#stored.is === 'unknown' ? this.#stored.error : undefined
    return said ?? new TokenStoreError(code, message)
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
    // A manager for each request would present it each time.
    if (answer.hasWord && answer.error.error === 'invalid_grant' && way === 'present' && this.#stored.is === 'live')
      await this.#amend((_, record) => dropRefreshToken(record as LiveRecord))
    return undefined
  }

  #send(way: Way): Promise<TokenAnswer> {
    const { source, onTokenRequest } = this.#parts
    const token = this.#token
    const prepared = this.#prepared?.way === way ? this.#prepared : undefined
    this.#prepared = undefined
    onTokenRequest.call(this.#parts)
    this.#options.grant.noteSent()
    const options = { prepared, signal: this.#options.request.signal }
    if (way === 'present' && token) return source.present(token, options)
    return source.ask({ ...options, previous: recordOf(this.#stored)?.refusal ? undefined : token })
  }

  /** An outage never moves on, except where renewing uses up nothing and the token is of no use any more (CAM2). */
  #movesOnAfter(error: unknown, way: Way): boolean {
    const token = this.#token
    if (way === 'ask' || this.#usesUp(way) || !token || this.#parts.source.grant !== 'reusable') return false
    if (!/outage|lost|misdirected|no-token|throttled/.test(kindOf(error))) return false
    const { isRejected } = this.#options.request
    return isRejected || this.#parts.now() >= renewalWindow(token, this.#parts.window, 0).expiredAt
  }

  /** Whether a refusal ends the renewal: of the client itself, or of credentials that are asked with each time. */
  #isFinal({ error }: TokenEndpointError, way: Way): boolean {
    if (this.#parts.source.grant === 'reusable') return way === 'ask' || error === 'invalid_client'
    return error === 'invalid_client' || error === 'invalid_scope'
  }

  async #save(way: Way, token: Token): Promise<RenewalResult> {
    const { store, request, isLocked } = this.#options
    const how = way === 'ask' ? this.#parts.source.grantType : (this.#offer ?? 'refresh_token')
    const usesUp = this.#usesUp(way)
    const isSignIn = way === 'ask' && this.#parts.source.grant === 'one-time'
    const canAskAgain = !usesUp && this.#parts.source.grant === 'reusable'
    // A notice may have told of a sign-out. A late read may, too, of an older one: what cannot be asked for again is not dropped for it.
    const isTold = canAskAgain && this.#options.epoch() !== this.#epoch
    const current = await this.#options.read()
    if ((await this.#isCleared()) || isTold || this.#wasCleared(current, token, isSignIn)) return { is: 'cleared', granted: token }
    this.#epoch = this.#options.epoch()
    // A new sign-in may be another user's: the calls of the one before are not carried out with it.
    const record =
      store && createRecord(store.key, isSignIn ? createSignInEpoch(this.#epochBefore(current)) : this.#epochBefore(current), token)
    const isLeftAlone = canAskAgain && this.#isLeftAlone(current)
    const written = record && !isLeftAlone ? await store.write(record) : 'refused'
    const before = isLeftAlone || current.is === 'unknown' ? this.#stored : current
    // The used refresh token is not left for others.
    const isRemoved = written === 'refused' && usesUp && isLocked && before.is === 'live' && (await store?.remove())
    // Cleared since the look: `clear()` waits for the lock, and then looks again.
    if ((await this.#isCleared()) || ![this.#epoch, record?.epoch].includes(this.#options.epoch())) return { is: 'cleared', granted: token }
    const replaced = this.#stored.is === 'unknown' ? request.held?.replaces : recordOf(before)?.id
    return { is: 'renewed', held: { token, record, written, replaces: isRemoved ? undefined : replaced }, how }
  }

  /**
   * Whether a token that can be asked for again is not written over this. An unknown record may be a sign-out. Without the
   * lock, a token that has come meanwhile serves as well: each of a fleet would tell all others of one that they do not need.
   */
  #isLeftAlone(current: StoredAnswer): boolean {
    if (current.is === 'unknown') return true
    const rules = { now: this.#parts.now(), window: this.#parts.window, until: 'agingAt' } as const
    return (
      !this.#options.isLocked && !this.#options.request.isRejected && adoptable(current, this.#options.request.held, rules) !== undefined
    )
  }

  /** Whether another context ended meanwhile what `granted` belongs to: its tombstone stands, or what was there has gone. */
  #wasCleared(current: StoredAnswer, granted: Token, isSignIn: boolean): boolean {
    if (current.is === 'unknown') return this.#options.epoch() !== this.#epoch
    if (current.is === 'nothing') return this.#stored.is === 'live' && !this.#mayHaveRemoved
    const before = this.#epochBefore(current)
    if (current.record.epoch === before) return false
    // Of two sign-ins beside one another, the last one stays.
    return !isSignIn || !hasSameSignOut(current.record.epoch, before) || this.#isEarlier(granted, current.record.token)
  }

  /** Whether another sign-in, saved without the lock while this one was under way, was asked for later. */
  #isEarlier({ issuedAt }: Token, other: Token | undefined): boolean {
    if (!other) return false
    if (other.issuedAt <= this.#parts.now()) return issuedAt < other.issuedAt
    // The clocks do not agree. If this one has held the lock for long, the other one may have waited for it in vain.
    return performance.now() - this.#begunAt >= usedUpLockWaitMs
  }

  /** The epoch that this renewal began in. Where nobody knows what the store held then, what it holds now counts. */
  #epochBefore(current: StoredAnswer): string {
    const before = recordOf(this.#stored) ?? this.#options.request.held?.record
    return before?.epoch ?? (this.#epoch || (this.#isUnsure && recordOf(current)?.epoch) || '')
  }

  /** Whether a sign-out that is found now may have come before this renewal. A token that can be asked for again is dropped for it all the same. */
  get #isUnsure(): boolean {
    return this.#stored.is === 'unknown' && this.#parts.source.grant !== 'reusable'
  }

  /** Contexts that come later do not present again what was just refused. */
  async #noteInStore(error: TokenwellError): Promise<StoredAnswer | undefined> {
    const { request } = this.#options
    // A sign-in that is required without a request says nothing new.
    if (!request.isWanted() || (error instanceof SignInRequiredError && !this.#refusal)) return undefined
    const { credentialMark: of } = this.#parts.source
    const note = request.remember(error, notedRefusal(this.#stored, of)?.times ?? 0)
    return note && this.#amend((key, record) => noteRefusal(key, record, { ...note, ...(of !== undefined && { of }) }))
  }

  /** Changes the stored record, where it is still the one that was read. Returns what was found. */
  async #amend(change: (key: string, record: TokenRecord | undefined) => TokenRecord): Promise<StoredAnswer | undefined> {
    const { store, isLocked } = this.#options
    // Without the lock somebody's token may be written over, which matters only where it cannot be asked for again.
    if (!store || !(isLocked || this.#parts.source.grant === 'reusable') || this.#stored.is === 'unknown') return undefined
    const current = await this.#options.read()
    const record = recordOf(current)
    if (current.is !== 'unknown' && record?.id === recordOf(this.#stored)?.id) await store.write(change(store.key, record))
    return current
  }
}
