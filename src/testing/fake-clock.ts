import { check } from '../base/check.ts'

/** A clock that stands still until it is told to go on. */
export interface FakeClock {
  /** ms since the epoch: for the `now` of `TokenManager`, `createEmulation` and `createScriptedTokenServer`. */
  readonly now: () => number
  /** Goes on by some ms, or back by a negative number: clocks jump. */
  advance(ms: number): void
}

/**
 * Makes a {@link FakeClock}. It does not move timers: lifetimes and `retryAt` follow `now`, while pauses between attempts,
 * time limits and scheduled renewal use real time (`renewal: { scheduled: false }` switches the last off).
 *
 * @param startAt ms since the epoch
 * @throws ConfigurationError where that is no number
 */
export function createFakeClock(startAt: number = Date.UTC(2026, 0, 1)): FakeClock {
  check('startAt', Number.isFinite(startAt), 'must be ms since the epoch')
  let at = startAt
  return {
    now: () => at,
    advance(ms) {
      at += ms
    },
  }
}
