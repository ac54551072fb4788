/** A clock that stands still until it is told to go on. */
export interface FakeClock {
  /** ms since the epoch: for the `now` of `TokenManager`, `createEmulation` and `createScriptedTokenServer`. */
  readonly now: () => number
  /** Goes on by some ms, or back by a negative number: clocks jump. */
  advance(ms: number): void
}

/**
 * Makes a {@link FakeClock}. It does not move timers: decisions about tokens read `now`, only scheduled renewal uses
 * real time (`renewal: { scheduled: false }` switches that off).
 *
 * @param startAt ms since the epoch
 */
export function createFakeClock(startAt: number = Date.UTC(2026, 0, 1)): FakeClock {
  let at = startAt
  return {
    now: () => at,
    advance(ms) {
      at += ms
    },
  }
}
