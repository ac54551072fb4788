import {
  ConfigurationError,
  InvalidTokenResponseError,
  isTokenwellError,
  SignInRequiredError,
  TokenEndpointError,
  type TokenwellError,
} from '../base/errors.ts'
import { kindOf } from '../base/failure-kind.ts'
import { omitUndefined } from '../base/plain-data.ts'
import { recordOf, type StoredAnswer } from './stored-answer.ts'
import type { StoredRefusal } from './token-store.ts'

const firstRefusalMs = 30_000
// Devices lock accounts after a few wrong passwords.
const longestRefusalMs = 900_000
const firstOutageMs = 500
const longestOutageMs = 30_000

/**
 * Remembers why there was no token, so that callers in between get that error at once. A refusal, which will repeat, is
 * remembered for 30 s, doubling with each one that follows, up to 15 min. An outage is remembered for 0.5 s, doubling up to 30
 * s. A `Retry-After` of the server counts before both. The error carries the end as `retryAt`. That a person has to sign in is
 * known for as long as the store holds the same record.
 */
export class FailureMemory {
  #error: TokenwellError | undefined
  #spanMs = 0
  #outages = 0
  #refusals = 0
  #signIn: { readonly error: SignInRequiredError; readonly storedId: string | undefined } | undefined
  #stopListening: (() => void) | undefined

  /** The error to hand to callers at `now`, if one still stands. */
  recall(now: number): TokenwellError | undefined {
    const leftMs = (this.#error?.retryAt ?? 0) - now
    // More left than there was to begin with: the clock has been set back since.
    return leftMs > 0 && leftMs <= this.#spanMs ? this.#error : undefined
  }

  /** That a person has to sign in, if it is known and the store holds what it held then. */
  recallSignIn(stored: StoredAnswer): SignInRequiredError | undefined {
    const signIn = this.#signIn
    const isSame = stored.is !== 'unknown' && recordOf(stored)?.id === signIn?.storedId
    return isSame && !signIn?.error.retryable ? signIn?.error : undefined
  }

  get isSignInRequired(): boolean {
    return this.#signIn !== undefined
  }

  /**
   * Keeps a failure, and returns it as a note for the store where it counts as a refusal.
   * @param timesBefore how many refusals there were before, as the store knows; left out where nothing is to be noted
   */
  remember(error: TokenwellError, now: number, timesBefore?: number): StoredRefusal | undefined {
    if (error === this.#error) return undefined
    const isRefusal = countsAsRefusal(error)
    // That costs no request, and ends as soon as the store changes. Others are told of the refusal that led to it.
    if (!isRefusal && kindOf(error) === 'sign-in') {
      if (timesBefore === undefined || !isTokenwellError(error.cause)) return undefined
      const { error: word, status } = error.cause
      return omitUndefined({ code: error.code, error: word, status, until: now + this.#nextRefusalMs(timesBefore), times: this.#refusals })
    }
    this.#keep(error, now, isRefusal ? this.#nextRefusalMs(timesBefore) : this.#nextOutageMs())
    const { code, error: word, status, retryAt = now } = error
    return isRefusal ? omitUndefined({ code, error: word, status, until: retryAt, times: this.#refusals }) : undefined
  }

  /** Keeps a refusal that another context met and noted in the store, and returns it as an error. */
  rememberNoted(refusal: StoredRefusal, now: number): TokenwellError {
    const error = errorOf(refusal)
    this.#refusals = refusal.times
    this.#keep(error, now, 0)
    return error
  }

  /** Notes that a person has to sign in, as long as the store holds this record. Returns whether that is a change. */
  rememberSignIn(error: SignInRequiredError, storedId: string | undefined): boolean {
    const isChange = this.#signIn === undefined
    this.#signIn = { error, storedId }
    return isChange
  }

  /** The network is back: whoever asks next tries again. */
  forgetError(): void {
    this.#error = undefined
  }

  /** Listens to nothing any more. */
  dispose(): void {
    this.#stopListening?.()
  }

  #keep(error: TokenwellError, now: number, spanMs: number): void {
    const failure: { retryAt?: number } = error
    this.#stopListening?.()
    this.#error = error
    failure.retryAt ??= now + spanMs
    this.#spanMs = failure.retryAt - now
    if (error.code === 'network_failed') this.#listenForNetwork()
  }

  #nextRefusalMs(timesBefore = 0): number {
    this.#refusals = Math.max(this.#refusals, timesBefore) + 1
    return Math.min(longestRefusalMs, firstRefusalMs * 2 ** (this.#refusals - 1))
  }

  #nextOutageMs(): number {
    const delayMs = Math.min(longestOutageMs, firstOutageMs * 2 ** this.#outages++)
    // Up to 20 % less at random: a fleet that failed together does not come back together.
    return Math.round(delayMs * (1 - Math.random() / 5))
  }

  /** A browser says when its network is back. Held weakly: the page does not keep a manager that nobody else holds. */
  #listenForNetwork(): void {
    if (typeof globalThis.addEventListener !== 'function') return
    const memory = new WeakRef(this)
    const listener = () => memory.deref()?.forgetError()
    globalThis.addEventListener('online', listener, { once: true })
    this.#stopListening = () => globalThis.removeEventListener('online', listener)
  }
}

/** Whether a failure will repeat until somebody changes something: the server said no, or granted nothing usable, or throttles without saying until when. */
function countsAsRefusal(error: TokenwellError): boolean {
  const kind = kindOf(error)
  if (kind === 'throttled') return error.retryAt === undefined
  // A sign-in that is required only because of a refusal without a word.
  return kind === 'refusal' || kind === 'no-token' || (kind === 'sign-in' && error.retryable)
}

const signInMessage = 'The refresh token or sign-in was refused, here or in another process: the user has to sign in again.'

const noReplyMessage = 'returned no reply a moment ago, here or in another process: mend it, then call clear()'

/** The refusal that another context noted, as the error that it got. */
function errorOf({ code, error, status, until }: StoredRefusal): TokenwellError {
  const message =
    'The token endpoint refused a moment ago, here or in another process: wait until retryAt, or correct what it refused and call clear().'
  const details = { error, status, retryAt: until }
  if (code === 'sign_in_required') return new SignInRequiredError(signInMessage, { error, status }, error === undefined)
  if (code === 'invalid_token_response') return new InvalidTokenResponseError(code, message, details)
  if (code === 'invalid_configuration') return Object.assign(new ConfigurationError('exchange', noReplyMessage), { retryAt: until })
  return new TokenEndpointError(code === 'unavailable' ? code : 'refused', message, details)
}
