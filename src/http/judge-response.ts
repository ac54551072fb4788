import { deadline, tooLate } from '../base/time.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { readMissingScope } from './challenge.ts'
import { type Arrival, discardBody } from './follow-redirects.ts'
import { isAllowedOrigin } from './origin-policy.ts'

// A provider that reads the body of a response to judge it must not keep the caller from the response.
const judgeWithinMs = 5_000

/**
 * What a response says about the token that was sent: it is `rejected`; or `accepted`, at least not refused, and `scope` are
 * the rights that are missing; or nothing, since a redirect had left the token behind (`elsewhere`; `token-missing` where
 * that is why an origin that may receive it answered 401).
 */
export type Verdict =
  | { readonly is: 'accepted'; readonly scope?: string | undefined }
  | { readonly is: 'rejected' | 'elsewhere' | 'token-missing' }

export interface JudgeOptions {
  readonly provider: Provider
  /** Origins that may receive the token. */
  readonly origins: readonly string[]
  /** The access token that was sent. */
  readonly accessToken: string
  /** Called where the provider's own function throws. */
  onBroken(): void
}

export async function judgeResponse({ response, isTokenDropped, url }: Arrival, options: JudgeOptions): Promise<Verdict> {
  const { status, ok } = response
  if (isTokenDropped) return { is: status === 401 && isAllowedOrigin(new URL(url), options.origins) ? 'token-missing' : 'elsewhere' }
  if (ok) return { is: 'accepted' }
  // RFC 6750 §3.1 has 403 for it; some send 401. A new token of the same kind would change nothing.
  const scope = status === 401 || status === 403 ? readMissingScope(response, options.accessToken) : undefined
  if ((status === 401 && scope === undefined) || (await isNamedByProvider(response, options))) return { is: 'rejected' }
  return { is: 'accepted', scope }
}

async function isNamedByProvider(response: Response, { provider: { isRejection }, onBroken }: JudgeOptions): Promise<boolean> {
  // An opaque response (0) shows nothing.
  if (!isRejection || response.status === 0) return false
  let clone: Response | undefined
  try {
    clone = response.clone()
    const verdict = await deadline(isRejection(clone), judgeWithinMs, { isForeground: true })
    return verdict !== tooLate && verdict
  } catch {
    onBroken()
    return false
  } finally {
    if (clone && !clone.bodyUsed) discardBody(clone)
  }
}
