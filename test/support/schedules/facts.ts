import type { TokenManager } from '../../../src/manager/token-manager.ts'
import type { TokenRecord } from '../../../src/token/token-store.ts'
import type { EventLoop } from './event-loop.ts'
import type { FaultName } from './fault-names.ts'

/** What no rule can forbid: each is one that nobody could have avoided. */
export const excuses = [
  'repeat after a lost reply',
  'first token after clear()',
  'first token whose successor no store has taken',
  'write of unknown outcome',
  'delete that is refused too',
  'holder suspended past its lease',
  'sign-out of which no store has taken the tombstone',
  'read that a later one has overtaken',
  'token saved beside a sign-out by a context that had looked before it',
  'note of a refusal written over a token without the lock',
  'record that a wrong clock has ended early',
  'sign-in that a wrong clock dates before a sign-out',
  'sign-out or sign-in that a failed or lagging read has hidden',
] as const

export type Excuse = (typeof excuses)[number]

/** One manager of one context: what holds a token. */
export interface Client {
  readonly name: string
  readonly context: number
  readonly loop: EventLoop
  readonly manager: TokenManager
}

/** All tokens that one sign-in, or one request with the caller's grant, has led to. */
export interface Family {
  readonly number: number
  readonly user: string
  revoked?: string
}

/** One grant of the server. */
export interface Issued {
  readonly number: number
  readonly family: Family
  readonly accessToken: string
  readonly refreshToken: RefreshToken | undefined
  readonly request: TokenRequest
  /** When its sign-in was asked for (the caller's grant, presented anew), in ticks of the facts. */
  readonly origin: number
  readonly until: number
  isRevoked: boolean
  /** When it last came into the store out of its turn, in ticks, and what excuses that. */
  landed?: Landing
}

export interface Landing {
  readonly tick: number
  readonly excuse: Excuse
}

export interface RefreshToken {
  readonly name: string
  readonly family: Family
  /** Whether it is the one of a `refreshToken()` grant: the caller holds it for ever. */
  readonly isFirst: boolean
  /** As of the last grant that gave it. */
  origin: number
  readonly presentations: TokenRequest[]
  /** Which names excuse that it is presented once more, though it was used. */
  readonly excusedBy: Set<Excuse>
  /** In whose place it was issued. */
  readonly predecessor: RefreshToken | undefined
  successor?: RefreshToken
}

/** A request of a client to the token endpoint. */
export interface TokenRequest {
  readonly number: number
  readonly tick: number
  /** When the first one was sent that this repeats. */
  readonly begunTick: number
  readonly sentAt: number
  readonly client: Client
  readonly way: 'ask' | 'present'
  readonly refreshToken: RefreshToken | undefined
  readonly code: string | undefined
  readonly accessToken: string | undefined
  /** As the client sees it. `lost`: no complete reply. */
  state: 'under way' | 'granted' | 'refused' | 'failed' | 'lost'
  isCarriedOut: boolean
  granted?: Issued
  status?: number
}

/** A write of a client, and what it was told. Of `unknown` the client hears nothing, or that nobody knows. */
export interface Write {
  readonly client: Client
  readonly startedAt: number
  readonly record: TokenRecord | undefined
  isDone: boolean
  told: 'nothing' | 'saved' | 'refused' | 'unknown'
}

export interface Read {
  readonly client: Client
  /** When the store was read, in ticks: the answer may have come much later. */
  readonly tick: number
  readonly startedAt: number
  readonly record: TokenRecord | undefined
}

export interface Holding {
  readonly client: Client
  readonly tick: number
  isLapsed: boolean
}

export interface Call {
  readonly number: number
  readonly what: 'getToken' | 'forced getToken' | 'GET' | 'POST' | 'clear'
  readonly client: Client
  readonly tick: number
  readonly startedAt: number
  readonly blockedMs: number
  settledAt?: number
  outcome?: unknown
}

export interface Facts {
  /** A client of a user's own sign-in, or of whoever is signed in. */
  started: { client: Client; user: string | undefined }
  called: Call
  settled: Call
  sent: TokenRequest
  carriedOut: TokenRequest
  /** The client has what became of its request. */
  ended: TokenRequest
  /** A reply that had come in time was read by a client that had given it up. */
  thrownAway: TokenRequest
  /** A token was returned to a caller, or sent to the API. */
  served: { client: Client; issued: Issued; call: Call | undefined; how: 'returned' | 'sent' }
  /** A call was carried out by the API, or rejected. */
  judged: { call: Call; issued: Issued | undefined; status: number }
  /** The store has carried out a write, or removed a record. */
  stored: Write
  told: Write
  removed: Write
  read: Read
  /** The store tells a client that another one has written. */
  noticed: Client
  /** A write begins. */
  writing: Write
  locked: Holding
  unlocked: Holding
  lapsed: Holding
  event: { client: Client; name: string; event: Readonly<Record<string, unknown>> }
  /** All is over: the last call of each context, and what the store holds. */
  quiet: { readonly calls: readonly Call[]; readonly record: TokenRecord | undefined }
  fault: { name: FaultName; where: string }
  excused: { excuse: Excuse; why: string }
  violated: string
}

type Listeners = { [K in keyof Facts]?: ((fact: Facts[K]) => void)[] }

/** Everything that happens in a schedule, told as it happens to the rules that judge it. */
export class FactBus {
  readonly #listeners: Listeners = {}
  #tick = 0

  /** How many facts there were: the order of things, which clocks do not give. */
  get tick(): number {
    return this.#tick
  }

  on<K extends keyof Facts>(kind: K, listener: (fact: Facts[K]) => void): void {
    this.#listeners[kind] ??= []
    const listeners = this.#listeners[kind] as ((fact: Facts[K]) => void)[]
    listeners.push(listener)
  }

  tell<K extends keyof Facts>(kind: K, fact: Facts[K]): void {
    this.#tick++
    for (const listener of this.#listeners[kind] ?? []) listener(fact)
  }
}
