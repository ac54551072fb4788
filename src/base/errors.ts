import type { CleanCause } from './redact.ts'

/** What a {@link TokenwellError} may carry. Nothing else ever gets onto one: no request, response, header or body. */
export interface TokenwellErrorDetails {
  /** HTTP status of the token endpoint's reply. */
  status?: number | undefined
  /** The `error` code of RFC 6749 §5.2, where the server gave one (or its profile mapped one). */
  error?: string | undefined
  /** The server's own words, with secrets masked, control characters removed, and cut to 200 characters. */
  errorDescription?: string | undefined
  /** When asking again may help, ms since the epoch. Until then callers get this error at once. */
  retryAt?: number | undefined
  /** The URL concerned, without query, fragment or userinfo. */
  url?: string | undefined
  /** The option or field that is wrong. */
  option?: string | undefined
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
 * The token endpoint answered, and refused (`code: 'refused'`), is out of order (`'unavailable'`, retryable), or
 * redirected (`'redirected'`; never followed, since a redirect would carry the client secret along).
 */
export class TokenEndpointError extends TokenwellError {
  constructor(code: 'refused' | 'unavailable' | 'redirected', message: string, details?: TokenwellErrorDetails) {
    super('TokenEndpointError', code, code === 'unavailable', message, details)
  }
}

/** The token endpoint answered something that is not a token response. Counts as an outage, never as a refusal. */
export class InvalidTokenResponseError extends TokenwellError {
  constructor(message: string, details?: TokenwellErrorDetails) {
    super('InvalidTokenResponseError', 'invalid_token_response', true, message, details)
  }
}

/** No complete reply from the token endpoint: the network failed (`'network_failed'`) or time ran out (`'timed_out'`). */
export class TokenNetworkError extends TokenwellError {
  constructor(code: 'network_failed' | 'timed_out', message: string, details?: TokenwellErrorDetails) {
    super('TokenNetworkError', code, true, message, details)
  }
}

/** Nothing that is held can get a token any more: a person has to sign in. */
export class SignInRequiredError extends TokenwellError {
  constructor(message: string, details?: TokenwellErrorDetails) {
    super('SignInRequiredError', 'sign_in_required', false, message, details)
  }
}

/** A sign-in came back wrong: start it again. No request was sent. */
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
 * The store failed where going on without it could lose a token, or its lock was not had in time (`'lock_not_acquired'`).
 * A store rejects a write with `'outcome_unknown'` where it may have been carried out all the same.
 */
export class TokenStoreError extends TokenwellError {
  constructor(code: 'store_failed' | 'lock_not_acquired' | 'outcome_unknown', message: string, details?: TokenwellErrorDetails) {
    super('TokenStoreError', code, true, message, details)
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
  return typeof value === 'object' && value !== null && brand in value
}
