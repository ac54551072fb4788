const longestTimerMs = 2 ** 31 - 1

/** Resolves after `ms`, or at once when the signal aborts: whoever waited for the answer has gone. `Infinity` waits for the abort alone. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(end, Math.min(ms, longestTimerMs))
    signal?.addEventListener('abort', end)
  })
}
