import { isTokenwellError } from './errors.ts'

/** What kind a failure is: the one place that tells them apart. {@link kindOf} says what each one means. */
export type FailureKind =
  | 'refusal'
  | 'no-token'
  | 'throttled'
  | 'misdirected'
  | 'lost'
  | 'outage'
  | 'sign-in'
  | 'store'
  | 'configuration'
  | 'foreign'

const kinds: Readonly<Record<string, FailureKind>> = {
  refused: 'refusal',
  invalid_token_response: 'no-token',
  redirected: 'misdirected',
  not_a_token_endpoint: 'misdirected',
  unreadable_token_response: 'lost',
  network_failed: 'lost',
  timed_out: 'lost',
  unavailable: 'outage',
  forced_renewals_paused: 'outage',
  function_failed: 'outage',
  sign_in_required: 'sign-in',
  store_failed: 'store',
  lock_not_acquired: 'store',
  outcome_unknown: 'store',
  later_version: 'store',
}

/**
 * The kind of a failed renewal:
 * - `refusal`: the server said no to what was presented. It will say so again.
 * - `no-token`: a complete reply that grants nothing usable, or an exchange that returns no reply. Asking again gives the same.
 * - `throttled`: 429.
 * - `misdirected`: a redirect, or something that is no token endpoint. Nothing was refused.
 * - `lost`: no complete reply. The request may have been carried out.
 * - `outage`: the server says that it is out of order, or the request could not be made. It was not carried out.
 * - `sign-in`: a person has to sign in.
 * - `store`: the store failed.
 * - `configuration`: an option is wrong.
 * - `foreign`: none of our errors.
 */
export function kindOf(error: unknown): FailureKind {
  if (!isTokenwellError(error)) return 'foreign'
  // A function of the profile failed on a reply, or an exchange between its requests: a token that was granted is lost.
  if (error.code === 'function_failed' && (error.status !== undefined || error.option === 'exchange')) return 'lost'
  // The exchange has run, and a log-in may have been carried out: what it returned is no reply.
  if (error.code === 'invalid_configuration' && error.option === 'exchange') return 'no-token'
  // Its own status, whatever words came with it: it says that one asked too often.
  if (error.code === 'unavailable' && error.status === 429) return 'throttled'
  return Object.hasOwn(kinds, error.code) ? (kinds[error.code] as FailureKind) : 'configuration'
}
