import type { CleanCause } from './redact.ts'

/** The shape of a reply, for whoever writes a provider: no value of it. */
export interface ReplyOutline {
  readonly status: number
  readonly contentType: string
  /** Names of the fields of a JSON object, up to 20; none that looks like a token. */
  readonly fields: readonly string[]
}

/** What a {@link TokenwellError} may carry. Nothing else ever gets onto one: no request, response, header or body. */
export interface TokenwellErrorDetails {
  /** HTTP status of the token endpoint's reply. */
  status?: number | undefined
  /** The `error` code of RFC 6749 §5.2, where the server gave one (or its profile mapped one). */
  error?: string | undefined
  /** The server's own words without control characters, cut to 200 characters. Absent where they contain a secret. */
  errorDescription?: string | undefined
  /** When asking again may help, ms since the epoch. Until then callers get this error at once. */
  retryAt?: number | undefined
  /** The URL concerned, without query, fragment or userinfo. */
  url?: string | undefined
  /** The option or field that is wrong. */
  option?: string | undefined
  /** What the token endpoint's reply looked like, without any of its values. */
  reply?: ReplyOutline | undefined
  /** A cleaned copy of what the platform threw: its name and code only. */
  cause?: CleanCause | TokenwellError | undefined
}

// A registered symbol, so that two copies of this package in one bundle recognise each other's errors.
const brand: unique symbol = Symbol.for('tokenwell.error') as never

/**
 * Base of every error that tokenwell throws. Switch on `code`, or on the class; `retryable` says whether the same
 * call may succeed later without anybody changing anything.
 */
export abstract class TokenwellError extends Error implements TokenwellErrorDetails {
  /** Stable, machine-readable. */
  readonly code: string
  readonly retryable: boolean
  declare readonly status?: number
  declare readonly error?: string
  declare readonly errorDescription?: string
  declare readonly retryAt?: number
  declare readonly url?: string
  declare readonly option?: string
  declare readonly reply?: ReplyOutline
  declare readonly cause?: CleanCause | TokenwellError

  constructor(name: string, code: string, retryable: boolean, message: string, details: TokenwellErrorDetails = {}) {
    super(message)
    for (const [key, value] of Object.entries(details)) {
      if (value !== undefined) Object.defineProperty(this, key, { value, enumerable: key !== 'cause', configurable: true })
    }
    // Not the class's own name: bundlers shorten those. Not enumerable, as on every platform error.
    Object.defineProperty(this, 'name', { value: name, configurable: true })
    Object.defineProperty(this, brand, { value: true })
    this.code = code
    this.retryable = retryable
  }
}

/**
 * The token endpoint answered, and gave no token. It refused what was presented (`code: 'refused'`), or is out of order or
 * throttles (`'unavailable'`, retryable). It redirected (`'redirected'`), which is never followed, since a redirect would carry
 * the client secret along. Or it is no token endpoint (`'not_a_token_endpoint'`). `'forced_renewals_paused'` (retryable at
 * `retryAt`): so many new tokens were asked for without any that the API accepted that no more are asked for.
 */
export class TokenEndpointError extends TokenwellError {
  constructor(
    code: 'refused' | 'unavailable' | 'redirected' | 'not_a_token_endpoint' | 'forced_renewals_paused',
    message: string,
    details?: TokenwellErrorDetails,
  ) {
    super('TokenEndpointError', code, code === 'unavailable' || code === 'forced_renewals_paused', message, details)
  }
}

/**
 * The token endpoint granted something that is no usable token (`'invalid_token_response'`): the profile looks in the wrong
 * place. Or the reply cannot be read (`'unreadable_token_response'`, retryable): HTML, empty, cut off, too long.
 */
export class InvalidTokenResponseError extends TokenwellError {
  constructor(code: 'invalid_token_response' | 'unreadable_token_response', message: string, details?: TokenwellErrorDetails) {
    super('InvalidTokenResponseError', code, code === 'unreadable_token_response', message, details)
  }
}

/**
 * No complete reply came from the token endpoint. The network failed (`'network_failed'`), or time ran out (`'timed_out'`). Or
 * the request was never made, since a function of the caller's threw or hung (`'function_failed'`; `option` names it).
 */
export class TokenNetworkError extends TokenwellError {
  constructor(code: 'network_failed' | 'timed_out' | 'function_failed', message: string, details?: TokenwellErrorDetails) {
    super('TokenNetworkError', code, true, message, details)
  }
}

/**
 * No refresh token or grant is left that can get a token: a person has to sign in. Retryable (at `retryAt`) only where the
 * server refused without saying why: that may have been something in between.
 */
export class SignInRequiredError extends TokenwellError {
  constructor(message: string, details?: TokenwellErrorDetails, isRetryable = false) {
    super('SignInRequiredError', 'sign_in_required', isRetryable, message, details)
  }
}

/** For a call that a sign-out has overtaken. */
export function signedOut(): SignInRequiredError {
  return new SignInRequiredError('The user was signed out before the call was sent: sign in, then call again.')
}

/**
 * A sign-in failed: start it again. It came back wrong, and no request was sent; or, on another device, the user said no or the code
 * expired.
 */
export class SignInFailedError extends TokenwellError {
  constructor(message: string, details?: TokenwellErrorDetails) {
    super('SignInFailedError', 'sign_in_failed', false, message, details)
  }
}

/** The call was not sent, since its URL may not receive the token. */
export class OriginNotAllowedError extends TokenwellError {
  constructor(message: string, details?: TokenwellErrorDetails) {
    super('OriginNotAllowedError', 'origin_not_allowed', false, message, details)
  }
}

/**
 * The store failed where going on without it could lose a token, or its lock was not acquired in time
 * (`'lock_not_acquired'`). A store rejects a write with `'outcome_unknown'` where it may have been carried out all the same.
 * `'later_version'` (not retryable): a later version of this package wrote the record, which is left alone.
 */
export class TokenStoreError extends TokenwellError {
  constructor(
    code: 'store_failed' | 'lock_not_acquired' | 'outcome_unknown' | 'later_version',
    message: string,
    details?: TokenwellErrorDetails,
  ) {
    super('TokenStoreError', code, code !== 'later_version', message, details)
  }
}

/** An option is missing or wrong; `option` names it. Thrown at construction, before anything is sent. */
export class ConfigurationError extends TokenwellError {
  constructor(option: string, message: string) {
    super('ConfigurationError', 'invalid_configuration', false, `${option}: ${message}`, { option })
  }
}

/** Whether a thrown value is one of tokenwell's errors, also one of another copy of this package. */
export function isTokenwellError(value: unknown): value is TokenwellError {
  try {
    return typeof value === 'object' && value !== null && brand in value
  } catch {
    // A proxy may throw whatever it likes.
    return false
  }
}
