import pRetry from 'p-retry'
import { isTokenwellError, TokenNetworkError, type TokenwellError } from '../base/errors.ts'
import { kindOf } from '../base/failure-kind.ts'
import { cleanCause } from '../base/redact.ts'
import { sleep } from '../base/time.ts'

/** Retries of failures at the token endpoint. A refusal is never repeated. */
export interface RetryOptions {
  /** How often a failed request is sent again. @default 2 */
  readonly retries?: number
  /** Before the first one, ms; doubles, and up to as much again is added at random. @default 250 */
  readonly minDelayMs?: number
  /** The longest pause, ms; at most 5000. @default 5000 */
  readonly maxDelayMs?: number
}

export interface AttemptOptions {
  readonly retry: RetryOptions | undefined
  /** Whether a request whose reply was lost may have used up what it presents. */
  readonly usesUp: boolean
  readonly now: () => number
  /** Ends the attempts. */
  readonly signal?: AbortSignal | undefined
}

/** A longer pause ends the attempts: all callers of a manager wait for the same ones. */
const longestPauseMs = 5_000

/**
 * Repeats an attempt that fails, with growing pauses that honour a `Retry-After` of up to 5 s. Where the reply was lost, and the
 * request may have used up what it presented, it is made exactly once more, whatever `retries` says.
 * @throws TokenwellError of the last attempt
 */
export async function retryAttempts<T>(attempt: () => Promise<T>, { retry = {}, usesUp, now, signal }: AttemptOptions): Promise<T> {
  const { minDelayMs = 250, maxDelayMs = longestPauseMs } = retry
  const retries = Math.trunc(retry.retries ?? 2)
  let isFinalAttempt = false
  try {
    return await pRetry(() => attempt().catch(rethrowTyped), {
      // One more than is allowed, for a reply that was lost.
      retries: retries + 1,
      minTimeout: minDelayMs,
      maxTimeout: Math.min(maxDelayMs, longestPauseMs),
      randomize: true,
      unref: true,
      signal,
      shouldRetry: async ({ error, attemptNumber, retryDelay }) => {
        if (isFinalAttempt) return false
        const { retryable, retryAt, status, code } = error as TokenwellError
        const kind = kindOf(error)
        // A function of the profile would throw again for the same reply.
        if (!retryable || (code === 'function_failed' && status !== undefined)) return false
        // It may have been carried out, whatever `retries` says.
        isFinalAttempt = usesUp && kind === 'lost'
        if (isFinalAttempt) return true
        const pauseMs = retryAt === undefined ? 0 : retryAt - now()
        // A throttled log-in may get worse with each attempt, unless the server says when to come back.
        if (attemptNumber > retries || pauseMs > longestPauseMs || (kind === 'throttled' && retryAt === undefined)) return false
        if (pauseMs > retryDelay) await sleep(pauseMs - retryDelay, { signal })
        return true
      },
    })
  } catch (error) {
    return rethrowTyped(error)
  }
}

/** Other errors come from a function that was given to us (`now`), or are the reason of the signal. */
function rethrowTyped(error: unknown): never {
  if (isTokenwellError(error)) throw error
  throw new TokenNetworkError('network_failed', 'The token request was given up.', { cause: cleanCause(error) })
}
