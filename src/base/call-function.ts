import { isTokenwellError, TokenNetworkError } from './errors.ts'
import { cleanCause } from './redact.ts'
import { deadline, tooLate } from './time.ts'

const defaultTimeoutMs = 10_000

/**
 * Calls a function of the caller's, which may take no longer than `withinMs`. What it throws is told by its name and code
 * alone: the text may hold a secret.
 * @param option names the function in messages
 * @throws TokenNetworkError `function_failed`
 */
export async function callFunction<T>(option: string, call: () => T | PromiseLike<T>, withinMs = defaultTimeoutMs): Promise<T> {
  let failure = `did not answer within ${Math.ceil(withinMs)} ms`
  let cause: unknown
  try {
    const answer = await deadline(call(), withinMs)
    if (answer !== tooLate) return answer
  } catch (error) {
    cause = isTokenwellError(error) ? error : cleanCause(error)
    const { name, code } = cause as { name: string; code?: string }
    failure = `threw ${name}${code ? ` (${code})` : ''}`
  }
  throw new TokenNetworkError('function_failed', `${option}: its function ${failure}. Try again, or mend the function.`, {
    option,
    cause: cause as Error | undefined,
  })
}
