import { omitUndefined } from '../base/plain-data.ts'
import { randomId } from '../base/random-id.ts'
import { isUsableTokenText, type Token } from './token.ts'
import type { StoredRefusal, TokenRecord } from './token-store.ts'

/** Version of the shape of records. One that a later version of this package wrote is left alone. */
const recordVersion = 1 as const

const dayMs = 86_400_000
// Of a refresh token whose end nobody tells: servers drop one that nobody has used for so long.
const unknownEndMs = 180 * dayMs
// Longer than any renewal that may be under way.
const shortestTombstoneMs = 600_000
// Until then a refusal that follows is known to be one.
const countedMs = 900_000

/** A record that holds a token, as against one that says why there is none. */
export type LiveRecord = TokenRecord & { readonly token: Token }

/** A record for the store: of a token, which it outlasts as long as that can be renewed; or an empty one, without an end. */
export function createRecord(key: string, epoch: string, token: Token): LiveRecord
export function createRecord(key: string, epoch: string, token?: Token): TokenRecord
export function createRecord(key: string, epoch: string, token?: Token): TokenRecord {
  return omitUndefined({ version: recordVersion, key, id: randomId(), epoch, expiresAt: token && usefulUntil(token), token })
}

/** A record that says that the token was cleared. It lasts as long as what it ended could. */
export function createTombstone(key: string, ended: TokenRecord | undefined, now: number): TokenRecord {
  const endsAt = ended ? (ended.expiresAt ?? now + unknownEndMs) : now
  return { ...createRecord(key, randomId()), expiresAt: Math.max(endsAt, now + shortestTombstoneMs) }
}

/** The epoch of a new sign-in in the place of another one, or of a sign-out. Its beginning says which sign-out came last. */
export function createSignInEpoch(before: string): string {
  return `${sinceSignOut(before)}.${randomId()}`
}

/** Whether nobody has signed out between two epochs: at most, others have signed in. */
export function hasSameSignOut(epoch: string, other: string): boolean {
  return sinceSignOut(epoch) === sinceSignOut(other)
}

function sinceSignOut(epoch: string): string {
  return epoch.split('.')[0] as string
}

/**
 * The stored record with a note of a refusal on it, under its own id: its token is the same. Without one, a record of the
 * note alone, which outlasts the refusal: one that follows is remembered longer.
 */
export function noteRefusal(key: string, stored: TokenRecord | undefined, refusal: StoredRefusal): TokenRecord {
  return { ...(stored ?? { ...createRecord(key, ''), expiresAt: refusal.until + countedMs }), refusal }
}

/** The stored record without its refresh token, which the server refused, under its own id: its access token is the same. */
export function dropRefreshToken(record: LiveRecord): LiveRecord {
  const { refreshToken: _, ...token } = record.token
  return { ...record, token }
}

/** Whether a value is a record of ours under this key; anything else (corrupt, foreign, of an older version) is a miss. */
export function isRecordOf(key: string, value: unknown): value is TokenRecord {
  if (!isObject(value)) return false
  const { version, id, epoch, token, expiresAt, refusal } = value
  const isOurs = version === recordVersion && value['key'] === key && typeof id === 'string' && typeof epoch === 'string'
  return isOurs && isInstant(expiresAt) && isRefusal(refusal) && (token === undefined || isToken(token))
}

/** The version of a record that a later version of this package wrote. */
export function laterVersionOf(value: unknown): number | undefined {
  const version = isObject(value) ? value['version'] : undefined
  return typeof version === 'number' && version > recordVersion ? version : undefined
}

/** Until when a record is of use: as long as its refresh token, else a day more than its token. `undefined` for a token that never expires. */
function usefulUntil({ issuedAt, expiresAt, refreshToken, refreshableUntil }: Token): number | undefined {
  if (refreshToken !== undefined) return Math.max(refreshableUntil ?? issuedAt + unknownEndMs, expiresAt ?? 0)
  return expiresAt === undefined ? undefined : Math.max(expiresAt + dayMs, refreshableUntil ?? 0)
}

function isToken(value: unknown): value is Token {
  if (!isObject(value)) return false
  const { accessToken, tokenType, issuedAt, expiresAt, refreshToken, refreshableUntil, scope, apiUrl, extra } = value
  return (
    isUsableTokenText(accessToken) &&
    typeof tokenType === 'string' &&
    Number.isFinite(issuedAt) &&
    [expiresAt, refreshableUntil].every(isInstant) &&
    [refreshToken, apiUrl].every((text) => text === undefined || typeof text === 'string') &&
    (extra === undefined || isObject(extra)) &&
    (scope === undefined || (Array.isArray(scope) && scope.every((one) => typeof one === 'string')))
  )
}

function isRefusal(value: unknown): boolean {
  if (value === undefined) return true
  return isObject(value) && typeof value['code'] === 'string' && [value['until'], value['times']].every(Number.isFinite)
}

function isInstant(value: unknown): boolean {
  return value === undefined || Number.isFinite(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
