import { createSecretFinder } from '../base/redact.ts'
import type { TokenAnswer } from '../token/token-source.ts'
import { resolveApiUrl } from '../vocabulary/api-origins.ts'
import { readPath } from '../vocabulary/paths.ts'
import { readAccessToken } from './read-access-token.ts'
import { readToken } from './read-token.ts'
import { type RepliedPlan, readRefusal, unusableToken } from './reply-errors.ts'
import { understandReply } from './understand-reply.ts'

/**
 * Reads a reply of the token endpoint (RFC 6749 §5).
 * @param onUnclear called where a lifetime is present and cannot be understood
 * @throws TokenEndpointError `unavailable` or `not_a_token_endpoint`
 * @throws InvalidTokenResponseError where the body cannot be read, or has no usable token
 * @throws TokenNetworkError `function_failed` where a function of the profile throws
 */
export function readTokenReply(replied: RepliedPlan, onUnclear?: () => void): TokenAnswer {
  const { reply, plan } = replied
  const { provider } = plan.kind
  const { tokenResponse: profile = {} } = provider
  const { source, meaning, context } = understandReply(replied, profile)
  if (meaning.is !== 'granted') return readRefusal(context, meaning)
  const found = readAccessToken(source, provider)
  if ('fault' in found) throw unusableToken(context, found.field, found.fault)
  const told = readPath(source, profile.apiUrl ?? [])
  const apiUrl = told === undefined ? undefined : resolveApiUrl(told, provider)
  if (told !== undefined && apiUrl === undefined) throw unusableToken(context, 'apiUrl', 'leads to no origin that apiOrigins allows')
  // A URL is shown: in errors, logs, and what a program asks for.
  const holdsToken = createSecretFinder([found.accessToken])
  if (apiUrl !== undefined && holdsToken(apiUrl)) throw unusableToken(context, 'apiUrl', 'holds the token, which a URL must not')
  try {
    const token = readToken(found.accessToken, source, { ...reply, provider, apiUrl, previous: plan.previous, onUnclear })
    return { is: 'granted', token }
  } catch {
    throw unusableToken(context, 'extra', 'is nested too deep')
  }
}
