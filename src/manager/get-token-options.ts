import { must, nonEmptyString, readFields, trueOrFalse } from '../base/check.ts'
import { isSignal } from '../http/abort-call.ts'

/** Options of `getToken()` and `getAuthorization()`, for one caller. */
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

/** @throws ConfigurationError naming the option */
export function readGetTokenOptions(options: GetTokenOptions): GetTokenOptions {
  return readFields<GetTokenOptions>('options', options, {
    signal: must('an AbortSignal', isSignal),
    forceRenewal: trueOrFalse,
    rejected: nonEmptyString,
  })
}
