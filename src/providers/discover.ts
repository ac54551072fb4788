import { abortable, anAbortSignal } from '../base/abortable.ts'
import {
  aFunction,
  aString,
  check,
  nonEmptyString,
  numberFrom,
  oneOrMore,
  readFields,
  recordOf,
  required,
  trueOrFalse,
} from '../base/check.ts'
import { TokenNetworkError } from '../base/errors.ts'
import { parseSecureUrl } from '../base/secure-url.ts'
import { deadline, longestTimerMs, tooLate } from '../base/time.ts'
import { retryAttempts } from '../endpoint/retry-attempts.ts'
import { startBudget } from '../endpoint/time-budget.ts'
import { aBaseUrl, clientAuthentication, extraFields } from '../vocabulary/checks.ts'
import { aGrant, clientChecks } from '../vocabulary/credentials.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { aScope } from '../vocabulary/scope.ts'
import { completeGrant } from './choose-grant.ts'
import { buildPreset } from './discovered-preset.ts'
import { fetchMetadata, type MetadataTransport } from './fetch-metadata.ts'
import { isLocal } from './local-host.ts'
import type { OAuth2Options } from './oauth2.ts'
import { chooseIssuer, identifyResource, readScopes, searchResource } from './resource-metadata.ts'
import { type Issuer, readServer, searchServer } from './server-metadata.ts'
import { hasSecret } from './unpinned-issuer.ts'

/** Options of `discover()`. */
export interface DiscoverOptions
  extends Omit<OAuth2Options, 'tokenUrl' | 'authorizationUrl' | 'deviceAuthorizationUrl' | 'issuer' | 'apiUrl'> {
  /**
   * The authorization server's issuer identifier, to the letter: a slash at the end makes another one. Without it, `resource` names
   * the issuer; what is found then sends no secret, and has no device sign-in. Required beside a secret: a resource must not choose
   * who gets that.
   */
  issuer?: string | undefined
  /** The protected resource (RFC 9728): the URL of the API. Its metadata names its issuers and scopes. It is sent as `resource` (RFC 8707). */
  resource?: string | undefined
  /** Where a challenge of the resource says that its metadata is (`resource_metadata`, RFC 9728 §5.1). Of the same origin. */
  resourceMetadataUrl?: string | undefined
  /** Base of `createClient`; its origin receives the token. @default resource, where it has no query */
  apiUrl?: string | undefined
  /** @default the resource's `scopes_supported`, where there is a resource */
  scope?: OAuth2Options['scope']
  /** How the client proves who it is. @default what the issuer takes, `basic` before `body` */
  clientAuthentication?: OAuth2Options['clientAuthentication']
  /** Allows `http:` to hosts other than loopback, where anybody on the way can change what is found. @default false */
  allowInsecureRequests?: boolean | undefined
  /** Called as `fetch(url, init)`. @default globalThis.fetch */
  fetch?: typeof globalThis.fetch | undefined
  /** Ends the search: it rejects with the signal's own reason. */
  signal?: AbortSignal | undefined
  /** Time for the whole search, ms. @default 10_000 */
  timeoutMs?: number | undefined
}

/**
 * Finds out how a server wants to be asked: a preset from the metadata of an issuer (RFC 8414, OpenID Connect Discovery 1.0), or of a
 * protected resource and its issuer (RFC 9728). The metadata must name exactly this issuer, and only it says where secrets go. No
 * secret is sent. Nothing is kept: call it once, and hand the result to any number of managers.
 * @throws ConfigurationError naming the option, or the field of the metadata (`metadata.token_endpoint`), that is missing or wrong
 * @throws TokenNetworkError where no reply came in time; TokenEndpointError `unavailable` or `redirected`
 */
export async function discover(options: DiscoverOptions): Promise<{ provider: Provider; grant: Grant }> {
  const own = readOptions(options)
  const { timeoutMs = 10_000, signal, fetch = globalThis.fetch } = own
  if (signal?.aborted) throw signal.reason
  const transport = { fetch, signal, timeLeft: startBudget(timeoutMs) }
  // In the foreground: a program may have nothing else to wait for.
  const found = await abortable(deadline(find(own, transport), timeoutMs, { isForeground: true }), signal)
  if (found !== tooLate) return found
  throw new TokenNetworkError('timed_out', 'discover: no complete reply in time. Try again, or raise timeoutMs.')
}

async function find(own: DiscoverOptions, transport: MetadataTransport): Promise<{ provider: Provider; grant: Grant }> {
  const { resource, resourceMetadataUrl, issuer, allowInsecureRequests } = own
  if (resource === undefined) return findServer(own, { issuer: issuer as string, isPinned: true }, transport)
  const metadata = await fetchAgain(searchResource({ resource, resourceMetadataUrl }), transport)
  const chosen = chooseIssuer(metadata, issuer)
  checkIssuer(chosen.issuer, allowInsecureRequests)
  if (!chosen.isPinned) checkNamed(new URL(chosen.issuer), new URL(resource))
  const scope = own.scope ?? readScopes(metadata)
  const parameters = { resource: identifyResource(metadata, resource), ...own.parameters }
  const preset = { apiUrl: resource, ...own, scope, parameters }
  return findServer(preset, chosen, transport)
}

async function findServer(own: DiscoverOptions, from: Issuer, transport: MetadataTransport) {
  const server = readServer(await fetchAgain(searchServer(from), transport), from)
  const { apiUrl, clientId, clientSecret, scope, parameters, extra, grant } = own
  const client = { clientId, ...(clientSecret !== undefined && { clientSecret }) }
  const preset = { ...client, apiUrl: apiUrl as string, scope, clientAuthentication: own.clientAuthentication, parameters, extra, grant }
  return buildPreset(preset, server, from)
}

const fetchAgain = (search: Parameters<typeof fetchMetadata>[0], transport: MetadataTransport) =>
  retryAttempts(() => fetchMetadata(search, transport), { retry: undefined, usesUp: false, now: Date.now, signal: transport.signal })

function readOptions(options: DiscoverOptions): DiscoverOptions {
  const own = readFields<DiscoverOptions>('options', options, {
    ...clientChecks,
    clientId: required(clientChecks.clientId),
    issuer: nonEmptyString,
    resource: nonEmptyString,
    resourceMetadataUrl: nonEmptyString,
    apiUrl: aBaseUrl,
    scope: aScope,
    clientAuthentication,
    parameters: recordOf(oneOrMore(aString)),
    extra: extraFields,
    grant: aGrant,
    allowInsecureRequests: trueOrFalse,
    fetch: aFunction,
    signal: anAbortSignal,
    timeoutMs: numberFrom(1, longestTimerMs),
  })
  const { issuer, resource, apiUrl, grant, allowInsecureRequests } = own
  check('issuer', issuer !== undefined || resource !== undefined, 'is missing: name the authorization server, or the resource')
  if (issuer !== undefined) checkIssuer(issuer, allowInsecureRequests)
  if (resource !== undefined) checkResource(own, resource)
  check(
    'apiUrl',
    apiUrl !== undefined || (resource !== undefined && !resource.includes('?')),
    'is missing: name the API that the token is for',
  )
  // What the caller says twice and differs, before anything is sent.
  const completed = completeGrant(grant ?? { grantType: 'client_credentials' }, own)
  const isSecret = hasSecret(completed, { clientAuthentication: own.clientAuthentication, extraParameters: own.parameters })
  check('issuer', issuer !== undefined || !isSecret, 'is missing: beside a secret, say who may get it; a resource must not choose that')
  return own
}

/** RFC 8414 §2: an https URL without query and fragment. */
function checkIssuer(issuer: string, allowInsecureRequests: boolean | undefined): void {
  aBaseUrl('issuer', issuer)
  parseSecureUrl('issuer', issuer, allowInsecureRequests)
}

/** What a resource may name: a server on the network does not choose what is asked on this machine, or in its network. */
function checkNamed(issuer: URL, resource: URL): void {
  const isAsSafe = issuer.protocol === 'https:' || resource.protocol === 'http:'
  check('issuer', isAsSafe, 'is missing: the resource names one over plain HTTP')
  check('issuer', !isLocal(issuer) || isLocal(resource), 'is missing: the resource names one at a private address')
}

function checkResource({ resourceMetadataUrl, allowInsecureRequests }: DiscoverOptions, resource: string): void {
  const { origin } = parseSecureUrl('resource', resource, allowInsecureRequests)
  check('resource', !resource.includes('#'), 'must not have a fragment')
  if (resourceMetadataUrl === undefined) return
  const isOwn = parseSecureUrl('resourceMetadataUrl', resourceMetadataUrl, allowInsecureRequests).origin === origin
  check('resourceMetadataUrl', isOwn, 'must be of the same origin as resource')
}
