import { TokenStoreError } from '../base/errors.ts'
import { freezeCopy } from '../base/plain-data.ts'
import { longestRetryAfterMs } from '../base/retry-after-limit.ts'
import { isRecordOf, type LiveRecord, laterVersionOf } from './record.ts'
import type { StoredRefusal, TokenRecord } from './token-store.ts'

/**
 * What a store says about a key. `unknown` is none of the others: what it may hold (a refresh token, a sign-in) is not
 * known to be absent.
 */
export type StoredAnswer =
  | { readonly is: 'unknown'; readonly error: TokenStoreError | undefined }
  /** No record, or one without a token that ended nothing: it only notes a refusal. */
  | { readonly is: 'nothing'; readonly record: TokenRecord | undefined }
  /** A tombstone: whatever belongs to another epoch was cleared. */
  | { readonly is: 'cleared'; readonly record: TokenRecord }
  | { readonly is: 'live'; readonly record: LiveRecord }

export const nothingStored: StoredAnswer = Object.freeze({ is: 'nothing', record: undefined })

/** Reads what a store returned for a key. A value that is no record of ours is a miss, but for one of a later version. */
export function readStoredValue(key: string, value: unknown): StoredAnswer {
  const laterVersion = laterVersionOf(value)
  if (laterVersion !== undefined) return { is: 'unknown', error: laterVersionError(laterVersion) }
  const record = isRecordOf(key, value) && copyOf(value)
  if (!record) return nothingStored
  if (record.token) return { is: 'live', record: record as LiveRecord }
  return record.epoch ? { is: 'cleared', record } : { is: 'nothing', record }
}

/** A copy that nobody can change; nothing where the record is nested too deep, or in a circle. */
function copyOf(record: TokenRecord): TokenRecord | undefined {
  try {
    return freezeCopy(record)
  } catch {
    return undefined
  }
}

/** The stored record, where there is one. */
export function recordOf(stored: StoredAnswer): TokenRecord | undefined {
  return stored.is === 'unknown' ? undefined : stored.record
}

/** The refusal that the store notes, unless other credentials than these were refused. */
export function notedRefusal(stored: StoredAnswer, credentialMark: number | undefined): StoredRefusal | undefined {
  const refusal = recordOf(stored)?.refusal
  const isOfOthers = refusal?.of !== undefined && credentialMark !== undefined && refusal.of !== credentialMark
  return isOfOthers ? undefined : refusal
}

/** A refusal that still counts at `now`. One that lasts longer than any was dated by a clock that has been set right since. */
export function standingRefusal(stored: StoredAnswer, now: number, credentialMark: number | undefined): StoredRefusal | undefined {
  const refusal = notedRefusal(stored, credentialMark)
  const leftMs = Number(refusal?.until) - now
  return leftMs > 0 && leftMs <= longestRetryAfterMs ? refusal : undefined
}

/** Whether an answer says that a later version of this package wrote the record: that does not heal by waiting. */
export function isLaterVersion(stored: StoredAnswer): boolean {
  return stored.is === 'unknown' && stored.error?.code === 'later_version'
}

function laterVersionError(version: number): TokenStoreError {
  return new TokenStoreError(
    'later_version',
    `A later version of tokenwell wrote the stored record (record version ${version}), and it is left alone: update this one.`,
  )
}
