import { ConfigurationError } from '../base/errors.ts'
import { describeUnknown } from './describe-unknown.ts'

export interface GetTokenOptions {
  /** Rejects this caller, at once and with the signal's own reason. A renewal that others wait for goes on. */
  signal?: AbortSignal | undefined
  /**
   * Asks for a newer token than the one that is held. Joins a renewal under way.
   * @default false
   */
  forceRenewal?: boolean | undefined
  /**
   * An access token that somebody else has refused (a socket's server, say). Asks for a newer one only where this text is
   * still the one that is held: however many report the same token, it is renewed once.
   */
  rejected?: string | undefined
}

const known: readonly string[] = ['signal', 'forceRenewal', 'rejected'] satisfies (keyof GetTokenOptions)[]

/** @throws ConfigurationError naming the option */
export function checkGetTokenOptions(options: GetTokenOptions): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new ConfigurationError(name, describeUnknown(name, known))
  }
  const { rejected } = options
  if (rejected !== undefined && (typeof rejected !== 'string' || rejected === '')) {
    throw new ConfigurationError('rejected', 'must be a non-empty string, the access token that was refused')
  }
}
