import { isTokenwellError } from '../base/errors.ts'
import { sleep } from '../base/time.ts'
import type { Secrets } from './secret-reference.ts'

const longestWaitMs = 30_000
const leastPauseMs = 100

export interface Patience {
  readonly signal: AbortSignal
  readonly secrets: Pick<Secrets, 'isFetching' | 'fetched'>
}

/**
 * Runs a task that needs a token, and again where it needs no more than patience: a command that runs once has nobody to call it
 * again. Where many processes want a token at the same moment, the lock may be held for longer than a manager waits: this goes on
 * for half a minute. For a secret a manager waits for seconds, and a person may need longer to unlock a vault, or to type it: this
 * waits for as long as that takes. Nothing was sent in either case.
 */
export async function patiently<T>(task: () => Promise<T>, { signal, secrets }: Patience): Promise<T> {
  const giveUpAt = performance.now() + longestWaitMs
  for (;;) {
    try {
      return await task()
    } catch (error) {
      if (!isTokenwellError(error)) throw error
      const isHeld = error.code === 'lock_not_acquired' && performance.now() < giveUpAt
      const isWaiting = error.code === 'function_failed' && secrets.isFetching
      if (!isHeld && !isWaiting) throw error
      if (isWaiting) await secrets.fetched()
      const pauseMs = Math.max((error.retryAt ?? 0) - Date.now(), leastPauseMs)
      await sleep(pauseMs, { signal, isForeground: true })
    }
  }
}
