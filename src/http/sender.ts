import { check } from '../base/check.ts'
import { ConfigurationError } from '../base/errors.ts'
import type { HeldToken } from '../token/held-token.ts'
import type { Token } from '../token/token.ts'
import { readApiUrl } from '../vocabulary/api-url.ts'
import { type Arrival, readArrival } from './follow-redirects.ts'
import { addToken, hasHeader } from './headers.ts'
import { mayRejectOk } from './judge-response.ts'
import { markInit, type OwnInit, PlainInit } from './own-init.ts'
import { type Call, type CallOptions, keepUrlPrivate } from './read-call.ts'
import { readField } from './read-request.ts'
import type { ReplayableBody } from './replay-body.ts'
import { createTransport, type Outgoing, type PlacedToken, type SenderOptions, type SentCall, type Transport, type TransportHands } from './transport.ts' // biome-ignore format: one line

interface SenderOwner {
  /** Whether the sign-in of a token has ended, so that nothing more may be sent with it. */
  isOver(held: HeldToken): boolean
}

/** Puts the token on calls, and hands them to `fetch`. Rejects with what that throws. */
export class Sender implements CallOptions, TransportHands {
  apiPrefix: string
  readonly apiEnd: string
  /** Whether a call gets an `Authorization` header and nothing else, and no success is looked into. */
  readonly isPlain: boolean
  readonly #options: SenderOptions
  readonly #owner: SenderOwner
  readonly #transport: Transport | undefined
  // A memo of one entry.
  #placed: PlacedToken | undefined
  #isCalling = false

  constructor(options: SenderOptions, owner: SenderOwner) {
    const { provider } = options
    const [origin] = options.origins
    const transport = createTransport(options, this)
    this.#options = options
    this.#transport = transport
    this.#owner = owner
    const prefix = `${origin}/`
    // The given URL where it can be, until a call goes beside it: an application may hold a sender for each of its users.
    this.apiPrefix = provider.apiUrl.startsWith(prefix) ? provider.apiUrl : prefix
    this.apiEnd = `${origin}0`
    this.isPlain = (transport?.isPlain ?? true) && provider.headers === undefined && !mayRejectOk(provider)
  }

  /** Notes where a call goes that had to be parsed: at the origin of the API, the next one is known by its beginning. */
  noteUrl({ origin }: URL): void {
    const prefix = `${origin}/`
    if (this.apiPrefix.startsWith(prefix)) this.apiPrefix = prefix
  }

  get tokenHeader(): string {
    return this.#transport?.header ?? 'Authorization'
  }

  get isHeader(): boolean {
    return this.#transport?.isHeader ?? true
  }

  get isForwarded(): boolean {
    return this.#transport?.isForwarded === true
  }

  get hasOwnFetch(): boolean {
    return this.#options.fetch !== undefined
  }

  get isRewritten(): boolean {
    return this.#transport?.isRewritten === true
  }

  get isInUrl(): boolean {
    return this.#transport?.isInUrl === true
  }

  isOver(held: HeldToken): boolean {
    return this.#owner.isOver(held)
  }

  /** Sends a GET of the API, with nothing but the token: the hot path. */
  sendPlain(href: string, held: HeldToken): Promise<Response> {
    return this.call(href, new PlainInit(this.placeOf(held).value, this))
  }

  /**
   * Whether the body of a call has to be read before it is sent.
   * @throws ConfigurationError for a body that a function cannot sign
   */
  mustPrepare(call: Call): boolean {
    return this.#transport?.mustPrepare(call) === true
  }

  /** A call in the form in which it can be sent. */
  async prepare(call: Call): Promise<Call> {
    return this.#transport?.prepare(call) ?? call
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
    if (this.isHeader && hasHeader(headers, this.tokenHeader)) return this.call(href, given)
    const init: OwnInit = { ...given }
    if (this.isInUrl) keepUrlPrivate(init)
    return this.#sendWithToken({ input: href, headers, init, isOwn: true }, { token })
  }

  /**
   * Follows the redirects that the platform did not follow, and says how a response came to be.
   * @throws ConfigurationError for what is no response
   */
  async arrive(sent: SentCall, response: Response, takeBody: () => Promise<ReplayableBody | undefined>): Promise<Arrival> {
    // The mock of a test often gives nothing.
    check('fetch', typeof response?.status === 'number', 'must give a Response')
    const byHand = sent.call.followsRedirects ? this.#transport?.follow(sent, response, takeBody) : undefined
    return byHand ?? readArrival(response, sent.call.href)
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

  /**
   * The token as it travels, for others who send it.
   * @throws ConfigurationError where a function signs each call, or for a token that cannot travel so
   */
  authorize(token: Token): string {
    if (this.#transport) return this.#transport.authorize(token)
    const { scheme = 'Bearer' } = this.#options.provider.authorization as { scheme?: string }
    return scheme ? `${scheme} ${token.accessToken}` : token.accessToken
  }

  /** The origins that may receive a token. */
  originsOf(held: HeldToken): readonly string[] {
    return [...this.#options.origins, this.placeOf(held).apiOrigin ?? []].flat()
  }

  placeOf(held: Pick<HeldToken, 'token'>): PlacedToken {
    // Short, for the hot path: what is longer is not inlined.
    if (this.#placed?.held !== held) this.#placed = this.#place(held)
    return this.#placed
  }

  #place(held: Pick<HeldToken, 'token'>): PlacedToken {
    const { provider } = this.#options
    const { token } = held
    const { value, others } = this.#transport?.place(token) ?? { value: this.authorize(token), others: [] }
    const all = [...others, ...Object.entries(provider.headers ?? {})]
    const apiUrl = readApiUrl(token.apiUrl, provider)
    return { held, value, others: all.length > 0 ? all : undefined, apiOrigin: apiUrl && new URL(apiUrl).origin }
  }

  #sendWithToken(outgoing: Outgoing, held: Pick<HeldToken, 'token'>): Promise<Response> {
    if (this.#transport) return this.#transport.send(outgoing, held)
    const { input, headers, init, isOwn } = outgoing
    const { value, others } = this.placeOf(held)
    init.headers = addToken(headers, ['authorization', value], { defaults: others, isOwn })
    return this.call(input, init)
  }
}
