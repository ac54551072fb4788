import { isTokenwellError, type TokenwellError } from '../base/errors.ts'
import { type CleanCause, cleanCause, nameAndCode } from '../base/redact.ts'

/** What the proxy itself may have to say: code → status, and a fixed message with the likely cause. Never more: errors can hold secrets. */
const problems = {
  host_invalid: [400, 'The Host header is no host.'],
  host_not_allowed: [421, 'The server does not answer under this host: its option hosts does not list it.'],
  not_found: [
    404,
    'No route has this path. The option prefix may name a part that is not there, or that something in front has removed (Express: app.use(path, …)).',
  ],
  method_not_allowed: [405, 'The route does not list this method.'],
  header_missing: [403, 'Send the header x-tokenwell: 1, as createProxyFetch does.'],
  cross_site: [
    403,
    'Only pages of this origin may call this. Where something in front changes the Host (Vite, Next.js, nginx), the option origins has to list the public origin.',
  ],
  forbidden: [403, 'The server does not let you in: its authorize did not give true.'],
  body_incomplete: [400, 'The body of the request did not arrive whole.'],
  sign_in_required: [401, 'A person has to sign in.'],
  client_gone: [499, 'The caller has gone away.'],
  authorize_failed: [500, 'The server could not decide whether to let you in: its authorize threw.'],
  misconfigured: [500, 'The server is not set up right. Its log, or its onError, says why.'],
  token_refused: [502, 'The server got no token, and will get none until somebody sets it right. Its log, or its onError, says why.'],
  token_unavailable: [503, 'The server got no token: try again later.'],
  upstream_redirected: [502, 'The API redirected, which is not followed. A slash at the end of the path may be missing, or one too many.'],
  upstream_failed: [502, 'The API did not answer. The server may not reach it, or the option upstream may be wrong.'],
} as const satisfies Record<string, readonly [status: number, detail: string]>

/** Why the proxy itself answered a request, in place of the API. */
export type ProblemCode = keyof typeof problems

export interface ProblemDetails {
  /** What was seen: for `onError`, and never for the caller. */
  readonly reason?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: CleanCause | TokenwellError | undefined
}

/**
 * Why the proxy refused a request. The message says what was seen, with the hosts concerned; it holds no secret, no path and no
 * query. The caller gets a fixed message instead.
 */
export interface ProxyProblem extends Error {
  /** As in the header `x-tokenwell-error`. */
  readonly code: ProblemCode
  /** That of the answer. */
  readonly status: number
  /** What failed, cleaned: a tokenwell error, or the name and code of another one. */
  readonly cause?: Error
}

/** Says no, from anywhere in the handler: nothing that stands behind it is done. */
export class Problem extends Error implements ProxyProblem {
  readonly code: ProblemCode
  readonly status: number
  declare readonly cause?: Error
  readonly #headers: Readonly<Record<string, string>>

  constructor(code: ProblemCode, { reason, headers = {}, cause }: ProblemDetails = {}) {
    const [status, detail] = problems[code]
    super(reason ? `${detail} ${reason}` : detail, cause && { cause })
    Object.defineProperty(this, 'name', { value: 'ProxyProblem', configurable: true })
    this.code = code
    this.status = status
    this.#headers = headers
  }

  /** RFC 9457, with `code` as an extension member. The header tells it from an answer of the API, which cannot have it. */
  toResponse(): Response {
    const { code } = this
    const [status, detail] = problems[code]
    return new Response(JSON.stringify({ status, code, detail }), {
      status,
      headers: {
        ...this.#headers,
        'content-type': 'application/problem+json',
        'cache-control': 'private, no-store',
        'x-content-type-options': 'nosniff',
        'x-tokenwell-error': code,
      },
    })
  }
}

/** What becomes of anything that was thrown. */
export function describeProblem(error: unknown, signal: AbortSignal | undefined): Problem {
  if (error instanceof Problem) return error
  if (signal?.aborted) return new Problem('client_gone')
  return isTokenwellError(error) ? describeTokenProblem(error) : new Problem('misconfigured', becauseOf(error))
}

/** The details of a problem that something else caused: another platform's text may hold a secret, and is left out. */
export function becauseOf(error: unknown): ProblemDetails {
  if (isTokenwellError(error)) return { reason: error.message, cause: error }
  const cause = cleanCause(error)
  return { reason: `It threw: ${nameAndCode(cause)}.`, cause }
}

function describeTokenProblem(error: TokenwellError): Problem {
  const { code, retryable, retryAt } = error
  const because = becauseOf(error)
  // One that is retryable is over by itself: it may have been a firewall that said no.
  if (code === 'sign_in_required' && !retryable) return new Problem('sign_in_required', because)
  if (code === 'invalid_configuration' || code === 'origin_not_allowed') return new Problem('misconfigured', because)
  // RFC 9110 §10.2.3: whole seconds, and none where the instant has passed.
  const seconds = Math.ceil(((retryAt ?? 0) - Date.now()) / 1000)
  const headers = seconds > 0 ? { 'retry-after': String(seconds) } : {}
  const isUnavailable = retryable || code === 'later_version'
  return new Problem(isUnavailable ? 'token_unavailable' : 'token_refused', { ...because, headers })
}
