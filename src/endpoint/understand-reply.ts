import type { TokenResponseProfile } from '../vocabulary/provider.ts'
import type { MatchableReply } from '../vocabulary/reply-match.ts'
import { classifyReply, type ReplyMeaning } from './classify-reply.ts'
import { parseBody } from './parse-body.ts'
import type { RepliedPlan, RepliedRequest } from './reply-errors.ts'

/** A reply with its body parsed, and what it is. @throws TokenNetworkError `function_failed` where a function of the profile throws */
export function understandReply(
  replied: RepliedPlan,
  profile: TokenResponseProfile,
): { source: MatchableReply; meaning: ReplyMeaning; context: RepliedRequest } {
  const { status, text, headers } = replied.reply
  const contentType = headers.get('content-type') ?? ''
  const isTextExpected = [profile.accessToken ?? []].flat().includes('')
  const body = text === undefined ? undefined : parseBody(text, contentType, isTextExpected)
  const source = { status, headers, text, body, contentType, isTooLong: text === undefined }
  return { source, meaning: classifyReply(source, profile), context: { ...replied, body, contentType } }
}
