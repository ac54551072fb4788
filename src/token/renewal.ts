import { TokenStoreError } from '../base/errors.ts'
import { randomId } from '../base/random-id.ts'
import { sleep } from '../base/time.ts'
import { GrantState } from './grant-state.ts'
import type { GuardedStore } from './guarded-store.ts'
import { type Held, isBehind, isOfAnotherSignIn, isOursAlone } from './held.ts'
import { createTombstone } from './record.ts'
import { type AttemptOptions, RenewalAttempt, type RenewalParts, usedUpLockWaitMs } from './renewal-attempt.ts'
import type { RenewalRequest, RenewalResult } from './renewal-request.ts'
import { isLaterVersion, nothingStored, recordOf, type StoredAnswer } from './stored-answer.ts'
import type { Token } from './token.ts'
import type { TokenRecord } from './token-store.ts'

/** How long to wait for the lock, ms: another context's whole renewal may be under way. */
export const lockWaitMs = 2_000
// No renewal takes longer. One that began before a sign-out may save its token until then.
const longestRenewalMs = 60_000

export interface RenewalOptions extends RenewalParts {
  /** The store, for the key of the token's identity; none where there is no store, or where the identity cannot be shared. */
  openStore(): Promise<GuardedStore | undefined>
}

/**
 * The renewal of one token, and the only writer of its record. It knows what lasts from one attempt to the next: the store,
 * what of the grant is used up, and what was cleared.
 */
export class Renewal {
  readonly #options: RenewalOptions
  readonly #grant: GrantState
  #store: GuardedStore | undefined
  #isOpen = false
  // Until it is open: a promise that is kept for good would take as much room as the renewal's own fields.
  #opening: Promise<GuardedStore | undefined> | undefined
  // What was cleared last. A store may still return it: it did not take the tombstone, or its reads lag.
  #clearedIds: readonly (string | undefined)[] | undefined
  // The epoch that the store was last known to hold; one of its own, where the store did not take the tombstone.
  #epoch = ''
  #clearing: Promise<unknown> | undefined

  constructor(options: RenewalOptions) {
    this.#options = options
    this.#grant = new GrantState(options.source)
  }

  /** Listens for what other contexts write. Returns the function that stops. */
  async subscribe(listener: () => void): Promise<(() => void) | undefined> {
    return (await this.#openStore())?.subscribe(listener)
  }

  /** What the store holds, without the lock. A record that is being cleared is not found: this waits until its tombstone was tried. */
  async look(): Promise<StoredAnswer> {
    await this.#clearing
    return this.#read(await this.#openStore())
  }

  /** Whether the store has been opened: until then nothing is known of it. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Whether the caller signs in anew: what an older sign-in has left in the store does not count. */
  get isNewSignIn(): boolean {
    return this.#grant.isNewSignIn
  }

  /** Whether the next attempt may go another way without it. Else it has found no store, and the grant is as it was given. */
  get hasMemory(): boolean {
    return !this.#isOpen || this.#store !== undefined || !this.#grant.isUntouched
  }

  /** Gets a token that is not the held one: lock, re-read, adopt or ask, write, release. `seen` is what {@link look} gave. */
  async run(request: RenewalRequest, seen: StoredAnswer): Promise<RenewalResult> {
    const store = await this.#openStore()
    const { source, now } = this.#options
    const token = seen.is === 'live' ? seen.record.token : request.held?.token
    const way = this.#grant.probableWay(token, now())
    // Before the lock: it must not wait for somebody's vault.
    const prepared = way && (await source.prepare(way))
    const attempt = (isLocked: boolean) => this.#attempt({ request, store, seen, isLocked, prepared })
    if (!store) return attempt(true)
    const waitMs = this.mayUseUp(token) ? usedUpLockWaitMs : lockWaitMs
    const locked = await store.withLock({ waitMs, signal: request.signal }, () => attempt(true))
    return locked === 'not-acquired' ? attempt(false) : locked
  }

  #attempt(options: Omit<AttemptOptions, 'grant' | 'epoch' | 'read' | 'clearing'>): Promise<RenewalResult> {
    const lasting = { grant: this.#grant, epoch: () => this.#epoch, clearing: () => this.#clearing }
    return new RenewalAttempt(this.#options, { ...options, ...lasting, read: () => this.#read(options.store) }).run()
  }

  /** Whether a renewal from this token may use up what it presents: it then goes on to its end, whoever waits. */
  mayUseUp(token: Token | undefined): boolean {
    return this.#options.source.grant !== 'reusable' || token?.refreshToken !== undefined
  }

  /**
   * Forgets what is stored: a tombstone takes the place of the record, so that a renewal that was sent before drops its
   * result. Where none can be written, the record is deleted.
   * @param onEnded called with the token that was stored, where it is not the held one, and with whether that is another sign-in's
   * @throws TokenStoreError where neither can be done; this context does not use the record again all the same
   */
  async clear(held: Held | undefined, onEnded?: (token: Token, isOfAnother: boolean) => void): Promise<void> {
    this.#grant.reset()
    const put = this.#putTombstone(held)
    this.#clearing = put.catch(() => {})
    const { store, ended, tombstone, isSaved, other, isOfAnother = false } = await put
    if (other) onEnded?.(other, isOfAnother)
    if (!store || !tombstone) return
    const confirm = () => confirmCleared(store, tombstone, isSaved)
    const locked = await store.withLock({ waitMs: lockWaitMs }, confirm)
    const outcome = locked !== 'not-acquired' ? locked : isSaved ? 'stands' : await confirm()
    if (outcome === 'failed') {
      throw new TokenStoreError('store_failed', 'The token is forgotten here, but the store may still hold it: call clear() again.')
    }
    if (outcome === 'removed') removeAgainLater(store, ended, this.#options.now()).catch(() => {})
  }

  async #putTombstone(held: Held | undefined) {
    if (held?.record) this.#clearedIds = [held.record.id]
    const store = await this.#openStore()
    if (!store) return {}
    const stored = await store.read()
    if (stored.is === 'unknown' && isLaterVersion(stored)) throw stored.error
    const ended = recordOf(stored) ?? held?.record
    if (ended) this.#clearedIds = [ended.id, held?.record?.id]
    const tombstone = createTombstone(store.key, ended, this.#options.now())
    const isSaved = (await store.write(tombstone)) === 'saved'
    this.#epoch = isSaved ? tombstone.epoch : randomId()
    // Where it is not the older one.
    const other = held && isBehind(held, stored) ? undefined : recordOf(stored)?.token
    return { store, ended, tombstone, isSaved, other, isOfAnother: isOfAnotherSignIn(stored, held) || isOursAlone(held) }
  }

  async #read(store: GuardedStore | undefined): Promise<StoredAnswer> {
    const stored = (await store?.read()) ?? nothingStored
    const record = recordOf(stored)
    if (record?.token && this.#clearedIds?.includes(record.id)) return nothingStored
    if (stored.is === 'live') this.#grant.noteSuccessor()
    this.#epoch = record?.epoch || this.#epoch
    return stored
  }

  /** Opened once. A failure is not kept. */
  async #openStore(): Promise<GuardedStore | undefined> {
    if (this.#isOpen) return this.#store
    this.#opening ??= this.#options.openStore()
    try {
      this.#store = await this.#opening
      this.#isOpen = true
      return this.#store
    } finally {
      this.#opening = undefined
    }
  }
}

/**
 * Sees to it that a tombstone stands, or else that nothing does: a renewal elsewhere may have looked before it, and written
 * after it. Nobody does so under the lock.
 */
async function confirmCleared(store: GuardedStore, tombstone: TokenRecord, isSaved: boolean): Promise<'stands' | 'removed' | 'failed'> {
  const stored = await store.read()
  if (stored.is === 'unknown' ? isSaved : recordOf(stored)?.epoch === tombstone.epoch) return 'stands'
  if ((await store.write(tombstone)) === 'saved') return 'stands'
  return (await store.remove()) ? 'removed' : 'failed'
}

/** A renewal elsewhere may have begun before the sign-out, and save its token when the record is gone. */
async function removeAgainLater(store: GuardedStore, ended: TokenRecord | undefined, endedAt: number): Promise<void> {
  await sleep(longestRenewalMs)
  const stored = await store.read()
  // One that was asked for later is a new sign-in's.
  const isOld = stored.is === 'live' && stored.record.epoch === (ended?.epoch ?? '') && stored.record.token.issuedAt <= endedAt
  if (isOld) await store.remove()
}
