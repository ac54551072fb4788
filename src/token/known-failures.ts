import { isTokenwellError, SignInRequiredError, type TokenwellError } from '../base/errors.ts'
import type { Events } from '../base/events.ts'
import { FailureMemory } from './failure-memory.ts'
import type { HeldToken } from './held-token.ts'
import { recordOf, type StoredAnswer, standingRefusal } from './stored-answer.ts'
import type { TokenSource } from './token-source.ts'
import type { StoredRefusal } from './token-store.ts'

export interface KnownFailuresOptions {
  readonly source: TokenSource
  readonly events: Events
  readonly now: () => number
}

interface FailuresOwner {
  /** The token that is held now. */
  readonly held: HeldToken | undefined
}

/** What failed lately and what was refused, here or in another context, for as long as one token (or none) is held. */
export class KnownFailures {
  readonly #options: KnownFailuresOptions
  readonly #owner: FailuresOwner
  // Made when it is needed: an application may hold a keeper for each of its users.
  #memory: FailureMemory | undefined
  // Of the record that the store held when it was last looked at.
  #seenId: string | undefined

  constructor(options: KnownFailuresOptions, owner: FailuresOwner) {
    this.#options = options
    this.#owner = owner
  }

  get isEmpty(): boolean {
    return this.#memory === undefined
  }

  get isSignInRequired(): boolean {
    return this.#memory?.isSignInRequired ?? false
  }

  /** What failed here, and still stands. */
  recall(): TokenwellError | undefined {
    return this.#memory?.recall(this.#options.now())
  }

  /**
   * What failed here or in another context, and still stands, now that the store was looked at.
   * @param isNewSignIn whether what was refused to an older sign-in does not count
   */
  find(seen: StoredAnswer, isNewSignIn: boolean): TokenwellError | undefined {
    this.#seenId = recordOf(seen)?.id
    const { source, now } = this.#options
    const refusal = isNewSignIn ? undefined : standingRefusal(seen, now(), source.credentialMark)
    return this.#memory?.recallSignIn(seen) ?? this.recall() ?? (refusal && this.adopt(refusal))
  }

  /** Keeps what was refused in another context. Returns it as the error that it got. */
  adopt(refusal: StoredRefusal): TokenwellError {
    const error = this.#remembering.rememberNoted(refusal, this.#options.now())
    if (error instanceof SignInRequiredError) this.#requireSignIn(error)
    return error
  }

  /** Keeps a failure, and returns it as a note for the store where it counts as a refusal. */
  remember(error: unknown, timesBefore?: number): StoredRefusal | undefined {
    return isTokenwellError(error) ? this.#remembering.remember(error, this.#options.now(), timesBefore) : undefined
  }

  /** Keeps a failure, and tells of it. */
  report(error: unknown, waiting: boolean): void {
    this.remember(error)
    const { code = 'unknown', error: word, retryAt } = error as Partial<TokenwellError>
    this.#options.events.emit('failed', { code, error: word, retryAt, waiting })
    if (error instanceof SignInRequiredError) this.#requireSignIn(error)
  }

  /** Listens to nothing any more. */
  dispose(): void {
    this.#memory?.dispose()
  }

  get #remembering(): FailureMemory {
    this.#memory ??= new FailureMemory()
    return this.#memory
  }

  #requireSignIn(error: SignInRequiredError): void {
    const held = this.#owner.held
    if (held && !error.retryable) held.isUnrenewable = true
    const isChange = this.#remembering.rememberSignIn(error, this.#seenId)
    if (isChange) this.#options.events.emit('signInRequired', {})
  }
}
