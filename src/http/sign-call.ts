import { callFunction } from '../base/call-function.ts'
import { anObject, check } from '../base/check.ts'
import { omitUndefined } from '../base/plain-data.ts'
import type { Token } from '../token/token.ts'
import { isHeader } from '../vocabulary/checks.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { AuthorizationFunction } from '../vocabulary/provider.ts'
import { resolveSecret } from '../vocabulary/secret.ts'
import { isAllowedOrigin } from './origin-policy.ts'
import { snapshotBody } from './replay-body.ts'

const option = 'authorization'

export interface SigningOptions {
  readonly grant: Grant
  /** Time for the function, and for one that gives the client's secret, ms. */
  readonly timeoutMs: number
  readonly now: () => number
}

/** A call, as it is to be signed and as it is sent. */
export interface SignableCall {
  readonly href: string
  readonly method: string
  readonly headers: Headers
  readonly body: BodyInit | null | undefined
}

/**
 * Asks a provider's function to authorize a call.
 * @throws TokenNetworkError `function_failed` where it throws or hangs
 * @throws ConfigurationError where it gives something that cannot be sent, or another origin
 */
export async function signCall(
  sign: AuthorizationFunction,
  call: SignableCall,
  token: Token,
  options: SigningOptions,
): Promise<SignableCall> {
  const { grant, timeoutMs, now } = options
  const { href, method, headers, body } = call
  const startedAt = performance.now()
  const { clientId, clientSecret } = grant
  const secret = clientSecret === undefined ? undefined : await resolveSecret('clientSecret', clientSecret, timeoutMs)
  const id = clientId === undefined ? undefined : await resolveSecret('clientId', clientId, timeoutMs)
  const client = omitUndefined({ clientId: id, clientSecret: secret })
  // Copies: what the function does to them changes nothing that is sent.
  const given = { accessToken: token.accessToken, extra: token.extra ?? {}, client, method, url: href, headers: new Headers(headers), body: copyBody(body), now: now() } // biome-ignore format: one line
  const signed: unknown = await callFunction(option, () => sign(given), timeoutMs - (performance.now() - startedAt))
  anObject(`${option}: what its function returns`, signed)
  const result = signed as Awaited<ReturnType<AuthorizationFunction>>
  for (const [name, value] of Object.entries(result.headers ?? {})) {
    check(option, isHeader(name, value), 'its function returned a header that cannot be sent')
    headers.set(name, value)
  }
  return { href: result.url === undefined ? href : readUrl(result.url, href), method, headers, body: result.body ?? body }
}

function copyBody(body: BodyInit | null | undefined): BodyInit | undefined {
  return snapshotBody(body)?.body ?? undefined
}

function readUrl(text: string, href: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSame = url && isAllowedOrigin(url, [new URL(href).origin]) && !url.username && !url.password
  check(option, isSame === true, 'its function returned something else than a URL of the same origin')
  return url?.href as string
}
