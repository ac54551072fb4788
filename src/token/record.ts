import { randomId } from '../base/random-id.ts'
import { isUsableTokenText, type Token } from './token.ts'
import type { TokenRecord } from './token-store.ts'

const version = 1

/** A record to store; without a token, a tombstone. */
export function createRecord(key: string, epoch: string, token?: Token): TokenRecord {
  const expiresAt = token && usefulUntil(token)
  return { version, key, id: randomId(), epoch, ...(expiresAt !== undefined && { expiresAt }), ...(token && { token }) }
}

/**
 * Checks what a store returned. Anything that is not a record of ours under this key (corrupt, foreign, of an older
 * version) is a miss; `'newer'` is one that a later version of this package wrote, which must not be overwritten.
 */
export function parseRecord(value: unknown, key: string): TokenRecord | 'newer' | undefined {
  if (!isObject(value)) return undefined
  if (typeof value['version'] === 'number' && value['version'] > version) return 'newer'
  const { id, epoch, token } = value
  const isOurs = value['version'] === version && value['key'] === key && typeof id === 'string' && typeof epoch === 'string'
  return isOurs && (token === undefined || isToken(token)) ? (value as unknown as TokenRecord) : undefined
}

function isToken(value: unknown): value is Token {
  if (!isObject(value)) return false
  const { accessToken, tokenType, issuedAt, expiresAt, refreshToken, refreshableUntil, scope } = value
  return (
    isUsableTokenText(accessToken) &&
    typeof tokenType === 'string' &&
    Number.isFinite(issuedAt) &&
    (expiresAt === undefined || Number.isFinite(expiresAt)) &&
    (refreshToken === undefined || typeof refreshToken === 'string') &&
    (refreshableUntil === undefined || Number.isFinite(refreshableUntil)) &&
    (scope === undefined || Array.isArray(scope))
  )
}

/** Until when a record is of use: while its token lives, or can be renewed. `undefined` where nobody knows. */
function usefulUntil({ expiresAt, refreshToken, refreshableUntil }: Token): number | undefined {
  if (expiresAt === undefined || (refreshToken !== undefined && refreshableUntil === undefined)) return undefined
  return Math.max(expiresAt, refreshableUntil ?? 0)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
