import { callFunction } from '../base/call-function.ts'
import { anObject, type Checks, check, readFields } from '../base/check.ts'
import { omitUndefined } from '../base/plain-data.ts'
import type { Token } from '../token/token.ts'
import { isHeader } from '../vocabulary/checks.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { AuthorizationFunction, CallAuthorization, Provider } from '../vocabulary/provider.ts'
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
  /** Time for the function, and for those that give the client's id and secret, ms. */
  readonly timeoutMs: number
  readonly now: () => number
}

/** A call as it is to be signed: all that is sent is in its init. */
export interface SignableCall {
  readonly href: string
  readonly init: OwnInit
}

/** A call as it was signed. */
export interface SignedCall {
  readonly url: string
  /** What may be secret of what the function has put into the headers and the URL, and the client's secret. */
  readonly added: readonly string[]
}

/**
 * Asks a provider's function to authorize a call, and puts what it gives into the init.
 * @throws TokenNetworkError `function_failed` where it throws or hangs
 * @throws ConfigurationError where it gives something that cannot be sent, or another origin
 */
export async function signCall(
  { href, init }: SignableCall,
  { accessToken, extra = {} }: Token,
  { provider, grant: { clientId, clientSecret }, timeoutMs, now }: SigningOptions,
): Promise<SignedCall> {
  const sign = provider.authorization as AuthorizationFunction
  const headers = createHeaders(init.headers ?? {})
  init.headers = headers
  const endsAt = performance.now() + timeoutMs
  const secret = clientSecret === undefined ? undefined : await resolveSecret('clientSecret', clientSecret, timeoutMs)
  const id = clientId === undefined ? undefined : await resolveSecret('clientId', clientId, endsAt - performance.now())
  const call = { accessToken, extra, client: omitUndefined({ clientId: id, clientSecret: secret }), method: methodOf({ init, source: undefined }), url: href, now: now() } // biome-ignore format: one line
  // Copies: what the function does to them changes nothing that is sent.
  const given = { ...call, headers: new Headers(headers), body: snapshotBody(init.body)?.body ?? undefined }
  const result = await callFunction(option, () => sign(given), endsAt - performance.now())
  const added = readHeaders(result)
  for (const [name, value] of added) {
    check(option, isHeader(name, value), 'its function returned a header that cannot be sent')
    headers.set(name, value)
  }
  init.body = result.body ?? (init.body as BodyInit)
  const url = result.url === undefined ? href : readUrl(result.url, href)
  if (url !== href) keepUrlPrivate(init)
  return { url, added: listAdded([...added, ...listParts(url, href)], [secret, id]) }
}

const returned: Checks<CallAuthorization> = { headers: anObject, url: () => {}, body: () => {} }

/** The headers that a function gives, also as `Headers`. @throws ConfigurationError for what would be lost in silence */
function readHeaders(result: CallAuthorization): (readonly [name: string, value: string])[] {
  const root = `${option}: what its function returns`
  anObject(root, result)
  check(root, !(Symbol.iterator in result), 'must be an object with headers, url, body')
  readFields(root, result, returned, `${root}, `)
  const { headers = {} } = result
  return headers && Symbol.iterator in headers ? [...(headers as Headers)] : Object.entries(headers ?? {})
}

/** What a signed URL has that the call's has not. */
function listParts(url: string, href: string): (readonly [name: string, value: string])[] {
  const [parts, before] = [url, href].map((one): [string, string][] => {
    const { searchParams, pathname } = new URL(one)
    return [...searchParams, ...pathname.split('/').map((part): [string, string] => ['', part])]
  }) as [[string, string][], [string, string][]]
  return parts.filter(([name, value]) => !before.some(([other, old]) => name === other && value === old))
}

/** What of that is long enough for a key or a signature, alone or behind a scheme; and says nothing of the content. */
function listAdded(
  all: readonly (readonly [name: string, value: string])[],
  [secret, clientId]: readonly (string | undefined)[],
): string[] {
  const values = all.flatMap(([name, value]) => (/^(content-|accept|user-agent)/i.test(name) ? [] : value.split(/[\s,;"=&]+/)))
  return [...values.filter((value) => value.length >= 16 && value !== clientId), ...(secret ? [secret] : [])]
}

function readUrl(text: string, href: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSame = url && isAllowedOrigin(url, [new URL(href).origin]) && !url.username && !url.password
  check(option, isSame === true, 'its function may only return a URL of the same origin')
  return url?.href as string
}
