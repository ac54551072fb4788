import { abilityOf } from '../base/abilities.ts'
import type { HeldToken } from '../token/held-token.ts'
import type { Token } from '../token/token.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'
import type { Arrival } from './follow-redirects.ts'
import type { OwnHeaders } from './headers.ts'
import type { RoutePolicy } from './origin-policy.ts'
import type { OwnInit } from './own-init.ts'
import type { PrepareOptions } from './prepare-call.ts'
import type { Call } from './read-call.ts'
import type { ReplayableBody } from './replay-body.ts'

export interface SenderOptions extends RoutePolicy, PrepareOptions {
  readonly provider: Provider
  readonly grant: Grant
  /** @default globalThis.fetch, looked up per call */
  readonly fetch: typeof globalThis.fetch | undefined
  readonly now: () => number
}

/** A call, and the token that it was sent with. */
export interface SentCall {
  readonly call: Call
  readonly held: HeldToken
}

/** A call as it goes to `fetch`, but for its token. Where that changes more than headers, the input is a URL, and the init says all. */
export interface Outgoing {
  readonly input: string | Request
  readonly headers: OwnHeaders | undefined
  readonly init: OwnInit
  /** Whether the headers may be changed. */
  readonly isOwn: boolean
}

/** What a held token adds to each call. */
export interface PlacedToken {
  readonly held: Pick<HeldToken, 'token'>
  /** As it travels; nothing where a function puts it there. */
  readonly value: string
  /** Further headers, in the order in which the first one of a name counts. */
  readonly others: readonly (readonly [name: string, value: string])[] | undefined
  /** The origin of the API that came with the token: it may receive this one. */
  readonly apiOrigin: string | undefined
}

/** How calls carry a token otherwise than behind a scheme in `Authorization`. */
export interface Transport {
  /** The header that carries the token, or that a caller sets where the token travels elsewhere. */
  readonly header: string
  /** Whether what carries the token is a header. */
  readonly isHeader: boolean
  /** Whether a call gets an `Authorization` header and nothing else. */
  readonly isPlain: boolean
  /** Whether platforms forward what carries the token wherever a redirect leads. */
  readonly isForwarded: boolean
  /** Whether the token changes more of a call than its headers: a `Request` is sent by its URL, then. */
  readonly isRewritten: boolean
  /** Whether the URL of a call will hold the token. */
  readonly isInUrl: boolean
  /** The token as it travels. @throws ConfigurationError where a function signs each call, or for a token that cannot travel so */
  authorize(token: Token): string
  /** What goes along with a token. */
  place(token: Token): Pick<PlacedToken, 'value'> & { readonly others: readonly (readonly [name: string, value: string])[] }
  /** Whether the body of a call has to be read before it is sent. @throws ConfigurationError for a body that a function cannot sign */
  mustPrepare(call: Call): boolean
  /** A call in the form in which it can be sent. */
  prepare(call: Call): Promise<Call>
  send(outgoing: Outgoing, held: Pick<HeldToken, 'token'>): Promise<Response>
  /** Follows the redirects of a call, which the platform did not follow. */
  follow(sent: SentCall, response: Response, takeBody: () => Promise<ReplayableBody | undefined>): Promise<Arrival>
}

/** What a transport is given to send by. */
export interface TransportHands {
  /** Hands a call to `fetch` as it is. */
  call(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Response>
  placeOf(held: Pick<HeldToken, 'token'>): PlacedToken
  /** The origins that may receive a token. */
  originsOf(held: HeldToken): readonly string[]
  /** Whether the sign-in of a token has ended, so that nothing more may be sent with it. */
  isOver(held: HeldToken): boolean
}

export type CreateTransport = (options: SenderOptions, hands: TransportHands) => Transport

/**
 * The transport of a provider that wants another one than a scheme in `Authorization`.
 * @throws ConfigurationError where the profile does not bring it along
 */
export function createTransport(options: SenderOptions, hands: TransportHands): Transport | undefined {
  const { authorization = {} } = options.provider
  const isPlain = typeof authorization === 'object' && Object.keys(authorization).every((name) => name === 'scheme')
  return isPlain ? undefined : abilityOf<CreateTransport>(options.provider, 'provider.authorization')(options, hands)
}
