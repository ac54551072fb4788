import { isTokenwellError, TokenNetworkError } from './errors.ts'
import { cleanCause } from './redact.ts'
import { deadline, tooLate } from './time.ts'

const defaultTimeoutMs = 10_000

/**
 * Calls a function that the user gave us, and waits no longer than `withinMs` for its answer. The failure tells the name and
 * the code of the thrown error, never its text, which may hold a secret.
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
