import { callFunction } from '../base/call-function.ts'
import { ConfigurationError } from '../base/errors.ts'

/** A secret, or a function that fetches one each time it is needed (a vault, a prompt, an environment). */
export type Secret = string | (() => string | Promise<string>)

/**
 * A client's id, or a function that finds it when a request needs it: in an environment that is not there when a program is
 * built. It is asked for the store's key as well, so it must always give the same.
 */
export type ClientId = string | (() => string | Promise<string>)

/**
 * The string of a secret. A function is asked for it, and has `withinMs` to answer (10 s unless given).
 * @throws TokenNetworkError `function_failed` where the function throws or hangs: with the name and code of the thrown error, never its text
 * @throws ConfigurationError naming the option, where the result is no string
 */
export async function resolveSecret(option: string, secret: Secret, withinMs?: number): Promise<string> {
  const text: unknown = typeof secret === 'function' ? await callFunction(option, secret, withinMs) : secret
  if (typeof text !== 'string' || !text) throw new ConfigurationError(option, 'must give a non-empty string')
  return text
}
