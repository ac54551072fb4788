import type { RenewalWindow } from './renewal-window.ts'

// What a renewal without the store may take, when the wait for the store has come to nothing.
const leastLeftMs = 5_000
const longestPostponementMs = 30_000

/**
 * Whether a renewal that nobody waits for is postponed rather than carried out without the store: in the first half of
 * the time in which the token ages. Not with tokens of half a minute and less, which leave no time for it.
 */
export function canPostpone({ agingAt, expiredAt }: RenewalWindow, now: number): boolean {
  return now >= agingAt && now < expiredAt - Math.max((expiredAt - agingAt) / 2, leastLeftMs)
}

/** When it is tried again: at least four times before it goes on without. Up to 20 % earlier at random, so that a fleet does not retry all at once. */
export function postponedUntil({ agingAt, expiredAt }: RenewalWindow, now: number, random: number): number {
  return Math.round(now + Math.min((expiredAt - agingAt) / 8, longestPostponementMs) * (1 - random / 5))
}
