import { functionThrew } from '../base/call-function.ts'
import { outageWords, standardWords } from '../base/standard-words.ts'
import { areInHeaders, readPath } from '../vocabulary/paths.ts'
import type { TokenResponseProfile } from '../vocabulary/provider.ts'
import type { MatchableReply } from '../vocabulary/reply-match.ts'
import type { readByRules } from './error-rules.ts'

/** A reply whose body has been parsed. */
export interface ReadReply extends MatchableReply {
  readonly contentType: string
  /** JSON data, the fields of a form, or text. `undefined` for no body, and for one that is too long. */
  readonly body: unknown
  readonly isTooLong?: boolean
}

/** What a reply is. */
export interface ReplyMeaning {
  /**
   * - `granted`: it has a token.
   * - `refused`: the server said no to the credentials or the token that was presented.
   * - `out-of-order`: the same request may succeed later.
   * - `unreadable`: a success status, but no token response: a page, an empty body, a part of one. The request may have been carried out.
   * - `without-token`: a success that was read where the token is looked for, the body or the headers, and has none.
   * - `misdirected`: the URL is no token endpoint, or something in between has answered.
   */
  readonly is: 'granted' | 'refused' | 'out-of-order' | 'unreadable' | 'without-token' | 'misdirected'
  /** The code that decided: the profile's, or the server's `error` where it has the form of a code. */
  readonly word?: string | undefined
  /** Whether that code comes from an RFC or from the profile. */
  readonly hasWord?: boolean
  /** The description that the profile read from the reply. */
  readonly description?: unknown
}

/** Client errors that are about the URL, the method or a gateway, not about credentials. */
const misdirectedStatuses = [404, 405, 406, 407, 411, 413, 414, 415, 431, 451]

/**
 * Decides what a reply of the token endpoint is (RFC 6749 §5). The profile's own code counts first, at any status; then a status
 * that means an outage; then the server's code; then the status alone.
 * @param byRules reads `error` where that is a list of rules
 * @throws TokenNetworkError `function_failed` where a function of the profile throws
 */
export function classifyReply(reply: ReadReply, profile: TokenResponseProfile, byRules?: typeof readByRules): ReplyMeaning {
  const { status, body } = reply
  const mapped = typeof profile.error === 'function' ? ask('error', profile.error, reply) : byRules?.(profile.error, reply)
  if (mapped) return byWord(mapped.error, true, mapped.errorDescription)

  const error = readError(reply)
  const code = typeof error === 'string' && /^[a-z0-9_]+$/.test(error) ? error : undefined
  const isStandard = code !== undefined && standardWords.includes(code)
  const isOk = status >= 200 && status < 300
  const isSuccess = profile.isSuccess ? ask('isSuccess', profile.isSuccess, reply) : isOk && error === undefined
  if (isSuccess && hasToken(reply, profile)) return { is: 'granted' }

  if (status === 408 || status === 425 || status === 429 || status >= 500) return { is: 'out-of-order', word: code }
  if (isOk || isSuccess) {
    if (error !== undefined) return byWord(code, isStandard)
    // Headers came whole, whatever became of the body: many log-ins answer a wrong password with their page, and no cookie.
    const isRead = areInHeaders(profile.accessToken ?? '') || (body !== undefined && typeof body !== 'string')
    if (!isRead) return { is: 'unreadable' }
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
  } catch (error) {
    throw functionThrew(`tokenResponse.${name}`, error, status)
  }
}

/** `null`, `false`, 0 and an empty string count as no error. */
function readError(reply: ReadReply): unknown {
  return readPath(reply, 'error') || undefined
}

/** Whether there is a value where the token is looked for. A reply that is itself the token may begin with a scheme; a page or a sentence is no token. */
function hasToken(reply: ReadReply, { accessToken = 'access_token' }: TokenResponseProfile): boolean {
  const { body, contentType } = reply
  const path = [accessToken].flat().find((one) => readPath(reply, one) !== undefined)
  if (path !== '') return path !== undefined
  return typeof body === 'string' && !/html/i.test(contentType) && /^[^{[<"\s]\S*(\s+\S+)?$/.test(body.trim())
}

function isPage({ contentType, body, isTooLong }: ReadReply): boolean {
  const isHtml = /html/i.test(contentType)
  return typeof body === 'string' ? isHtml || /^<(!doctype|html)/i.test(body) : isHtml && isTooLong === true
}
