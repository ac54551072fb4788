import { isTokenwellError, TokenNetworkError, type TokenwellErrorDetails } from './errors.ts'
import { cleanCause, nameAndCode } from './redact.ts'
import { deadline, tooLate } from './time.ts'

const defaultTimeoutMs = 10_000

/**
 * Calls a function that the user gave us, and waits no longer than `withinMs` for its answer. The failure tells the name and
 * the code of the thrown error, never its text, which may hold a secret.
 * @param option names the function in messages
 * @throws TokenNetworkError `function_failed`
 */
export async function callFunction<T>(option: string, call: () => T | PromiseLike<T>, withinMs = defaultTimeoutMs): Promise<T> {
  let answer: T | typeof tooLate
  try {
    answer = await deadline(call(), withinMs)
  } catch (error) {
    throw functionThrew(option, error)
  }
  if (answer !== tooLate) return answer
  throw functionFailed(option, `did not answer within ${Math.ceil(withinMs)} ms`)
}

/**
 * The error for a function of the user that threw. One of our errors stays its cause.
 * @param status that of the reply which the function was to judge
 */
export function functionThrew(option: string, thrown: unknown, status?: number): TokenNetworkError {
  const cause = isTokenwellError(thrown) ? thrown : cleanCause(thrown)
  return functionFailed(option, `threw ${nameAndCode(cause)}`, { status, cause })
}

function functionFailed(option: string, what: string, details?: TokenwellErrorDetails): TokenNetworkError {
  return new TokenNetworkError('function_failed', `${option}: its function ${what}. Try again, or mend the function.`, {
    option,
    ...details,
  })
}
