import { abortable } from '../base/abortable.ts'
import { check } from '../base/check.ts'
import { ConfigurationError, signedOut } from '../base/errors.ts'
import type { HeldToken } from '../token/held-token.ts'
import type { Token } from '../token/token.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { type Arrival, followRedirects, type Hop, hopHeaders, readArrival } from './follow-redirects.ts'
import { hasHeader, type OwnHeaders } from './headers.ts'
import type { RoutePolicy } from './origin-policy.ts'
import { markInit, type OwnInit, PlainInit } from './own-init.ts'
import { type PrepareOptions, prepareCall } from './prepare-call.ts'
import { type Call, type CallOptions, keepUrlPrivate, methodOf } from './read-call.ts'
import { readField, spreadRequest } from './read-request.ts'
import type { ReplayableBody } from './replay-body.ts'
import { type SignableCall, type SignedCall, type SigningOptions, signCall } from './sign-call.ts'
import { addToQuery, TokenPlace, type TokenPlaceOptions, withoutSecrets } from './token-place.ts'

export interface SenderOptions extends RoutePolicy, TokenPlaceOptions, SigningOptions, PrepareOptions {
  readonly provider: Provider
  /** @default globalThis.fetch, looked up per call */
  readonly fetch: typeof globalThis.fetch | undefined
}

// More than any server signs at one time.
const mostSigning = 10_000

/** A call, and the token that it was sent with. */
export interface SentCall {
  readonly call: Call
  readonly held: HeldToken
}

/** A call as it goes to `fetch`, but for its token. Where that changes more than headers, the input is a URL, and the init says all. */
interface Outgoing {
  readonly input: string | Request
  readonly headers: OwnHeaders | undefined
  readonly init: OwnInit
  /** Whether the headers may be changed. */
  readonly isOwn: boolean
}

interface HopToSend extends ReplayableBody {
  readonly hop: Hop
  /** What a function has put on the requests before. */
  readonly added: readonly string[]
}

/** Puts the token on calls, and hands them to `fetch`. Rejects with what that throws. */
export class Sender implements CallOptions {
  readonly apiPrefix: string
  readonly tokenHeader: string
  readonly isForwarded: boolean
  readonly hasOwnFetch: boolean
  readonly isRewritten: boolean
  readonly isInUrl: boolean
  readonly place: TokenPlace
  readonly #options: SenderOptions
  /** What signed calls were, for redirects that are relative to that, or repeat it; only where a function signs. */
  readonly #signed: WeakMap<Response, SignedCall> | undefined
  readonly #isOver: (held: HeldToken) => boolean
  #isCalling = false
  #signing = 0

  /** @param isOver whether the sign-in of a token has ended, so that nothing more may be sent with it */
  constructor(options: SenderOptions, isOver: (held: HeldToken) => boolean) {
    const { origins, provider, fetch } = options
    this.#options = options
    this.#isOver = isOver
    this.place = new TokenPlace(options)
    this.apiPrefix = `${origins[0]}/`
    this.tokenHeader = this.place.header
    this.isForwarded = this.place.isForwarded
    this.hasOwnFetch = fetch !== undefined
    this.#signed = typeof provider.authorization === 'function' ? new WeakMap() : undefined
    this.isInUrl = this.place.query !== undefined
    this.isRewritten = this.isInUrl || this.#signed !== undefined
  }

  /** Whether a call gets an `Authorization` header and nothing else. */
  get isPlain(): boolean {
    return this.place.isPlain
  }

  /** Sends a GET of the API, with nothing but the token: the hot path. */
  sendPlain(href: string, held: HeldToken): Promise<Response> {
    return this.call(href, new PlainInit(this.place.placeOf(held).value, this))
  }

  /**
   * Whether the body of a call has to be read before it is sent.
   * @throws ConfigurationError for a body that a function cannot sign
   */
  mustPrepare(call: Call): boolean {
    check('authorization', !this.#signed || call.isReplayable, 'is a function, which cannot sign a body that is a stream')
    return this.isRewritten && call.sendsRequestBody
  }

  /** A call in the form in which it can be sent. */
  prepare(call: Call): Promise<Call> {
    return prepareCall(call, this.#signed !== undefined, this.#options)
  }

  /** Sends a call, for the first time or (with the body to send) again. */
  send(call: Call, held: HeldToken, again?: ReplayableBody): Promise<Response> {
    const { source, headers, input } = call
    // The first time all is handed out as it is: a given `fetch` may change it.
    const init = again ? markInit({ ...call.init }, this) : call.init
    if (again) {
      init.body = again.body as BodyInit
    } else if (source?.isForeign && call.sendsRequestBody) {
      init.body = readField(source, 'body')
      init.duplex = 'half'
    }
    if (call.followsRedirects) init.redirect = 'manual'
    return this.#sendWithToken({ input, headers, init, isOwn: !again && this.isPlain }, held)
  }

  /** Sends a request that was built here with a token, unless it has its own header in that place. */
  async sendWith(token: Token, href: string, given: RequestInit = {}): Promise<Response> {
    const headers = { ...(given.headers as Record<string, string>) }
    if (this.place.isHeader && hasHeader(headers, this.tokenHeader)) return this.call(href, given)
    const init: OwnInit = { ...given }
    if (this.isInUrl) keepUrlPrivate(init)
    return this.#sendWithToken({ input: href, headers, init, isOwn: true }, { token })
  }

  /** Follows the redirects that the platform did not follow, and says how a response came to be. */
  async arrive({ call, held }: SentCall, response: Response, takeBody: () => Promise<ReplayableBody | undefined>): Promise<Arrival> {
    if (!call.followsRedirects) return readArrival(response, call.href)
    const start: Hop = {
      url: new URL(call.href),
      method: methodOf(call),
      hasBody: (call.body ?? null) !== null || call.sendsRequestBody,
      hasToken: true,
    }
    const added: string[] = []
    return followRedirects(start, response, {
      policy: { origins: this.originsOf(held), foreignOrigins: this.#options.foreignOrigins },
      urlOf: (answer) => {
        const signed = this.#signed?.get(answer)
        if (signed) added.push(...signed.added)
        return signed?.url
      },
      send: async (hop) => {
        const body = hop.hasBody ? await takeBody() : { body: undefined }
        return body && this.#sendHop({ call, held }, { hop, added, body: body.body })
      },
    })
  }

  /** Hands a call to `fetch` as it is. @throws ConfigurationError where that leads back here, as far as it can be known */
  call(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Response> {
    const { fetch = globalThis.fetch } = this.#options
    if (this.#isCalling) throw this.loopError()
    this.#isCalling = true
    try {
      return fetch(input, init)
    } finally {
      this.#isCalling = false
    }
  }

  loopError(): ConfigurationError {
    return new ConfigurationError('fetch', 'leads back to this manager: give it the fetch of the platform')
  }

  /** Whether the given `fetch` is being called right now, and so whatever comes in comes from it. */
  get isCalling(): boolean {
    return this.#isCalling
  }

  /** The origins that may receive a token. */
  originsOf(held: HeldToken): readonly string[] {
    return [...this.#options.origins, this.place.placeOf(held).apiOrigin ?? []].flat()
  }

  async #sendHop({ call, held }: SentCall, { hop, added, body }: HopToSend): Promise<Response | undefined> {
    const init = markInit({ ...call.init }, this)
    if (call.source) spreadRequest(call.source, init)
    const headers = hopHeaders(call.headers ?? {}, hop, this.place.ownHeaders)
    init.method = hop.method
    init.body = body as BodyInit
    const { href } = hop.url
    if (hop.hasToken) return this.#sendWithToken({ input: href, headers, init, isOwn: true }, held)
    // A server that redirects may repeat the URL that it was called by.
    const clean = withoutSecrets(href, [held.token.accessToken, ...added], this.place.query)
    init.headers = headers
    return clean === undefined ? undefined : this.call(clean, init)
  }

  #sendWithToken({ input, headers, init, isOwn }: Outgoing, held: Pick<HeldToken, 'token'>): Promise<Response> {
    const { place } = this
    init.headers = place.addToHeaders(headers, held, isOwn)
    if (this.#signed) return this.#sendSigned(input as string, init, held)
    return this.call(place.query === undefined ? input : addToQuery(input as string, place.query, place.placeOf(held).value), init)
  }

  /** A function that calls back here would be called without an end, before any timer fires. */
  async #sign(call: SignableCall, token: Token): Promise<SignedCall> {
    if (this.#signing === mostSigning)
      throw new ConfigurationError('authorization', 'has a function that calls this manager: use the fetch of the platform there')
    this.#signing++
    try {
      return await signCall(call, token, this.#options)
    } catch (error) {
      const { cause } = error as Error
      throw cause instanceof ConfigurationError ? cause : error
    } finally {
      this.#signing--
    }
  }

  async #sendSigned(href: string, init: OwnInit, held: Pick<HeldToken, 'token'>): Promise<Response> {
    const signed = await abortable(this.#sign({ href, init }, held.token), init.signal)
    // That may have taken a while. What revokes a token has none that is held.
    if ('epoch' in held && this.#isOver(held as HeldToken)) throw signedOut()
    const response = await this.call(signed.url, init)
    this.#signed?.set(response, signed)
    return response
  }
}
