import { isTokenwellError, SignInRequiredError, TokenEndpointError, TokenStoreError, type TokenwellError } from '../base/errors.ts'
import { freezeCopy } from '../base/plain-data.ts'
import { randomId } from '../base/random-id.ts'
import type { GuardedStore } from './guarded-store.ts'
import { createRecord } from './record.ts'
import { type RenewalWindowOptions, renewalWindow } from './renewal-window.ts'
import type { Token } from './token.ts'
import type { TokenAnswer, TokenSource } from './token-source.ts'
import type { TokenRecord } from './token-store.ts'

// How long to wait for the lock: another context's whole renewal may be under way.
const lockWaitMs = { reusable: 2_000, usedUp: 5_000 }

/** A record that holds a token, as against a tombstone. */
export type LiveRecord = TokenRecord & { readonly token: Token }

/** What a renewal starts from: the token that this context uses. */
export interface RenewalBasis {
  readonly token: Token
  /** As it stands, or should stand, in the store; none without a store. */
  readonly record: LiveRecord | undefined
  /** Whether the store has it. */
  readonly isSaved: boolean
  /** Whether another context may have it: where it is saved, and where nobody knows whether it is. */
  readonly isShared: boolean
  /** The id of the record that it took the place of. */
  readonly replaces: string | undefined
}

export interface RenewalOutcome extends RenewalBasis {
  /** Whether another context had got it. */
  readonly isAdopted: boolean
  /** The grant type it was got with. */
  readonly grant: string
}

export interface RenewalOptions {
  readonly source: TokenSource
  readonly store: GuardedStore
  /** The key of the token's identity; not asked for without a store. */
  buildKey(): Promise<string>
  /** Called before the token endpoint is asked. */
  onTokenRequest(): void
  readonly window: RenewalWindowOptions
  readonly now: () => number
}

/** Whether this context's token is still wanted: not when it was cleared since the renewal began. */
export type IsWanted = () => boolean

/** Whether the renewal is rather tried again later than carried out without the store: nobody waits, and the token lives. */
export type CanRest = () => boolean

/** Says that the token was cleared while it was renewed: whoever waits starts anew. */
export class ClearedError extends Error {}

/** Says that the store did not give what it holds, and that there is time to try again: whoever waits by now starts anew. */
export class RestError extends Error {
  readonly code: 'lock_not_acquired' | 'store_failed'

  constructor(code: RestError['code']) {
    super()
    this.code = code
  }
}

/**
 * The renewal of one token, and the only writer of its record: lock, re-read, adopt what another context has got,
 * else ask, write durably, release. The caller publishes what comes out.
 */
export class Renewal {
  readonly #options: RenewalOptions
  // The caller's grant is a one-time grant that was used, or a refresh token that has a successor or was refused.
  #isGrantSpent = false
  #refusedToken: string | undefined
  #key: string | undefined
  // A record that was to be cleared, where the store did not take the tombstone.
  #clearedId: string | undefined
  #clearing: Promise<unknown> | undefined

  constructor(options: RenewalOptions) {
    this.#options = options
  }

  /** Listens for what other contexts write. Returns the function that stops. */
  async subscribe(listener: () => void): Promise<() => void> {
    return this.#options.store.subscribe(await this.#getKey(), listener)
  }

  /**
   * A token of the store that is fresh, and not the one that is held: used without the lock. `'cleared'` where another
   * context has cleared the one that is held.
   */
  async look(basis: RenewalBasis | undefined): Promise<RenewalOutcome | 'cleared' | undefined> {
    const stored = await this.#read(await this.#getKey())
    const isCleared = basis && isRecord(stored) && !stored.token && stored.epoch !== basis.record?.epoch
    return isCleared ? 'cleared' : this.#adoptable(stored, basis, 'agingAt')
  }

  /** Gets a token that is not the one that is held. The signal ends the wait for the lock, and nothing else. */
  async run(basis: RenewalBasis | undefined, isWanted: IsWanted, canRest: CanRest, signal: AbortSignal): Promise<RenewalOutcome> {
    const key = await this.#getKey()
    const { store, source } = this.#options
    const mayUseUp = source.grant !== 'reusable' || basis?.token.refreshToken !== undefined
    const waitMs = mayUseUp ? lockWaitMs.usedUp : lockWaitMs.reusable
    const readAndRenew = (isLocked: boolean) => this.#readAndRenew(key, basis, isWanted, isLocked, canRest)
    const locked = await store.withLock(key, { waitMs, signal }, () => readAndRenew(true))
    return locked === 'not-acquired' ? readAndRenew(false) : locked
  }

  /** Settles when the last tombstone was tried: what is being cleared is not to be found again meanwhile. */
  get clearing(): Promise<unknown> | undefined {
    return this.#clearing
  }

  /**
   * Puts a tombstone in the place of the record: a renewal that was sent before drops its result.
   * @throws TokenStoreError where the store does not take it; this context does not use the record again all the same
   */
  putTombstone(basis: RenewalBasis | undefined): Promise<TokenRecord | undefined> {
    const put = this.#putTombstone(basis)
    this.#clearing = put.catch(() => {})
    return put
  }

  async #putTombstone(basis: RenewalBasis | undefined): Promise<TokenRecord | undefined> {
    this.#isGrantSpent &&= this.#options.source.grant === 'one-time'
    this.#refusedToken = undefined
    const { store } = this.#options
    if (!store.isPresent) return undefined
    const key = await this.#getKey()
    const stored = await store.read(key)
    this.#clearedId = isRecord(stored) ? stored.id : basis?.record?.id
    const tombstone = createRecord(key, randomId())
    if ((await store.write(key, tombstone)) !== 'saved') {
      throw new TokenStoreError('store_failed', 'The token is forgotten here, but the store may still hold it: call clear() again.', {
        cause: store.lastError,
      })
    }
    return tombstone
  }

  /** Sees to it that the tombstone stands: a renewal elsewhere may have looked before it, and written after it. Nobody does under the lock. */
  async confirmTombstone(tombstone: TokenRecord): Promise<void> {
    const { store } = this.#options
    await store.withLock(tombstone.key, { waitMs: lockWaitMs.reusable }, async () => {
      const stored = await store.read(tombstone.key)
      if (stored !== 'failed' && stored?.epoch !== tombstone.epoch) await store.write(tombstone.key, tombstone)
    })
  }

  /** Ends a renewal that is not wanted any more; not before the tombstone stands, since it may be what holds the lock. */
  async #stopIfCleared(isWanted: IsWanted): Promise<void> {
    if (isWanted()) return
    await this.#clearing
    throw new ClearedError()
  }

  async #read(key: string): Promise<TokenRecord | 'failed' | undefined> {
    const stored = await this.#options.store.read(key)
    return isRecord(stored) && stored.id === this.#clearedId ? undefined : stored
  }

  async #getKey(): Promise<string> {
    if (this.#key === undefined) {
      const key = this.#options.store.isPresent ? await this.#options.buildKey() : ''
      // Another call may have been here meanwhile.
      this.#key ??= key
    }
    return this.#key
  }

  async #readAndRenew(
    key: string,
    basis: RenewalBasis | undefined,
    isWanted: IsWanted,
    isLocked: boolean,
    canRest: CanRest,
  ): Promise<RenewalOutcome> {
    const { store } = this.#options
    await this.#stopIfCleared(isWanted)
    let stored = await this.#read(key)
    const adopted = this.#adoptable(stored, basis, 'expiredAt')
    if (adopted) return adopted
    // Without the store each context would ask for itself, and a fleet all at once.
    if ((!isLocked || stored === 'failed') && canRest()) throw new RestError(stored === 'failed' ? 'store_failed' : 'lock_not_acquired')
    if (isLocked && basis?.record && isUnsaved(basis, stored) && (await store.write(key, basis.record)) === 'saved') stored = basis.record

    // Alone with it: under the lock, and knowing what the store holds; or with a token that no other context has seen.
    const token = tokenToRenew(stored, basis)
    const isExclusive = (isLocked && stored !== 'failed') || (basis !== undefined && !basis.isShared && token === basis.token)
    const obtained = await this.#obtain(key, stored, token, isExclusive, isWanted)
    return 'isSaved' in obtained ? obtained : this.#save(key, stored, basis, obtained, isWanted)
  }

  /** The order of design: what the server gave, then the caller's grant, then a person. */
  async #obtain(
    key: string,
    stored: TokenRecord | 'failed' | undefined,
    token: Token | undefined,
    isExclusive: boolean,
    isWanted: IsWanted,
  ): Promise<{ token: Token; grant: string } | RenewalOutcome> {
    const { source } = this.#options
    let refusal: TokenwellError | undefined
    // The refresh token of a grant has done its duty once the store holds a successor.
    if (source.grant === 'refresh-token' && token) this.#isGrantSpent = true
    // A new sign-in comes before what an older one has left in the store.
    const isNewSignIn = source.grant === 'one-time' && !this.#isGrantSpent
    for (const step of isNewSignIn ? (['ask', 'present'] as const) : (['present', 'ask'] as const)) {
      const offer = token && source.renewableBy(token, this.#options.now())
      const isPossible =
        step === 'ask' ? this.#canAsk() : offer && (offer !== 'refresh_token' || token?.refreshToken !== this.#refusedToken)
      if (!isPossible) continue
      const usesUp = step === 'present' ? offer === 'refresh_token' : source.grant === 'refresh-token'
      if (usesUp && !isExclusive) {
        if (source.grant === 'reusable') continue
        throw new TokenStoreError('lock_not_acquired', 'Another context may be using the refresh token: try again.', {
          cause: this.#options.store.lastError,
        })
      }
      await this.#stopIfCleared(isWanted)
      this.#options.onTokenRequest()
      try {
        return await (step === 'present' && token ? this.#present(token, usesUp) : this.#ask())
      } catch (error) {
        if (!this.#movesOn(error, step, usesUp, token)) throw error
        refusal = error
        if (step === 'ask') this.#isGrantSpent = true
        else if (usesUp) this.#refusedToken = token?.refreshToken
        // A code that comes a second time (a page that is loaded again): the sign-in it was for still stands.
        const standing = isNewSignIn && step === 'ask' ? this.#adoptable(stored, undefined, 'expiredAt') : undefined
        if (standing) return standing
        // Another context may have rotated it.
        const again = usesUp ? await this.#read(key) : stored
        if (isLive(again) && (!isRecord(stored) || again.id !== stored.id)) {
          return this.#adoptable(again, undefined, 'expiredAt') ?? this.#obtain(key, again, again.token, isExclusive, isWanted)
        }
      }
    }
    throw new SignInRequiredError('Nothing that is held gets a token any more: the user has to sign in again.', { cause: refusal })
  }

  async #present(token: Token, usesUp: boolean): Promise<{ token: Token; grant: string }> {
    const { source } = this.#options
    return { token: tokenOf(await source.present(token)), grant: usesUp ? 'refresh_token' : source.grantType }
  }

  async #ask(): Promise<{ token: Token; grant: string }> {
    const { source } = this.#options
    const token = tokenOf(await source.ask())
    this.#isGrantSpent = source.grant !== 'reusable'
    return { token, grant: source.grantType }
  }

  #canAsk(): boolean {
    return this.#options.source.grant !== 'absent' && !this.#isGrantSpent
  }

  /** Whether the next step may be tried after this failure. */
  #movesOn(error: unknown, step: 'present' | 'ask', usesUp: boolean, token: Token | undefined): error is TokenwellError {
    if (!isTokenwellError(error)) return false
    const { grant: grantUse } = this.#options.source
    const isRefused = error instanceof TokenEndpointError && error.code === 'refused'
    if (isRefused && error.error === 'invalid_grant') return step === 'present' || grantUse !== 'reusable'
    if (step === 'ask' || grantUse !== 'reusable') return false
    // The grant works again: what says no to renewing at all does not end it, unless it is the client that is unknown.
    if (isRefused) return error.error !== 'invalid_client'
    // An outage never moves on, except where renewing uses up nothing and the token is of no use any more (CAM2).
    return !usesUp && token !== undefined && this.#options.now() >= renewalWindow(token, this.#options.window, 0).expiredAt
  }

  async #save(
    key: string,
    stored: TokenRecord | 'failed' | undefined,
    basis: RenewalBasis | undefined,
    { token, grant }: { token: Token; grant: string },
    isWanted: IsWanted,
  ): Promise<RenewalOutcome> {
    const { store } = this.#options
    const current = await this.#read(key)
    // Where nobody knew what the store held before, what it holds now counts.
    const before = isRecord(stored) ? stored : (basis?.record ?? (stored === 'failed' ? current : undefined))
    const epoch = isRecord(before) ? before.epoch : ''
    await this.#stopIfCleared(isWanted)
    if (isRecord(current) && current.epoch !== epoch) throw new ClearedError()
    const record = store.isPresent ? (createRecord(key, epoch, token) as LiveRecord) : undefined
    const written = record === undefined ? 'refused' : await store.write(key, record)
    // Cleared between the look and the write: `clear()` waits for the lock, and then looks again.
    await this.#stopIfCleared(isWanted)
    const saved = { isSaved: written === 'saved', isShared: written !== 'refused' }
    return { token, record, ...saved, replaces: stored === 'failed' ? basis?.replaces : stored?.id, isAdopted: false, grant }
  }

  /** A stored record that can be used in the place of what is held. */
  #adoptable(
    stored: TokenRecord | 'failed' | undefined,
    basis: RenewalBasis | undefined,
    until: 'agingAt' | 'expiredAt',
  ): RenewalOutcome | undefined {
    const { source, window, now } = this.#options
    if (source.grant === 'one-time' && !this.#isGrantSpent) return undefined
    if (!isLive(stored) || stored.id === basis?.record?.id || now() >= renewalWindow(stored.token, window, 0)[until]) return undefined
    // What is held took its place, and only could not be written.
    if (basis && isUnsaved(basis, stored)) return undefined
    return {
      token: freezeCopy(stored.token),
      record: stored,
      isSaved: true,
      isShared: true,
      replaces: undefined,
      isAdopted: true,
      grant: source.grantType,
    }
  }
}

function tokenOf(answer: TokenAnswer): Token {
  if (answer.is === 'refused') throw answer.error
  return answer.token
}

function isRecord(stored: TokenRecord | 'failed' | undefined): stored is TokenRecord {
  return typeof stored === 'object'
}

function isLive(stored: TokenRecord | 'failed' | undefined): stored is LiveRecord {
  return isRecord(stored) && stored.token !== undefined
}

/** Whether what is held could not be written, and nothing else has been since. */
function isUnsaved({ isSaved, isShared, replaces }: RenewalBasis, stored: TokenRecord | 'failed' | undefined): boolean {
  // Where nobody knows, an empty place may be one that was flushed after it was written.
  return !isSaved && stored !== 'failed' && (stored === undefined ? !isShared : stored.id === replaces)
}

/** Of what is held and what is stored, the one that the server gave last. */
function tokenToRenew(stored: TokenRecord | 'failed' | undefined, basis: RenewalBasis | undefined): Token | undefined {
  const held = basis?.token
  if (stored === 'failed') return held
  if (stored === undefined) {
    if (!held || !basis?.isShared) return held
    // Flushed or evicted: another context may have used the refresh token since, and nobody could tell.
    const { refreshToken: _, ...rest } = held
    return rest
  }
  return basis && (stored.id === basis.record?.id || isUnsaved(basis, stored)) ? held : stored.token
}
