import type { TokenRecord } from '../token/token-store.ts'

// For clocks that are wrong, of the machine that wrote the record or of ours.
const graceMs = 86_400_000

/**
 * Whether what is stored is a record of this version whose end has passed for a day. A record that was over when it was
 * written was dated by another clock: its day begins with the write.
 */
export function isEndedRecord(stored: unknown, writtenAt: number): stored is TokenRecord {
  const { version, expiresAt } = (typeof stored === 'object' && stored !== null ? stored : {}) as Partial<TokenRecord>
  return version === 1 && typeof expiresAt === 'number' && Math.max(expiresAt, writtenAt) + graceMs < Date.now()
}
