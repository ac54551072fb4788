import { isTokenwellError } from '../base/errors.ts'
import { sleep } from '../base/time.ts'

const longestWaitMs = 30_000
const leastPauseMs = 100

/**
 * Runs a task that needs a token. Where many processes want one at the same moment, the lock may be held for longer than a
 * manager waits: a command that runs once has nobody to call it again, so it goes on for half a minute. Nothing was sent then.
 */
export async function patiently<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + longestWaitMs
  for (;;) {
    try {
      return await task()
    } catch (error) {
      const isHeld = isTokenwellError(error) && error.code === 'lock_not_acquired'
      if (!isHeld || performance.now() > giveUpAt) throw error
      const pauseMs = Math.max((error.retryAt ?? 0) - Date.now(), leastPauseMs)
      await sleep(pauseMs, { signal, isForeground: true })
    }
  }
}
