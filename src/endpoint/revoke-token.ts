import { isTokenwellError, type TokenwellError } from '../base/errors.ts'
import { freezeOwn } from '../base/plain-data.ts'
import type { Token } from '../token/token.ts'
import { clientMethod } from '../vocabulary/encoding.ts'
import type { Provider, RevocationProfile, TokenRequestProfile } from '../vocabulary/provider.ts'
import { matchesReply } from '../vocabulary/reply-match.ts'
import { resolveSecret, type Secret } from '../vocabulary/secret.ts'
import { readRefusal } from './reply-errors.ts'
import { resolveSecrets } from './request-secrets.ts'
import { retryAttempts } from './retry-attempts.ts'
import { sendPlan } from './send-plan.ts'
import { startBudget } from './time-budget.ts'
import type { TokenRequestKind } from './token-request-kind.ts'
import { planRequest } from './token-request-plan.ts'
import { defaultTimeoutMs, type TokenSourceOptions } from './token-source.ts'
import { understandReply } from './understand-reply.ts'

export interface RevokeOptions {
  readonly revocation: RevocationProfile
  /** A `fetch` that puts the token on a request, as it travels with API requests. */
  fetchWith(token: Token): typeof globalThis.fetch
}

/**
 * Has the server end a token: by the client (RFC 7009), or by a call that carries the token. Does nothing where there is none.
 * Rejects where the server did not carry it out, as requests for tokens do, after the same retries.
 */
export async function revokeToken(
  token: Token | undefined,
  source: TokenSourceOptions,
  { revocation, fetchWith }: RevokeOptions,
): Promise<void> {
  const { provider, grant, retry, timeoutMs = defaultTimeoutMs, now = Date.now } = source
  const isCall = revocation.as === 'token'
  const profile = revocationRequest(provider, revocation)
  const presents = isCall ? 'access_token' : undefined
  const kind: TokenRequestKind = {
    provider,
    grant,
    way: 'present',
    url: revocation.url,
    profile,
    presents,
    usesUp: false,
    exchange: undefined,
  }
  const given = grant.grantType === 'refresh_token' ? grant.secretParameters?.['refresh_token'] : undefined
  if (!token && (isCall || !given)) return
  const attempt = async (): Promise<void> => {
    const timeLeft = startBudget(timeoutMs)
    const secrets = await resolveSecrets(kind, timeLeft, now)
    // Without a token, the refresh token that the caller gave: the server says yes to one that was used up already.
    const refreshToken = token ? token.refreshToken : await resolveSecret('refreshToken', (given as Secret | undefined) ?? '', timeLeft())
    const ended = (isCall ? undefined : refreshToken) ?? (token as Token).accessToken
    const basis = planRequest(kind, secrets, token)
    const plan = {
      ...basis,
      profile,
      // RFC 7009 §2.1
      parameters: isCall ? {} : { token: ended, token_type_hint: ended === refreshToken ? 'refresh_token' : 'access_token' },
      named: { ...basis.named, token: ended },
      secrets: [...basis.secrets, ended],
    }
    const fetch = isCall ? fetchWith(token as Token) : (source.fetch ?? globalThis.fetch)
    const replied = await sendPlan(plan, { name: provider.name, timeLeft, fetch, now }).catch((error: TokenwellError) => {
      // Of a function that signs calls: nothing was sent, so no network is to be checked.
      throw isCall && isTokenwellError(error.cause) && error.cause.code === 'function_failed' ? error.cause : error
    })
    // RFC 7009 §2.2: a 2xx also where the token is unknown; its body says nothing, unless it is an error.
    const { source: reply, meaning, context } = understandReply(replied, { error: provider.tokenResponse?.error })
    const rules = isCall && typeof provider.isRejection === 'object' ? [provider.isRejection].flat() : []
    // Some APIs reject a call, and so a log-out, with a 2xx, which only rules with a status see.
    const isRejected = rules.some((rule) => rule.status !== undefined && matchesReply(reply, rule))
    if (!isRejected && /granted|without|unreadable/.test(meaning.is)) return
    const answer = readRefusal(context, isRejected ? { is: 'refused' } : meaning)
    if (answer.is === 'refused') throw answer.error
  }
  await retryAttempts(attempt, { retry, usesUp: false, now })
}

/** Nothing of a log-in is sent along but, by the client, its authentication. */
function revocationRequest(
  { tokenRequest = {} }: Provider,
  { as, method, request = freezeOwn({}) }: RevocationProfile,
): TokenRequestProfile {
  const { body, extraParameters } = request
  const usual: TokenRequestProfile =
    as === 'token'
      ? {
          encoding: body === undefined && !extraParameters ? 'none' : undefined,
          clientAuthentication: 'none',
          parameterNames: { client_id: false },
        }
      : { clientAuthentication: clientMethod(tokenRequest), transformSecret: tokenRequest.transformSecret }
  // It inherits nothing.
  return freezeOwn({ ...usual, ...request, method })
}
