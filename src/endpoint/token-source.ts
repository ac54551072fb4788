import pRetry from 'p-retry'
import { ConfigurationError, TokenEndpointError, TokenNetworkError, type TokenwellError } from '../base/errors.ts'
import { kindOf } from '../base/failure-kind.ts'
import { createRedactor } from '../base/redact.ts'
import { sleep } from '../base/time.ts'
import type { Token } from '../token/token.ts'
import type { TokenAnswer, TokenSource } from '../token/token-source.ts'
import { listEncodings } from '../vocabulary/encoding.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Encoding, Provider } from '../vocabulary/provider.ts'
import { buildTokenRequest } from './build-token-request.ts'
import { parseTokenResponse } from './parse-token-response.ts'
import { sendTokenRequest } from './send-token-request.ts'
import { questionByGrant, questionByToken, type TokenQuestion } from './token-request-plan.ts'

/** Retries of failures at the token endpoint. A refusal is never repeated. */
export interface RetryOptions {
  /** How often a failed request is sent again. @default 2 */
  readonly retries?: number
  /** Before the first one, ms; doubles, and up to as much again is added at random. @default 250 */
  readonly minDelayMs?: number
  /** The longest pause, ms; at most 5000. @default 5000 */
  readonly maxDelayMs?: number
}

export interface TokenSourceOptions {
  readonly provider: Provider
  readonly grant: Grant
  readonly retry?: RetryOptions | undefined
  /** One token request, connect to last byte, ms. @default 10_000 */
  readonly timeoutMs?: number | undefined
  /** @default globalThis.fetch, looked up for each request */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** ms since the epoch. @default Date.now */
  readonly now?: (() => number) | undefined
}

/** Longer pauses are the caller's: a flight that sleeps holds everybody up. */
const longestPauseMs = 5000

/** Asks a provider's token endpoint for tokens (RFC 6749 §3.2). The options are kept, not copied. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  return new EndpointTokenSource(options)
}

class EndpointTokenSource implements TokenSource {
  readonly #options: TokenSourceOptions
  // The one that an API took after it had answered 415 to another.
  #encoding: Encoding | undefined

  constructor(options: TokenSourceOptions) {
    this.#options = options
  }

  get grantType(): string {
    return this.#options.grant.grantType
  }

  get grant(): TokenSource['grant'] {
    const { grantType, oneTime, secretParameters } = this.#options.grant
    if (grantType === 'refresh_token') return 'refresh-token'
    if (!oneTime) return 'reusable'
    return secretParameters?.['code'] ? 'one-time' : 'absent'
  }

  renewableBy({ refreshToken, refreshableUntil }: Token, now: number): 'refresh_token' | 'access_token' | undefined {
    const by = this.#options.provider.renewal?.by ?? 'refresh_token'
    const isPast = refreshableUntil !== undefined && refreshableUntil <= now
    return isPast || by === 'grant' || (by === 'refresh_token' && !refreshToken) ? undefined : by
  }

  async prepare(): Promise<undefined> {}

  async present(token: Token): Promise<TokenAnswer> {
    const { provider, grant } = this.#options
    const presented = provider.renewal?.by === 'access_token' ? token.accessToken : token.refreshToken
    return answerOf(this.#answer(await questionByToken(provider, grant, presented as string, token)))
  }

  async ask(): Promise<TokenAnswer> {
    const { provider, grant } = this.#options
    return answerOf(this.#answer(await questionByGrant(provider, grant)))
  }

  #answer(question: TokenQuestion): Promise<Token> {
    const { retry = {}, now = Date.now } = this.#options
    const retries = Math.trunc(retry.retries ?? 2)
    let isLast = false
    return pRetry(() => this.#attempt(question), {
      // One more than is allowed, for a reply that was lost.
      retries: retries + 1,
      minTimeout: retry.minDelayMs ?? 250,
      maxTimeout: Math.min(retry.maxDelayMs ?? longestPauseMs, longestPauseMs),
      randomize: true,
      unref: true,
      shouldRetry: async ({ error, attemptNumber, retryDelay }) => {
        if (isLast) return false
        // It may have been carried out: asked once more, and not again, whatever `retries` says.
        isLast = question.usesUp && error instanceof TokenNetworkError
        const { retryable, retryAt = 0 } = error as TokenwellError
        const pauseMs = retryAt - now()
        if (!isLast && (!retryable || attemptNumber > retries || pauseMs > longestPauseMs)) return false
        if (pauseMs > retryDelay) await sleep(pauseMs - retryDelay)
        return true
      },
    })
  }

  /** Build, send, parse. Of several encodings the next one is tried on 415, and the one that worked comes first from then on. */
  async #attempt(question: TokenQuestion): Promise<Token> {
    const { provider, timeoutMs = 10_000, fetch = globalThis.fetch, now = Date.now } = this.#options
    const encodings = listEncodings(question.profile).sort((a, b) => Number(b === this.#encoding) - Number(a === this.#encoding))
    for (const encoding of encodings) {
      const request = await buildTokenRequest(question, encoding, provider.headers)
      const reply = await sendTokenRequest(request, { timeoutMs, fetch, now })
      const isRefused = reply.status === 415
      if (isRefused && encoding !== encodings.at(-1)) continue
      if (!isRefused) this.#encoding = encoding
      // Made only for a reply that has words to mask.
      const redact = (text: string) => createRedactor(request.secrets)(text)
      return parseTokenResponse(reply, { provider, url: request.url, previous: question.previous, redact })
    }
    throw new ConfigurationError('tokenRequest.encoding', 'must name at least one')
  }
}

async function answerOf(request: Promise<Token>): Promise<TokenAnswer> {
  try {
    return { is: 'granted', token: await request }
  } catch (error) {
    if (!(error instanceof TokenEndpointError) || kindOf(error) !== 'refusal') throw error
    return { is: 'refused', error, hasWord: error.error !== undefined }
  }
}
