import { ConfigurationError } from '../base/errors.ts'

/** A secret, or a function that fetches one each time it is needed (a vault, a prompt, an environment). */
export type Secret = string | (() => string | Promise<string>)

/**
 * The text of a secret. What a secret's function throws is dropped: it may hold the secret.
 * @throws ConfigurationError naming the option
 */
export async function resolveSecret(option: string, secret: Secret): Promise<string> {
  return requireText(option, typeof secret === 'function' ? secret : () => secret)
}

/** Calls a function of the user's that must return text. What it throws is dropped: it may hold a secret. */
export async function requireText(option: string, get: () => string | Promise<string>): Promise<string> {
  let text: unknown
  try {
    text = await get()
  } catch {
    throw new ConfigurationError(option, 'its function failed; make it return the text')
  }
  if (typeof text !== 'string' || !text) throw new ConfigurationError(option, 'must give a text that is not empty')
  return text
}
