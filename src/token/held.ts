import { freezeCopy } from '../base/plain-data.ts'
import type { Written } from './guarded-store.ts'
import type { LiveRecord } from './record.ts'
import { type RenewalWindow, type RenewalWindowOptions, renewalWindow } from './renewal-window.ts'
import { recordOf, type StoredAnswer } from './stored-answer.ts'
import type { Token } from './token.ts'
import type { TokenRecord } from './token-store.ts'

/** A token as this context holds it, and what became of its record. */
export interface Held {
  readonly token: Token
  /** As it stands, or should stand, in the store; none without a store. */
  readonly record: LiveRecord | undefined
  /** Whether the store has it: `refused` (also without a store) is known only here, of `unknown` another context may have read. */
  readonly written: Written
  /** The id of the record whose place it took. */
  readonly replaces: string | undefined
}

// A clock that was this far ahead when a record was written was wrong; nearer, clocks of two machines just differ.
const toleratedAheadMs = 2_000
const longestAheadMs = 300_000
const longestLifetimeMs = 365 * 86_400_000

/** Whether a token was dated by a clock that has been set right since. */
export function isDatedAhead({ issuedAt }: Token, now: number): boolean {
  return issuedAt > now + toleratedAheadMs
}

export interface AdoptionRules {
  readonly now: number
  readonly window: RenewalWindowOptions
  /** Until when in its life a stored token is worth adopting. */
  readonly until: keyof RenewalWindow
}

/** The stored token as one to use in place of the held one, or `undefined` where it is none: not newer, too old, or dated far ahead. */
export function adoptable(stored: StoredAnswer, held: Held | undefined, { now, window, until }: AdoptionRules): Held | undefined {
  if (stored.is !== 'live' || stored.record.id === held?.record?.id) return undefined
  if (held && isBehind(held, stored)) return undefined
  const token = tokenOf(stored.record, now)
  if (!token || now >= renewalWindow(token, window, 0)[until]) return undefined
  return { token, record: stored.record, written: 'saved', replaces: undefined }
}

/** The token of a record with the dates that it has here; none where its dates cannot be believed. */
function tokenOf({ token }: LiveRecord, now: number): Token | undefined {
  const { issuedAt, expiresAt } = token
  if (issuedAt > now + longestAheadMs) return undefined
  const start = isDatedAhead(token, now) ? now : issuedAt
  const lifetimeMs = expiresAt === undefined ? undefined : Math.min(expiresAt - issuedAt, longestLifetimeMs)
  return freezeCopy({ ...token, issuedAt: start, expiresAt: lifetimeMs === undefined ? undefined : start + lifetimeMs })
}

/** Whether the store holds another sign-in's record, or its end: `clear()` renews the epoch, and everything else carries it on. */
export function isOfAnotherSignIn(stored: StoredAnswer, held: { readonly record: TokenRecord | undefined } | undefined): boolean {
  const isKnown = stored.is === 'live' || stored.is === 'cleared'
  return isKnown && held?.record !== undefined && stored.record.epoch !== held.record.epoch
}

/** What the store settles by itself: another context's token takes the place of the held one, or its sign-out ends it. */
export type Settled = { readonly is: 'adopted'; readonly held: Held } | { readonly is: 'cleared' }

export interface SettlingRules extends AdoptionRules {
  /** Where nothing is held: the record of the sign-in that callers wait for, if one is known. */
  readonly before: TokenRecord | undefined
}

export function settledByStore(stored: StoredAnswer, held: Held | undefined, rules: SettlingRules): Settled | undefined {
  if (isOfAnotherSignIn(stored, held ?? { record: rules.before })) return { is: 'cleared' }
  const adopted = adoptable(stored, held, rules)
  return adopted && { is: 'adopted', held: adopted }
}

/** Whether the store holds what the held token has replaced: the token could not be written, or the store's reads lag behind. */
export function isBehind(held: Held, stored: StoredAnswer): boolean {
  if (isUnsaved(held, stored)) return true
  return stored.is === 'live' && stored.record.id === held.replaces
}

/** Whether the held token could not be written, and nothing else has been since. */
export function isUnsaved({ written, replaces }: Held, stored: StoredAnswer): boolean {
  if (written === 'saved' || stored.is === 'unknown') return false
  const id = recordOf(stored)?.id
  // After a write of unknown outcome an empty place may be one that was flushed.
  return id === undefined ? written === 'refused' : id === replaces
}

/** Whether no other context can have seen the held token. */
export function isOursAlone(held: Held | undefined): held is Held {
  return held?.written === 'refused'
}

/** Of the held and the stored token, the one that the server gave last: what a renewal presents. */
export function tokenToRenew(stored: StoredAnswer, held: Held | undefined): Token | undefined {
  if (stored.is === 'unknown') return held?.token
  if (held && isBehind(held, stored)) return held.token
  // Also where its id is that of the held one: a refresh token that another context was refused is gone from the record.
  if (stored.is === 'live') return stored.record.token
  if (held && recordOf(stored)?.id === held.record?.id) return held.token
  if (!held || stored.is === 'cleared') return undefined
  // Flushed or evicted: another context may have used the refresh token since, and nobody could tell.
  const { refreshToken: _, ...rest } = held.token
  return rest
}
