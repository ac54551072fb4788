import { ConfigurationError } from '../base/errors.ts'
import type { Events } from '../base/events.ts'
import { deadline, tooLate } from '../base/time.ts'
import type { HeldToken } from '../token/held-token.ts'
import type { TokenKeeper } from '../token/token-keeper.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { authorizationHeader, authorizationValue, isDroppedOnRedirect } from './authorization.ts'
import { isAllowedOrigin, isHttpUrl, isTextWithin, refuse } from './origin-policy.ts'
import { type Call, createHeaders, hasHeader, hasRequestBody, isPlainObject, readCall } from './read-call.ts'
import { rebuildFetchError } from './rebuild-fetch-error.ts'
import { RejectionBrake } from './rejection-brake.ts'
import { RequestBodyCopy } from './replay-body.ts'

// A provider that reads the body of a response to judge it must not keep the caller from the response.
const judgeWithinMs = 5_000

export interface AuthenticatedFetchOptions {
  readonly provider: Provider
  readonly events: Events
  /** Origins that may receive the token, that of the API first. */
  readonly origins: readonly string[]
  readonly foreignOrigins: 'refuse' | 'pass-through'
  readonly maxReplayBytes: number
  /** @default globalThis.fetch, looked up per call */
  readonly fetch: typeof globalThis.fetch | undefined
  readonly now: () => number
}

/** `fetch` with a token: same arguments, same responses, same aborts. */
export class AuthenticatedFetch {
  readonly #options: AuthenticatedFetchOptions
  readonly #keeper: TokenKeeper
  // Made with the first rejection.
  #brake: RejectionBrake | undefined
  // A memo of one entry: whose header it is, and the header.
  #authorized: HeldToken | undefined
  #authorization = ''
  // The origin of the API, and the slash that ends it.
  readonly #apiPrefix: string

  constructor(options: AuthenticatedFetchOptions, keeper: TokenKeeper) {
    this.#options = options
    this.#keeper = keeper
    this.#apiPrefix = `${options.origins[0]}/`
  }

  /** Bound: a field, and not a method. */
  readonly fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const href = isTextWithin(this.#apiPrefix, input) ? input : undefined
    const held = href !== undefined && init === undefined && this.#isStandard() ? this.#keeper.current() : undefined
    return held ? this.#fetchPlain(href as string, held) : this.#fetchAny(input, init, href)
  }

  /** The hot path: a URL of the API, nothing else, and a token at hand. */
  async #fetchPlain(href: string, held: HeldToken): Promise<Response> {
    let response: Response
    try {
      response = await this.#send(href, { headers: { Authorization: this.#authorize(held) } })
    } catch (error) {
      throw rebuildFetchError(error, undefined)
    }
    return response.ok ? response : this.#judge(readCall(href, undefined, href), held, response, undefined)
  }

  async #fetchAny(input: RequestInfo | URL, init: RequestInit | undefined, href: string | undefined): Promise<Response> {
    if ((this.#options.fetch ?? globalThis.fetch) === this.fetch) {
      throw new ConfigurationError('fetch', 'globalThis.fetch is this very fetch: give the manager the one that the platform had')
    }
    const call = readCall(input, init, href)
    if (this.#passesThrough(call)) return this.#passThrough(input, init, call.signal)
    const { signal } = call
    signal?.throwIfAborted()
    const held = this.#keeper.current() ?? (await this.#keeper.get({ signal, isCall: true }))
    const copy = hasRequestBody(call) ? new RequestBodyCopy(call.request, this.#options.maxReplayBytes) : undefined
    let response: Response
    try {
      response = await this.#sendCall(call, held)
    } catch (error) {
      copy?.drop()
      throw error
    }
    return this.#judge(call, held, response, copy)
  }

  /** Whether a call is none of ours, and goes out as it is. Refuses one that may not go out at all. */
  #passesThrough({ url, headers }: Call): boolean {
    const { provider, origins, foreignOrigins } = this.#options
    if (hasHeader(headers, 'authorization') || hasHeader(headers, authorizationHeader(provider))) return true
    if (!url) return false
    if (!isHttpUrl(url)) refuse(url, 'Only http: and https: URLs can be called.')
    // Platforms print the password of such a URL in their error.
    if (url.username || url.password) refuse(url, 'The URL must not contain a user name or password.')
    if (isAllowedOrigin(url, origins)) return false
    if (foreignOrigins === 'pass-through') return true
    return refuse(url, `${url.origin} may not receive this token; if it should, add it to the option origins.`)
  }

  /** Whether nothing but an `Authorization` header is added. */
  #isStandard(): boolean {
    const { authorization, headers } = this.#options.provider
    return authorization?.header === undefined && headers === undefined
  }

  async #judge(call: Call, held: HeldToken, response: Response, copy: RequestBodyCopy | undefined): Promise<Response> {
    if (!response.ok && (await this.#isRejected(response, call.href))) return this.#recover(call, held, response, copy)
    copy?.drop()
    return response
  }

  /** A token was rejected: it is renewed once for all who wait, and the call is sent once more. */
  async #recover(call: Call, held: HeldToken, response: Response, copy: RequestBodyCopy | undefined): Promise<Response> {
    const { events, now } = this.#options
    const keeper = this.#keeper
    events.emit('rejected', { at: now(), generation: held.generation, status: response.status })
    const isNewerHeld = keeper.generation > held.generation
    const isPaused = !isNewerHeld && this.#brake?.isPaused(now())
    const body = isPaused ? undefined : copy ? await copy.take() : call.body
    if (!body) {
      copy?.drop()
      if (!isNewerHeld && !isPaused) {
        // Renewed for the next call. Nobody sees whether that helps this one, so it counts as if it did not.
        this.#strike(held.generation)
        keeper.renew()
      }
      return response
    }
    response.body?.cancel().catch(() => {})
    return this.#replay({ ...call, body }, await keeper.get({ signal: call.signal, newerThan: held.generation, isCall: true }))
  }

  async #replay(call: Call, held: HeldToken): Promise<Response> {
    const { events, now } = this.#options
    const response = await this.#sendCall(call, held)
    events.emit('replayed', { at: now(), generation: held.generation, status: response.status })
    if (await this.#isRejected(response, call.href)) this.#strike(held.generation)
    else this.#brake?.reset()
    return response
  }

  #strike(generation: number): void {
    const at = this.#options.now()
    this.#brake ??= new RejectionBrake()
    if (this.#brake.strike(generation, at)) this.#options.events.emit('warning', { at, code: 'forced_renewals_paused' })
  }

  async #isRejected(response: Response, href: string): Promise<boolean> {
    if (response.ok) return false
    // The platform has dropped the token on the way to another origin: what that one says is not about the token.
    if (response.redirected && new URL(response.url).origin !== new URL(href).origin) return false
    if (response.status === 401) return true
    const { isRejection } = this.#options.provider
    if (!isRejection || response.status === 0) return false
    const clone = response.clone()
    try {
      const verdict = await deadline(isRejection(clone), judgeWithinMs, { isForeground: true })
      return verdict !== tooLate && verdict
    } catch {
      this.#options.events.emit('warning', { at: this.#options.now(), code: 'is_rejection_failed' })
      return false
    } finally {
      if (!clone.bodyUsed) clone.body?.cancel().catch(() => {})
    }
  }

  async #passThrough(input: RequestInfo | URL, init: RequestInit | undefined, signal: Call['signal']): Promise<Response> {
    try {
      return await this.#send(input, init)
    } catch (error) {
      throw rebuildFetchError(error, signal)
    }
  }

  async #sendCall({ request, href, init, headers, signal, body }: Call, held: HeldToken): Promise<Response> {
    const { provider } = this.#options
    const name = authorizationHeader(provider)
    const sent: RequestInit = { ...init, headers: addHeaders(headers, provider.headers, name, this.#authorize(held)) }
    if (body?.body !== undefined) sent.body = body.body
    if (!isDroppedOnRedirect(name) && (init.redirect ?? request?.redirect) !== 'error') sent.redirect = 'manual'
    try {
      return await this.#send(request ?? href, sent)
    } catch (error) {
      throw rebuildFetchError(error, signal)
    }
  }

  #authorize(held: HeldToken): string {
    if (this.#authorized !== held) {
      this.#authorized = held
      this.#authorization = authorizationValue(this.#options.provider, held.token)
    }
    return this.#authorization
  }

  #send(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Response> {
    const { fetch = globalThis.fetch } = this.#options
    return fetch(input, init)
  }
}

/** The caller's headers, the token's, and those of the provider that the caller did not set. */
function addHeaders(headers: HeadersInit | undefined, defaults: Provider['headers'], name: string, value: string): HeadersInit {
  if (!defaults && (headers === undefined || isPlainObject(headers))) return { ...headers, [name]: value } as Record<string, string>
  const all = createHeaders(headers ?? {})
  for (const [key, text] of Object.entries(defaults ?? {})) if (!all.has(key)) all.set(key, text)
  all.set(name, value)
  return all
}
