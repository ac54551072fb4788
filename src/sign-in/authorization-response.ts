import { SignInFailedError } from '../base/errors.ts'
import { cleanDescription, cleanUrl, createSecretFinder } from '../base/redact.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { responseParameters } from './address-bar.ts'
import { isExpired, type PendingSignIn } from './pending-sign-in.ts'
import type { SignInBinding } from './sign-in-client.ts'

export interface AuthorizationResponse {
  readonly url: URL
  /** The sign-in that its state belongs to. */
  readonly pending: PendingSignIn | undefined
  readonly binding: SignInBinding
  readonly provider: Pick<Provider, 'issuer' | 'issuerInResponse'>
  /** What the server's words are not to show, beside what the sign-in itself holds. */
  readonly secrets: readonly string[]
  /** ms since the epoch. */
  readonly now: number
}

/**
 * The code of an authorization response (RFC 6749 §4.1.2), and the sign-in that it completes.
 * @throws SignInFailedError saying what is wrong; with the server's own words only where the response is known to be the server's
 */
export function readAuthorizationResponse(response: AuthorizationResponse): { code: string; pending: PendingSignIn } {
  const { url, binding, provider } = response
  const { searchParams } = url
  if (!isAt(url, binding.redirectUri)) {
    throw failed(`The response is not at the redirect URI, but at ${cleanUrl(url.href)}`)
  }
  // RFC 6749 §3.1: Request and response parameters MUST NOT be included more than once.
  const repeated = responseParameters.find((name) => searchParams.getAll(name).length > 1)
  if (repeated) throw failed(`The response has more than one ${repeated}`)
  const pending = checkPending(response)
  const iss = searchParams.get('iss')
  // RFC 9207 §2.4: clients MUST reject a response whose iss does not match, or is missing where the server always names it; an error
  // response too.
  if (iss === null && provider.issuerInResponse) throw failed('The response does not say which authorization server it comes from')
  if (iss !== null && !isIssuer(iss, binding.authorizationUrl, provider.issuer)) {
    throw failed('The response comes from another authorization server')
  }
  const error = searchParams.get('error')
  if (error) throw refused(response, error, pending)
  const code = searchParams.get('code')
  if (!code) throw failed('The response has no code')
  return { code, pending }
}

function checkPending({ url, pending, binding, now }: AuthorizationResponse): PendingSignIn {
  // Missing on both sides is no equality: nothing was begun here.
  if (!url.searchParams.get('state')) throw failed('The response has no state')
  if (!pending) throw failed('The response belongs to no sign-in that was begun here, or to one that was completed already')
  if (isExpired(pending, now)) throw failed('The sign-in took more than ten minutes')
  const names = ['provider', 'authorizationUrl', 'tokenUrl', 'clientId', 'redirectUri'] as const
  const other = names.find((name) => pending[name] !== binding[name])
  if (other) throw failed(`The sign-in was begun with another ${other}`)
  return pending
}

/** Whether the response came to the redirect URI, and with its parameters: they may be what tells two servers apart (RFC 9700 §4.4.2). */
function isAt({ protocol, host, pathname, searchParams }: URL, redirectUri: string): boolean {
  const expected = new URL(redirectUri)
  if (protocol !== expected.protocol || host !== expected.host || (pathname || '/') !== (expected.pathname || '/')) return false
  return [...expected.searchParams].every(([name, value]) => searchParams.getAll(name).includes(value))
}

/**
 * Whether this `iss` is the provider's: by simple string comparison (RFC 9207 §2.4). A provider that names no issuer gets the
 * benefit of what issuers look like: the origin of the authorization endpoint, or a path above it.
 */
function isIssuer(iss: string, authorizationUrl: string, issuer: string | undefined): boolean {
  if (issuer !== undefined) return iss === issuer
  const { origin, pathname } = new URL(authorizationUrl)
  const folder = iss.endsWith('/') ? iss : `${iss}/`
  return folder.startsWith(`${origin}/`) && `${origin}${pathname}/`.startsWith(folder)
}

/** The server's refusal (RFC 6749 §4.1.2.1). */
function refused({ url, secrets }: AuthorizationResponse, error: string, { codeVerifier, state }: PendingSignIn): SignInFailedError {
  const { searchParams } = url
  const holdsSecret = createSecretFinder([codeVerifier, state, searchParams.get('code') ?? '', ...secrets])
  const description = searchParams.get('error_description')
  const details = {
    error: cleanDescription(error, holdsSecret),
    errorDescription: description ? cleanDescription(description, holdsSecret) : undefined,
  }
  if (error === 'access_denied') return failed('The user, or the authorization server, said no', details)
  return failed('The authorization server refused the sign-in', details)
}

function failed(what: string, details?: { error: string | undefined; errorDescription: string | undefined }): SignInFailedError {
  return new SignInFailedError(`${what}: start the sign-in again.`, details)
}
