import { isTokenwellError, type TokenwellError } from '../base/errors.ts'

/** What the proxy itself may have to say: code → status, and what to do. Never more: errors can hold secrets. */
const problems = {
  not_found: [404, 'There is no such route.'],
  method_not_allowed: [405, 'The route does not take this method.'],
  header_missing: [403, 'Send the header x-tokenwell: 1, as createProxyFetch does.'],
  cross_site: [403, 'Only pages of this origin may call this.'],
  forbidden: [403, 'The server does not let you in.'],
  body_incomplete: [400, 'The body of the request did not arrive whole.'],
  sign_in_required: [401, 'A person has to sign in.'],
  client_gone: [499, 'The caller has gone away.'],
  authorize_failed: [500, 'The server could not decide whether to let you in.'],
  misconfigured: [500, 'The server is not set up right.'],
  token_refused: [502, 'The server got no token, and will get none until somebody sets it right.'],
  token_unavailable: [503, 'The server got no token: try again later.'],
  upstream_redirected: [502, 'The API redirected, which is not followed.'],
  upstream_failed: [502, 'The API did not answer.'],
} as const satisfies Record<string, readonly [status: number, detail: string]>

export type ProblemCode = keyof typeof problems

/** Says no, from anywhere in the handler: nothing that stands behind it is done. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly #headers: Readonly<Record<string, string>>

  constructor(code: ProblemCode, headers: Readonly<Record<string, string>> = {}) {
    super(problems[code][1])
    this.code = code
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
  return isTokenwellError(error) ? describeTokenProblem(error) : new Problem('misconfigured')
}

function describeTokenProblem({ code, retryable, retryAt }: TokenwellError): Problem {
  // One that is retryable is over by itself: it may have been a firewall that said no.
  if (code === 'sign_in_required' && !retryable) return new Problem('sign_in_required')
  if (code === 'invalid_configuration' || code === 'origin_not_allowed') return new Problem('misconfigured')
  // RFC 9110 §10.2.3: whole seconds, and none where the instant has passed.
  const seconds = Math.ceil(((retryAt ?? 0) - Date.now()) / 1000)
  const isUnavailable = retryable || code === 'later_version'
  return new Problem(isUnavailable ? 'token_unavailable' : 'token_refused', seconds > 0 ? { 'retry-after': String(seconds) } : {})
}
