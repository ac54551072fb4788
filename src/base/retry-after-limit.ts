/** The longest wait that a server's `Retry-After` can ask for, ms. The failure is remembered for as long. */
export const longestRetryAfterMs = 3_600_000
