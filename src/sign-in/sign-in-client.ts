import { check, describeUnknown, nonEmptyString, trueOrFalse } from '../base/check.ts'
import { ConfigurationError } from '../base/errors.ts'
import { isSecureUrl, parseSecureUrl } from '../base/secure-url.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { responseParameters } from './address-bar.ts'
import type { PendingSignIn } from './pending-sign-in.ts'

/** The client that signs a user in (RFC 6749 §4.1). */
export interface SignInClientOptions {
  /** With an `authorizationUrl`. */
  provider: Provider
  clientId: string
  /**
   * Where the server sends the user back to: `https:`, `http:` to loopback, or a scheme of the app's own such as
   * `com.example.app:/callback`, `myapp://signed-in` or `tauri://localhost` (RFC 8252 §7). Sent as it is given: servers compare it
   * to the letter.
   */
  redirectUri: string
  /** Allows `http:` to hosts other than loopback, where anybody on the way can read the code. @default false */
  allowInsecureRequests?: boolean | undefined
  /** The time, ms since the epoch; for tests. @default Date.now */
  now?: (() => number) | undefined
}

/** What a sign-in is bound to: whoever completes it has to say the same. */
export type SignInBinding = Pick<PendingSignIn, 'provider' | 'authorizationUrl' | 'tokenUrl' | 'clientId' | 'redirectUri'>

/**
 * @param others the names of the caller's further options
 * @throws ConfigurationError naming the option that is missing, wrong or unknown
 */
export function checkClient(options: SignInClientOptions, others: readonly string[] = []): SignInBinding {
  const known = ['provider', 'clientId', 'redirectUri', 'allowInsecureRequests', 'now', ...others]
  for (const name of Object.keys(options)) check(name, known.includes(name), describeUnknown(name, known))
  const { provider, clientId, redirectUri, allowInsecureRequests } = options
  checkProvider(provider)
  // A string such as 'false' would else count as true.
  if (allowInsecureRequests !== undefined) trueOrFalse('allowInsecureRequests', allowInsecureRequests)
  nonEmptyString('clientId', clientId)
  if (provider.authorizationUrl === undefined) {
    throw new ConfigurationError('provider.authorizationUrl', 'is missing: the provider does not say where users sign in')
  }
  const authorizationUrl = parseSecureUrl('provider.authorizationUrl', provider.authorizationUrl, allowInsecureRequests)
  // RFC 6749 §3.1: The endpoint URI MUST NOT include a fragment component.
  check('provider.authorizationUrl', !authorizationUrl.hash, 'must not have a fragment')
  return {
    provider: provider.name,
    authorizationUrl: authorizationUrl.href,
    tokenUrl: parseSecureUrl('provider.tokenUrl', provider.tokenUrl, allowInsecureRequests).href,
    clientId,
    redirectUri: checkRedirectUri(redirectUri, allowInsecureRequests),
  }
}

/** @throws ConfigurationError for what is no provider */
export function checkProvider(provider: Provider): void {
  if (typeof provider !== 'object' || provider === null) {
    throw new ConfigurationError('provider', 'is missing: use the one of a preset such as oauth2(…), or defineProvider(…)')
  }
  check('provider', !('provider' in provider), 'is a whole preset: give its provider alone, as in provider: camdram(…).provider')
  nonEmptyString('provider.name', provider.name)
}

// What these lead to is run, is a document made of the response, is no place that an app answers at, or is another protocol's.
const platformSchemes = [
  ...['javascript:', 'vbscript:', 'data:', 'file:', 'filesystem:', 'blob:', 'about:', 'view-source:'],
  ...['ws:', 'wss:', 'ftp:', 'mailto:', 'tel:'],
]

function checkRedirectUri(redirectUri: string, allowInsecureRequests = false): string {
  const must = (isRight: boolean, rule: string): void => {
    if (!isRight) throw new ConfigurationError('redirectUri', `must ${rule}`)
  }
  // The parser would forgive spaces, and the server, which compares letters, would not.
  const isUrl = typeof redirectUri === 'string' && /^[^\s\\]+$/.test(redirectUri) && URL.canParse(redirectUri)
  must(isUrl, 'be an absolute URL, such as https://app.example.com/signed-in')
  const url = new URL(redirectUri)
  const isHttp = url.protocol === 'http:'
  // RFC 8252 §7.1: an app's own scheme. It should be a domain name in reverse order; many that are in use are not.
  // A host and its port look like a scheme to the parser.
  const isOwn = !platformSchemes.includes(url.protocol) && !/^[^:]+:\d/.test(redirectUri)
  must(isOwn, 'begin with https:// or a scheme of your own, such as com.example.app:')
  must(!isHttp || isSecureUrl(url) || allowInsecureRequests, 'begin with https:// (http:// is for loopback only)')
  must(!url.username && !url.password, 'not contain a user name or password')
  // RFC 6749 §3.1.2: The endpoint URI MUST NOT include a fragment component.
  must(!redirectUri.includes('#'), 'not have a fragment')
  must(!responseParameters.some((name) => url.searchParams.has(name)), `not have a parameter ${responseParameters.join(', ')}`)
  return redirectUri
}
