import { isTokenwellError, type TokenwellError } from './errors.ts'
import { omitUndefined } from './plain-data.ts'

/** What every event carries. No event holds a token or a secret. */
export interface TokenEvent {
  /** When it happened, ms since the epoch. */
  readonly at: number
}

/** A token that is now held. */
export interface TokenHeldEvent extends TokenEvent {
  /** Counts the tokens that this manager has held. */
  readonly generation: number
  /** How it was obtained: `refresh_token`, `access_token`, or the grant's type; for an adopted token the type of the manager's grant. */
  readonly grant: string
  readonly issuedAt: number
  readonly expiresAt: number | undefined
}

/** Something that took time, for traces and histograms: until `at`. */
export interface TimedStep {
  /**
   * `request`: one attempt at the token endpoint, or one call of an `exchange`. `wait`: one caller's wait for a token. `lock`: the
   * wait for the store's lock.
   */
  readonly step: 'request' | 'wait' | 'lock'
  /** ms since the epoch. */
  readonly startedAt: number
  /** What of: of a request `refresh_token`, `access_token`, or the grant's type. */
  readonly grant?: string
  /** Why it came to nothing; `interrupted` where that is no error of this package: the caller's signal, say. */
  readonly failure?: TokenwellError | 'interrupted'
}

/** The events of a manager, by name. */
export interface TokenEvents {
  /** A token was got where none was held. */
  acquired: TokenHeldEvent
  /** A token was got in place of the one that was held. */
  renewed: TokenHeldEvent
  /** A token that another context had stored is now used. */
  adopted: TokenHeldEvent
  /** The API refused a token. */
  rejected: TokenEvent & { readonly generation: number; readonly status: number }
  /** A refused call was sent again, with a newer token. */
  replayed: TokenEvent & {
    readonly generation: number
    readonly status: number
    readonly method: string
    /** When it was sent again, ms since the epoch. */
    readonly startedAt: number
  }
  /** Something that takes time has ended, well or not. */
  timed: TokenEvent & TimedStep
  /** A renewal failed, or was postponed while the store is unreachable. Callers notice only where `waiting` is true. */
  failed: TokenEvent & { readonly code: string; readonly error?: string; readonly retryAt?: number; readonly waiting: boolean }
  /** No refresh token or grant is left that can get a token: the user has to sign in. Once, when this begins. */
  signInRequired: TokenEvent
  /** The token was forgotten, here (`clear()`) or by another context. */
  cleared: TokenEvent
  /** The store went from working to failing; tokens are kept in memory until it works again. */
  degraded: TokenEvent & {
    readonly operation: 'get' | 'set' | 'delete' | 'lock' | 'subscribe'
    /** What the store says to do about it, where it says so with a `TokenStoreError`. */
    readonly reason?: string
  }
  /** Something works, and is unwise or half broken. */
  warning: TokenEvent & {
    readonly code:
      | 'secret_in_browser'
      | 'headers_hidden'
      | 'forced_renewals_paused'
      | 'is_rejection_failed'
      | 'lifetime_not_understood'
      | 'insufficient_scope'
      | 'redirect_dropped_token'
    /** The scopes that the API asks for, with `insufficient_scope`, where it names them. */
    readonly scope?: string
  }
}

// Typed by the interface: an event that is left out does not compile.
const eventNames = (): Readonly<Record<keyof TokenEvents, true>> => ({
  acquired: true,
  renewed: true,
  adopted: true,
  rejected: true,
  replayed: true,
  timed: true,
  failed: true,
  signInRequired: true,
  cleared: true,
  degraded: true,
  warning: true,
})

/** The names of all events. */
export const listEvents = (): string[] => Object.keys(eventNames())

/** What is told of an event: all but the time. */
export type EventFields<K extends keyof TokenEvents> = OrUndefined<Omit<TokenEvents[K], 'at'>>
type OrUndefined<T> = { readonly [F in keyof T]: Record<never, never> extends Pick<T, F> ? T[F] | undefined : T[F] }

interface Clock {
  /** ms since the epoch */
  now(): number
}

/** Tells one listener after another; what a listener throws or rejects with is its own affair and goes nowhere. */
export class Events {
  readonly #clock: Clock
  #warned: Set<string> | undefined
  // Made with the first listener: most managers have none.
  #listeners: Map<keyof TokenEvents, Set<(event: never) => void>> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Returns the function that stops listening. */
  on<K extends keyof TokenEvents>(type: K, listener: (event: TokenEvents[K]) => void): () => void {
    this.#listeners ??= new Map()
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners)
    // Wrapped, so that a listener that is added twice is called twice, and each one stops by itself.
    const entry = (event: TokenEvents[K]) => listener(event)
    listeners.add(entry)
    return () => {
      listeners.delete(entry)
    }
  }

  /** Tells of a warning once. */
  warnOnce(code: TokenEvents['warning']['code']): void {
    if (this.#warned?.has(code)) return
    this.#warned ??= new Set()
    this.#warned.add(code)
    this.emit('warning', { code, scope: undefined })
  }

  /** Adds the time, and leaves out what is `undefined`. */
  emit<K extends keyof TokenEvents>(type: K, event: EventFields<K>): void {
    for (const listener of [...(this.#listeners?.get(type) ?? [])]) {
      const tell = () => listener(Object.freeze(omitUndefined({ at: this.#clock.now(), ...event })) as never)
      // In a promise, so that neither a throw nor a rejected promise of a listener breaks anything.
      new Promise((resolve) => resolve(tell())).catch(() => {})
    }
  }

  /**
   * Tells of a step when its work ends: in the caller's asynchronous context, and without making the work any longer. Of what the
   * work comes to, only an error of this package is told.
   */
  time<T extends object>(step: TimedStep['step'], work: Promise<T>, grant?: string): Promise<T> {
    const startedAt = this.#clock.now()
    const end = ({ error }: { error?: unknown }) => {
      const failure = isTokenwellError(error) ? error : error === undefined ? undefined : 'interrupted'
      this.emit('timed', { step, startedAt, grant, failure })
    }
    work.then(end, (error: unknown) => end({ error }))
    return work
  }
}
