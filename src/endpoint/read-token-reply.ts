import type { TokenAnswer } from '../token/token-source.ts'
import { classifyReply } from './classify-reply.ts'
import { parseBody } from './parse-body.ts'
import { readAccessToken } from './read-access-token.ts'
import { readToken } from './read-token.ts'
import { type RepliedRequest, readRefusal, unusableToken } from './reply-errors.ts'

/**
 * Reads a reply of the token endpoint (RFC 6749 §5).
 * @param onUnclear called where a lifetime is present and cannot be understood
 * @throws TokenEndpointError `unavailable` or `not_a_token_endpoint`
 * @throws InvalidTokenResponseError where the body cannot be read, or has no usable token
 * @throws TokenNetworkError `function_failed` where a function of the profile throws
 */
export function readTokenReply(replied: Omit<RepliedRequest, 'body' | 'contentType'>, onUnclear?: () => void): TokenAnswer {
  const { reply, plan } = replied
  const { provider } = plan.kind
  const { tokenResponse: profile = {} } = provider
  const { status, text } = reply
  const contentType = reply.headers.get('content-type') ?? ''
  const isTextExpected = [profile.accessToken ?? []].flat().includes('')
  const body = text === undefined ? undefined : parseBody(text, contentType, isTextExpected)
  const meaning = classifyReply({ status, contentType, body, isTooLong: text === undefined }, profile)
  const context = { ...replied, body, contentType }
  if (meaning.is !== 'granted') return readRefusal(context, meaning)
  const found = readAccessToken(body, provider)
  if ('fault' in found) throw unusableToken(context, found.field, found.fault)
  try {
    return { is: 'granted', token: readToken(found.accessToken, body, { ...reply, provider, previous: plan.previous, onUnclear }) }
  } catch {
    throw unusableToken(context, 'extra', 'is nested too deep')
  }
}
