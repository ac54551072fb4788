import { isTokenwellError, TokenNetworkError } from '../base/errors.ts'
import { cleanCause } from '../base/redact.ts'
import { readPath } from '../vocabulary/paths.ts'
import type { TokenResponseProfile } from '../vocabulary/provider.ts'

/** A reply, read. */
export interface ReadReply {
  readonly status: number
  readonly contentType: string
  /** JSON data, the fields of a form, or text; `undefined` for none, and for one that was too long. */
  readonly body: unknown
  readonly isTooLong?: boolean
}

/** What a reply is. */
export interface ReplyMeaning {
  /**
   * - `granted`: a token is there.
   * - `refused`: the server said no to what was presented.
   * - `out-of-order`: later, perhaps.
   * - `unreadable`: a success that says nothing: a page, nothing, a part. The request may have been carried out.
   * - `without-token`: a success that is read, and has no token.
   * - `misdirected`: not a token endpoint, or something in between.
   */
  readonly is: 'granted' | 'refused' | 'out-of-order' | 'unreadable' | 'without-token' | 'misdirected'
  /** The word that said so: the profile's, or the server's where it has the form of a code. */
  readonly word?: string | undefined
  /** Whether that word is an RFC's or the profile's. */
  readonly hasWord?: boolean
  /** What the profile says that the server said. */
  readonly description?: unknown
}

/** Words for «later»: RFC 6749 §4.1.2.1, RFC 8628 §3.5. */
const outageWords = ['server_error', 'temporarily_unavailable', 'slow_down', 'authorization_pending']

/** RFC 6749 §5.2 and §4.1.2.1, RFC 6750 §3.1, RFC 8628 §3.5, RFC 8707 §2, RFC 9449 §5; OpenID Connect Core §3.1.2.6. */
export const standardWords: readonly string[] = [
  ...outageWords,
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope'],
  ...['access_denied', 'invalid_token', 'expired_token', 'invalid_target', 'invalid_dpop_proof'],
  ...['interaction_required', 'login_required', 'consent_required', 'account_selection_required'],
]

/** Client errors that say something about the URL, the method or the way there, and nothing about credentials. */
const misdirectedStatuses = [404, 405, 406, 407, 411, 413, 414, 415, 431, 451]

/**
 * What a reply of the token endpoint is (RFC 6749 §5). The profile's own word counts first, at any status; then what the status
 * says of the server's health; then the server's word.
 * @throws TokenNetworkError `function_failed` where a function of the profile throws
 */
export function classifyReply(reply: ReadReply, profile: TokenResponseProfile): ReplyMeaning {
  const { status, body } = reply
  const mapped = ask('error', profile.error, reply)
  if (mapped) return byWord(mapped.error, true, mapped.errorDescription)

  const error = readError(body)
  const code = typeof error === 'string' && /^[a-z0-9_]+$/.test(error) ? error : undefined
  const isStandard = code !== undefined && standardWords.includes(code)
  const isOk = status >= 200 && status < 300
  const isSuccess = profile.isSuccess ? ask('isSuccess', profile.isSuccess, reply) : isOk && error === undefined
  if (isSuccess && hasToken(reply, profile)) return { is: 'granted' }

  if (status === 408 || status === 425 || status === 429 || status >= 500) return { is: 'out-of-order', word: code }
  if (isOk || isSuccess) {
    if (error !== undefined) return byWord(code, isStandard)
    if (body === undefined || typeof body === 'string') return { is: 'unreadable' }
    return { is: isSuccess ? 'without-token' : 'refused' }
  }
  const isElsewhere = misdirectedStatuses.includes(status) || (status !== 401 && isPage(reply))
  if (code && (isStandard || !isElsewhere)) return byWord(code, isStandard)
  return { is: isElsewhere ? 'misdirected' : 'refused' }
}

function byWord(word: string | undefined, hasWord: boolean, description?: unknown): ReplyMeaning {
  return { is: outageWords.includes(word as string) ? 'out-of-order' : 'refused', word, hasWord, description }
}

function ask<T>(name: string, question: ((status: number, body: unknown) => T) | undefined, { status, body }: ReadReply): T | undefined {
  try {
    return question?.(status, body)
  } catch (thrown) {
    const cause = isTokenwellError(thrown) ? thrown : cleanCause(thrown)
    const option = `tokenResponse.${name}`
    throw new TokenNetworkError('function_failed', `${option}: its function threw ${cause.name}. Mend the function.`, {
      option,
      status,
      cause,
    })
  }
}

/** `null`, `false`, 0 and nothing are no error. */
function readError(body: unknown): unknown {
  return readPath(body, 'error') || undefined
}

/** Whether something stands where the token is looked for. A reply that is a token as a whole may have a scheme before it; it is no page and no prose. */
function hasToken({ body, contentType }: ReadReply, { accessToken = 'access_token' }: TokenResponseProfile): boolean {
  const found = readPath(body, accessToken)
  if (found !== body) return found !== undefined
  return typeof body === 'string' && !/html/i.test(contentType) && /^[^{[<"\s]\S*(\s+\S+)?$/.test(body.trim())
}

function isPage({ contentType, body, isTooLong }: ReadReply): boolean {
  const isHtml = /html/i.test(contentType)
  return typeof body === 'string' ? isHtml || /^<(!doctype|html)/i.test(body) : isHtml && isTooLong === true
}
