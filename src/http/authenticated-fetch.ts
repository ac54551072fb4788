import { signedOut } from '../base/errors.ts'
import { cleanUrl } from '../base/redact.ts'
import type { HeldToken } from '../token/held-token.ts'
import type { Token } from '../token/token.ts'
import type { TokenKeeper } from '../token/token-keeper.ts'
import type { TokenSource } from '../token/token-source.ts'
import { cancelBody, isSignal, rejectAborted } from './abort-call.ts'
import { findSecretsOf } from './find-secrets.ts'
import { type Arrival, discardBody } from './follow-redirects.ts'
import { isOneTime } from './headers.ts'
import { judgeResponse, mayRejectOk, type Verdict } from './judge-response.ts'
import { chooseRoute, isAllowedOrigin, isTextWithin, type Route, refuse } from './origin-policy.ts'
import { isMarked } from './own-init.ts'
import { type Call, isReading, methodOf, readCall } from './read-call.ts'
import { copyInit } from './read-init.ts'
import { rebuildFetchError } from './rebuild-fetch-error.ts'
import type { RejectionBrakeOptions } from './rejection-brake.ts'
import { Rejections } from './rejections.ts'
import { type ReplayableBody, RequestBodyCopy } from './replay-body.ts'
import { Sender } from './sender.ts'
import type { SenderOptions, SentCall } from './transport.ts'

export interface AuthenticatedFetchOptions extends SenderOptions, RejectionBrakeOptions {
  readonly source: Pick<TokenSource, 'grant'>
}

/** `fetch` with a token: same arguments, same responses, same aborts. */
export class AuthenticatedFetch {
  /** Bound, and no closure: that would take twice the room, and an application may hold many managers. */
  readonly fetch: typeof globalThis.fetch
  readonly #options: AuthenticatedFetchOptions
  readonly #keeper: TokenKeeper
  readonly #sender: Sender
  // Made with the first rejection.
  #rejections: Rejections | undefined

  constructor(options: AuthenticatedFetchOptions, keeper: TokenKeeper) {
    this.#options = options
    this.#keeper = keeper
    this.#sender = new Sender(options, this)
    this.fetch = this.#fetch.bind(this)
  }

  #fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const isPlain = init === undefined && this.#sender.isPlain && isTextWithin(this.#sender, input)
    const held = isPlain ? this.#keeper.current() : undefined
    return held ? this.#fetchPlain(input as string, held) : this.#fetchAny(input, init)
  }

  /** Whether a call may no longer be sent with this token: it would be carried out as whoever signed in after it. */
  isOver({ epoch }: HeldToken): boolean {
    return epoch !== this.#keeper.epoch && this.#options.source.grant !== 'reusable'
  }

  /** A `fetch` for requests that have a token put on them, as calls have, and nothing else done to them. */
  fetchWith(token: Token): typeof globalThis.fetch {
    return (input, init) => this.#sender.sendWith(token, String(input), init)
  }

  /** The token as it travels. @throws ConfigurationError where a function signs each call, or for one that cannot travel so */
  authorize(token: Token): string {
    return this.#sender.authorize(token)
  }

  /** What follows when a token is rejected, for whoever hears of that in another way. */
  get rejections(): Rejections {
    this.#rejections ??= new Rejections(this.#options, this.#keeper)
    return this.#rejections
  }

  /** The hot path: a URL of the API, nothing else, and a token at hand. */
  async #fetchPlain(href: string, held: HeldToken): Promise<Response> {
    let response: Response
    try {
      response = await this.#sender.sendPlain(href, held)
    } catch (error) {
      throw rebuildFetchError(error)
    }
    if (!response?.ok) return this.#conclude({ call: readCall(href, undefined, this.#sender), held }, response)
    if (!held.isAccepted || this.#rejections) this.#accept(held, href)
    return response
  }

  async #fetchAny(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Response> {
    if (this.#sender.isCalling) throw this.#sender.loopError()
    let call = readCall(input, init, this.#sender)
    if ((call.isAuthorized || !this.#sender.isHeader) && isMarked(init, this.#sender)) throw this.#sender.loopError()
    if (this.#choose(call) === 'pass-through') return this.#passThrough(input, init, call)
    if (call.destination !== 'api') this.#sender.noteUrl(call.destination)
    const { signal } = call
    // It is listened to before `fetch` gets to see it.
    const isFit = signal === undefined || signal === null || isSignal(signal)
    if (!isFit) throw new TypeError('fetch refused the request: its signal is no AbortSignal.')
    if (signal?.aborted) throw rejectAborted(call, this.#sender.hasOwnFetch)
    const mustPrepare = this.#sender.mustPrepare(call)
    const { epoch } = this.#keeper
    let held = this.#keeper.current() ?? (await this.#wait(call, epoch))
    if (mustPrepare) {
      call = await this.#sender.prepare(call)
      const isStill = held.epoch === this.#keeper.epoch && this.#keeper.isLive(held)
      if (!isStill) held = await this.#wait(call, epoch)
    }
    if (this.isOver(held)) throw signedOut()
    if (!this.#mayGo(call, held)) refuse(call.destination as URL, 'The reply with this token says that the API is elsewhere.')
    const copy = call.sendsRequestBody ? new RequestBodyCopy(call.source?.request as Request, this.#options.maxReplayBytes) : undefined
    let response: Response
    try {
      response = await this.#sender.send(call, held)
    } catch (error) {
      copy?.drop()
      throw rebuildFetchError(error, call.signal)
    }
    if (!response?.ok || mayRejectOk(this.#options.provider)) return this.#conclude({ call, held, copy }, response)
    if (!held.isAccepted || this.#rejections) this.#accept(held, call.href)
    copy?.drop()
    return response
  }

  /** @throws OriginNotAllowedError */
  #choose(call: Call): Route {
    try {
      return chooseRoute(call.destination, call.isAuthorized, this.#options)
    } catch (error) {
      this.#refuseTokenRequest(call)
      throw error
    }
  }

  async #passThrough(input: RequestInfo | URL, init: RequestInit | undefined, { headers, signal }: Call): Promise<Response> {
    // What can be read only once has been.
    const own = isOneTime(init?.headers) ? { ...copyInit(init), headers: headers as Headers } : init
    try {
      return await this.#sender.call(input, own)
    } catch (error) {
      throw rebuildFetchError(error, signal)
    }
  }

  /** @param epoch the sign-in that the call was made in: where a person holds the grant, it is sent in no other one */
  async #wait(call: Call, epoch: number): Promise<HeldToken> {
    const { signal } = call
    this.#refuseTokenRequest(call)
    try {
      return await this.#keeper.get({ signal, ...(this.#options.source.grant !== 'reusable' && { epoch }), isCall: true })
    } catch (error) {
      if (signal?.aborted) cancelBody(call)
      throw error
    }
  }

  /** A given `fetch` that leads back here would wait for the very token that it is to get. */
  #refuseTokenRequest({ href }: Call): void {
    if (!this.#sender.hasOwnFetch && globalThis.fetch !== this.fetch) return
    const { tokenUrl, apiUrl } = this.#options.provider
    const { href: asked, search } = new URL(tokenUrl)
    // Some APIs have one URL, or one folder, for everything: there, it says nothing.
    const isShared = `${cleanUrl(tokenUrl)}/`.startsWith(`${cleanUrl(apiUrl).replace(/\/$/, '')}/`)
    const isTokenUrl = href === asked || href.startsWith(asked + (search ? '&' : '?'))
    if (isTokenUrl && !isShared && this.#keeper.status().isRenewing) throw this.#sender.loopError()
  }

  /** Judges the first response to a call, and hands it out, or that of a replay. */
  async #conclude(attempt: Attempt, response: Response): Promise<Response> {
    const arrival = await this.#arrive(attempt, () => response)
    const verdict = await this.#judge(arrival, attempt)
    if (verdict.is === 'rejected') return this.#recover(attempt, arrival, verdict)
    attempt.copy?.drop()
    return arrival.response
  }

  /** A token was rejected: it is renewed once for all who wait, and the call sent once more. */
  async #recover(attempt: Attempt, arrival: Arrival, { notApplied }: Rejected): Promise<Response> {
    const { call, held, copy } = attempt
    const { response } = arrival
    const { rejections } = this
    this.#options.events.emit('rejected', { generation: held.generation, status: response.status })
    rejections.brake.noteRejection(held)
    const body = isRepeatable(call, arrival, notApplied) && rejections.mayReplace(held, call) ? await takeBody(attempt) : undefined
    copy?.drop()
    let newer: HeldToken | undefined
    try {
      newer = await rejections.replace(held, call, body !== undefined)
    } catch (error) {
      discardBody(response)
      throw error
    }
    if (!newer || newer.epoch !== this.#keeper.epoch || !this.#mayGo(call, newer)) return response
    discardBody(response)
    return this.#replay({ call, held: newer, body })
  }

  async #replay(attempt: Attempt): Promise<Response> {
    const { call, held, body } = attempt
    const startedAt = this.#options.now()
    const arrival = await this.#arrive(attempt, () => this.#sender.send(call, held, body))
    const { response } = arrival
    this.#options.events.emit('replayed', { generation: held.generation, status: response.status, method: methodOf(call), startedAt })
    this.rejections.brake.noteReplay(held, call.href, (await this.#judge(arrival, attempt)).is === 'rejected')
    return response
  }

  /** Sends a call, and waits for the response at the end of its redirects. A given `fetch` may throw at once. */
  async #arrive(attempt: Attempt, send: () => Response | Promise<Response>): Promise<Arrival> {
    try {
      return await this.#sender.arrive(attempt, await send(), () => takeBody(attempt))
    } catch (error) {
      attempt.copy?.drop()
      throw rebuildFetchError(error, attempt.call.signal)
    }
  }

  /** Whether a token may be sent where a call goes. */
  #mayGo({ destination }: Call, held: HeldToken): boolean {
    return destination === 'api' || isAllowedOrigin(destination, this.#sender.originsOf(held))
  }

  /** What a response says about the token; tells of what else it says. */
  async #judge(arrival: Arrival, { held, call }: SentCall): Promise<Verdict> {
    const { provider, grant } = this.#options
    const origins = this.#sender.originsOf(held)
    const holdsSecret = (text: string) => findSecretsOf(held.token, grant)(text)
    const onBroken = () => this.#options.events.emit('warning', { code: 'is_rejection_failed' })
    const verdict = await judgeResponse(arrival, { provider, origins, holdsSecret, onBroken })
    if (verdict.is === 'accepted') {
      this.#accept(held, call.href)
      const { scope } = verdict
      if (scope !== undefined) this.#options.events.emit('warning', { code: 'insufficient_scope', scope: scope || undefined })
    } else if (verdict.is === 'token-missing') {
      this.#options.events.warnOnce('redirect_dropped_token')
    }
    return verdict
  }

  #accept(held: HeldToken, href: string): void {
    this.#rejections?.brake.noteAcceptance(held, href)
    held.isAccepted = true
  }
}

type Rejected = Extract<Verdict, { is: 'rejected' }>

/**
 * Whether a rejected call may be sent again: not a write that was redirected, or that a success answered; it may have been
 * carried out.
 */
function isRepeatable(call: Call, { response, isRedirected }: Arrival, notApplied = false): boolean {
  const method = methodOf(call)
  return isReading(method) || (!isRedirected && (!response.ok || notApplied || method === 'OPTIONS'))
}

/** A call as it was sent, and what is kept of it for a replay. */
interface Attempt extends SentCall {
  readonly copy?: RequestBodyCopy | undefined
  /** The body to send again, where that is known. */
  readonly body?: ReplayableBody | undefined
}

/** The body to send again; `undefined` where it can be read only once. */
async function takeBody({ call, copy, body }: Attempt): Promise<ReplayableBody | undefined> {
  if (body) return body
  if (copy) return copy.take(call.signal)
  return call.isReplayable ? { body: call.body } : undefined
}
