import { callFunction } from '../base/call-function.ts'
import { anObject, check } from '../base/check.ts'
import { omitUndefined } from '../base/plain-data.ts'
import type { Token } from '../token/token.ts'
import { isHeader } from '../vocabulary/checks.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { AuthorizationFunction, Provider } from '../vocabulary/provider.ts'
import { resolveSecret } from '../vocabulary/secret.ts'
import { createHeaders } from './headers.ts'
import { isAllowedOrigin } from './origin-policy.ts'
import type { OwnInit } from './own-init.ts'
import { keepUrlPrivate, methodOf } from './read-call.ts'
import { snapshotBody } from './replay-body.ts'

const option = 'authorization'

export interface SigningOptions {
  readonly provider: Provider
  readonly grant: Grant
  /** Time for the function, and for one that gives the client's secret, ms. */
  readonly timeoutMs: number
  readonly now: () => number
}

/** A call as it is to be signed: all that is sent is in its init. */
export interface SignableCall {
  readonly href: string
  readonly init: OwnInit
}

/**
 * Asks a provider's function to authorize a call, and puts what it gives into the init. Returns the URL to call.
 * @throws TokenNetworkError `function_failed` where it throws or hangs
 * @throws ConfigurationError where it gives something that cannot be sent, or another origin
 */
export async function signCall(
  { href, init }: SignableCall,
  { accessToken, extra = {} }: Token,
  { provider, grant: { clientId, clientSecret }, timeoutMs, now }: SigningOptions,
): Promise<string> {
  const sign = provider.authorization as AuthorizationFunction
  const headers = createHeaders(init.headers ?? {})
  init.headers = headers
  const endsAt = performance.now() + timeoutMs
  const secret = clientSecret === undefined ? undefined : await resolveSecret('clientSecret', clientSecret, timeoutMs)
  const call = { accessToken, extra, client: omitUndefined({ clientId, clientSecret: secret }), method: methodOf({ init, source: undefined }), url: href, now: now() } // biome-ignore format: one line
  // Copies: what the function does to them changes nothing that is sent.
  const given = { ...call, headers: new Headers(headers), body: snapshotBody(init.body)?.body ?? undefined }
  const result = await callFunction(option, () => sign(given), endsAt - performance.now())
  anObject(`${option}: what its function returns`, result)
  for (const [name, value] of Object.entries(result.headers ?? {})) {
    check(option, isHeader(name, value), 'its function returned a header that cannot be sent')
    headers.set(name, value)
  }
  init.body = result.body ?? (init.body as BodyInit)
  const url = result.url === undefined ? href : readUrl(result.url, href)
  if (url !== href) keepUrlPrivate(init)
  return url
}

function readUrl(text: string, href: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSame = url && isAllowedOrigin(url, [new URL(href).origin]) && !url.username && !url.password
  check(option, isSame === true, 'its function may only return a URL of the same origin')
  return url?.href as string
}
