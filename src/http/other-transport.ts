import { abortable } from '../base/abortable.ts'
import { check } from '../base/check.ts'
import { ConfigurationError, signedOut } from '../base/errors.ts'
import type { HeldToken } from '../token/held-token.ts'
import type { Token } from '../token/token.ts'
import { listPlaceholders } from '../vocabulary/template.ts'
import { authorizationHeader, authorizationValue, furtherHeaders, isDroppedOnRedirect, profileOf } from './authorization.ts'
import { type Arrival, followRedirects, type Hop, hopHeaders } from './follow-redirects.ts'
import { addToken, createHeaders, type OwnHeaders } from './headers.ts'
import { markInit, type OwnInit } from './own-init.ts'
import { prepareCall } from './prepare-call.ts'
import { type Call, methodOf } from './read-call.ts'
import { spreadRequest } from './read-request.ts'
import type { ReplayableBody } from './replay-body.ts'
import { type SignableCall, type SignedCall, signCall } from './sign-call.ts'
import { addToQuery, withoutSecrets } from './token-in-url.ts'
import type { CreateTransport, Outgoing, PlacedToken, SenderOptions, SentCall, Transport, TransportHands } from './transport.ts'

// More than any server signs at one time.
const mostSigning = 10_000

interface HopToSend extends ReplayableBody {
  readonly hop: Hop
  /** What a function has put on the requests before. */
  readonly added: readonly string[]
}

/** Carries tokens in a header of any name and form, in further headers, in the query, among the cookies, or as a function says. */
export class OtherTransport implements Transport {
  readonly header: string
  readonly isHeader: boolean
  readonly isPlain: boolean
  readonly isForwarded: boolean
  readonly isRewritten: boolean
  readonly isInUrl: boolean
  /** Headers that never go to another origin, beside those of the platform. */
  readonly #ownHeaders: readonly string[]
  readonly #query: string | undefined
  readonly #cookie: string | undefined
  readonly #options: SenderOptions
  readonly #hands: TransportHands
  /** What signed calls were, for redirects that are relative to that, or repeat it; only where a function signs. */
  readonly #signed: WeakMap<Response, SignedCall> | undefined
  #signing = 0

  constructor(options: SenderOptions, hands: TransportHands) {
    const { provider, grant } = options
    const { header, query, cookie, headers = {} } = profileOf(provider)
    // API calls are authorized at once: nothing is fetched for them.
    const isFound = typeof grant.clientId !== 'function' || !listPlaceholders(provider.authorization).includes('client_id')
    check('clientId', isFound, 'must be a string here: the provider puts {client_id} into API calls')
    this.#options = options
    this.#hands = hands
    this.#query = query
    this.#cookie = cookie
    this.#signed = typeof provider.authorization === 'function' ? new WeakMap() : undefined
    this.header = authorizationHeader(provider)
    this.#ownHeaders = [this.header, ...Object.keys(headers)]
    this.isHeader = (query ?? cookie) === undefined && !this.#signed
    const isAlone = this.isHeader && this.#ownHeaders.length === 1
    this.isForwarded = !isAlone || !isDroppedOnRedirect(this.header)
    // A name that the profile gives is sent as it is spelt.
    this.isPlain = isAlone && header === undefined
    this.isInUrl = query !== undefined
    this.isRewritten = this.isInUrl || this.#signed !== undefined
  }

  authorize(token: Token): string {
    return authorizationValue(this.#options.provider, { token, grant: this.#options.grant })
  }

  place(token: Token): Pick<PlacedToken, 'value'> & { readonly others: [name: string, value: string][] } {
    const { provider, grant } = this.#options
    return { value: this.#signed ? '' : this.authorize(token), others: furtherHeaders(provider, { token, grant }) }
  }

  mustPrepare(call: Call): boolean {
    check('authorization', !this.#signed || call.isReplayable, 'is a function, which cannot sign a body that is a stream')
    return this.isRewritten && call.sendsRequestBody
  }

  prepare(call: Call): Promise<Call> {
    return prepareCall(call, this.#signed !== undefined, this.#options)
  }

  send({ input, headers, init, isOwn }: Outgoing, held: Pick<HeldToken, 'token'>): Promise<Response> {
    const placed = this.#hands.placeOf(held)
    init.headers = this.addToHeaders(headers, placed, isOwn)
    if (this.#signed) return this.#sendSigned(input as string, init, held)
    return this.#hands.call(this.#query === undefined ? input : addToQuery(input as string, this.#query, placed.value), init)
  }

  /** Adds what belongs into headers. These are changed where `isOwn` says that they may be. */
  addToHeaders(headers: OwnHeaders | undefined, { value, others }: Pick<PlacedToken, 'value' | 'others'>, isOwn: boolean): OwnHeaders {
    const all = addToken(headers, this.isHeader ? [this.header, value] : undefined, { defaults: others, isOwn })
    return this.#cookie === undefined ? all : addCookie(createHeaders(all), this.#cookie, value)
  }

  follow({ call, held }: SentCall, response: Response, takeBody: () => Promise<ReplayableBody | undefined>): Promise<Arrival> {
    const start: Hop = {
      url: new URL(call.href),
      method: methodOf(call),
      hasBody: (call.body ?? null) !== null || call.sendsRequestBody,
      hasToken: true,
    }
    const added: string[] = []
    return followRedirects(start, response, {
      policy: { origins: this.#hands.originsOf(held), foreignOrigins: this.#options.foreignOrigins },
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

  async #sendHop({ call, held }: SentCall, { hop, added, body }: HopToSend): Promise<Response | undefined> {
    const init = markInit({ ...call.init }, this.#hands)
    if (call.source) spreadRequest(call.source, init)
    const headers = hopHeaders(call.headers ?? {}, hop, this.#ownHeaders)
    init.method = hop.method
    init.body = body as BodyInit
    const { href } = hop.url
    if (hop.hasToken) return this.send({ input: href, headers, init, isOwn: true }, held)
    // A server that redirects may repeat the URL that it was called by.
    const clean = withoutSecrets(href, [held.token.accessToken, ...added], this.#query)
    init.headers = headers
    return clean === undefined ? undefined : this.#hands.call(clean, init)
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
    if ('epoch' in held && this.#hands.isOver(held as HeldToken)) throw signedOut()
    const response = await this.#hands.call(signed.url, init)
    // What a mock gives is refused later.
    if (Object(response) === response) this.#signed?.set(response, signed)
    return response
  }
}

/** Sets a cookie among those of the caller, in place of one of its name. */
function addCookie(headers: Headers, name: string, value: string): Headers {
  check('authorization.cookie', !value.includes(';'), 'cannot carry this token: a semicolon ends a cookie')
  const others = (headers.get('cookie') ?? '').split(';').map((cookie) => cookie.trim())
  const kept = others.filter((cookie) => cookie && cookie.split('=')[0]?.trim() !== name)
  headers.set('cookie', [...kept, `${name}=${value}`].join('; '))
  return headers
}

/** What profiles with another `authorization` than a scheme bring along. */
export const createOtherTransport: CreateTransport = (options, hands) => new OtherTransport(options, hands)
