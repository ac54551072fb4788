/** What a server's `Retry-After` may ask for at most: a time that is further away counts as this. */
export const longestRetryAfterMs = 3_600_000
