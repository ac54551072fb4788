import { ConfigurationError } from '../base/errors.ts'
import type { HeldToken } from '../token/held-token.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { authorizationHeader, authorizationValue, isDroppedOnRedirect } from './authorization.ts'
import { type Arrival, followRedirects, type Hop, hopHeaders, readArrival } from './follow-redirects.ts'
import { addToken } from './headers.ts'
import type { RoutePolicy } from './origin-policy.ts'
import { isMarked, markInit, PlainInit } from './own-init.ts'
import { type Call, type CallOptions, methodOf } from './read-call.ts'
import { readField, spreadRequest } from './read-request.ts'
import type { ReplayableBody } from './replay-body.ts'

export interface SenderOptions extends RoutePolicy {
  readonly provider: Provider
  /** @default globalThis.fetch, looked up per call */
  readonly fetch: typeof globalThis.fetch | undefined
}

/** A call, and the token that it was sent with. */
export interface SentCall {
  readonly call: Call
  readonly held: HeldToken
}

/** Puts the token on calls, and hands them to `fetch`. Rejects with what that throws. */
export class Sender implements CallOptions {
  readonly apiPrefix: string
  readonly tokenHeader: string
  readonly isForwarded: boolean
  readonly hasOwnFetch: boolean
  /** Whether a call gets an `Authorization` header and nothing else. */
  readonly isPlain: boolean
  readonly #options: SenderOptions
  // A memo of one entry: whose header it is, and its value.
  #authorized: HeldToken | undefined
  #authorization = ''
  #isCalling = false

  constructor(options: SenderOptions) {
    const { origins, provider, fetch } = options
    this.#options = options
    this.apiPrefix = `${origins[0]}/`
    this.tokenHeader = authorizationHeader(provider)
    this.isForwarded = !isDroppedOnRedirect(this.tokenHeader)
    this.hasOwnFetch = fetch !== undefined
    this.isPlain = this.tokenHeader === 'Authorization' && provider.headers === undefined
  }

  /** Sends a GET of the API, with nothing but the token: the hot path. */
  sendPlain(href: string, held: HeldToken): Promise<Response> {
    return this.call(href, new PlainInit(this.#authorize(held), this))
  }

  /** Sends a call, for the first time or (with the body to send) again. */
  send(call: Call, held: HeldToken, again?: ReplayableBody): Promise<Response> {
    const { source, headers } = call
    // The first time all is handed out as it is: a given `fetch` may change it.
    const init = again ? markInit({ ...call.init }, this) : call.init
    init.headers = this.#addToken(headers, held, !again && this.isPlain)
    if (again) {
      init.body = again.body as BodyInit
    } else if (source?.isForeign && call.sendsRequestBody) {
      init.body = readField(source, 'body')
      init.duplex = 'half'
    }
    if (call.followsRedirects) init.redirect = 'manual'
    return this.call(call.input, init)
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
    return followRedirects(start, response, {
      policy: this.#options,
      send: async (hop) => {
        const body = hop.hasBody ? await takeBody() : { body: undefined }
        return body && this.#sendHop(call, hop, { ...body, ...(hop.hasToken && { held }) })
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

  /** Whether an init is one of those that are sent from here. */
  knows(init: RequestInit | undefined): boolean {
    return isMarked(init, this)
  }

  loopError(): ConfigurationError {
    return new ConfigurationError('fetch', 'leads back to this manager: give it the fetch of the platform')
  }

  #sendHop({ init, source, headers }: Call, hop: Hop, { held, body }: ReplayableBody & { held?: HeldToken }): Promise<Response> {
    const sent = markInit({ ...init }, this)
    if (source) spreadRequest(source, sent)
    const own = hopHeaders(headers ?? {}, hop, this.tokenHeader)
    sent.headers = held ? this.#addToken(own, held, true) : own
    sent.method = hop.method
    sent.body = body as BodyInit
    return this.call(hop.url.href, sent)
  }

  #addToken(headers: Call['headers'], held: HeldToken, isOwn: boolean): HeadersInit {
    return addToken(headers, [this.tokenHeader, this.#authorize(held)], { defaults: this.#options.provider.headers, isOwn })
  }

  #authorize(held: HeldToken): string {
    if (this.#authorized !== held) {
      this.#authorized = held
      this.#authorization = authorizationValue(this.#options.provider, held.token)
    }
    return this.#authorization
  }
}
