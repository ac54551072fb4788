import { abilityOf } from '../base/abilities.ts'
import type { Provider, TokenResponseProfile } from '../vocabulary/provider.ts'
import type { MatchableReply } from '../vocabulary/reply-match.ts'
import { classifyReply, type ReplyMeaning } from './classify-reply.ts'
import type { readByRules } from './error-rules.ts'
import { parseBody } from './parse-body.ts'
import type { RepliedPlan, RepliedRequest } from './reply-errors.ts'

/** What reads the rules of `tokenResponse.error`; `undefined` where there are none. @throws ConfigurationError where the profile does not bring it along */
export function errorRulesOf(provider: Provider): typeof readByRules | undefined {
  return Array.isArray(provider.tokenResponse?.error) ? abilityOf(provider, 'provider.tokenResponse.error') : undefined
}

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
  const meaning = classifyReply(source, profile, errorRulesOf(replied.plan.kind.provider))
  return { source, meaning, context: { ...replied, body, contentType } }
}
