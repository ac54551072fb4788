import type { TokenRecord } from '../token/token-store.ts'
import { formatDuration } from './duration.ts'

/** What the store holds for a profile, in words that hold no secret. */
export interface StoredState {
  readonly state: 'valid' | 'expired' | 'absent' | 'sign-in required' | 'refused'
  /** What the next call will do. */
  readonly next: string
  readonly expiresAt?: number
  readonly hasRefreshToken: boolean
  readonly scope?: readonly string[]
}

/** Grants that a person holds: nothing but a sign-in gets another token. */
const ofPerson = ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code']

/** @param grantType of the profile */
export function describeStored(record: TokenRecord | undefined, grantType: string, now: number): StoredState {
  const { token, refusal } = record ?? {}
  const { expiresAt, refreshToken, refreshableUntil = Infinity, scope } = token ?? {}
  const hasRefreshToken = refreshToken !== undefined && refreshableUntil > now
  const more = { hasRefreshToken, ...(expiresAt !== undefined && { expiresAt }), ...(scope && { scope }) }
  if (token && (expiresAt ?? Infinity) > now) {
    if (expiresAt === undefined) return { ...more, state: 'valid', next: 'It never expires: the next call uses it.' }
    const left = formatDuration(expiresAt - now)
    return { ...more, state: 'valid', next: `It is valid for ${left}: the next call uses it, or renews it in time.` }
  }
  if (refusal && refusal.until > now) {
    const wait = formatDuration(refusal.until - now)
    return {
      ...more,
      state: 'refused',
      next: `The server refused the credentials (${refusal.error ?? refusal.code}): it is asked again in ${wait}.`,
    }
  }
  if (hasRefreshToken) return { ...more, state: 'expired', next: 'The next call renews it by its refresh token.' }
  if (ofPerson.includes(grantType)) return { ...more, state: 'sign-in required', next: 'A person has to sign in.' }
  return { ...more, state: token ? 'expired' : 'absent', next: 'The next call asks for one with the grant of the profile.' }
}
