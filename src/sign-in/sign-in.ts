import { ConfigurationError } from '../base/errors.ts'
import { escapeSpaces } from '../base/query.ts'
import { authorizationCode } from '../grants/authorization-code.ts'
import type { Grant } from '../vocabulary/grant.ts'
import { aScope, type Scope } from '../vocabulary/scope.ts'
import type { Secret } from '../vocabulary/secret.ts'
import { cleanAddressBar } from './address-bar.ts'
import { readAuthorizationResponse } from './authorization-response.ts'
import { buildAuthorizationUrl } from './authorization-url.ts'
import { pageUrl } from './page.ts'
import { type PendingSignIn, removeExpired, takePending, writePending } from './pending-sign-in.ts'
import { buildCodeChallenge, checkWebCrypto, createRandomText } from './pkce.ts'
import { originOf, toReturnPath } from './return-to.ts'
import { checkClient, type SignInClientOptions } from './sign-in-client.ts'
import { chooseStorage, type SignInStorage } from './sign-in-storage.ts'

export type { SignInClientOptions, SignInStorage }

/** Options of `createAuthorizationUrl()`. */
export interface AuthorizationUrlOptions extends SignInClientOptions {
  scope?: Scope | undefined
  /** Where to go afterwards: a path, or an absolute URL of the same origin. `completeSignIn` gives it back as a path. @default '/' */
  returnTo?: string | undefined
  /** More parameters for the authorization endpoint, under the wire's names (`prompt`, `audience`, `access_type`). */
  parameters?: Readonly<Record<string, string>> | undefined
  /** @default the page's sessionStorage; outside of a page there is none */
  storage?: SignInStorage | undefined
}

/** Options of `completeSignIn()`: the same client as those of `createAuthorizationUrl()`. */
export interface CompleteSignInOptions extends SignInClientOptions {
  /** Public clients have none. A page must not have one. */
  clientSecret?: Secret
  /** The address that the user came back to, with its query. @default the page's address; outside of a page there is none */
  url?: string | URL | undefined
  /** The one that the sign-in was begun with. @default the page's sessionStorage; outside of a page there is none */
  storage?: SignInStorage | undefined
}

/**
 * Begins a sign-in (RFC 6749 §4.1, always with PKCE, RFC 7636): gives the address to send the user to. The proof that the
 * answer belongs to it waits in the storage, for ten minutes and for one use. Several may be pending at once. Sends nothing.
 * @throws ConfigurationError naming the option, before anything is stored; TokenStoreError where the storage fails
 */
export async function createAuthorizationUrl(options: AuthorizationUrlOptions): Promise<URL> {
  const { provider, scope, returnTo = '/', parameters, now = Date.now } = options
  const binding = checkClient(options, ['scope', 'returnTo', 'parameters', 'storage'])
  if (scope !== undefined) aScope('scope', scope)
  const url = buildAuthorizationUrl(provider, binding, { scope, parameters })
  const path = toReturnPath(returnTo, ownOrigins(binding.redirectUri))
  if (path === undefined) throw new ConfigurationError('returnTo', 'must be a path such as /shows, or a URL of the same origin')
  checkWebCrypto()
  const storage = chooseStorage(options.storage)

  const pending: PendingSignIn = {
    ...binding,
    state: createRandomText(),
    codeVerifier: createRandomText(),
    returnTo: path,
    beganAt: now(),
  }
  url.searchParams.set('state', pending.state)
  url.searchParams.set('code_challenge', await buildCodeChallenge(pending.codeVerifier))
  url.searchParams.set('code_challenge_method', 'S256')
  await removeExpired(storage, pending.beganAt)
  await writePending(storage, pending)
  return escapeSpaces(url)
}

/**
 * Completes a sign-in: checks what the authorization server has sent the user back with, and gives the grant for a
 * `TokenManager`, which asks for the token. Sends nothing itself. Before anything else, and whatever follows, it removes the response
 * from the address bar, and uses up the pending sign-in: call it once for each response.
 * @throws SignInFailedError where the response is wrong, or a refusal (`error`): start the sign-in again; ConfigurationError
 * naming the option; TokenStoreError where the storage fails
 */
export async function completeSignIn(options: CompleteSignInOptions): Promise<{ grant: Grant; returnTo: string }> {
  const url = readResponseUrl(options.url)
  cleanAddressBar(url)
  const pending = await useUp(chooseStorage(options.storage), url)

  const binding = checkClient(options, ['clientSecret', 'url', 'storage'])
  const { provider, clientSecret, clientId, redirectUri, now = Date.now } = options
  const secrets = typeof clientSecret === 'string' ? [clientSecret] : []
  const { code, pending: completed } = readAuthorizationResponse({ url, pending, binding, provider, secrets, now: now() })
  const grant = authorizationCode({
    clientId,
    ...(clientSecret !== undefined && { clientSecret }),
    code,
    codeVerifier: completed.codeVerifier,
    redirectUri,
  })
  // Checked again: others can write to the storage.
  return { grant, returnTo: toReturnPath(completed.returnTo, ownOrigins(redirectUri)) ?? '/' }
}

function readResponseUrl(given: string | URL | undefined): URL {
  const page = pageUrl()
  if (given === undefined) {
    if (page) return page
    throw new ConfigurationError('url', 'is missing: outside of a page, give the address that the user came back to')
  }
  if (!URL.canParse(given, page?.href)) throw new ConfigurationError('url', 'must be the absolute address that the user came back to')
  return new URL(given, page?.href)
}

/** Of several states, which is one too many, all are used up. */
async function useUp(storage: SignInStorage, { searchParams }: URL): Promise<PendingSignIn | undefined> {
  const taken = await Promise.all([...new Set(searchParams.getAll('state'))].map((state) => takePending(storage, state)))
  return taken[0]
}

function ownOrigins(redirectUri: string): string[] {
  return [new URL(redirectUri), pageUrl()].flatMap((url) => (url && originOf(url)) ?? [])
}
