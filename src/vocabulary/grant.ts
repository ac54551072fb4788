import type { Assertion } from './assertion.ts'
import type { Exchange } from './exchange.ts'
import type { ReplyHeaders } from './paths.ts'
import type { Scope } from './scope.ts'
import type { ClientId, Secret } from './secret.ts'

/** A reply of the token endpoint that came before a manager asks for it. Times are ms since the epoch. */
export interface ReceivedReply {
  readonly status: number
  readonly headers: ReplyHeaders
  readonly date?: string | null | undefined
  readonly text: string | undefined
  readonly requestedAt: number
  readonly receivedAt: number
}

/**
 * What the caller holds, in the wire's words (RFC 6749 §1.3): data, made by the functions in `grants/`.
 * Names of parameters are the standard ones; a provider may rename them.
 */
export interface Grant {
  readonly grantType: string
  readonly clientId?: ClientId
  readonly clientSecret?: Secret
  readonly scope?: Scope | undefined
  /** Public parameters. They are part of the token's identity: they stand in store keys. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  /** Secret parameters. In no key, event or message. */
  readonly secretParameters?: Readonly<Record<string, Secret | Assertion>> | undefined
  /** What tells this grant from others where only a secret does: its SHA-256 is part of the identity. */
  readonly identifiedBy?: Secret | undefined
  /** A function of the caller may tell this grant from others: beside a shared store, `subject` has to say whose token it is. */
  readonly needsSubject?: boolean | undefined
  /** Works once (an authorization code): used only for the first token; its parameters are not part of the identity. */
  readonly oneTime?: boolean | undefined
  /** Of a one-time grant: hands over the reply that was received for it, in the place of a request. */
  readonly received?: (() => ReceivedReply) | undefined
  /** Gets the tokens in place of the provider's own way, the first one and each renewal. */
  readonly exchange?: Exchange | undefined
  /** Whether the exchange presents the refresh token of the token before, which works once. */
  readonly usesUp?: boolean | undefined
}
