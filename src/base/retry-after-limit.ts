/** The longest wait that a server's `Retry-After` can ask for, ms: what it may ask for is also what is remembered. */
export const longestRetryAfterMs = 3_600_000
