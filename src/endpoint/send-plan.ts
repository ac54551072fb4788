import { ConfigurationError } from '../base/errors.ts'
import { listEncodings } from '../vocabulary/encoding.ts'
import type { Encoding } from '../vocabulary/provider.ts'
import { buildTokenRequest } from './build-token-request.ts'
import type { RepliedPlan } from './reply-errors.ts'
import { type SendOptions, sendTokenRequest } from './send-token-request.ts'
import type { TokenRequestPlan } from './token-request-plan.ts'

export interface SendPlanOptions extends SendOptions {
  /** Tried before the other encodings of the profile. */
  readonly firstEncoding?: Encoding | undefined
}

/** Builds the request of a plan and sends it. Of several encodings the next one is tried on 415. Gives the one that was taken, too. */
export async function sendPlan(
  plan: TokenRequestPlan,
  options: SendPlanOptions,
): Promise<RepliedPlan & { readonly encoding: Encoding | undefined }> {
  const { firstEncoding, timeLeft, now } = options
  const encodings = listEncodings(plan.profile).sort((a, b) => Number(b === firstEncoding) - Number(a === firstEncoding))
  for (const encoding of encodings) {
    const request = await buildTokenRequest(plan, { encoding, timeLeft, now: now() })
    const reply = await sendTokenRequest(request, options)
    const isRefused = reply.status === 415
    if (isRefused && encoding !== encodings.at(-1)) continue
    return { plan, request, reply, encoding: isRefused ? undefined : encoding }
  }
  throw new ConfigurationError('tokenRequest.encoding', 'must name at least one')
}
