import type { RenewalWindow } from './renewal-window.ts'

// What a renewal without the store may take, when the wait for the store has come to nothing.
const leastLeftMs = 5_000
const longestRestMs = 30_000

/**
 * Whether a renewal that nobody waits for is rather tried again than carried out without the store: in the first half of
 * the time in which the token ages. Not with tokens of half a minute and less, which leave no time for it.
 */
export function canRest({ agingAt, expiredAt }: RenewalWindow, now: number): boolean {
  return now >= agingAt && now < expiredAt - Math.max((expiredAt - agingAt) / 2, leastLeftMs)
}

/** When it is tried again: four times at least before it goes on without. By chance up to a fifth sooner, so that a fleet does not come in step. */
export function restUntil({ agingAt, expiredAt }: RenewalWindow, now: number, random: number): number {
  return Math.round(now + Math.min((expiredAt - agingAt) / 8, longestRestMs) * (1 - random / 5))
}
