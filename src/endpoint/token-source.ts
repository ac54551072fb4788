import { abilityOf } from '../base/abilities.ts'
import type { Events } from '../base/events.ts'
import type { Token } from '../token/token.ts'
import type { PreparedSecrets, RequestOptions, TokenAnswer, TokenSource, Way } from '../token/token-source.ts'
import { markCredentials } from '../vocabulary/credentials.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Encoding, Provider } from '../vocabulary/provider.ts'
import { readTokenReply } from './read-token-reply.ts'
import type { RepliedPlan } from './reply-errors.ts'
import { needsFunctions, type PreparedRequest, resolveSecrets } from './request-secrets.ts'
import { type RetryOptions, retryAttempts } from './retry-attempts.ts'
import type { runExchange } from './run-exchange.ts'
import { sendPlan } from './send-plan.ts'
import { startBudget, type TimeLeft } from './time-budget.ts'
import { kindOfRequest, type TokenRequestKind } from './token-request-kind.ts'
import { planRequest, type TokenRequestPlan } from './token-request-plan.ts'
import { errorRulesOf } from './understand-reply.ts'

export interface TokenSourceOptions {
  readonly provider: Provider
  readonly grant: Grant
  readonly retry?: RetryOptions | undefined
  /** Time for one attempt, ms: functions that give secrets, connecting, the reply to its last byte. @default 10_000 */
  readonly timeoutMs?: number | undefined
  /** @default globalThis.fetch, looked up for each request */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** ms since the epoch. @default Date.now */
  readonly now?: (() => number) | undefined
  /** Called for each reply with a lifetime that could not be understood. */
  onWarning?(code: 'lifetime_not_understood'): void
  /** Told how long each attempt takes. */
  readonly events?: Events
}

export const defaultTimeoutMs = 10_000

/** Asks a provider's token endpoint for tokens (RFC 6749 §3.2): plan, build, send, read. The options are kept, not copied. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  return new EndpointTokenSource(options)
}

class EndpointTokenSource implements TokenSource {
  readonly #options: TokenSourceOptions
  // The one that an API took after it had answered 415 to another.
  #encoding: Encoding | undefined
  #isCalling = false
  // The access token that an exchange started from when it was refused: the next one starts anew.
  #refusedPrevious: string | undefined

  constructor(options: TokenSourceOptions) {
    this.#options = options
    // What is missing is told now, and not by the first request.
    errorRulesOf(options.provider)
    this.#findExchange()
  }

  get grantType(): string {
    return this.#options.grant.grantType
  }

  get credentialMark(): number | undefined {
    return markCredentials(this.#options.grant)
  }

  get grant(): TokenSource['grant'] {
    const { grantType, oneTime, received, secretParameters } = this.#options.grant
    if (grantType === 'refresh_token') return 'refresh-token'
    if (!oneTime) return 'reusable'
    return received || secretParameters?.['code'] ? 'one-time' : 'absent'
  }

  renewableBy({ refreshToken, refreshableUntil }: Token, now: number): 'refresh_token' | 'access_token' | undefined {
    const { exchange, usesUp } = this.#options.grant
    const usual = this.#options.provider.renewal?.by ?? 'refresh_token'
    const by = exchange ? (usesUp ? 'refresh_token' : 'grant') : usual
    const isPast = refreshableUntil !== undefined && refreshableUntil <= now
    return isPast || by === 'grant' || (by === 'refresh_token' && !refreshToken) ? undefined : by
  }

  async prepare(way: Way): Promise<PreparedSecrets | undefined> {
    const kind = this.#kindOf(way)
    return needsFunctions(kind) ? this.#retry(() => this.#prepare(kind)) : undefined
  }

  present(token: Token, options?: RequestOptions): Promise<TokenAnswer> {
    return this.#request('present', options, token)
  }

  ask(options: RequestOptions = {}): Promise<TokenAnswer> {
    const { exchange, usesUp } = this.#options.grant
    const { previous } = options
    const isPrevious = exchange && !usesUp && previous?.accessToken !== this.#refusedPrevious
    return this.#request('ask', options, isPrevious ? previous : undefined)
  }

  get isCalling(): boolean {
    return this.#isCalling
  }

  /** What carries out the exchange of the grant, where it has one. */
  #findExchange(): typeof runExchange | undefined {
    const { grant } = this.#options
    return grant.exchange && abilityOf(grant, 'grant.exchange')
  }

  #kindOf(way: Way): TokenRequestKind {
    return kindOfRequest(this.#options.provider, this.#options.grant, way)
  }

  async #prepare(kind: TokenRequestKind): Promise<PreparedRequest> {
    const startedAt = performance.now()
    const secrets = await resolveSecrets(kind, startBudget(this.#timeoutMs), this.#now)
    return { way: kind.way, tookMs: performance.now() - startedAt, secrets: () => secrets }
  }

  #request(way: Way, { prepared, signal }: RequestOptions = {}, token?: Token): Promise<TokenAnswer> {
    const kind = this.#kindOf(way)
    let ready = prepared?.way === way ? (prepared as PreparedRequest) : undefined
    // A request that uses something up is completed even when nobody waits for it.
    const abortable = kind.usesUp ? undefined : signal
    const attempt = async () => {
      const timeLeft = startBudget(this.#timeoutMs - (ready?.tookMs ?? 0))
      const secrets = ready?.secrets() ?? (await resolveSecrets(kind, timeLeft, this.#now))
      // A code or an assertion may work only once: each further attempt asks for a new one.
      ready = undefined
      const answer = this.#attempt(planRequest(kind, secrets, token), timeLeft, abortable)
      return this.#options.events?.time('request', answer, kind.presents ?? this.grantType) ?? answer
    }
    return this.#retry(attempt, kind.usesUp, abortable)
  }

  #retry<T>(attempt: () => Promise<T>, usesUp = false, signal?: AbortSignal): Promise<T> {
    return retryAttempts(attempt, { retry: this.#options.retry, usesUp, now: this.#now, signal })
  }

  async #attempt(plan: TokenRequestPlan, timeLeft: TimeLeft, signal: AbortSignal | undefined): Promise<TokenAnswer> {
    const { provider, fetch = globalThis.fetch } = this.#options
    const options = { name: provider.name, timeLeft, fetch, now: this.#now, signal }
    const received = plan.kind.way === 'ask' ? plan.kind.grant.received : undefined
    if (received) return this.#read({ plan, request: { url: plan.kind.url, secrets: [...plan.secrets] }, reply: received() })
    const run = this.#findExchange()
    if (run) {
      const answer = this.#read(await run(plan, { ...options, call: (given) => this.#call(given) }))
      this.#refusedPrevious = answer.is === 'refused' ? plan.previous?.accessToken : undefined
      return answer
    }
    const replied = await sendPlan(plan, { ...options, firstEncoding: this.#encoding })
    // The one that worked comes first from then on.
    this.#encoding = replied.encoding ?? this.#encoding
    return this.#read(replied)
  }

  #read(replied: RepliedPlan): TokenAnswer {
    return readTokenReply(replied, () => this.#warn())
  }

  #call<T>(given: () => T): T {
    const before = this.#isCalling
    this.#isCalling = true
    try {
      return given()
    } finally {
      this.#isCalling = before
    }
  }

  get #now(): () => number {
    return this.#options.now ?? Date.now
  }

  get #timeoutMs(): number {
    return this.#options.timeoutMs ?? defaultTimeoutMs
  }

  #warn(): void {
    this.#options.onWarning?.('lifetime_not_understood')
  }
}
