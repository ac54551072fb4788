import { ConfigurationError } from '../base/errors.ts'
import type { HeldToken } from '../token/token-keeper.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { authorizationHeader, authorizationValue, isDroppedOnRedirect } from './authorization.ts'
import { type Arrival, followRedirects, type Hop, hopHeaders, readArrival } from './follow-redirects.ts'
import { addToken, createHeaders } from './headers.ts'
import { type Call, hasRequestBody, methodOf } from './read-call.ts'
import { readField, spreadRequest } from './read-request.ts'
import type { ReplayableBody } from './replay-body.ts'
import { SentInit } from './sent-init.ts'

export interface SenderOptions {
  readonly provider: Provider
  /** Origins that may receive the token. */
  readonly origins: readonly string[]
  /** @default globalThis.fetch, looked up per call */
  readonly fetch: typeof globalThis.fetch | undefined
}

/** Puts the token on calls, and hands them to `fetch`. Rejects with what that throws. */
export class Sender {
  /** The header that carries the token. */
  readonly tokenHeader: string
  /** Whether a call gets an `Authorization` header and nothing else. */
  readonly isPlain: boolean
  readonly #options: SenderOptions
  // A memo of one entry: whose header it is, and its value.
  #authorized: HeldToken | undefined
  #authorization = ''
  #isCalling = false

  constructor(options: SenderOptions) {
    this.#options = options
    this.tokenHeader = authorizationHeader(options.provider)
    this.isPlain = this.tokenHeader === 'Authorization' && options.provider.headers === undefined
  }

  /** Sends a GET of the API, with nothing but the token: the hot path. */
  sendPlain(href: string, held: HeldToken): Promise<Response> {
    return this.call(href, new SentInit(this, undefined, { Authorization: this.#authorize(held) }))
  }

  /** Sends a call, for the first time or (with the body to send) again. */
  send(call: Call, held: HeldToken, again?: ReplayableBody): Promise<Response> {
    const { init, source, headers } = call
    // Copied where they are needed once more as they are: for another token, or without one for a hop to another origin.
    const own = headers instanceof Headers && (again || !this.isPlain) ? createHeaders(headers) : headers
    const sent: RequestInit & { duplex?: 'half' } = new SentInit(this, init, this.#addToken(own, held))
    if (again) {
      if (again.body !== undefined) sent.body = again.body
    } else if (source?.isForeign && hasRequestBody(call)) {
      sent.body = readField(source, 'body')
      sent.duplex = 'half'
    }
    if (this.#followsByHand(call)) sent.redirect = 'manual'
    return this.call(call.input, sent)
  }

  /** Follows the redirects that the platform did not follow, and says how a response came to be. */
  async arrive(call: Call, held: HeldToken, response: Response, takeBody: () => Promise<ReplayableBody | undefined>): Promise<Arrival> {
    if (!this.#followsByHand(call)) return readArrival(response, call.href)
    const start: Hop = {
      url: new URL(call.href),
      method: methodOf(call),
      hasBody: (call.init.body ?? null) !== null || hasRequestBody(call),
      hasToken: true,
    }
    return followRedirects(start, response, {
      origins: this.#options.origins,
      send: async (hop) => {
        const body = hop.hasBody ? await takeBody() : {}
        return body && this.#sendHop(call, hop, hop.hasToken ? held : undefined, body)
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
    return SentInit.isFrom(this, init)
  }

  loopError(): ConfigurationError {
    return new ConfigurationError('fetch', 'leads back to tokens.fetch of this manager: give the manager the fetch that the platform has')
  }

  #sendHop({ init, source, headers }: Call, hop: Hop, held: HeldToken | undefined, { body }: Partial<ReplayableBody>): Promise<Response> {
    const all: RequestInit = { ...(source ? spreadRequest(source, init) : init), method: hop.method, redirect: 'manual' }
    const own = hopHeaders(headers ?? {}, hop, this.tokenHeader)
    const sent: RequestInit = new SentInit(this, all, held ? this.#addToken(own, held) : own)
    if (body === undefined) delete sent.body
    else sent.body = body
    return this.call(hop.url.href, sent)
  }

  /** Platforms drop no header but `Authorization` where a redirect leads to another origin. */
  #followsByHand({ init, source }: Call): boolean {
    if (isDroppedOnRedirect(this.tokenHeader)) return false
    return (init.redirect ?? (source && readField(source, 'redirect')) ?? 'follow') === 'follow'
  }

  #addToken(headers: Call['headers'], held: HeldToken): HeadersInit {
    return addToken(headers, [this.tokenHeader, this.#authorize(held)], this.#options.provider.headers)
  }

  #authorize(held: HeldToken): string {
    if (this.#authorized !== held) {
      this.#authorized = held
      this.#authorization = authorizationValue(this.#options.provider, held.token)
    }
    return this.#authorization
  }
}
