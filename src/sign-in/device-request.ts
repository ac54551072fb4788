import { resolveSecrets } from '../endpoint/request-secrets.ts'
import { sendPlan } from '../endpoint/send-plan.ts'
import { startBudget } from '../endpoint/time-budget.ts'
import { planRequest } from '../endpoint/token-request-plan.ts'
import { understandReply } from '../endpoint/understand-reply.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider, TokenRequestProfile, TokenResponseProfile } from '../vocabulary/provider.ts'
import type { Scope } from '../vocabulary/scope.ts'

/** Who signs in on a device, and how requests are sent. */
export interface DeviceClient {
  readonly provider: Provider
  /** Of the client alone: it has no code. */
  readonly grant: Grant
  readonly fetch: typeof globalThis.fetch
  readonly timeoutMs: number
  readonly now: () => number
  readonly signal: AbortSignal | undefined
}

export interface DeviceRequest {
  readonly url: string
  readonly profile: TokenRequestProfile
  /** Under their standard names. */
  readonly parameters: Readonly<Record<string, string>>
  readonly scope?: Scope | undefined
  /** What of it must not be shown. */
  readonly secrets: readonly string[]
  /** How its reply is read. */
  readonly response: TokenResponseProfile
}

/** Sends one request with the client's authentication, and tells what the reply is. */
export async function sendDeviceRequest(client: DeviceClient, request: DeviceRequest) {
  const { provider, grant, timeoutMs, now, fetch, signal } = client
  const { url, profile, parameters, scope, secrets, response } = request
  const kind = { provider, grant, way: 'ask' as const, url, profile, presents: undefined, usesUp: true }
  const timeLeft = startBudget(timeoutMs)
  const basis = planRequest(kind, await resolveSecrets(kind, timeLeft, now))
  const plan = { ...basis, parameters, scope, secrets: [...basis.secrets, ...secrets] }
  const replied = await sendPlan(plan, { name: provider.name, timeLeft, fetch, now, signal })
  return { ...understandReply(replied, response), reply: replied.reply }
}
