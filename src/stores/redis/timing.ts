// The times of the Redis store. The simulation of fleets runs on the same ones.

/** How long an operation waits for its answer, and how long Redis may answer none of them before operations fail at once, ms. */
export interface Patience {
  readonly limitMs: number
  readonly silenceMs: number
}

// A renewal waits for five operations, one after another (read; lock, read; read, write). Together they take less than the
// 500 ms that a Redis in trouble may cost a call. The release is not waited for.
export const hurried: Patience = { limitMs: 90, silenceMs: 150 }
// A caller that waits for a refresh token cannot go on without the lock, and waits longer for Redis.
export const patient: Patience = { limitMs: 400, silenceMs: 400 }

/** Redis is asked again so long after its silence was noticed, ms. */
export const breakMs = 1_000
/** Time for one round trip, however little is left of a wait, ms. */
export const leastWaitMs = 20

/** A holder that lives changes its lease this often, ms. */
export const beatMs = 300
// A waiter takes over a lease that has not changed for this share of its own wait, or for the least. That is before it gives
// up, and far longer than a living holder takes.
export const deadAfter = { share: 0.6, leastMs: 1_500 }
// Often at first, since most renewals are short; then less often, since a whole fleet may wait.
export const poll = { firstMs: 25, growth: 1.25, longestMs: 150 }
