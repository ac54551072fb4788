import { abilityOf } from '../base/abilities.ts'
import type { HoldsSecret } from '../base/redact.ts'
import type { Provider } from '../vocabulary/provider.ts'
import type { ReplyMatch } from '../vocabulary/reply-match.ts'
import { readMissingScope } from './challenge.ts'
import type { rejectionAbility } from './find-rejection.ts'
import type { Arrival } from './follow-redirects.ts'
import { isAllowedOrigin } from './origin-policy.ts'

/**
 * What a response says about the token that was sent. It is `rejected`, or `accepted` (at least not refused, and `scope` are
 * the rights that are missing). Or nothing is said, since a redirect left the token behind: `elsewhere`, or `token-missing`
 * where an origin that may receive it answered 401 for that.
 */
export type Verdict =
  | { readonly is: 'accepted'; readonly scope?: string | undefined }
  | { readonly is: 'rejected'; readonly notApplied?: boolean | undefined }
  | { readonly is: 'elsewhere' | 'token-missing' }

export interface JudgeOptions {
  readonly provider: Provider
  /** Origins that may receive the token. */
  readonly origins: readonly string[]
  /** Finds the token that was sent, and the secrets that it was got by. */
  readonly holdsSecret: HoldsSecret
  /** Called where the provider's own function throws. */
  onBroken(): void
}

export async function judgeResponse({ response, isTokenDropped, url }: Arrival, options: JudgeOptions): Promise<Verdict> {
  const { status, ok } = response
  if (isTokenDropped) return { is: status === 401 && isAllowedOrigin(new URL(url), options.origins) ? 'token-missing' : 'elsewhere' }
  // RFC 6750 §3.1 has 403 for it; some send 401. A new token of the same kind would change nothing.
  const scope = status === 401 || status === 403 ? readMissingScope(response, options.holdsSecret) : undefined
  if (status === 401 && scope === undefined) return { is: 'rejected' }
  const named = await askProvider(response, options)
  return named ? { is: 'rejected', notApplied: named.notApplied } : { is: 'accepted', ...(!ok && { scope }) }
}

/** What reads `isRejection`; `undefined` where there is none. @throws ConfigurationError where the profile does not bring it along */
function rejectionsOf(provider: Provider): typeof rejectionAbility | undefined {
  return provider.isRejection && abilityOf(provider, 'provider.isRejection')
}

/** Whether a success may say that the token was rejected. */
export function mayRejectOk(provider: Provider): boolean {
  return rejectionsOf(provider)?.canRejectOk(provider) ?? false
}

async function askProvider(response: Response, { provider, onBroken }: JudgeOptions): Promise<Pick<ReplyMatch, 'notApplied'> | undefined> {
  // An opaque response (0) shows nothing.
  if (response.status === 0) return undefined
  try {
    return await rejectionsOf(provider)?.askProvider(response, provider)
  } catch {
    onBroken()
    return undefined
  }
}
