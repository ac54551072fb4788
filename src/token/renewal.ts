import { TokenStoreError } from '../base/errors.ts'
import { randomId } from '../base/random-id.ts'
import { ClearedList, type Clearing, clearAgainLater, confirmCleared, standing } from './cleared.ts'
import { GrantState } from './grant-state.ts'
import type { GuardedStore } from './guarded-store.ts'
import type { Held } from './held.ts'
import { createTombstone } from './record.ts'
import { RenewalAttempt, type RenewalParts, type RenewalRequest, type RenewalResult } from './renewal-attempt.ts'
import { nothingStored, recordOf, type StoredAnswer } from './stored-answer.ts'
import type { TokenRecord } from './token-store.ts'

// How long to wait for the lock: another context's whole renewal may be under way.
const lockWaitMs = { reusable: 2_000, usedUp: 5_000 }

export interface RenewalOptions extends RenewalParts {
  /** The store, for the key of the token's identity; none where there is no store, or where the identity cannot be shared. */
  openStore(): Promise<GuardedStore | undefined>
}

/**
 * The renewal of one token, and the only writer of its record. It lives as long as its keeper, and knows what lasts from
 * one attempt to the next: the store, what of the grant is used up, and what was cleared.
 */
export class Renewal {
  readonly #options: RenewalOptions
  readonly #grant: GrantState
  #store: Promise<GuardedStore | undefined> | undefined
  #isOpen = false
  readonly #cleared = new ClearedList()
  // The epoch of what is saved where no record says another: the one that the store was last known to hold, and which read
  // said so; or one of its own, where the store did not take the tombstone.
  #last = { epoch: '', order: 0, isStored: false }
  #reads = 0
  #clearing: Promise<unknown> | undefined

  constructor(options: RenewalOptions) {
    this.#options = options
    this.#grant = new GrantState(options.source)
  }

  /** Listens for what other contexts write. Returns the function that stops. */
  async subscribe(listener: () => void): Promise<(() => void) | undefined> {
    return (await this.#openStore())?.subscribe(listener)
  }

  /** What the store holds, without the lock. What is being cleared is not found: this waits until its tombstone was tried. */
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

  /** Gets a token that is not the held one: lock, re-read, adopt or ask, write, release. `seen` is what {@link look} gave. */
  async run(request: RenewalRequest, seen: StoredAnswer): Promise<RenewalResult> {
    const store = await this.#openStore()
    const { source, now } = this.#options
    const token = seen.is === 'live' ? seen.record.token : request.held?.token
    const way = this.#grant.probableWay(token, now())
    // Before the lock: it must not wait for somebody's vault.
    const prepared = way && (await source.prepare(way))
    const attempt = (isLocked: boolean) => {
      const read = () => this.#read(store)
      const lastEpoch = () => this.#last.epoch
      const record = seen.is === 'live' ? seen.record : undefined
      const clearing = () => this.#clearing
      const options = { request, store, grant: this.#grant, seen: record, lastEpoch, read, isLocked, clearing, prepared }
      return new RenewalAttempt(this.#options, options).run()
    }
    if (!store) return attempt(true)
    const mayUseUp = source.grant !== 'reusable' || token?.refreshToken !== undefined
    const waitMs = mayUseUp ? lockWaitMs.usedUp : lockWaitMs.reusable
    const locked = await store.withLock({ waitMs, signal: request.signal }, () => attempt(true))
    return locked === 'not-acquired' ? attempt(false) : locked
  }

  /**
   * Forgets what is stored: a tombstone takes the place of the record, so that a renewal that was sent before drops its
   * result. Where none can be written, the record is deleted.
   * @throws TokenStoreError where neither can be done; this context does not use the record again all the same
   */
  async clear(held: Held | undefined): Promise<void> {
    this.#grant.reset()
    const put = this.#putTombstone(held)
    this.#clearing = put.catch(() => {})
    const clearing = await put
    if (!clearing) return
    const confirm = () => confirmCleared(clearing)
    const locked = await clearing.store.withLock({ waitMs: lockWaitMs.reusable }, confirm)
    const outcome = locked !== 'not-acquired' ? locked : clearing.isSaved ? 'stands' : await confirm()
    if (outcome === 'failed') {
      throw new TokenStoreError('store_failed', 'The token is forgotten here, but the store may still hold it: call clear() again.')
    }
    if (outcome === 'stands') this.#cleared.add({ ...clearing.cleared, tombstone: standing(clearing.tombstone) })
    const isCleared = (stored: StoredAnswer) => this.#cleared.has(stored, this.#options.now())
    if (locked === 'not-acquired' || outcome === 'removed') clearAgainLater(clearing, isCleared).catch(() => {})
  }

  async #putTombstone(held: Held | undefined): Promise<Clearing | undefined> {
    const store = await this.#openStore()
    if (!store) return undefined
    const stored = await store.read()
    if (stored.is === 'unknown' && stored.error?.code === 'later_version') throw stored.error
    const at = this.#options.now()
    const cleared = { record: recordOf(stored) ?? held?.record, isKnown: stored.is !== 'unknown', at }
    this.#cleared.add(cleared)
    const tombstone = createTombstone(store.key, cleared.record, at)
    const isSaved = (await store.write(tombstone)) === 'saved'
    this.#last = { epoch: isSaved ? tombstone.epoch : randomId(), order: ++this.#reads, isStored: isSaved }
    return { store, cleared, tombstone, isSaved }
  }

  async #read(store: GuardedStore | undefined): Promise<StoredAnswer> {
    const order = ++this.#reads
    const stored = (await store?.read()) ?? nothingStored
    const now = this.#options.now()
    if (this.#cleared.has(stored, now)) return nothingStored
    if (stored.is === 'live') this.#grant.noteSuccessor()
    // What was read first may come last.
    if ((stored.is === 'live' || stored.is === 'cleared') && order > this.#last.order) this.#noteRecord(stored.record, order, now)
    return stored
  }

  /** Another epoch ends the one before, which may come back by a renewal that does not know it yet. */
  #noteRecord(record: TokenRecord, order: number, at: number): void {
    const { epoch, isStored } = this.#last
    const ended = record.ended ?? (isStored && epoch !== record.epoch ? epoch : undefined)
    const tombstone = record.token ? {} : { tombstone: standing(record) }
    if (ended !== undefined) this.#cleared.add({ record: { epoch: ended }, isKnown: true, at, ...tombstone })
    this.#last = { epoch: record.epoch, order, isStored: true }
  }

  /** Opened once: without WebCrypto a key cannot be worked out a second time. A failure is not kept. */
  #openStore(): Promise<GuardedStore | undefined> {
    if (!this.#store) {
      const opening = this.#options.openStore()
      this.#store = opening
      opening.then(
        () => {
          this.#isOpen = true
        },
        () => {
          this.#store = undefined
        },
      )
    }
    return this.#store
  }
}
