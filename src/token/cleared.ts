import { sleep } from '../base/time.ts'
import type { GuardedStore } from './guarded-store.ts'
import { shortestTombstoneMs } from './record.ts'
import { recordOf, type StoredAnswer } from './stored-answer.ts'
import type { TokenRecord } from './token-store.ts'

// No renewal takes longer. One that began before a sign-out may save its token until then.
const longestRenewalMs = 60_000
// A renewal that began before one sign-out may end after several.
const mostCleared = 8

/** A sign-out, here or elsewhere: what it ended is not used again, whoever writes it. */
export interface Cleared {
  readonly record: { readonly id?: string; readonly epoch: string } | undefined
  /** Whether the store said what it held. */
  readonly isKnown: boolean
  /** When that was known here, ms since the epoch. */
  readonly at: number
  /** The tombstone, where one has stood in the store, and when it did last, by the monotonic clock. */
  readonly tombstone?: { readonly epoch: string; readonly seenAt: number }
}

/** The sign-outs that are known here. */
export class ClearedList {
  #list: readonly Cleared[] = []

  /** Whether the store holds something that was cleared. Where a sign-out did not know what it ended, this read tells. */
  has(stored: StoredAnswer, now: number): boolean {
    if (this.#list.length === 0 || stored.is === 'unknown') return false
    const isAny = this.#list.some((cleared) => isCleared(stored, cleared, now))
    this.#list = this.#list.map((cleared) => (cleared.isKnown ? cleared : { ...cleared, isKnown: true, ...(isAny && { record: stored.record }) }))
    return isAny
  }

  /** Adds a sign-out, in the place of what was known of the same before. */
  add(cleared: Cleared): void {
    const others = this.#list.filter(({ record }) => record?.epoch !== cleared.record?.epoch)
    this.#list = [...others, cleared].slice(-mostCleared)
  }
}

/** Whether the store holds what was cleared: that very record, or what was asked for before and has been written since. */
function isCleared(stored: StoredAnswer, { record, isKnown, at, tombstone }: Cleared, now: number): boolean {
  if (stored.is === 'unknown') return false
  if (stored.record && stored.record.id === record?.id) return true
  if (stored.is !== 'live') return false
  const { epoch, ended, token } = stored.record
  // A sign-out that lies ahead was dated by a clock that has been set right since.
  const isBefore = token.issuedAt < at && at <= now
  if (!isKnown) return isBefore
  const before = record?.epoch ?? ''
  const ageMs = tombstone ? performance.now() - tombstone.seenAt : Number.POSITIVE_INFINITY
  const stands = ageMs < shortestTombstoneMs
  // What follows upon no record has no epoch. It may be a new sign-in, but not for as long as the tombstone stands.
  if (epoch === before) return epoch !== '' || isBefore || stands
  // Who wrote it did not see the tombstone; or another one since, as clocks that differ cannot tell for long.
  const isBlind = epoch !== tombstone?.epoch && ended !== tombstone?.epoch
  return isBlind && ((stands && ended === before) || (isBefore && ageMs < longestRenewalMs))
}

export interface Clearing {
  readonly store: GuardedStore
  readonly cleared: Cleared
  readonly tombstone: TokenRecord
  /** Whether the store took the tombstone. */
  readonly isSaved: boolean
}

/** A tombstone that stands now. */
export function standing({ epoch }: TokenRecord): NonNullable<Cleared['tombstone']> {
  return { epoch, seenAt: performance.now() }
}

/**
 * Sees to it that a tombstone stands, or else that nothing does: a renewal elsewhere may have looked before it, and written
 * after it. Nobody does so under the lock. What has another epoch follows upon another sign-out, and is left.
 */
export async function confirmCleared({ store, cleared, tombstone, isSaved }: Clearing): Promise<'stands' | 'removed' | 'failed'> {
  const stored = await store.read()
  const { epoch, ended } = recordOf(stored) ?? {}
  const before = cleared.record?.epoch ?? ''
  const isOther = cleared.isKnown && epoch !== undefined && epoch !== before && (ended !== before || !isSaved)
  if (stored.is === 'unknown' ? isSaved : isOther || epoch === tombstone.epoch) return 'stands'
  if ((await store.write(tombstone)) === 'saved') return 'stands'
  return (await store.remove()) ? 'removed' : 'failed'
}

/** A renewal elsewhere may have begun before the sign-out, and save its token in the place of the tombstone, or of nothing. */
export async function clearAgainLater({ store, tombstone }: Clearing, isCleared: (stored: StoredAnswer) => boolean): Promise<void> {
  await sleep(longestRenewalMs)
  if (!isCleared(await store.read())) return
  if ((await store.write(tombstone)) !== 'saved') await store.remove()
}
